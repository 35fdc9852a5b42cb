package expect

import (
	"math"
	"math/rand/v2"
	"testing"
)

// made is a history of so many cases of some services over three years.
func made(n, services int) map[int64]Row {
	random := rand.New(rand.NewPCG(1, 2))
	rows := map[int64]Row{}
	for i := range n {
		r := Row{Service: i % services, Area: Nowhere, Opened: 1000 + 750*random.Float64(), Cases: 1}
		took := math.Exp(2+float64(r.Service%5)/2) * random.ExpFloat64()
		if r.Ended = r.Opened + took; r.Ended < 1750 {
			switch random.IntN(12) {
			case 0:
				r.End = Lost
			case 1:
				r.End = Apart
			default:
				r.End = Done
			}
		}
		rows[int64(i)] = r
	}
	return rows
}

// TestWhatIsKeptByChangesIsWhatIsLearnedAnew changes cases one by one and compares
// with a learner that reads them all.
func TestWhatIsKeptByChangesIsWhatIsLearnedAnew(t *testing.T) {
	const at = 1750.0
	k := NewKeeper(1500)
	rows := made(6000, 7)
	for id, r := range rows {
		if id%3 == 0 { // first it was open, then done, then taken up again and done in another service
			k.Put(id, Row{Service: (r.Service + 1) % 7, Opened: r.Opened, Cases: 1})
			k.Put(id, Row{Service: (r.Service + 1) % 7, Opened: r.Opened, Ended: r.Opened + 1, End: Done, Cases: 1})
		}
		k.Put(id, r)
	}
	for id := int64(10_000); id < 10_300; id++ { // came in and was taken out again
		k.Put(id, Row{Service: 2, Opened: 1200, Ended: 1201, End: Done, Cases: 1})
	}
	for id := int64(10_000); id < 10_300; id++ {
		k.Remove(id)
	}
	learned := NewLearner(k.History()).Learn(at)
	kept := k.Model(at, learned.Experience())
	if k.Cases() != len(k.History().rows) {
		t.Errorf("%d cases are kept, not %d", k.Cases(), len(k.History().rows))
	}
	for service := range 7 {
		for _, p := range []float64{0.25, Half, Ninety} {
			want, got := learned.Within(service, Nowhere, p), kept.Within(service, Nowhere, p)
			if math.IsInf(want, 1) != math.IsInf(got, 1) || !math.IsInf(want, 1) && math.Abs(got-want) > 1e-6*want {
				t.Errorf("service %d: %.0f %% within %v working days, not %v", service, 100*p, got, want)
			}
		}
	}
}

// BenchmarkEstimate is one change among 100,000 cases of one service, and what is
// expected of the service after it.
func BenchmarkEstimate(b *testing.B) {
	k := NewKeeper(1750)
	for id, r := range made(100_000, 1) {
		k.Put(id, r)
	}
	learned := NewLearner(k.History()).Learn(1750).Experience()
	b.ReportMetric(float64(len(k.Waiting(0))), "waiting")
	b.ResetTimer()
	for i := range b.N {
		k.Put(int64(i%100_000), Row{Opened: 1700, Ended: 1740, End: Done, Cases: 1})
		f := k.Model(1750, learned).Forecast(0, Nowhere)
		if f.Within(Half) <= 0 || f.Within(Ninety) <= 0 {
			b.Fatal("nothing is expected")
		}
	}
}
