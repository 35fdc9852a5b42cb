package casework

import (
	"reflect"
	"strings"
	"testing"
)

func TestEveryLanguageSaysEverything(t *testing.T) {
	for name, in := range map[string]*spoken{"welsh": welsh, "gaelic": gaelic} {
		for _, s := range States() {
			if in.labels[s] == "" || in.labels[s] == english.labels[s] {
				t.Errorf("%s has no word for %s", name, s)
			}
		}
		theirs, ours := reflect.ValueOf(*in), reflect.ValueOf(*english)
		for i := range ours.NumField() {
			if ours.Field(i).Kind() != reflect.String {
				continue
			}
			field := ours.Type().Field(i).Name
			for _, mark := range []string{"{ref}", "{whose}", "{day}"} {
				if strings.Contains(ours.Field(i).String(), mark) != strings.Contains(theirs.Field(i).String(), mark) {
					t.Errorf("%s.%s: %s", name, field, mark)
				}
			}
			if theirs.Field(i).String() == "" {
				t.Errorf("%s.%s is empty", name, field)
			}
		}
	}
}

func TestACitizenIsToldInTheirLanguage(t *testing.T) {
	for language, want := range map[string]string{
		"cy": "Diolch", "cy-GB": "Diolch", "gd": "Tapadh leibh", "en-GB": "Thank you", "": "Thank you", "pl": "Thank you",
	} {
		if got := (Saying{Language: language, To: Received, Reference: "MC-1"}).Says(); !strings.HasPrefix(got, want) || !strings.Contains(got, "MC-1") {
			t.Errorf("%s: %q", language, got)
		}
	}
}
