package staff

import (
	"fmt"
	"net/url"
	"strconv"
	"testing"
)

func TestALongListOfPeopleHasPages(t *testing.T) {
	var officers []Officer
	for i := range 205 {
		officers = append(officers, Officer{ID: int64(i + 1), Name: fmt.Sprintf("A%03d Person", i), Email: fmt.Sprintf("a%03d@strathmarn.example", i), Active: true})
	}
	roster := newRoster(officers, nil)
	from := func(address string) int64 {
		u, err := url.Parse(address)
		if err != nil || u.Query().Get("q") != "person" {
			t.Fatalf("address %q, %v", address, err)
		}
		id, err := strconv.ParseInt(u.Query().Get("from"), 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	seen := map[int64]bool{}
	f := peopleFilter{words: "person"}
	var starts []int64
	for {
		p := listPeople(roster, f)
		if p.found != 205 || p.counts[showHere] != 205 {
			t.Fatalf("found %d, counted %d", p.found, p.counts[showHere])
		}
		for _, o := range p.people {
			seen[o.ID] = true
		}
		if len(starts) > 0 {
			if back := from(p.newer); back != starts[len(starts)-1] {
				t.Errorf("back to %d, want %d", back, starts[len(starts)-1])
			}
		} else if p.newer != "" {
			t.Errorf("before the first page: %q", p.newer)
		}
		starts = append(starts, p.people[0].ID)
		if p.older == "" {
			break
		}
		f.from = from(p.older)
	}
	if len(seen) != 205 || len(starts) != 3 {
		t.Errorf("%d people on %d pages", len(seen), len(starts))
	}
	// Somebody who is not in the list any more begins it anew.
	f.from = 999
	if p := listPeople(roster, f); p.people[0].ID != 1 {
		t.Errorf("begins with %d", p.people[0].ID)
	}
}
