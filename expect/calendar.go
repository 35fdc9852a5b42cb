package expect

import (
	"math"
	"sort"
	"time"

	"github.com/rickar/cal/v2"
	"github.com/rickar/cal/v2/gb"
)

// Nation says whose bank holidays a council keeps.
type Nation string

// The nations whose bank holidays are known (https://www.gov.uk/bank-holidays),
// and weekends alone for history from elsewhere.
const (
	Scotland Nation = "scotland"
	England  Nation = "england"
	Wales    Nation = "wales"
	Weekends Nation = "weekends"
)

// Valid reports whether n is one of the nations.
func (n Nation) Valid() bool {
	return n == Scotland || n == England || n == Wales || n == Weekends
}

// idle is what a day counts on which nobody works, in working days. It is not
// nothing, so that what is done on a Saturday all the same keeps its order;
// it is so little that ten weekends come to a fifth of a day.
const idle = 0.01

// firstYear and lastYear bound the calendar. Earlier and later times count as
// the first and last day.
const firstYear, lastYear = 1995, 2060

// Calendar counts in working days: Monday to Friday without bank holidays, a
// day from midnight to midnight by the council's clock, however long it is when
// the clocks change. It is immutable.
type Calendar struct {
	zone   *time.Location
	first  int       // civil day number of firstYear, 1 January
	starts []int64   // Unix seconds at which each day begins
	upTo   []float64 // working days before each day; one longer than starts
}

// NewCalendar returns the calendar of a nation in a time zone; nil is UTC.
func NewCalendar(n Nation, zone *time.Location) *Calendar {
	if zone == nil {
		zone = time.UTC
	}
	holidays := cal.NewBusinessCalendar()
	holidays.AddHoliday(bankHolidays(n)...)
	c := &Calendar{zone: zone}
	at := time.Date(firstYear, time.January, 1, 0, 0, 0, 0, zone)
	c.first = civilDay(at)
	c.upTo = append(c.upTo, 0)
	for at.Year() <= lastYear {
		worth := idle
		if holidays.IsWorkday(at) {
			worth = 1
		}
		c.starts = append(c.starts, at.Unix())
		c.upTo = append(c.upTo, c.upTo[len(c.upTo)-1]+worth)
		at = time.Date(at.Year(), at.Month(), at.Day()+1, 0, 0, 0, 0, zone)
	}
	return c
}

// civilDay numbers the days of the civil calendar.
func civilDay(t time.Time) int {
	y, m, d := t.Date()
	return int(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

// Position is the working days from the calendar's beginning to t. The working
// days between two times are the difference of their positions.
func (c *Calendar) Position(t time.Time) float64 {
	day := civilDay(t.In(c.zone)) - c.first
	if day < 0 {
		return 0
	}
	if day >= len(c.starts)-1 {
		return c.upTo[len(c.starts)-1]
	}
	length := float64(c.starts[day+1] - c.starts[day])
	passed := (float64(t.Unix()-c.starts[day]) + float64(t.Nanosecond())/1e9) / length
	return c.upTo[day] + min(max(passed, 0), 1)*(c.upTo[day+1]-c.upTo[day])
}

// Time is the time at a position.
func (c *Calendar) Time(position float64) time.Time {
	day := sort.SearchFloat64s(c.upTo, position) // the first day with upTo >= position
	if day > 0 {
		day--
	}
	day = min(day, len(c.starts)-2)
	share := min(max((position-c.upTo[day])/(c.upTo[day+1]-c.upTo[day]), 0), 1)
	seconds := share * float64(c.starts[day+1]-c.starts[day])
	return time.Unix(c.starts[day], 0).Add(time.Duration(seconds * float64(time.Second))).In(c.zone)
}

// Between is the working days from one time to another; less than nothing when
// the second is the earlier one.
func (c *Calendar) Between(from, to time.Time) float64 { return c.Position(to) - c.Position(from) }

// After is the time when so many working days have passed since t.
func (c *Calendar) After(t time.Time, days float64) time.Time {
	if math.IsInf(days, 1) {
		days = c.upTo[len(c.upTo)-1]
	}
	return c.Time(c.Position(t) + days)
}

// By is the working day by whose end so many working days have passed since t,
// at its midnight. Somebody is told this day, so it is never a day on which
// nobody works.
func (c *Calendar) By(t time.Time, days float64) time.Time {
	at := c.After(t, math.Ceil(days-0.06)-idle/10)
	for range 14 {
		day := civilDay(at) - c.first
		if day < 0 || day >= len(c.starts)-1 || c.upTo[day+1]-c.upTo[day] == 1 {
			break
		}
		at = at.AddDate(0, 0, 1)
	}
	y, m, d := at.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, c.zone)
}

// bankHolidays are those of a nation. The library knows those of England and
// Wales since 2020; the rest is from https://www.gov.uk/bank-holidays and the
// Royal proclamations under the Banking and Financial Dealings Act 1971.
func bankHolidays(n Nation) []*cal.Holiday {
	if n == Weekends {
		return nil
	}
	list := []*cal.Holiday{
		gb.NewYear, gb.GoodFriday, gb.EarlyMay, gb.VEDay, gb.CoronationDay,
		gb.ChristmasDay, gb.BoxingDay,
		once("Golden Jubilee", 2002, time.June, 3), once("Spring bank holiday", 2002, time.June, 4),
		once("Royal Wedding", 2011, time.April, 29),
		once("Spring bank holiday", 2012, time.June, 4), once("Diamond Jubilee", 2012, time.June, 5),
		gb.SpringHoliday2022, gb.PlatinumJubilee,
		once("State Funeral of Queen Elizabeth II", 2022, time.September, 19),
		gb.SpringHoliday.Clone(&cal.Holiday{Except: []int{2002, 2012, 2022}}),
	}
	if n == Scotland {
		return append(list, gb.SummerHolidayScotland, secondOfJanuary(), saintAndrew(),
			once("World Cup", 2026, time.June, 15))
	}
	return append(list, gb.EasterMonday, gb.SummerHoliday)
}

func once(name string, year int, month time.Month, day int) *cal.Holiday {
	return &cal.Holiday{Name: name, Type: cal.ObservanceBank, Month: month, Day: day, StartYear: year, EndYear: year, Func: cal.CalcDayOfMonth}
}

// secondOfJanuary gives way to the substitute of New Year's Day.
func secondOfJanuary() *cal.Holiday {
	return &cal.Holiday{Name: "2nd January", Type: cal.ObservanceBank, Month: time.January, Day: 2, Func: cal.CalcDayOfMonth,
		Observed: []cal.AltDay{{Day: time.Saturday, Offset: 2}, {Day: time.Sunday, Offset: 2}, {Day: time.Monday, Offset: 1}}}
}

// saintAndrew is a bank holiday since the St Andrew's Day Bank Holiday
// (Scotland) Act 2007.
func saintAndrew() *cal.Holiday {
	return &cal.Holiday{Name: "St Andrew’s Day", Type: cal.ObservanceBank, Month: time.November, Day: 30, StartYear: 2007, Func: cal.CalcDayOfMonth,
		Observed: []cal.AltDay{{Day: time.Saturday, Offset: 2}, {Day: time.Sunday, Offset: 1}}}
}
