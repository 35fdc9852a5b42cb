package casework_test

import (
	"testing"
	"time"

	"mercat.scot/mercat/casework"
)

func TestADayThatIsOverIsNotSaidAgain(t *testing.T) {
	half, most := time.Date(2026, 12, 3, 23, 59, 0, 0, time.UTC), time.Date(2026, 12, 14, 23, 59, 0, 0, time.UTC)
	given := casework.Case{HalfAt: half, MostAt: most}
	same := casework.Case{HalfAt: most, MostAt: most}
	for _, c := range []struct {
		of       casework.Case
		language string
		now      time.Time
		want     string
	}{
		{given, "en", half.AddDate(0, 0, -5), "Half of these are done by 3/12/2026, nine in ten by 14/12/2026."},
		{given, "en", half.AddDate(0, 0, 1), "Nine in ten of these are done by 14/12/2026."},
		{given, "cy", half.AddDate(0, 0, 1), "Mae naw o bob deg o’r rhain wedi’u gwneud erbyn 14/12/2026."},
		{given, "gd", half.AddDate(0, 0, 1), "Bidh naoi às gach deich dhiubh seo deiseil ro 14/12/2026."},
		{given, "en", most.Add(time.Hour), ""},
		{same, "en", half, "Nine in ten of these are done by 14/12/2026."},
		{casework.Case{}, "en", half, ""},
	} {
		if got := casework.Likely(c.language, c.of, c.now, time.UTC); got != c.want {
			t.Errorf("at %s is said %q, not %q", c.now.Format("2/1"), got, c.want)
		}
	}
}

func TestWhoseDaysAreOverIsToldWhatIsKnownNow(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.Expect = func(_ int64, opened time.Time) (half, most time.Time) {
			return opened.AddDate(0, 0, 3), opened.AddDate(0, 0, 7)
		}
		h.Honest = casework.Honest{
			Now:  func(string, int64, time.Time) string { return "This has waited 6 working days." },
			Rest: func(string, int64, time.Time) string { return "7 are waiting before yours." },
		}
		c := h.reported("a hole")
		says := func(want string) {
			t.Helper()
			tracked, err := h.Track(t.Context(), c.Track)
			must(t, err)
			if got := casework.Expects(h.Service, tracked, h.clock.Now()); got != want {
				t.Errorf("the page says %q, not %q", got, want)
			}
		}
		most := c.MostAt.Format("2/1/2006")
		says("Half of these are done by " + c.HalfAt.Format("2/1/2006") + ", nine in ten by " + most + ". 7 are waiting before yours.")
		h.clock.Advance(5 * 24 * time.Hour)
		says("Nine in ten of these are done by " + most + ". 7 are waiting before yours.")
		h.clock.Advance(5 * 24 * time.Hour)
		says("Nine in ten of these would be done by now. Yours is taking longer. This has waited 6 working days.")
	})
}
