package directory_test

import (
	"context"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"mercat.scot/mercat/directory"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
)

func questions() directory.Attributes {
	return directory.Attributes{
		{Code: "note", Datatype: directory.String, Description: "Ring 101 when somebody is in danger."},
		{Code: "colour", Variable: true, Required: true, Datatype: directory.SingleValueList, Description: "What colour is the bin?", Welsh: "Pa liw yw’r bin?", Order: 1,
			Values: []directory.Value{{Key: "green", Name: "Green", Welsh: "Gwyrdd"}, {Key: "blue", Name: "Blue"}}},
		{Code: "days", Variable: true, Datatype: directory.MultiValueList, Description: "On which days?", Order: 2,
			Values: []directory.Value{{Key: "mon", Name: "Monday"}, {Key: "tue", Name: "Tuesday"}, {Key: "wed", Name: "Wednesday"}}},
		{Code: "depth", Variable: true, Datatype: directory.Number, Description: "How deep is it, in cm?", Order: 3},
		{Code: "since", Variable: true, Required: true, Datatype: directory.DateTime, Description: "Since when?", Order: 4},
		{Code: "name", Variable: true, Datatype: directory.String, Description: "What is its name?", Order: 5},
		{Code: "more", Variable: true, Datatype: directory.Text, Description: "Anything else?", Order: 6},
	}
}

func TestAnAnswerIsKeptInOneForm(t *testing.T) {
	got, wrong := questions().Validate(map[string][]string{
		"colour": {" GWYRDD "}, "days": {"wed", "Monday", "wed", ""}, "depth": {"1,200.50"}, "since": {"31/3/2026"},
		"name": {"two\nlines"}, "more": {"two\nlines"}, "note": {"x"}, "unknown": {"x"},
	})
	if len(wrong) > 0 {
		t.Fatal(wrong)
	}
	want := map[string][]string{"colour": {"green"}, "days": {"mon", "wed"}, "depth": {"1200.5"}, "since": {"2026-03-31"}, "name": {"two lines"}, "more": {"two\nlines"}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v", got)
	}
}

func TestAnAnswerThatCannotBeReadIsRefusedWithASentence(t *testing.T) {
	for name, c := range map[string]struct {
		code    string
		given   []string
		because string
	}{
		"not in the list": {"colour", []string{"mauve"}, "Choose from: Green, Blue"},
		"two of one":      {"colour", []string{"green", "blue"}, "one answer"},
		"no number":       {"depth", []string{"knee-deep"}, "enter a number"},
		"infinite":        {"depth", []string{"Inf"}, "enter a number"},
		"hexadecimal":     {"depth", []string{"0x10"}, "enter a number"},
		"no day":          {"since", []string{"2026-02-30"}, "enter a day"},
		"far past":        {"since", []string{"0026-02-01"}, "enter a day"},
		"too long":        {"name", []string{strings.Repeat("a", 501)}, "at most 500 characters"},
		"far too long":    {"more", []string{strings.Repeat("a", 10_000)}, "at most 5,000 characters"},
	} {
		_, wrong := questions().ValidateGiven(map[string][]string{c.code: c.given})
		if len(wrong) != 1 || wrong[0].Field != directory.AnswerField(c.code) || !strings.Contains(wrong[0].Sentence, c.because) {
			t.Errorf("%s: got %v", name, wrong)
		}
	}
}

func TestWhatIsRequiredIsAskedInOrder(t *testing.T) {
	_, wrong := questions().Validate(map[string][]string{"colour": {" "}})
	var fields []string
	for _, w := range wrong {
		fields = append(fields, w.Field)
	}
	if !slices.Equal(fields, []string{"attribute-colour", "attribute-since"}) {
		t.Errorf("got %v", fields)
	}
	if missing := questions().Missing(map[string][]string{"since": {"2026-01-01"}}); len(missing) != 1 || missing[0].Code != "colour" {
		t.Errorf("got %v", missing)
	}
	if clean, wrong := questions().ValidateGiven(nil); len(clean)+len(wrong) != 0 {
		t.Errorf("got %v, %v", clean, wrong)
	}
}

func TestADateAndATimeAreReadAsTheyAreSent(t *testing.T) {
	a := directory.Attribute{Datatype: directory.DateTime}
	for given, want := range map[string]string{
		"2026-03-31": "2026-03-31", "2026-03-31T18:30": "2026-03-31T18:30", "2026-03-31T18:30:00Z": "2026-03-31T18:30:00Z",
		"2026-03-31T18:30:00+01:00": "2026-03-31T18:30:00+01:00", "31/3/2026 18:30": "2026-03-31T18:30", "31 March 2026": "2026-03-31",
	} {
		if got, why := a.Read([]string{given}); why != "" || got[0] != want {
			t.Errorf("%s: got %v %s", given, got, why)
		}
	}
}

