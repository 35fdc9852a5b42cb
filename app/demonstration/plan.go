package demonstration

import (
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// Days is how much history there is.
const Days = 42

// conversation is a talk with its words filled in, and who takes part.
type conversation struct {
	talk
	citizen string
	ask     string
	reply   string
	picture bool
}

// moment is something that happens in a conversation, at a time.
type moment struct {
	at   time.Time
	of   int
	what string
}

// What happens in a conversation, in its order.
const (
	says    = "says"
	assigns = "assigns"
	asks    = "asks"
	tells   = "tells"
	notes   = "notes"
	opens   = "opens a case"
	answers = "answers"
	moves   = "moves the case"
	ends    = "ends the case"
	thanks  = "thanks"
	closes  = "closes"
	snoozes = "snoozes"
)

// plan lays out six weeks that end at now, in the council's own time. The same
// now gives the same plan.
func plan(now time.Time, zone *time.Location) ([]conversation, []moment) {
	r := rand.New(rand.NewPCG(311, 1872))
	var list []conversation
	var all []moment
	begin := now.In(zone).AddDate(0, 0, -Days)
	snowDay := now.In(zone).AddDate(0, 0, -16)
	var usual, snow []talk
	for _, t := range talks() {
		for range max(t.weight, 1) {
			if t.snow {
				snow = append(snow, t)
			} else {
				usual = append(usual, t)
			}
		}
	}
	add := func(t talk, at time.Time) {
		if !at.Before(now.Add(-3 * time.Minute)) {
			return
		}
		list = append(list, fill(r, t))
		all = append(all, life(r, list[len(list)-1], len(list)-1, at, now)...)
	}
	for day := range Days + 1 {
		date := begin.AddDate(0, 0, day)
		count := 2 + r.IntN(3)
		if date.Weekday() == time.Saturday || date.Weekday() == time.Sunday {
			count = 1 + r.IntN(2)
		}
		for range count {
			add(usual[r.IntN(len(usual))], clockOn(r, date, 7, 22))
		}
	}
	for range 22 {
		add(snow[r.IntN(len(snow))], clockOn(r, snowDay, 6, 12))
	}
	// Something just came in, so that there is work to try.
	for i := range 6 {
		t := usual[r.IntN(len(usual))]
		for i%2 == 0 && t.team != "" { // every other for the contact centre, where the administrator is
			t = usual[r.IntN(len(usual))]
		}
		add(t, now.Add(-time.Duration(8+i*37)*time.Minute))
	}
	slices.SortStableFunc(all, func(a, b moment) int { return a.at.Compare(b.at) })
	return list, all
}

// clockOn is a time of day between two hours.
func clockOn(r *rand.Rand, date time.Time, from, to int) time.Time {
	return time.Date(date.Year(), date.Month(), date.Day(), from, r.IntN((to-from)*60), r.IntN(60), 0, date.Location())
}

// fill chooses words, a place and a citizen.
func fill(r *rand.Rand, t talk) conversation {
	places := settlements()
	// Most people live in the largest places.
	s := places[min(r.IntN(len(places)), r.IntN(len(places)))]
	street := s.streets[r.IntN(len(s.streets))] + ", " + s.name
	words := strings.NewReplacer("{street}", street, "{place}", s.name)
	people := citizens()
	i := r.IntN(len(t.asks))
	c := conversation{talk: t, citizen: people[r.IntN(len(people))], ask: words.Replace(t.asks[i]), reply: words.Replace(t.answer[min(i, len(t.answer)-1)])}
	c.asksOn, c.note = words.Replace(t.asksOn), words.Replace(t.note)
	c.picture = t.job != "" && !t.private && r.IntN(3) == 0
	return c
}

// life lays out what happens in a conversation until now. The older it is, the
// surer it is that it came to its end.
func life(r *rand.Rand, c conversation, of int, at, now time.Time) []moment {
	var list []moment
	later := func(least, most time.Duration, what string) bool {
		at = at.Add(least + time.Duration(r.Int64N(int64(most-least))))
		if !at.Before(now.Add(-time.Minute)) {
			return false
		}
		list = append(list, moment{at, of, what})
		return true
	}
	list = append(list, moment{at, of, says})
	// Two in a hundred wait for days, as everywhere.
	slow := r.IntN(50) == 0
	most := 5 * time.Hour
	if c.snow {
		most = time.Hour
	}
	if slow {
		most = 4 * 24 * time.Hour
	}
	if now.Sub(at) < 4*time.Hour && r.IntN(2) == 0 {
		return list
	}
	if !later(4*time.Minute, most, assigns) {
		return list
	}
	if c.asksOn != "" && (!later(time.Minute, 20*time.Minute, asks) || !later(3*time.Minute, 3*time.Hour, tells)) {
		return list
	}
	if c.note != "" && !later(time.Minute, 10*time.Minute, notes) {
		return list
	}
	if c.job != "" && !later(time.Minute, 10*time.Minute, opens) {
		return list
	}
	if !later(2*time.Minute, 30*time.Minute, answers) {
		return list
	}
	if c.job == "done" || c.job == "working" {
		if !later(2*time.Hour, 40*time.Hour, moves) {
			return list
		}
	}
	if c.job == "done" || c.job == "scottish water" {
		if !later(time.Hour, 90*time.Hour, ends) {
			return list
		}
	}
	if c.thanks != "" && r.IntN(4) > 0 && !later(10*time.Minute, 20*time.Hour, thanks) {
		return list
	}
	if r.IntN(12) == 0 {
		later(time.Minute, time.Hour, snoozes)
		return list
	}
	later(time.Hour, 50*time.Hour, closes)
	return list
}
