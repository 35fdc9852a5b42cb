package desk

import (
	"context"
	"fmt"
	"testing"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/db"
)

// engines are those that this machine can measure.
func engines(b *testing.B, f func(b *testing.B, h *house)) {
	for _, engine := range []db.Engine{db.SQLite, db.Postgres} {
		b.Run(string(engine), func(b *testing.B) { f(b, newHouse(b, engine)) })
	}
}

// BenchmarkIntake takes in batches of 200 posts of 200 people, half of them in
// threads that are known: conversations, people, routing, record, full text and
// cursor. One operation is one post.
func BenchmarkIntake(b *testing.B) {
	engines(b, func(b *testing.B, h *house) {
		const size = 200
		var threads []*network.Post
		b.ReportAllocs()
		b.ResetTimer()
		for done := 0; done < b.N; done += size {
			b.StopTimer()
			var batch network.Batch
			for i := range min(size, b.N-done) {
				who := fmt.Sprintf("citizen%d", (done+i)%5000)
				p := h.post(who, fmt.Sprintf("There is a pothole in Tolbooth Wynd near number %d, and the lamp is out as well. Please have a look, it is getting worse every day.", i))
				if i%2 == 1 && len(threads) > 0 {
					to := threads[i%len(threads)]
					p.Thread, p.ReplyTo, p.Author = to.Thread, to.Ref, to.Author
				}
				batch.Events = append(batch.Events, network.Event{Post: p})
			}
			threads = threads[:0]
			for _, e := range batch.Events {
				threads = append(threads, e.Post)
			}
			batch.Cursor = network.Cursor(fmt.Sprint(done))
			b.StartTimer()
			if err := h.Intake(context.Background(), h.account.ID, batch); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "posts/s")
	})
}
