package app

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"mercat.scot/mercat/directory"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/staff"
)

func TestTheRecordIsReadPageByPageAndByWhatItIsAbout(t *testing.T) {
	each(t, func(t *testing.T, c Config) {
		r := start(t, c)
		b := r.setUp(t)
		for i := range recordRows + 10 {
			addPlaces(t, r, directory.Place{Kind: "street", Name: fmt.Sprintf("Kirk Wynd %d", i), Lat: 57.4, Lon: -5.5})
		}
		first := b.get("/record").want(t, http.StatusOK, "Entry", "Verify the record")
		if n := strings.Count(first.body, "<tr"); n != recordRows+1 {
			t.Errorf("%d rows", n)
		}
		b.get("/record?before=3").want(t, http.StatusOK, "Entry 2", "Entry 1")
		b.get("/record?before=x").want(t, http.StatusNotFound)
		b.get("/record?kind=officer&id=x").want(t, http.StatusNotFound)
		b.get("/record?kind=council&id=1").want(t, http.StatusOK, "the council", "Show everything")
		b.get("/record?kind=unicorn&id=1").want(t, http.StatusOK, "Nothing here")
	})
}

func TestEveryPageOfTheSettingsLeadsBackToThem(t *testing.T) {
	r := start(t, testConfig(t, "sqlite"))
	b := r.setUp(t)
	for _, g := range settingsGroups() {
		for _, c := range g.Cards {
			if c.URL == "/account" {
				continue // it hangs from the name in the bar, and a reader has it too
			}
			if a := b.get(c.URL); !strings.Contains(a.body, `class="m-back" href="/settings"`) {
				t.Errorf("%s has no way back", c.URL)
			}
		}
	}
}

func TestTheRecordIsVerifiedInTheBrowser(t *testing.T) {
	each(t, func(t *testing.T, c Config) {
		r := start(t, c)
		b := r.setUp(t)
		b.get("/record/verify").want(t, http.StatusOK, "/record/verify/live")
		b.post("/record/verify").want(t, http.StatusOK, "The record is whole")
		if _, err := r.db.Handle().ExecContext(t.Context(), `UPDATE record_entry SET act = 'nothing.happened' WHERE number = 2`); err != nil {
			t.Fatal(err)
		}
		b.post("/record/verify").want(t, http.StatusOK, "The record is broken", "At entry 2")
	})
}

func TestMetricsAnswerThisMachineOrTheirToken(t *testing.T) {
	each(t, func(t *testing.T, c Config) {
		r := start(t, c)
		r.setUp(t)
		b := r.browser(t)
		b.get("/metrics").want(t, http.StatusOK, "mercat_http_request_seconds", "mercat_live_subscriptions", `mercat_accounts{network="webform"`,
			"mercat_record_entries", "mercat_scrape_failed 0", "mercat_database_bytes")
		b.requestFrom(t, "/metrics", "", "X-Forwarded-For", "203.0.113.7").want(t, http.StatusNotFound)
		if body := b.get("/metrics").body; strings.Contains(body, adminEmail) || strings.Contains(body, "Mairi") {
			t.Error("the metrics name somebody")
		}
	})
	c := testConfig(t, "sqlite")
	c.MetricsToken = "a token that nobody guesses"
	r := start(t, c)
	b := r.browser(t)
	b.requestFrom(t, "/metrics", "").want(t, http.StatusNotFound)
	b.requestFrom(t, "/metrics", "", "Authorization", "Bearer wrong").want(t, http.StatusNotFound)
	b.requestFrom(t, "/metrics", "", "Authorization", "Bearer "+c.MetricsToken).want(t, http.StatusOK)
}

func TestTheMapNeedsNothingFromOutside(t *testing.T) {
	r := start(t, testConfig(t, "sqlite"))
	r.setUp(t)
	b := r.browser(t)
	style := b.get("/map/style.json").want(t, http.StatusOK)
	if strings.Contains(style.body, "://") {
		t.Errorf("the style loads from elsewhere: %s", style.body)
	}
	addPlaces(t, r, directory.Place{Kind: "settlement", Name: "Kirkbrae", Lat: 57.4, Lon: -5.5},
		directory.Place{Kind: "postcode", Name: "IV54 8YA", Lat: 57.41, Lon: -5.5})
	places := b.get("/map/places.json").want(t, http.StatusOK, "Kirkbrae")
	var drawn struct {
		Type     string
		Features []struct {
			Geometry struct{ Coordinates []float64 }
		}
	}
	if err := json.Unmarshal([]byte(places.body), &drawn); err != nil || drawn.Type != "FeatureCollection" {
		t.Fatalf("no GeoJSON: %v", err)
	}
	if len(drawn.Features) != 1 || drawn.Features[0].Geometry.Coordinates[0] != -5.5 {
		t.Errorf("got %s", places.body)
	}
	b.requestFrom(t, "/map/places.json", "", "If-None-Match", places.header.Get("ETag")).want(t, http.StatusNotModified)
	addPlaces(t, r, directory.Place{Kind: "street", Name: "Shore Road", Within: "Kirkbrae", Lat: 57.4, Lon: -5.51})
	b.requestFrom(t, "/map/places.json", "", "If-None-Match", places.header.Get("ETag")).want(t, http.StatusOK, "Shore Road")
}

