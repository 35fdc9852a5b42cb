package expect

import (
	"strings"
	"testing"

	"mercat.scot/mercat/platform/growthtest"
)

func TestHoldingPhrasesAreNamedForWhatTheyAre(t *testing.T) {
	for _, one := range []struct {
		text  string
		words []string
		lacks []Lack
	}{
		{"This will be addressed by the appropriate officer in due course.", []string{"the appropriate officer", "in due course"}, []Lack{NoName, NoTime}},
		{"Thanks, this has been logged.", []string{"has been logged"}, []Lack{NoStep}},
		{"Thanks for this. We’ve passed it to the relevant team!", []string{"the relevant team"}, []Lack{NoName}},
		{"Your report was forwarded to the relevant department as soon as possible.", []string{"the relevant department", "as soon as possible"}, []Lack{NoName, NoTime}},
		{"We are working hard to clear all streets. Please bear with us.", []string{"working hard to"}, []Lack{NoTime}},
		{"Diolch. Mae hyn wedi’i gofnodi ac mae wedi’i anfon at y tîm perthnasol. Byddwn yn ymateb maes o law.", []string{"wedi’i gofnodi", "y tîm perthnasol", "maes o law"}, []Lack{NoStep, NoName, NoTime}},
		{"Thèid seo a chur chun an sgioba iomchaidh cho luath ’s a ghabhas.", []string{"chun an sgioba iomchaidh", "cho luath ’s a ghabhas"}, []Lack{NoName, NoTime}},
		{"Our roads team has it. Half of these are done within 9 working days.", nil, nil},
		{"This has been logged as case K7Q2 and will be done by Friday.", nil, nil},
		{"The log was removed from the river. The course was due.", nil, nil},
		{"Please contact the planning team.", nil, nil},
		{"Please call us as soon as possible if it comes back.", nil, nil},
		{"It is shown while somebody is logged in.", nil, nil},
	} {
		t.Run(one.text, func(t *testing.T) {
			list := Holdings(one.text)
			if len(list) != len(one.words) {
				t.Fatalf("found %+v", list)
			}
			for i, h := range list {
				if h.Words != one.words[i] || h.Lacks != one.lacks[i] || !strings.Contains(h.Says(), h.Words) {
					t.Errorf("found %+v, not %q", h, one.words[i])
				}
			}
		})
	}
}

func TestHoldingPhrasesTakeLinearTime(t *testing.T) {
	growthtest.Linear(t, growthtest.Texts, func(s string) { Holdings(s) })
	growthtest.Linear(t, map[string]growthtest.Shape{"beginnings": {Unit: "as soon as "}, "the": {Unit: "the "}}, func(s string) { Holdings(s) })
}

func FuzzHoldings(f *testing.F) {
	for _, s := range []string{"by the appropriate officer in due course", "wedi’i gofnodi", "as soon as as soon as possible", "\xff asap\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, h := range Holdings(s) {
			if h.Words == "" || !strings.Contains(h.Sentence, h.Words) || !strings.Contains(s, h.Sentence) {
				t.Errorf("%+v does not stand in %q", h, s)
			}
		}
	})
}
