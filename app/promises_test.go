package app

import (
	"math"
	"strings"
	"testing"

	"mercat.scot/mercat/expect"
)

func TestAPromiseIsRemarkedOnWhenFewKeepIt(t *testing.T) {
	fresh := expect.Outlook{Half: 9, Most: 20.4, Never: -1, Waiting: -1}
	for _, c := range []struct {
		of   expect.Outlook
		days float64
		want string
	}{
		{fresh, 2, "Nine in ten of these take up to 21 working days; you wrote “soon”."},
		{fresh, 20.6, ""},
		{fresh, 21, ""},
		{fresh, 60, ""},
		{expect.Outlook{Half: 9, Never: 0.2}, 60, "Fewer than nine in ten of these are done within a year; you wrote “soon”."},
		{expect.Outlook{Waited: 30, Half: 9, Most: 40}, 5, "Nine in ten of those that waited as long take up to another 40 working days; you wrote “soon”."},
		{expect.Outlook{Half: 0.1, Most: 0.3}, 0.2, ""},
	} {
		if got := tooSoon(c.of, expect.Promise{Words: "soon", Days: c.days}); got != c.want {
			t.Errorf("of %.1f days is said %q, not %q", c.days, got, c.want)
		}
	}
}

// TestWhatIsOfferedInsteadIsNotRemarkedOn: nobody is sent from one warning to the
// next.
func TestWhatIsOfferedInsteadIsNotRemarkedOn(t *testing.T) {
	calendar := expect.NewCalendar(expect.Scotland, nil)
	for _, language := range []string{"en", "cy", "gd"} {
		for _, o := range []expect.Outlook{{Half: 9, Most: 20, Never: 0.04, Waiting: 312}, {Waited: 30, Half: 8, Most: 40, Never: 0.01, Waiting: 1}, {Half: 1, Most: 2}, {Half: 3, Most: math.Inf(1), Never: -1, Waiting: -1}} {
			for _, lacks := range []expect.Lack{expect.NoTime, expect.NoName, expect.NoStep} {
				for _, honest := range []string{o.Sentence(language), ""} {
					words := better(lacks, language, "Roads", honest)
					if words == "" || lacks != expect.NoTime && !strings.Contains(words, "Roads") {
						t.Errorf("in the place of a phrase without %s is offered %q", lacks, words)
					}
					if list := expect.Holdings(words); len(list) > 0 {
						t.Errorf("%q holds off: %+v", words, list)
					}
					if list := calendar.Promises(words, calendar.Time(8000)); len(list) > 0 {
						t.Errorf("%q promises: %+v", words, list)
					}
				}
			}
		}
	}
}