func addPlaces(t *testing.T, r *running, places ...directory.Place) {
	t.Helper()
	err := r.db.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		_, err := r.directory.AddPlacesTx(ctx, tx, operator(), places)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestTilesAreLetThroughTheContentSecurityPolicy(t *testing.T) {
	c := testConfig(t, "sqlite")
	c.MapTiles, c.MapAttribution = "https://tiles.example.org/{z}/{x}/{y}.png", "© somebody"
	r := start(t, c)
	r.setUp(t)
	a := r.browser(t).get("/map/style.json").want(t, http.StatusOK, "tiles.example.org", "© somebody")
	if policy := a.header.Get("Content-Security-Policy"); !strings.Contains(policy, "https://tiles.example.org") {
		t.Errorf("policy %q", policy)
	}
}

// TestACouncilToWhichNobodyHasWrittenIsToldWhatToDoFirst looks at every list of
// the desk with every role: what it leads to is open to whoever is led there.
func TestACouncilToWhichNobodyHasWrittenIsToldWhatToDoFirst(t *testing.T) {
	r := start(t, testConfig(t, "sqlite"))
	r.setUp(t)
	leads := map[staff.Role][]string{
		staff.Administrator: {"/settings/accounts/new", "/practice", "/settings/people/new"},
		staff.Leader:        {"/practice"}, staff.Answers: {"/practice"}, staff.Reader: nil,
	}
	empty := regexp.MustCompile(`(?s)<div id="rows".*?</div>\s*</div>`)
	link := regexp.MustCompile(`<a [^>]*href="([^"]*)"`)
	for role, want := range leads {
		b := r.as(t, role)
		for _, path := range []string{"/desk", "/desk?view=all", "/desk?view=late", "/desk?q=road", "/desk?view=all&team=1&state=open"} {
			list := empty.FindString(b.get(path).want(t, http.StatusOK, "Nobody has written yet").body)
			var got []string
			for _, l := range link.FindAllStringSubmatch(list, -1) {
				got = append(got, l[1])
				b.get(l[1]).want(t, http.StatusOK)
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s, %s: leads to %q, want %q", role, path, got, want)
			}
		}
	}
}

// TestACitizenFollowsTheirCaseInTheirLanguage sends the form in Welsh and in
// Gaelic: what the council says of the case is in that language, and so is what
// stands around the page.
func TestACitizenFollowsTheirCaseInTheirLanguage(t *testing.T) {
	c := testConfig(t, "sqlite")
	c.UndoWindow = time.Millisecond
	r := start(t, c)
	officer := r.setUp(t)
	for lang, says := range map[string][]string{
		"cy": {"Cofnodwyd", "Achos MC-", "Diolch am roi gwybod i ni. Achos MC-", "Cysylltu â ni", "Eich tudalen", "Mewngofnodi staff"},
		"gd": {"Air a chlàradh", "Cùis MC-", "Tapadh leibh airson innse dhuinn", "Cuir fios thugainn", "An duilleag agaibh", "Clàradh a-steach luchd-obrach"},
	} {
		citizen, words := r.browser(t), "Halò "+lang
		form := citizen.get("/form/contact?lang="+lang).want(t, http.StatusOK, `href="/form/contact?lang=`+lang+`" aria-current="page"`, `href="/track?lang=`+lang)
		token := regexp.MustCompile(`name="form" value="([^"]*)"`).FindStringSubmatch(form.body)
		sent := citizen.post("/form/contact?lang="+lang, "form", token[1], "about", "question", "message", words)
		page, _, found := strings.Cut(sent.to, "/sent")
		if !found {
			t.Fatalf("%s: %d to %q: %s", lang, sent.status, sent.to, visible(sent.body))
		}
		row := regexp.MustCompile(`id="row-(\d+)"`)
		var conversation string
		eventually(t, "the message is on the desk", func() bool {
			if m := row.FindStringSubmatch(officer.get("/desk?view=all&q=" + lang).body); m != nil {
				conversation = m[1]
			}
			return conversation != ""
		})
		if a := officer.post("/cases", "key", "case-"+lang, "conversation", conversation, "service", "0", "words", words, "tell", "1"); a.status != http.StatusSeeOther {
			t.Fatalf("%s: no case is made: %d %s", lang, a.status, visible(a.body))
		}
		eventually(t, "the citizen is told", func() bool { return strings.Contains(citizen.get(page).body, says[2]) })
		citizen.get(page+"?lang="+lang).want(t, http.StatusOK, says...)
	}
}

func TestAMapIsShownWhenThereIsSomethingOnIt(t *testing.T) {
	c := testConfig(t, "sqlite")
	r := start(t, c)
	b := r.setUp(t)
	mapped := func(want bool) {
		t.Helper()
		for _, path := range []string{"/form/contact", "/settings/council"} {
			page := b.get(path)
			page.want(t, http.StatusOK)
			if got := strings.Contains(page.body, "data-map="); got != want {
				t.Errorf("%s shows a map: %v, want %v", path, got, want)
			}
		}
	}
	// The form is known once its account is connected, a moment after the set-up.
	eventually(t, "the form is there", func() bool { return b.get("/form/contact").status == http.StatusOK })
	mapped(false)
	b.get("/form/contact").want(t, http.StatusOK, "Use my position", "Give coordinates instead")
	b.post("/settings/places/new", "name", "Kirk Road", "kind", "street", "lat", "56.19", "lon", "-3.02").leads(t, "/settings/places")
	mapped(true)
}
