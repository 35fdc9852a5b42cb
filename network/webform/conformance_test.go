package webform_test

import (
	"testing"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/network/networktest"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/db/dbtest"
)

// TestConformance writes and reads as a citizen does: through the pages.
func TestConformance(t *testing.T) {
	for _, engine := range []db.Engine{db.SQLite, db.Postgres} {
		t.Run(string(engine), func(t *testing.T) {
			networktest.Run(t, func(t *testing.T) *networktest.Harness {
				clock := dbtest.NewClock()
				h := newHouse(t, dbtest.Open(t, engine, schema, clock), clock)
				return h.harness()
			})
		})
	}
}

func (h *house) harness() *networktest.Harness {
	var references []string           // of the citizen's pages
	pages := map[network.Ref]string{} // of posts of either side
	// newest is the ref of the newest message on a page.
	newest := func(t *testing.T, reference string) network.Ref {
		list := h.get(t, "/track/"+reference).messages("in")
		ref := network.Ref(attr(list[len(list)-1], "id")[len("message-"):])
		pages[ref] = reference
		return ref
	}
	return &networktest.Harness{
		Network: h,
		Connect: func(t *testing.T) network.Connection {
			c, err := h.Connect(network.Account{ID: account, Options: map[string]string{"slug": "contact"}})
			if err != nil {
				t.Fatal(err)
			}
			return c
		},
		CitizenPosts: func(t *testing.T, text string) network.Ref {
			// The suite closes its connections, which shuts the form. This one
			// goes on reading, as the desk's does when an account is tried.
			if _, err := h.conn.Fetch(t.Context(), ""); err != nil {
				t.Fatal(err)
			}
			reference := h.send(t, "message", text)
			references = append(references, reference)
			return newest(t, reference)
		},
		CitizenReplies: func(t *testing.T, to network.Ref, text string) network.Ref {
			for _, reference := range references {
				page := h.get(t, "/track/"+reference)
				if page.byID("message-"+string(to)) == nil {
					continue
				}
				h.post(t, "/track/"+reference, h.fill(t, "/track/"+reference, "message", text))
				return newest(t, reference)
			}
			t.Fatalf("the citizen cannot see post %q", to)
			return ""
		},
		CitizenSees: func(t *testing.T) []string {
			var texts []string
			for _, reference := range references {
				for _, n := range h.get(t, "/track/"+reference).messages("out") {
					texts = append(texts, textOf(n))
				}
			}
			return texts
		},
		Now: h.clock.Now,
	}
}
