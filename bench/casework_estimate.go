package bench

import (
	"math"
	"math/rand/v2"
	"time"

	"mercat.scot/mercat/expect"
)

const (
	casesOfService = 100_000
	aimOfEstimate  = 50 // ms
)

// estimating measures what is expected of a service of a hundred thousand cases
// after one of them has changed: by the change alone, as a council's server keeps
// it, and by reading all of them anew.
func (r *Result) estimating(o Options) {
	const now = 1750.0 // working days since the calendar began
	random := rand.New(rand.NewPCG(17, 17))
	keeper := expect.NewKeeper(now)
	row := func() expect.Row {
		one := expect.Row{Area: expect.Nowhere, Opened: 1000 + 750*random.Float64(), End: expect.Done, Cases: 1}
		if one.Ended = one.Opened + math.Exp(2)*random.ExpFloat64(); one.Ended >= now {
			one.End, one.Ended = expect.Open, 0
		}
		return one
	}
	n := min(casesOfService, max(o.Size, 1000))
	for id := range n {
		keeper.Put(int64(id), row())
	}
	began := o.Now()
	learned := expect.NewLearner(keeper.History()).Learn(now).Experience()
	r.add("estimate_learned", o.since(began)*1000, "ms")
	var times []time.Duration
	for range o.asked() {
		one := row()
		asked := o.Now()
		keeper.Put(random.Int64N(int64(n)), one)
		f := keeper.Model(now, learned).Forecast(0, expect.Nowhere)
		_, _ = f.Within(expect.Half), f.Within(expect.Ninety) // it is how long it takes that is asked
		times = append(times, o.Now().Sub(asked))
	}
	r.add("estimate_p50", percentile(times, 0.5), "ms")
	r.add("estimate_p99", percentile(times, 0.99), "ms").AtMost = aimOfEstimate
}
