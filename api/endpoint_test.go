package api

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/record"
)

func TestTheQueueIsPutAJobForEachEndpointAndFoundAgainWhenItLosesOne(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		r := receives(t)
		h.tells(r, false, MessageReceived)
		count := func() (n int) {
			must(t, h.DB.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
				return tx.QueryRow(ctx, `SELECT COUNT(*) FROM river_job WHERE kind = 'api.deliver'`).Scan(&n)
			}))
			return n
		}
		for i := range 5 {
			h.hears("Lamp " + strconv.Itoa(i))
		}
		if n := count(); n != 1 {
			t.Errorf("%d jobs for five events", n)
		}
		h.clock.Advance(lostAfter / 2)
		must(t, h.Sweep(t.Context()))
		if n := count(); n != 1 {
			t.Errorf("%d jobs after an early sweep", n)
		}
		h.clock.Advance(lostAfter)
		must(t, h.Sweep(t.Context()))
		if n := count(); n != 2 {
			t.Errorf("%d jobs after the sweep", n)
		}
	})
}

func TestATestEventGoesToOneEndpointAtOnce(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		r, other := receives(t), receives(t)
		e, secret := h.tells(r, false, CaseOpened)
		h.tells(other, false, CaseOpened)
		d, err := h.SendTest(t.Context(), h.admin, e.ID)
		must(t, err)
		list := r.had()
		if d.State != Delivered || len(list) != 1 || !verifies(t, secret, list[0]) || len(other.had()) != 0 {
			t.Errorf("%+v", d)
		}
		r.does(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(404) })
		if d, err = h.SendTest(t.Context(), h.admin, e.ID); err != nil || d.State != GivenUp || !strings.Contains(d.Trouble, "404") {
			t.Errorf("%+v, %v", d, err)
		}
	})
}

func TestWhatIsOldOrEndedIsForgotten(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		r := receives(t)
		e, _ := h.tells(r, false, MessageReceived)
		for range 3 {
			h.hears("The street lamp is out")
		}
		h.delivers(e)
		h.clock.Advance(31 * 24 * time.Hour)
		h.hears("Another")
		must(t, h.Prune(t.Context()))
		list, err := h.Deliveries(t.Context(), e.ID, 0, "", 10)
		must(t, err)
		if len(list) != 1 || list[0].Event.Number != 4 {
			t.Errorf("%d are left", len(list))
		}
		e, _, err = h.Endpoint(t.Context(), e.ID)
		must(t, err)
		_, err = h.End(t.Context(), h.admin, e.ID, e.Version)
		must(t, err)
		h.delivers(e)
		must(t, h.Prune(t.Context()))
		must(t, h.DB.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			for _, table := range []string{"api_delivery", "api_endpoint"} {
				var n int
				if err := tx.QueryRow(ctx, "SELECT COUNT(*) FROM "+table).Scan(&n); err != nil || n != 0 {
					t.Errorf("%s: %d, %v", table, n, err)
				}
			}
			return nil
		}))
	})
}

func TestTwoAdministratorsAtOneWebhook(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		r := receives(t)
		e, _ := h.tells(r, false, MessageReceived)
		_, err := h.Pause(t.Context(), h.admin, e.ID, e.Version)
		must(t, err)
		e.Name = "Other"
		if _, err := h.EditEndpoint(t.Context(), h.admin, e); !fault.Is(err, fault.Conflict) {
			t.Error(err)
		}
		var acts []string
		must(t, h.DB.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			list, err := record.About(ctx, tx, e.Subject(), 0, 10)
			acts = nil
			for _, k := range list {
				acts = append(acts, k.Act)
			}
			return err
		}))
		if !slices.Equal(acts, []string{"api.webhook.paused", "api.webhook.added"}) {
			t.Errorf("%v", acts)
		}
	})
}

func TestAnAddressThatCannotBeIsRefused(t *testing.T) {
	for _, url := range []string{"", "crm.example.org", "ftp://crm.example.org", "https://user:password@crm.example.org", "https://crm.example.org/#x", "javascript:alert(1)", "https://" + strings.Repeat("a", 1000), "http://a b"} {
		if _, err := (Endpoint{Name: "CRM", URL: url, Kinds: Kinds()}).clean(); fault.Of(err) != fault.Invalid {
			t.Errorf("%q: %v", url, err)
		}
	}
	if _, err := (Endpoint{Name: "CRM", URL: "https://crm.example.org/hook?token=1", Kinds: Kinds()}).clean(); err != nil {
		t.Error(err)
	}
	if _, err := (Endpoint{URL: "https://crm.example.org", Kinds: []Kind{"case.deleted"}}).clean(); len(err.(fault.Fields)) != 2 {
		t.Error(err)
	}
}
