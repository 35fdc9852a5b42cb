package email

import (
	"testing"
)

func BenchmarkReadMessage(b *testing.B) {
	for _, name := range []string{"gmail.eml", "outlook.eml", "postfix-bounce.eml"} {
		raw := sample(b, name)
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(raw)))
			b.ReportAllocs()
			for b.Loop() {
				testReader().event(raw, testNow)
			}
		})
	}
}
