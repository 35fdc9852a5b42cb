package directory_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"mercat.scot/mercat/directory"
	"mercat.scot/mercat/platform/db"
)

// usual are the questions of a service that comes with Mercat.
func usual(t *testing.T, code string) directory.Attributes {
	var l directory.Attributes
	each(t, func(w world) {
		w.must(func(ctx context.Context, tx *db.Tx) error { return w.SeedTx(ctx, tx, mairi) })
		s, ok := w.now().ServiceByCode(code)
		if !ok {
			w.t.Fatal("no service " + code)
		}
		l = s.Attributes
	})
	return l
}

// wednesday is 25 November 2026.
var wednesday = time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC)

func TestAnswersAreReadFromTheWords(t *testing.T) {
	bins, cars, potholes, graffiti := usual(t, "missed-bins"), usual(t, "abandoned-vehicles"), usual(t, "potholes-and-road-surface"), usual(t, "graffiti-and-vandalism")
	for _, c := range []struct {
		l       directory.Attributes
		message string
		want    string
	}{
		{bins, "Our brown bin wasn't emptied on Tuesday again! Whole street missed.", "map[bin:[brown] day:[2026-11-24] whole-street:[yes]]"},
		{bins, "blue bin and the food caddy missed yesterday", "map[bin:[blue food] day:[2026-11-24]]"},
		{bins, "bin not emptied on 12 November or 13 November", "map[]"},
		{bins, "bins never emptied", "map[]"},
		{bins, "Collected on 31/2? The green bin is still full", "map[bin:[green]]"},
		{cars, "silver Ford Fiesta sn12 abc dumped outside 14 High Street", "map[colour:[grey] registration:[SN12 ABC]]"},
		{cars, "a red van and a blue car have been left", "map[]"},
		{potholes, "Huge pothole at the junction, 12cm deep, outside number 40", "map[depth:[12] size:[large] where:[junction]]"},
		{potholes, "pothole outside 40 High Street", "map[]"},
		{graffiti, "racist graffiti in the underpass", "map[offensive:[yes] on:[council]]"},
		{graffiti, "not racist", "map[]"},
		{graffiti, "@council https://example.org/racist", "map[]"},
	} {
		if got := fmt.Sprint(c.l.Find(c.message, wednesday)); got != c.want {
			t.Errorf("%q: got %s, want %s", c.message, got, c.want)
		}
	}
}

func TestARepliesAnswersAreFound(t *testing.T) {
	bins, cars, housing := usual(t, "missed-bins"), usual(t, "abandoned-vehicles"), usual(t, "council-housing-repairs")
	pick := func(l directory.Attributes, codes ...string) (some directory.Attributes) {
		for _, code := range codes {
			a, ok := l.Attribute(code)
			if !ok {
				t.Fatal("no question " + code)
			}
			some = append(some, a)
		}
		return some
	}
	for _, c := range []struct {
		asked directory.Attributes
		reply string
		want  string
	}{
		{pick(bins, "bin", "day"), "1. green\n2. Tuesday", "map[bin:[green] day:[2026-11-24]]"},
		{pick(bins, "bin", "day"), "@StrathmarnCouncil the green one, Monday", "map[bin:[green] day:[2026-11-23]]"},
		{pick(bins, "bin", "day"), "the green bin, Monday", "map[bin:[green] day:[2026-11-23]]"},
		{pick(bins, "bin", "day"), "it was the green bin", "map[bin:[green]]"},
		{pick(bins, "bin", "day"), "Why do you not know this already?", "map[]"},
		{pick(bins, "bin", "day"), "", "map[]"},
		{pick(bins, "bin"), "Green", "map[bin:[green]]"},
		{pick(bins, "bin"), "gwyrdd", "map[bin:[green]]"},
		{pick(bins, "bin"), "dunno, not sure", "map[]"},
		{pick(cars, "registration", "colour"), "SN12 ABC, it's black", "map[colour:[black] registration:[SN12 ABC]]"},
		{pick(cars, "registration"), "none", "map[registration:[none]]"},
		{pick(cars, "registration", "colour"), "No plates\nBlack", "map[colour:[black] registration:[No plates]]"},
		{pick(cars, "make"), "@council @other A Vauxhall Corsa", "map[make:[A Vauxhall Corsa]]"},
		{pick(cars, "make"), "> What make is it?\nFord", "map[make:[Ford]]"},
		{pick(housing, "vulnerable"), "Aye, ma wee boy has asthma", "map[vulnerable:[yes]]"},
		{pick(housing, "vulnerable"), "naw", "map[vulnerable:[no]]"},
		{pick(housing, "vulnerable"), "No", "map[vulnerable:[no]]"},
	} {
		if got := fmt.Sprint(c.asked.FindReply(c.reply, wednesday)); got != c.want {
			t.Errorf("%q: got %s, want %s", c.reply, got, c.want)
		}
	}
}

func FuzzFindReply(f *testing.F) {
	for _, s := range []string{"1. green\n2. Tuesday", "@a @b", "31/2/2026", "> x", "1) 2) 3)", "2026-13-40", "\xff"} {
		f.Add(s)
	}
	l := questions()
	f.Fuzz(func(t *testing.T, reply string) {
		for _, found := range []map[string][]string{l.Find(reply, wednesday), l.Asked().FindReply(reply, wednesday)} {
			if clean, wrong := l.ValidateGiven(found); len(wrong) > 0 || len(clean) != len(found) {
				t.Errorf("%q: found %v, of which %v", reply, found, wrong)
			}
		}
	})
}
