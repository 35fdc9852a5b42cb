package app

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"mercat.scot/mercat/casework"
	"mercat.scot/mercat/desk"
	"mercat.scot/mercat/open311"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/staff"
)

// updates asks what became of requests, in both formats.
func (p *reporter) updates(query string) []open311.Update {
	p.t.Helper()
	var both [2][]open311.Update
	for i, format := range []string{"xml", "json"} {
		a := p.get("/open311/v2/servicerequestupdates."+format+"?"+query).want(p.t, http.StatusOK)
		for u, err := range open311.ReadUpdates(strings.NewReader(a.body), time.UTC) {
			if err != nil {
				p.t.Fatal(err)
			}
			both[i] = append(both[i], u)
		}
	}
	if !slices.Equal(both[0], both[1]) {
		p.t.Errorf("XML has %+v and JSON %+v", both[0], both[1])
	}
	return both[0]
}

func TestWhatBecameOfARequestIsToldToItsProgram(t *testing.T) {
	each(t, func(t *testing.T, c Config) {
		c.UndoWindow = time.Millisecond
		p := reporting(t, c)
		began := time.Now().Add(-time.Minute).UTC()
		reference := p.accepted("requests.json", p.form())
		whole := p.caseOf(reference)
		move := func(m casework.Moving) {
			t.Helper()
			write(t, p.r, func(ctx context.Context, tx *db.Tx) error {
				c, err := p.r.casework.CaseTx(ctx, tx, whole.ID)
				if err == nil {
					_, err = p.r.casework.MoveTx(ctx, tx, operator(), &c, m)
				}
				return err
			})
		}
		move(casework.Moving{To: casework.InProgress})
		move(casework.Moving{To: casework.Done, Reason: casework.MadeSafe, Say: "We have put cones around it for now."})
		own := "start_date=" + url.QueryEscape(began.Format(time.RFC3339)) + "&api_key=" + p.token
		var list []open311.Update
		for waited := time.Now(); len(list) < 3 && time.Since(waited) < 20*time.Second; time.Sleep(50 * time.Millisecond) {
			list = p.updates(own)
		}
		if len(list) != 3 {
			t.Fatalf("%+v", list)
		}
		for i, want := range []string{"IN_PROGRESS In progress", "NO_FURTHER_ACTION Done: Made safe only, not repaired", "NO_FURTHER_ACTION We have put cones around it for now."} {
			if got := list[i].Status + " " + list[i].Description; got != want || list[i].RequestID != reference || list[i].At.IsZero() {
				t.Errorf("%d: %+v, wanted %q", i, list[i], want)
			}
		}
		if open := p.updates("service_request_id=" + reference); len(open) != 2 {
			t.Errorf("without the key: %+v", open)
		}
		if open := p.updates("service_request_id=MC-0000-0000"); len(open) != 0 {
			t.Errorf("of another request: %+v", open)
		}
		if open := p.updates("end_date=2010-01-01T00:00:00Z"); len(open) != 0 {
			t.Errorf("of another time: %+v", open)
		}
		// A new key of the same name goes on; one of another name is told nothing.
		if list := p.updates("api_key=" + p.key("fix IT", staff.WriteOpen311)); len(list) != 3 {
			t.Errorf("a new key of the program has %+v", list)
		}
		other := p.key("Another program", staff.WriteOpen311)
		if list := p.updates("api_key=" + other); len(list) != 2 {
			t.Errorf("another program has %+v", list)
		}

		say := func(pairs ...string) url.Values {
			v := url.Values{"api_key": {p.token}, "service_request_id": {strings.ToLower(reference)}, "update_id": {"u1"}, "status": {"OPEN"}, "description": {"It is not fixed: the cones are gone."},
				"updated_datetime": {"2099-01-01T00:00:00Z"}, "first_name": {"Tam"}}
			for i := 0; i < len(pairs); i += 2 {
				v.Set(pairs[i], pairs[i+1])
			}
			return v
		}
		var ids []string
		for _, format := range []string{"xml", "json"} {
			a := p.sends("servicerequestupdates."+format, say()).want(t, http.StatusOK)
			for u, err := range open311.ReadUpdates(strings.NewReader(a.body), time.UTC) {
				if err != nil || u.ID == "" || u.RequestID != reference || u.At.After(time.Now().Add(time.Minute)) {
					t.Errorf("%+v, %v", u, err)
				}
				ids = append(ids, u.ID)
			}
		}
		if len(ids) != 2 || ids[0] != ids[1] {
			t.Errorf("the same update is %v", ids)
		}
		p.refused("servicerequestupdates.json", say("api_key", other), http.StatusNotFound, "was not found among")
		p.refused("servicerequestupdates.json", say("service_request_id", "x"), http.StatusNotFound, "was not found among")
		p.refused("servicerequestupdates.xml", say("description", "", "status", ""), http.StatusBadRequest, "description was not provided")
		p.refused("servicerequestupdates.xml", say("api_key", ""), http.StatusForbidden, "api_key is missing")
		w, err := p.r.desk.Whole(t.Context(), whole.ConversationID, 0, 10)
		if err != nil {
			t.Fatal(err)
		}
		heard := 0
		for _, m := range w.Messages {
			if m.Direction == desk.In && strings.Contains(m.Body, "cones are gone") {
				heard++
			}
		}
		if heard != 1 || w.State != desk.Open {
			t.Errorf("heard %d times, and the conversation is %s", heard, w.State)
		}
	})
}
