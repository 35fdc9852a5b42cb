package app

import (
	"net/http"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"

	"mercat.scot/mercat/desk"
	"mercat.scot/mercat/network/practice"
	"mercat.scot/mercat/staff"
)

// TestOfManyWhoClickAtOnceOneIsFirstAndTheOthersAreToldWho lets all officers do
// the same thing to one conversation at the same moment, again and again: take
// it, close it, open it again, set it aside. CLICKS makes it longer.
func TestOfManyWhoClickAtOnceOneIsFirstAndTheOthersAreToldWho(t *testing.T) {
	const officers = 25
	clicks := 1000
	if n, err := strconv.Atoi(os.Getenv("CLICKS")); err == nil && n > 0 {
		clicks = n
	}
	each(t, func(t *testing.T, c Config) {
		c.Twice = false // as it is at a council
		r := start(t, c)
		d := r.at(t, r.setUp(t))
		citizens, err := r.practice.Citizens(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.practice.Say(t.Context(), practice.Saying{Citizen: citizens[0].ID, Text: "There is a deer in the paddling pool."}); err != nil {
			t.Fatal(err)
		}
		id := d.row("deer in the paddling pool").ID
		all := []*browser{d.browser}
		for len(all) < officers {
			all = append(all, r.as(t, staff.Answers))
		}
		now := func() desk.Conversation {
			t.Helper()
			whole, err := r.desk.Whole(t.Context(), id, 0, 1)
			if err != nil {
				t.Fatal(err)
			}
			return whole.Conversation
		}
		people, err := r.staff.Roster(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		acts := [][]string{
			{"assign", "officer", strconv.FormatInt(people.Officers()[0].ID, 10)},
			{"close", "reason", "Answered"},
			{"reopen"},
			{"assign", "officer", strconv.FormatInt(people.Officers()[1].ID, 10)},
		}
		runtime.GC()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		rounds := clicks / officers
		for round := range rounds {
			act := acts[round%len(acts)]
			was := now()
			form := append([]string{"version", strconv.FormatInt(was.Version, 10)}, act[1:]...)
			answers := make([]answer, officers)
			var go1 sync.WaitGroup
			ready := make(chan struct{})
			for i, b := range all {
				go1.Go(func() {
					<-ready
					answers[i] = b.post(pathOf(id)+"/"+act[0], form...)
				})
			}
			close(ready)
			go1.Wait()
			first := 0
			for _, a := range answers {
				switch a.status {
				case http.StatusSeeOther:
					first++
				case http.StatusConflict:
					if told := visible(a.body); !strings.Contains(told, "Mairi Galbraith") && !strings.Contains(told, "Somebody ") {
						t.Fatalf("%s: it does not say who was first: %s", act[0], told)
					}
				default:
					t.Fatalf("%s: status %d: %s", act[0], a.status, visible(a.body))
				}
			}
			if is := now(); first != 1 || is.Version != was.Version+1 {
				t.Fatalf("%s: %d were first, and version %d became %d", act[0], first, was.Version, is.Version)
			}
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		if grown := int64(after.HeapInuse) - int64(before.HeapInuse); grown > 64<<20 {
			t.Errorf("after %d clicks %d MB more are in use", rounds*officers, grown>>20)
		}
		d.post("/record/verify").want(t, http.StatusOK, "The record is whole")
	})
}
