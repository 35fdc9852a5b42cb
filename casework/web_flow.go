package casework

import (
	"fmt"
	"net/http"

	"mercat.scot/mercat/platform/web"
)

// flowView is the page of figures for leaders.
type flowView struct {
	Flows
	Names names
	Areas map[int64]string
}

func (s *Service) showFlow(w http.ResponseWriter, r *http.Request) error {
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	page, err := s.filterView(r, form, "/cases/flow")
	if err != nil {
		return err
	}
	v := flowView{Names: page.Names, Areas: map[int64]string{}}
	for _, option := range page.Areas[1:] {
		var id int64
		if _, err := fmt.Sscan(option.Value, &id); err == nil {
			v.Areas[id] = option.Label
		}
	}
	if v.Flows, err = s.Flows(r.Context()); err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, flowPage(v))
}

func (v flowView) area(id int64) string {
	if name := v.Areas[id]; name != "" {
		return name
	}
	return "Area not known"
}

// finding is the title of the chart.
func (v flowView) finding() string {
	switch more := v.Total.Opened - v.Total.Closed; {
	case v.Total.Opened+v.Total.Closed == 0:
		return "Nothing was opened or closed in 13 weeks"
	case more > 0:
		return fmt.Sprintf("In 13 weeks %d more cases were opened than closed", more)
	case more < 0:
		return fmt.Sprintf("In 13 weeks %d more cases were closed than opened", -more)
	}
	return "In 13 weeks as many cases were closed as opened"
}

// ageFinding says how old what waits is.
func (v flowView) ageFinding() string {
	old := v.Ages[3].Count + v.Ages[4].Count
	if v.Total.Waiting == 0 {
		return "No case is open"
	}
	return fmt.Sprintf("%d of %d open cases are older than 12 weeks", old, v.Total.Waiting)
}

// unsolved is the share closed without being resolved, of those of which it is
// known.
func unsolved(f Flow) string {
	percent, known := Share(f.Unsolved, f.Resolved+f.Unsolved)
	if !known {
		return "–"
	}
	return fmt.Sprintf("%.0f %%", percent)
}

const (
	chartWidth, chartHeight = 720, 240
	chartLeft, chartBottom  = 44, 200
	chartTop                = 16
)

// top is the end of the axis: a round number above all values.
func (v flowView) top() int64 {
	most := int64(1)
	for _, w := range v.Weeks {
		most = max(most, w.Opened, w.Closed)
	}
	for step := int64(1); ; step *= 10 {
		for _, n := range []int64{1, 2, 5} {
			if top := n * step; top >= most {
				return top
			}
		}
	}
}

// y is where a value lies on the chart.
func (v flowView) y(n int64) float64 {
	return chartBottom - float64(n)/float64(v.top())*(chartBottom-chartTop)
}

// x is where a week lies.
func (v flowView) x(i int) float64 {
	return chartLeft + (float64(i)+0.5)*(chartWidth-chartLeft-90)/flowWeeks
}

// line is the path of a value through all weeks.
func (v flowView) line(of func(Flow) int64) string {
	path := ""
	for i, w := range v.Weeks {
		command := "L"
		if i == 0 {
			command = "M"
		}
		path += fmt.Sprintf("%s%.1f %.1f", command, v.x(i), v.y(of(w.Flow)))
	}
	return path
}

func (v flowView) opened() string { return v.line(func(f Flow) int64 { return f.Opened }) }
func (v flowView) closed() string { return v.line(func(f Flow) int64 { return f.Closed }) }

// labels are the heights of the two names at the ends of their lines, apart
// enough to be read.
func (v flowView) labels() (opened, closed float64) {
	last := v.Weeks[len(v.Weeks)-1]
	opened, closed = v.y(last.Opened)+4, v.y(last.Closed)+4
	if d := opened - closed; d > -14 && d < 14 {
		if d <= 0 {
			opened = closed - 14
		} else {
			closed = opened - 14
		}
	}
	return opened, closed
}

func px(v float64) string { return fmt.Sprintf("%.1f", v) }

// axis are the marked values.
func (v flowView) axis() []int64 {
	top := v.top()
	if top < 2 {
		return []int64{0, top}
	}
	return []int64{0, top / 2, top}
}
