package casework_test

import (
	"context"
	"net/netip"
	"strings"
	"testing"

	"mercat.scot/mercat/casework"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
)

// publish offers the service to the public.
func (h *house) publish() {
	h.t.Helper()
	snapshot, err := h.Directory.Snapshot(h.t.Context())
	must(h.t, err)
	service, _ := snapshot.Service(h.service)
	service.Public = true
	must(h.t, h.Directory.SaveService(h.t.Context(), h.admin.Actor(), service))
}

func TestThePublicSeesThatSomethingWasReportedAndNoMore(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		c := h.at(h.conversation, 3, "My neighbour Jean at number 4 fell into it")
		if list, _, err := h.Reports(t.Context(), casework.PublicQuery{}); err != nil || len(list) != 0 {
			t.Errorf("of a service that is not public: %+v, %v", list, err)
		}
		h.publish()
		list, next, err := h.Reports(t.Context(), casework.PublicQuery{})
		must(t, err)
		if len(list) != 1 || next.ID != 0 || list[0].Place != "Tolbooth Wynd, Kirkbrae" || list[0].Lat != 57.41 {
			t.Fatalf("the list is %+v", list)
		}
		p, err := h.Report(t.Context(), c.Reference)
		must(t, err)
		for _, st := range p.Steps {
			if st.Said != "" || st.Officer != "" {
				t.Errorf("a step tells %+v", st)
			}
		}
		if _, err := h.Report(t.Context(), c.Track); !fault.Is(err, fault.NotFound) {
			t.Errorf("by the private reference: %v", err)
		}
		c, err = h.SetHidden(t.Context(), h.admin, c.ID, c.Version, true)
		must(t, err)
		if _, err := h.Report(t.Context(), c.Reference); !fault.Is(err, fault.NotFound) {
			t.Errorf("a hidden one: %v", err)
		}
		if list, _, _ := h.Reports(t.Context(), casework.PublicQuery{ServiceID: h.service}); len(list) != 0 {
			t.Errorf("a hidden one is listed: %+v", list)
		}
	})
}

func TestMeTooCountsEachAddressOnceADay(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.publish()
		c, _ := h.open()
		tap := func(address string) bool {
			t.Helper()
			again, err := h.MeToo(t.Context(), c.Reference, netip.MustParseAddr(address))
			must(t, err)
			return again
		}
		if tap("192.0.2.1") || !tap("192.0.2.1") || tap("192.0.2.2") || tap("2001:db8::1") || !tap("2001:db8::2") {
			t.Error("the same address counts twice, or two count once")
		}
		w, err := h.Whole(t.Context(), c.ID)
		must(t, err)
		if w.MeToo != 3 || w.Version != c.Version {
			t.Errorf("counted %d; the case's version went from %d to %d, so an officer's form would be refused", w.MeToo, c.Version, w.Version)
		}
		h.clock.Advance(25 * 60 * 60 * 1e9)
		if tap("192.0.2.1") {
			t.Error("the next day counts no more")
		}
		must(t, h.db.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			var taps, salts int
			if err := tx.QueryRow(ctx, `SELECT COUNT(*), (SELECT COUNT(*) FROM casework_salt) FROM casework_me_too`).Scan(&taps, &salts); err != nil {
				return err
			}
			if taps != 1 || salts != 1 {
				t.Errorf("%d hashes and %d salts are kept", taps, salts)
			}
			return nil
		}))
		c, _, err = h.Move(t.Context(), h.admin, c.ID, c.Version, casework.Moving{To: casework.Done, Reason: casework.Fixed})
		must(t, err)
		if _, err := h.MeToo(t.Context(), c.Reference, netip.MustParseAddr("192.0.2.9")); !fault.Is(err, fault.Conflict) {
			t.Errorf("on a closed one: %v", err)
		}
	})
}

func TestThePublicListIsARangeOfAnIndex(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		for name, q := range map[string]casework.PublicQuery{"casework_case_open_created": {}, "casework_case_open_service": {ServiceID: 1}, "casework_case_open_area": {AreaID: 1}} {
			if plan := casework.PlanOfOpen(t, h.db, q); !strings.Contains(plan, name) {
				t.Errorf("%s is not used:\n%s", name, plan)
			}
		}
	})
}
