package directory

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/text"
)

// Hours are when a service can be reached. The zero Hours say nothing: nobody
// wrote down when.
type Hours struct {
	Week       [7][]Span // by time.Weekday: Sunday is 0; none is closed
	Holidays   string    // on bank holidays: HolidaysClosed, HolidaysAsUsual, or "" for not said
	OutOfHours string    // what people do meanwhile, in words
}

// Bank holidays: which days they are says the council's nation.
const (
	HolidaysClosed  = "closed"
	HolidaysAsUsual = "usual"
)

// Span is a time of the day, in minutes from midnight; To is beyond From and at
// most 24 hours.
type Span struct{ From, To int }

// String is the span as people write it: 09:00-17:00.
func (s Span) String() string { return clock(s.From) + "-" + clock(s.To) }

func clock(m int) string { return fmt.Sprintf("%02d:%02d", m/60, m%60) }

// Known reports whether any opening hours are written down.
func (h Hours) Known() bool {
	for _, day := range h.Week {
		if len(day) > 0 {
			return true
		}
	}
	return false
}

// Open reports whether the service can be reached at a moment, which the caller
// gives in the council's time zone, with whether the day is a bank holiday.
func (h Hours) Open(at time.Time, holiday bool) bool {
	if holiday && h.Holidays == HolidaysClosed {
		return false
	}
	minute := at.Hour()*60 + at.Minute()
	for _, s := range h.Week[at.Weekday()] {
		if s.From <= minute && minute < s.To {
			return true
		}
	}
	return false
}

// Day writes the spans of a day: "09:00-12:30, 13:30-17:00", or "" for closed.
func (h Hours) Day(d time.Weekday) string {
	var spans []string
	for _, s := range h.Week[d] {
		spans = append(spans, s.String())
	}
	return strings.Join(spans, ", ")
}

// String writes the week in a line: "Mon-Fri 09:00-17:00; Sat 10:00-12:00".
func (h Hours) String() string {
	var parts []string
	for i := 0; i < len(weekdays); {
		j := i
		for j+1 < len(weekdays) && h.Day(weekdays[j+1]) == h.Day(weekdays[i]) {
			j++
		}
		if day := h.Day(weekdays[i]); day != "" {
			name := weekdays[i].String()[:3]
			if j > i {
				name += "-" + weekdays[j].String()[:3]
			}
			parts = append(parts, name+" "+day)
		}
		i = j + 1
	}
	return strings.Join(parts, "; ")
}

// weekdays begin with Monday, as a week does here.
var weekdays = [7]time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday, time.Saturday, time.Sunday}

// readWeek reads what String writes.
func readWeek(s string) ([7][]Span, error) {
	var week [7][]Span
	for _, part := range strings.FieldsFunc(s, func(r rune) bool { return r == ';' || r == '\n' }) {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		names, spans, _ := strings.Cut(part, " ")
		from, to, ranged := strings.Cut(names, "-")
		first, ok := weekdayOf(from)
		last, also := first, true
		if ranged {
			last, also = weekdayOf(to)
		}
		if !ok || !also || last < first {
			return week, fault.Newf(fault.Invalid, "%q does not begin with a day or days, such as Mon-Fri 09:00-17:00.", part)
		}
		day, err := readDay(spans)
		if err != nil {
			return week, err
		}
		for n := first; n <= last; n++ {
			week[weekdays[n]] = day
		}
	}
	return week, nil
}

// weekdayOf finds a day by the first three letters of its English name, and
// returns its place in weekdays.
func weekdayOf(s string) (int, bool) {
	s = strings.ToLower(strings.TrimSpace(s))
	for i, d := range weekdays {
		if name := strings.ToLower(d.String()); len(s) >= 3 && strings.HasPrefix(name, s[:3]) {
			return i, true
		}
	}
	return 0, false
}

// readDay reads the spans of one day; nothing, or "closed", is closed.
func readDay(s string) ([]Span, error) {
	s = strings.ToLower(strings.TrimSpace(s))
	if s == "" || s == "closed" {
		return nil, nil
	}
	bad := fault.Newf(fault.Invalid, "%q cannot be read as opening hours. Write them as 09:00-17:00, and part two by a comma.", text.Excerpt(s, 40))
	var spans []Span
	for _, part := range strings.Split(s, ",") {
		from, to, ok := strings.Cut(strings.NewReplacer("–", "-", "—", "-", " to ", "-").Replace(part), "-")
		a, okA := readClock(from)
		b, okB := readClock(to)
		if !ok || !okA || !okB || b <= a || len(spans) > 0 && a < spans[len(spans)-1].To {
			return nil, bad
		}
		spans = append(spans, Span{a, b})
	}
	return spans, nil
}

// readClock reads 9, 9:00, 9.30, 09:00, 9am, 5.30pm, 24:00.
func readClock(s string) (int, bool) {
	s = strings.TrimSpace(s)
	add := 0
	if rest, ok := strings.CutSuffix(s, "am"); ok {
		s = strings.TrimSpace(rest)
	} else if rest, ok := strings.CutSuffix(s, "pm"); ok {
		if s = strings.TrimSpace(rest); !strings.HasPrefix(s, "12") {
			add = 12 * 60
		}
	}
	hour, minute, has := strings.Cut(strings.ReplaceAll(s, ".", ":"), ":")
	h, err := strconv.Atoi(hour)
	m := 0
	if err == nil && has {
		if len(minute) != 2 {
			return 0, false
		}
		m, err = strconv.Atoi(minute)
	}
	at := h*60 + m + add
	if err != nil || h < 0 || m < 0 || m > 59 || at > 24*60 {
		return 0, false
	}
	return at, true
}

// clean makes hours fit to be kept, or says what is wrong.
func (h Hours) clean(wrong *fault.Fields) Hours {
	h.OutOfHours, _ = text.CleanLine(h.OutOfHours, maxSummary)
	if h.Holidays != "" && h.Holidays != HolidaysClosed && h.Holidays != HolidaysAsUsual {
		wrong.Add("holidays", "Say whether it is closed on bank holidays, or open as usual.")
	}
	return h
}
