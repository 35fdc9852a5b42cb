package desk

import (
	"context"
	"slices"
	"testing"
	"time"

	"golang.org/x/net/html"

	"mercat.scot/mercat/directory"
)

// reads makes the house read everything as one service, without being sure.
func (h *house) reads(r Reading) {
	h.Triage = func(_ context.Context, texts []string) ([]Reading, error) {
		return slices.Repeat([]Reading{r}, len(texts)), nil
	}
}

func (h *house) service(name string) directory.Service {
	h.t.Helper()
	s, err := h.Directory.AddService(h.t.Context(), h.admin.Actor(), directory.Service{Name: name, Active: true})
	if err != nil {
		h.t.Fatal(err)
	}
	return s
}

func TestACorrectionIsKeptAndTakenBack(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		bins, roads := h.service("Bins"), h.service("Roads")
		h.reads(Reading{ServiceID: bins.ID, Sure: 0.6, Led: []string{"bin"}, Others: []int64{roads.ID}})
		c := h.asked()
		kept := func() Kept {
			w, err := h.Whole(t.Context(), c.ID, 0, 10)
			if err != nil {
				t.Fatal(err)
			}
			return w.Reading
		}
		if k := kept(); k.ServiceID != bins.ID || k.Sure != 0.6 || !slices.Equal(k.Led, []string{"bin"}) || !slices.Equal(k.Others, []int64{roads.ID}) || !k.CorrectedAt.IsZero() {
			t.Errorf("kept is %+v", k)
		}
		change, err := h.SetService(t.Context(), h.admin, c.ID, c.Version, roads.ID)
		if err != nil {
			t.Fatal(err)
		}
		if k := kept(); k.RightID != roads.ID || k.CorrectedAt.IsZero() {
			t.Errorf("corrected: %+v", k)
		}
		if _, err := h.Undo(t.Context(), h.admin, c.ID, change.Number); err != nil {
			t.Fatal(err)
		}
		if k := kept(); k.RightID != 0 || !k.CorrectedAt.IsZero() {
			t.Errorf("taken back: %+v", k)
		}
	})
}

func TestHowWellMessagesAreReadIsCounted(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		bins, roads := h.service("Bins"), h.service("Roads")
		h.reads(Reading{ServiceID: bins.ID})
		h.takePosts(h.post("ann", "The bin"), h.post("bob", "The other bin"))
		h.clock.Advance(7 * 24 * time.Hour)
		h.reads(Reading{})
		h.takePosts(h.post("cat", "Hello"))
		for _, row := range h.inbox() {
			if row.Who == "Bob" || row.Who == "bob" {
				if _, err := h.SetService(t.Context(), h.admin, row.ID, row.Version, roads.ID); err != nil {
					t.Fatal(err)
				}
			}
		}
		list, err := h.ReadsSince(t.Context(), h.clock.Now().Add(-30*24*time.Hour))
		if err != nil || len(list) != 2 || list[0].ServiceID != 0 || list[0].Read != 1 || list[1].Read != 2 || list[1].Corrected != 1 {
			t.Fatalf("%+v, %v", list, err)
		}
		v := readsOf(names{dir: must(h.Directory.Snapshot(t.Context())), zone: time.UTC}, list)
		if v.total.Read != 3 || v.total.unknown != 1 || len(v.services) != 2 || v.services[0].label != "Bins" || v.services[0].left() != "50 %" || len(v.weeks) != 2 {
			t.Errorf("%+v", v)
		}
	})
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestWhatItCouldBeInsteadIsOneKeyAway(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		bins, roads := s.service("Bins"), s.service("Roads")
		s.reads(Reading{ServiceID: bins.ID, Sure: 0.6, Led: []string{"bin"}, Others: []int64{roads.ID}})
		s.takePosts(s.post("tam", "The bin on the road"))
		c := s.only()
		b := s.as(t, s.admin)
		page := b.open(c)
		told := page.all(func(n *html.Node) bool { return attr(n, "title") == "Read from “bin”: 60 % sure" })
		key := page.all(func(n *html.Node) bool { return attr(n, "data-key") == "2" && attr(n, "value") == id(roads.ID) })
		if len(told) != 1 || len(key) != 1 {
			t.Errorf("the page says %d times how it was read, and offers %d others", len(told), len(key))
		}
		b.htmx().post(pathTo(c.ID, "service"), "to_service", id(roads.ID), "version", id(c.Version)).want(200).says("It is about Roads now.")
		if left := b.open(c).all(func(n *html.Node) bool { return attr(n, "data-key") == "2" }); len(left) != 0 {
			t.Error("it still offers others")
		}
		b.get("/settings/triage").want(200).says("Bins", "an officer chose another", "0 %")
	})
}