func TestAServiceKeepsItsCodeAndItsQuestions(t *testing.T) {
	each(t, func(w world) {
		t := w.t
		w.seeded()
		area := w.area("North", "Kirkbrae")
		s := directory.Service{Name: "Ferry piers & slips", Active: true, Group: "Harbours", Keywords: "ferry, pier", AreaIDs: []int64{area}, PromisedDays: 5,
			Promise: "We answer within five working days.", Attributes: questions(),
			Hours: directory.Hours{Holidays: directory.HolidaysClosed, OutOfHours: "Ring the coastguard."}}
		s.Hours.Week[time.Monday] = []directory.Span{{From: 9 * 60, To: 12*60 + 30}, {From: 13 * 60, To: 17 * 60}}
		added, err := w.AddService(t.Context(), mairi, s)
		if err != nil {
			t.Fatal(err)
		}
		if added.Code != "ferry-piers-slips" || added.Hours.String() != "Mon 09:00-12:30, 13:00-17:00" || len(added.Attributes) != 7 || added.Attributes[6].Order != 7 {
			t.Errorf("got %+v", added)
		}
		got, ok := w.now().ServiceByCode("ferry-piers-slips")
		if !ok || !reflect.DeepEqual(got, added) || !got.Covers(area) || got.Covers(area+1) || !got.Covers(0) {
			t.Errorf("got %+v, %v", got, ok)
		}
		got.Name, got.Code = "Piers", ""
		if err := w.SaveService(t.Context(), mairi, got); err != nil {
			t.Fatal(err)
		}
		if got = w.now().Services()[slices.IndexFunc(w.now().Services(), func(s directory.Service) bool { return s.Name == "Piers" })]; got.Code != "ferry-piers-slips" {
			t.Errorf("the code changed with the name: %q", got.Code)
		}
		got.Code = "noise"
		w.named("Noise", "noise")
		wants(t, w.SaveService(t.Context(), mairi, got), fault.Invalid, "Another service has the code")
		again, err := w.AddService(t.Context(), mairi, directory.Service{Name: "Ferry: piers, slips"})
		if err != nil || again.Code != "ferry-piers-slips-2" {
			t.Errorf("got %q, %v", again.Code, err)
		}
	})
}

// area adds an area, and named a service.
func (w world) area(name, places string) int64 {
	a, err := w.AddArea(w.t.Context(), mairi, directory.Area{Name: name, Places: places})
	if err != nil {
		w.t.Fatal(err)
	}
	return a.ID
}

func (w world) named(name, code string) {
	if _, ok := w.now().ServiceByCode(code); ok {
		return
	}
	w.must(func(ctx context.Context, tx *db.Tx) error {
		_, err := w.AddServicesTx(ctx, tx, mairi, []directory.Service{{Name: name, Code: code}})
		return err
	})
}

func TestOpeningHours(t *testing.T) {
	var h directory.Hours
	h.Week[time.Saturday] = []directory.Span{{From: 600, To: 720}}
	saturday := time.Date(2026, 1, 3, 10, 0, 0, 0, time.UTC)
	if !h.Open(saturday, false) || h.Open(saturday.Add(2*time.Hour), false) || h.Open(saturday.Add(24*time.Hour), false) || !h.Open(saturday, true) {
		t.Error("the hours are wrong")
	}
	if h.Holidays = directory.HolidaysClosed; h.Open(saturday, true) {
		t.Error("open on a bank holiday")
	}
}

func TestWhatIsWrongWithAQuestionIsSaid(t *testing.T) {
	each(t, func(w world) {
		for because, list := range map[string]directory.Attributes{
			"Enter the question": {{Variable: true, Datatype: directory.String}},
			"no kind of answer":  {{Variable: true, Datatype: "colour", Description: "x"}},
			"answers to choose":  {{Variable: true, Datatype: directory.SingleValueList, Description: "x"}},
			"have the code":      {{Variable: true, Datatype: directory.String, Description: "x", Code: "x"}, {Variable: true, Datatype: directory.String, Description: "y", Code: "x"}},
			"have the key":       {{Variable: true, Datatype: directory.MultiValueList, Description: "x", Values: []directory.Value{{Key: "1", Name: "a"}, {Key: "1", Name: "b"}}}},
			"letters, digits":    {{Variable: true, Datatype: directory.String, Description: "x", Code: "a b"}},
			"too many questions": make(directory.Attributes, 41),
			"too many answers":   {{Variable: true, Datatype: directory.MultiValueList, Description: "x", Values: make([]directory.Value, 201)}},
		} {
			_, err := w.AddService(w.t.Context(), mairi, directory.Service{Name: "x", Attributes: list})
			wants(w.t, err, fault.Invalid, because)
		}
	})
}
