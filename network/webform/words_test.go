package webform

import (
	"context"
	"io"
	"net/http/httptest"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/web"
	"mercat.scot/mercat/platform/web/ui"
)

var verbs = regexp.MustCompile(`%[sd]`)

func TestEveryLanguageHasEveryWord(t *testing.T) {
	en := reflect.ValueOf(*english)
	for _, l := range languages {
		w := in(l.code)
		if w.Language != l.code {
			t.Fatalf("the words of %s are those of %s", l.code, w.Language)
		}
		v := reflect.ValueOf(*w)
		for i := range v.NumField() {
			name := v.Type().Field(i).Name
			if v.Field(i).Kind() != reflect.String {
				continue
			}
			said, model := v.Field(i).String(), en.Field(i).String()
			switch {
			case said == "":
				t.Errorf("%s: %s is empty", l.code, name)
			case strings.ContainsAny(said, "!"):
				t.Errorf("%s: %s has an exclamation mark", l.code, name)
			case !slices.Equal(verbs.FindAllString(said, -1), verbs.FindAllString(model, -1)):
				t.Errorf("%s: %s is %q, in English %q", l.code, name, said, model)
			case strings.HasSuffix(said, ".") != strings.HasSuffix(model, "."):
				t.Errorf("%s: %s ends unlike the English %q", l.code, name, model)
			case l.code != langEnglish && name != "Language" && name != "MomentF" && said == model:
				t.Errorf("%s: %s is English", l.code, name)
			}
		}
		for _, month := range w.Months {
			if month == "" {
				t.Errorf("%s: a month is empty", l.code)
			}
		}
	}
}

// TestTheComponentsSpeakEveryLanguage notes which sentences the components ask
// for on our pages.
func TestTheComponentsSpeakEveryLanguage(t *testing.T) {
	asked := map[string]bool{"There is a problem": true, "Back": true, "Demonstration": true, "Main": true, "Contact us": true, "Your page": true, "Staff sign-in": true, "This council is made up. Nobody reads what you send here.": true}
	note := func(english string) string {
		asked[english] = true
		return ""
	}
	f := web.NewForm()
	f.Fail("place", "wrong")
	ctx := ui.WithWords(context.Background(), note)
	if err := formPage(formView{words: english, mapStyle: "/map/style.json", form: f}).Render(ctx, io.Discard); err != nil {
		t.Fatal(err)
	}
	if err := privatePage(pageView{words: english, zone: time.UTC, form: f}).Render(ctx, io.Discard); err != nil {
		t.Fatal(err)
	}
	for sentence := range asked {
		for _, w := range []*words{welsh, gaelic} {
			if w.component(sentence) == "" {
				t.Errorf("%s has no word for %q", w.Language, sentence)
			}
			if strings.Contains(sentence, "{n}") && !strings.Contains(w.component(sentence), "{n}") {
				t.Errorf("%s leaves the number out of %q", w.Language, sentence)
			}
		}
	}
	for _, w := range []*words{welsh, gaelic} {
		for sentence := range w.Components {
			if !asked[sentence] {
				t.Errorf("%s has a word for %q, which no page asks for", w.Language, sentence)
			}
		}
	}
}

func TestDatesAreWrittenAsTheLanguageDoes(t *testing.T) {
	at := time.Date(2026, 8, 3, 15, 4, 0, 0, time.UTC)
	for l, want := range map[language]string{langEnglish: "3 August 2026, 15:04", langWelsh: "3 Awst 2026, 15:04", langGaelic: "3mh dhen Lùnastal 2026, 15:04"} {
		if got := in(l).moment(at, time.UTC); got != want {
			t.Errorf("%s: %q, want %q", l, got, want)
		}
	}
}

// FuzzSubmission holds that whatever is sent becomes either an error or a
// submission that can be kept.
func FuzzSubmission(f *testing.F) {
	const multipart = "multipart/form-data; boundary=x"
	part := func(name, value string) string {
		return "--x\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n"
	}
	f.Add("application/x-www-form-urlencoded", "about=7&message=Lamp&place-lat=57.4&place-lng=-5.5&email=a%40b.example&phone=01632+960001")
	f.Add("application/x-www-form-urlencoded", "about=question&message=%00%ff%e2%80%ae&place-lat=NaN&place-lng=Inf")
	f.Add(multipart, part("about", "other")+part("message", strings.Repeat("x", 12_000))+"--x--\r\n")
	f.Add(multipart, part("message", "cut")+"--x\r\nContent-Disposition: form-data; name=\"photos\"; filename=\"a.jpg\"\r\n\r\n\xff\xd8")
	f.Add(multipart, part("name", "\u202eevil\x00")+part("email", "\"a@b\"@c.example")+"--x--")
	f.Add("multipart/form-data", "no boundary")
	services := []Service{{ID: 7, Name: "Lamps", NeedsPlace: true}}
	f.Fuzz(func(t *testing.T, contentType, body string) {
		r := httptest.NewRequest("POST", "/form/contact", strings.NewReader(body))
		r.Header.Set("Content-Type", contentType)
		form, err := web.ReadUpload(r, 1000, func(*web.File) error { return nil })
		if err != nil && fault.Of(err) == "" {
			t.Fatalf("what was sent is taken for a fault of ours: %v", err)
		}
		if form == nil {
			return
		}
		s := readSubmission(form, services, english)
		if form.Err() != nil {
			return
		}
		for _, text := range []string{s.body, s.place.words, s.contact.Name, s.contact.Email, s.contact.Phone, s.subject} {
			if !utf8.ValidString(text) || strings.ContainsAny(text, "\x00\u202e") {
				t.Errorf("%q cannot be kept", text)
			}
		}
		if s.body == "" || utf8.RuneCountInString(s.body) > 100_000 || strings.Contains(s.contact.Name+s.contact.Email+s.place.words, "\n") {
			t.Errorf("%+v was taken", s)
		}
		if p := s.place; !(p.lat >= -90 && p.lat <= 90 && p.lon >= -180 && p.lon <= 180) || !p.point && (p.lat != 0 || p.lon != 0) {
			t.Errorf("the place %+v was taken", p)
		}
		if s.service == 7 && s.place == (place{}) && !s.usePosition {
			t.Error("a service that needs a place was taken without one")
		}
	})
}
