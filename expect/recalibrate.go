package expect

// levels is how finely shares are counted when they are set right.
const levels = 200

// shares counts what came true of shares that were said before: the probability
// integral transform of each case, as far as it was followed.
type shares struct {
	done, left [levels]float64
}

func (s *shares) note(u float64, done bool, weight float64) {
	b := min(max(int(u*levels), 0), levels-1)
	if done {
		s.done[b] += weight
	} else {
		s.left[b] += weight
	}
}

// came is the share that really was done by each said share: 0 at 0, at the end
// of each step.
type came [levels + 1]float64

// straight is when all comes as it is said.
func straight() *came {
	var c came
	for i := range c {
		c[i] = float64(i) / levels
	}
	return &c
}

// came estimates by the product limit, shrunk towards before with the weight of
// mass cases.
func (s *shares) came(before *came, mass float64) *came {
	var c came
	atRisk := 0.0
	for i := range s.done {
		atRisk += s.done[i] + s.left[i]
	}
	waits := 1.0
	for i := range s.done {
		exposed := atRisk - s.left[i]/2 + mass*(1-before[i])
		events := s.done[i] + mass*(before[i+1]-before[i])
		if exposed > 0 {
			waits *= 1 - min(events/exposed, 1)
		}
		c[i+1] = 1 - waits
		atRisk -= s.done[i] + s.left[i]
	}
	return &c
}

// say is the share to be said so that p comes true.
func (c *came) say(p float64) float64 {
	for i := 1; i <= levels; i++ {
		if c[i] >= p {
			return (float64(i-1) + (p-c[i-1])/(c[i]-c[i-1])) / levels
		}
	}
	return 1
}

// of is the share that really was done by a said share.
func (c *came) of(said float64) float64 {
	at := min(max(said, 0), 1) * levels
	i := min(int(at), levels-1)
	return c[i] + (c[i+1]-c[i])*(at-float64(i))
}
