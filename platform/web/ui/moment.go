package ui

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// Moment is when and where a page is read: what "3 minutes ago" counts from,
// and which clock the exact times are of.
type Moment struct {
	Now      time.Time
	Location *time.Location
}

type momentKey struct{}

// WithMoment gives components below ctx their clock.
func WithMoment(ctx context.Context, m Moment) context.Context {
	return context.WithValue(ctx, momentKey{}, m)
}

// MomentOf returns the clock of ctx. Without one, times are shown in UTC, and
// exactly instead of relative to now.
func MomentOf(ctx context.Context) Moment {
	m, _ := ctx.Value(momentKey{}).(Moment)
	if m.Location == nil {
		m.Location = time.UTC
	}
	return m
}

// Exact writes a time in full: "Tuesday 24 November 2026, 16:41 GMT".
func Exact(t time.Time, zone *time.Location) string {
	return t.In(zone).Format("Monday 2 January 2006, 15:04 MST")
}

// Day writes a day: "24 November 2026".
func Day(t time.Time, zone *time.Location) string { return t.In(zone).Format("2 January 2006") }

// Clock writes a time of day: "16:41".
func Clock(t time.Time, zone *time.Location) string { return t.In(zone).Format("15:04") }

// Relative writes a time as people say it, short enough for a list: "now",
// "4 min", "3 h", "yesterday 16:41", "Mon 09:12", "24 Nov", "24 Nov 2025"; and
// ahead: "in 4 min", "in 3 h", "tomorrow 16:41", "Mon 09:12", "24 Nov". Days are
// days of the calendar in zone, so a clock change moves nothing by an hour.
func Relative(t, now time.Time, zone *time.Location) string {
	if now.IsZero() {
		return t.In(zone).Format("2 Jan 2006 15:04")
	}
	t, now = t.In(zone), now.In(zone)
	gap := now.Sub(t)
	ahead := gap < 0
	if ahead {
		gap = -gap
	}
	days := daysBetween(t, now) // positive in the past
	switch {
	case gap < time.Minute && !ahead:
		return "now"
	case gap < time.Minute:
		return "in a moment"
	case gap < time.Hour:
		return in(ahead, fmt.Sprintf("%d min", int(gap.Minutes())))
	case days == 0 || gap < 6*time.Hour:
		return in(ahead, fmt.Sprintf("%d h", int(gap.Hours())))
	case days == 1:
		return "yesterday " + t.Format("15:04")
	case days == -1:
		return "tomorrow " + t.Format("15:04")
	case days > -7 && days < 7:
		return t.Format("Mon 15:04")
	case t.Year() == now.Year():
		return t.Format("2 Jan")
	default:
		return t.Format("2 Jan 2006")
	}
}

// Ago writes a time as Relative does, to stand in a sentence: "just now", "4 min
// ago", "3 h ago", "yesterday 16:41".
func Ago(t, now time.Time, zone *time.Location) string {
	s := Relative(t, now, zone)
	switch {
	case s == "now":
		return "just now"
	case !now.IsZero() && !t.After(now) && (strings.HasSuffix(s, " min") || strings.HasSuffix(s, " h")):
		return s + " ago"
	}
	return s
}

func in(ahead bool, what string) string {
	if ahead {
		return "in " + what
	}
	return what
}

// daysBetween counts midnights, not 24-hour spans.
func daysBetween(a, b time.Time) int {
	ay, am, ad := a.Date()
	by, bm, bd := b.Date()
	from := time.Date(ay, am, ad, 0, 0, 0, 0, time.UTC)
	to := time.Date(by, bm, bd, 0, 0, 0, 0, time.UTC)
	return int(to.Sub(from) / (24 * time.Hour))
}

// For writes a span roughly, as in a sentence: "2 minutes", "3 hours", "5 days".
func For(d time.Duration) string {
	switch {
	case d < 2*time.Minute:
		return Count(max(1, int(d.Round(time.Second).Seconds())), "second", "seconds")
	case d < 2*time.Hour:
		return Count(int(d.Round(time.Minute).Minutes()), "minute", "minutes")
	case d < 48*time.Hour:
		return Count(int(d.Round(time.Hour).Hours()), "hour", "hours")
	default:
		return Count(int(d.Round(24*time.Hour).Hours()/24), "day", "days")
	}
}
