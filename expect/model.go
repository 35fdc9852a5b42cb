package expect

import "math"

const (
	week     = 5.0   // working days between origins
	lookBack = 26    // origins at which the past is asked what it would have said
	fading   = 40.0  // working days after which such an answer counts half
	firm     = 200.0 // cases' worth of trust that all comes as it is said, and of a service as of all
	temper   = 0.02  // how much worse settings may be, relatively, before they count 1/e
	stretch  = 2.0   // the most by which a mark is set right by what came of those before
	slight   = 0.01  // weight below which settings are left out
	far      = 260.0 // working days after which a case that still waits counts as never resolved
	soonest  = 60.0  // working days that somebody must have been followed for this to be said at all
)

// Model is what is expected at one moment. It is not safe for concurrent use.
type Model struct {
	Weights []float64 // of the settings, together 1
	curves  []*curves
	all     *came
	service []*came
	mixed   map[place]*Curve
}

// Learner learns models of one history, and remembers what it would have said
// before. It is not safe for concurrent use.
type Learner struct {
	history *History
	offered []Settings
	said    map[moment]*curves
}

type moment struct {
	at       float64
	settings Settings
}

// NewLearner returns a learner of a history.
func NewLearner(h *History) *Learner {
	return &Learner{history: h, offered: candidates(), said: map[moment]*curves{}}
}

func (l *Learner) at(at float64) []*curves {
	list := make([]*curves, len(l.offered))
	for i, s := range l.offered {
		k := moment{at, s}
		if l.said[k] == nil {
			l.said[k] = l.history.curvesAt(at, s)
		}
		list[i] = l.said[k]
	}
	return list
}

// forget drops what was said too long ago to be asked again.
func (l *Learner) forget(at float64) {
	for k := range l.said {
		if k.at < at-(lookBack+1)*week {
			delete(l.said, k)
		}
	}
}

// Learn learns from what was known at a position, and from nothing else: how
// much each of the settings has been worth so far (they are mixed by weights
// that fall exponentially with their loss, as in Vovk's aggregating algorithm),
// and what came true of what would have been said, with which the marks are set
// right (recalibration on the probability integral transform; Kuleshov, Fenner
// and Ermon 2018).
func (l *Learner) Learn(at float64) *Model {
	l.forget(at)
	m := &Model{curves: l.at(at), mixed: map[place]*Curve{}}
	origins := l.origins(at)
	m.Weights = l.weights(origins, at)
	all, service := &shares{}, make([]*shares, l.history.services)
	for _, from := range origins {
		weight := math.Exp2((from - at) / fading)
		said := l.at(from)
		rows := l.history.opened(from, min(from+week, at))
		for i := range rows {
			r := &rows[i]
			age, end := r.seen(at)
			u, known := 0.0, 0
			for k, c := range said {
				if m.Weights[k] > slight {
					c := c.of(r.Service, r.Area)
					u += m.Weights[k] * c.By(age)
					known = max(known, c.Known)
				}
			}
			// Beyond what could be said then, it is as if it had not been followed.
			done := end == Done && age <= edge(known)
			if service[r.Service] == nil {
				service[r.Service] = &shares{}
			}
			all.note(u, done, weight*r.Cases)
			service[r.Service].note(u, done, weight*r.Cases)
		}
	}
	m.all = all.came(straight(), firm)
	m.service = make([]*came, len(service))
	for i, s := range service {
		if s != nil {
			m.service[i] = s.came(m.all, firm)
		}
	}
	return m
}

// origins are the moments before at which are asked what they would have said.
func (l *Learner) origins(at float64) []float64 {
	var list []float64
	rows := l.history.rows
	for k := 1; k <= lookBack; k++ {
		from := at - float64(k)*week
		if len(rows) == 0 || from < rows[0].Opened+2*week {
			break
		}
		list = append(list, from)
	}
	return list
}

// weights are what the settings are worth, from what their marks at the origins
// have cost by now.
func (l *Learner) weights(origins []float64, at float64) []float64 {
	losses := make([]float64, len(l.offered))
	for _, from := range origins {
		for k, c := range l.at(from) {
			losses[k] += l.loss(c, from, at) * math.Exp2((from-at)/(4*fading))
		}
	}
	least, total := math.Inf(1), 0.0
	for _, loss := range losses {
		least = min(least, loss)
	}
	for k, loss := range losses {
		losses[k] = 1
		if least > 0 {
			losses[k] = math.Exp(-(loss/least - 1) / temper)
		}
		total += losses[k]
	}
	for k := range losses {
		losses[k] /= total
	}
	return losses
}

// loss is what the marks of one origin cost, as far as is known by now.
func (l *Learner) loss(said *curves, from, at float64) float64 {
	marks := map[place][2]float64{}
	sum := 0.0
	rows := l.history.opened(from, min(from+week, at))
	for i := range rows {
		r := &rows[i]
		k := place{r.Service, r.Area}
		q, ok := marks[k]
		if !ok {
			c := said.of(r.Service, r.Area)
			q = [2]float64{c.Within(0.5), c.Within(0.9)}
			marks[k] = q
		}
		age, end := r.seen(at)
		if end != Done {
			age = math.Inf(1)
		}
		sum += r.Cases * (pinball(0.5, q[0], age, at-r.Opened) + pinball(0.9, q[1], age, at-r.Opened))
	}
	return sum
}

// Within is the working days in which a share p of the cases of a service in an
// area is done; infinite when, as far as is known, it never is.
func (m *Model) Within(service, area int, p float64) float64 {
	return m.Forecast(service, area).Within(p)
}

// Forecast is what the model says of a service in an area.
func (m *Model) Forecast(service, area int) Forecast {
	f := Forecast{curve: m.Curve(service, area), came: m.all}
	if service < len(m.service) && m.service[service] != nil {
		f.came = m.service[service]
	}
	return f
}

// Curve is when the cases of a service in an area are done, before it is set
// right. It is to be read only.
func (m *Model) Curve(service, area int) *Curve {
	k := place{service, area}
	c := m.mixed[k]
	if c == nil {
		c = &Curve{}
		for i, of := range m.curves {
			w := m.Weights[i]
			if w <= slight {
				continue
			}
			one := of.of(service, area)
			for b := range c.Done {
				c.Done[b] += w * one.Done[b]
				c.Waits[b] += w * one.Waits[b]
			}
			c.Known = max(c.Known, one.Known)
		}
		m.mixed[k] = c
	}
	return c
}
