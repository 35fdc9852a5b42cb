package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"mercat.scot/mercat/casework"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/httpx"
	"mercat.scot/mercat/platform/jobs"
)

// verifies checks a signature with the library of the specification. The test's
// clock is not that of the machine, so the time is checked beside it.
func verifies(t *testing.T, secret string, g got) bool {
	t.Helper()
	w, err := standardwebhooks.NewWebhook(secret)
	must(t, err)
	return w.VerifyIgnoringTimestamp(g.body, g.header) == nil
}

func kindsOf(t *testing.T, list []got) []string {
	t.Helper()
	var kinds []string
	for _, g := range list {
		var p payload
		must(t, json.Unmarshal(g.body, &p))
		kinds = append(kinds, string(p.Type))
	}
	slices.Sort(kinds)
	return kinds
}

func TestWhatHappensIsToldAndSignedAsTheStandardHasIt(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		r := receives(t)
		e, secret := h.tells(r, false, Kinds()...)
		c := h.opens("A pothole in Tolbooth Wynd swallowed my bicycle")
		c, _, err := h.Casework.Move(t.Context(), h.admin, c.ID, c.Version, casework.Moving{To: casework.NotOurs, Whose: "Transport Scotland"})
		must(t, err)
		_, err = h.Casework.Assign(t.Context(), h.admin, c.ID, c.Version, h.roads.ID, h.admin.ID)
		must(t, err)
		h.delivers(e)
		list := r.had()
		want := []string{"case.ended", "case.moved", "case.opened", "case.updated", "conversation.opened", "message.received"}
		if kinds := kindsOf(t, list); !slices.Equal(kinds, want) {
			t.Fatalf("told of %v", kinds)
		}
		ids := map[string]bool{}
		numbers := map[int64]bool{}
		for _, g := range list {
			if !verifies(t, secret, g) {
				t.Errorf("the signature does not fit: %v", g.header)
			}
			ids[g.header.Get("webhook-id")] = true
			if at, err := strconv.ParseInt(g.header.Get("webhook-timestamp"), 10, 64); err != nil || at != h.clock.Now().Unix() {
				t.Errorf("sent at %d, %v", at, err)
			}
			var p payload
			must(t, json.Unmarshal(g.body, &p))
			numbers[p.Sequence] = true
			if at, err := time.Parse(time.RFC3339, p.Timestamp); err != nil || !strings.HasSuffix(p.Timestamp, "Z") || at.After(h.clock.Now()) {
				t.Errorf("timestamp %s", p.Timestamp)
			}
			for _, word := range []string{"bicycle", "Tolbooth", "Wishart", "Transport Scotland"} {
				if strings.Contains(string(g.body), word) {
					t.Errorf("it tells words: %s", g.body)
				}
			}
			if p.Type == CaseMoved && !strings.Contains(string(p.Data), `"state":"not_ours","state_before":"received"`) {
				t.Errorf("%s", p.Data)
			}
		}
		if len(ids) != len(want) || len(numbers) != len(want) || !numbers[1] || !numbers[int64(len(want))] {
			t.Errorf("ids %v, numbers %v", ids, numbers)
		}
		h.delivers(e)
		if again := r.had(); len(again) != 0 {
			t.Errorf("told twice of %v", kindsOf(t, again))
		}
	})
}

func TestNobodyIsToldOfWhatDidNotHappen(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		c := h.opens("A pothole, before anybody is told")
		r := receives(t)
		e, _ := h.tells(r, false, CaseMoved)
		broken := errors.New("the disk is full")
		err := h.DB.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			c, err := h.Casework.CaseTx(ctx, tx, c.ID)
			if err != nil {
				return err
			}
			if _, err := h.Casework.MoveTx(ctx, tx, h.admin.Actor(), &c, casework.Moving{To: casework.Accepted}); err != nil {
				return err
			}
			return broken
		})
		if !errors.Is(err, broken) {
			t.Fatal(err)
		}
		h.delivers(e)
		if list := r.had(); len(list) != 0 {
			t.Errorf("told of %v", kindsOf(t, list))
		}
	})
}

func TestWordsGoOnlyWhereAnAdministratorSaidSoAndAsTheyStand(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		r := receives(t)
		e, _ := h.tells(r, true, CaseOpened, MessageReceived)
		c := h.opens("A pothole in Tolbooth Wynd")
		f := casework.Opening{FormKey: "x", ServiceID: h.service, Words: "A hole", Place: "High Street"}
		_, err := h.Casework.Edit(t.Context(), h.admin, c.ID, c.Version, f)
		must(t, err)
		h.delivers(e)
		var words []string
		for _, g := range r.had() {
			var p payload
			must(t, json.Unmarshal(g.body, &p))
			words = append(words, p.Words["words"]+p.Words["body"])
		}
		slices.Sort(words)
		if !slices.Equal(words, []string{"A hole", "A pothole in Tolbooth Wynd"}) {
			t.Errorf("%q", words)
		}
	})
}

func TestWhatGoesWrongIsTriedAgainAndSaid(t *testing.T) {
	faults := map[string]struct {
		answer http.HandlerFunc
		says   string
	}{
		"500": {func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "database is down", 500) }, "status 500"},
		"redirect": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://169.254.169.254/latest/meta-data", http.StatusFound)
		}, "follow no redirects"},
		"cut off": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "broke off"},
		"hangs":   {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, "did not answer in time"},
		"too many": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "7200")
			w.WriteHeader(429)
		}, "status 429"},
	}
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, h *house) {
				r := receives(t)
				e, secret := h.tells(r, false, MessageReceived)
				h.hears("The street lamp is out")
				r.does(fault.answer)
				h.delivers(e)
				d := h.last(e)
				if d.State != Waiting || d.Attempts != 1 || !strings.Contains(d.Trouble, fault.says) {
					t.Fatalf("%+v", d)
				}
				first := r.had()
				wait := 5 * time.Second
				if name == "too many" {
					wait = 2 * time.Hour
				}
				if d.NextAt.Sub(h.clock.Now()) != wait {
					t.Errorf("again after %v", d.NextAt.Sub(h.clock.Now()))
				}
				r.does(nil)
				h.clock.Advance(wait - time.Second)
				h.delivers(e)
				if early := r.had(); len(early) != 0 {
					t.Error("it was tried early")
				}
				h.clock.Advance(time.Second)
				h.delivers(e)
				second := r.had()
				if d := h.last(e); d.State != Delivered || d.Attempts != 2 || d.Status != 204 || len(second) != 1 {
					t.Fatalf("%+v, %d", d, len(second))
				}
				if !verifies(t, secret, second[0]) || first[0].header.Get("webhook-id") != second[0].header.Get("webhook-id") {
					t.Error("the second try is another message")
				}
			})
		})
	}
}

func TestAWebPageInsteadOfAnAnswerIsNoted(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		r := receives(t)
		e, _ := h.tells(r, false, MessageReceived)
		r.does(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = w.Write([]byte("<html>Sign in to the intranet\x00</html>" + strings.Repeat("x", 1<<20)))
		})
		h.hears("The street lamp is out")
		h.delivers(e)
		if d := h.last(e); d.State != Delivered || !strings.Contains(d.Trouble, "web page") || !strings.HasPrefix(d.Answer, "<html>Sign in") || len(d.Answer) > 2*maxExcerpt {
			t.Errorf("%+v", d)
		}
	})
}

func TestAnAddressInsideIsNotCalled(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		r := receives(t)
		h.Post = PostBy(httpx.New(httpx.Options{}), h.clock.Now)
		e, _ := h.tells(r, false, MessageReceived)
		h.hears("The street lamp is out")
		h.delivers(e)
		if d := h.last(e); d.State != Waiting || d.Status != 0 || !strings.Contains(d.Trouble, "private network") || len(r.had()) != 0 {
			t.Errorf("%+v", d)
		}
	})
}

func TestAfterTenTriesItIsGivenUpAndCanBeReplayed(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		r := receives(t)
		e, _ := h.tells(r, false, MessageReceived)
		h.hears("The street lamp is out")
		r.does(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) })
		began := h.clock.Now()
		for range 10 {
			h.delivers(e)
			h.clock.Advance(latest(h.last(e).NextAt, h.held(e)).Sub(h.clock.Now()))
		}
		if d := h.last(e); d.State != GivenUp || d.Attempts != 10 {
			t.Fatalf("%+v", d)
		}
		if took := h.last(e).TriedAt.Sub(began); took < 70*time.Hour || took > 80*time.Hour {
			t.Errorf("it took %v", took)
		}
		tried := r.had()
		must(t, h.Replay(t.Context(), h.admin, e.ID, h.last(e).Event.Number))
		r.does(nil)
		h.clock.Advance(latest(h.clock.Now(), h.held(e)).Sub(h.clock.Now()))
		h.delivers(e)
		again := r.had()
		if d := h.last(e); d.State != Delivered || len(again) != 1 || again[0].header.Get("webhook-id") != tried[0].header.Get("webhook-id") {
			t.Errorf("%+v", d)
		}
		if err := h.Replay(t.Context(), h.admin, e.ID, 999); !fault.Is(err, fault.NotFound) {
			t.Error(err)
		}
	})
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func (h *house) held(e Endpoint) time.Time {
	h.t.Helper()
	e, _, err := h.Endpoint(h.t.Context(), e.ID)
	must(h.t, err)
	return e.HeldUntil
}

func TestAReceiverThatFailsForDaysIsPausedAndNothingIsLost(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		r := receives(t)
		e, _ := h.tells(r, false, MessageReceived)
		r.does(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) })
		for day := range 5 {
			h.hears("Day " + strconv.Itoa(day))
			h.delivers(e)
			h.clock.Advance(24 * time.Hour)
			h.delivers(e)
		}
		e, counts, err := h.Endpoint(t.Context(), e.ID)
		must(t, err)
		if e.State != Paused || !strings.Contains(e.Why, "4 days") || counts[Waiting]+counts[GivenUp] != 5 {
			t.Fatalf("%+v, %v", e, counts)
		}
		notices, err := h.Desk.Notifications(t.Context(), h.admin.ID, 0, 10)
		must(t, err)
		if len(notices) != 1 || !strings.Contains(notices[0].Body, "CRM is paused") {
			t.Errorf("told %+v", notices)
		}
		r.had()
		h.hears("While it is paused")
		h.delivers(e)
		if len(r.had()) != 0 {
			t.Error("it was called while it was paused")
		}
		r.does(nil)
		e, err = h.Resume(t.Context(), h.admin, e.ID, e.Version)
		must(t, err)
		h.delivers(e)
		_, counts, err = h.Endpoint(t.Context(), e.ID)
		must(t, err)
		if counts[Waiting] != 0 || counts[Delivered]+counts[GivenUp] != 6 || counts[Delivered] < 3 {
			t.Errorf("%v", counts)
		}
		n, err := h.ReplaySince(t.Context(), h.admin, e.ID, h.clock.Now().Add(-10*24*time.Hour))
		must(t, err)
		r.had()
		h.delivers(e)
		if list := r.had(); n != 6 || len(list) != 6 {
			t.Errorf("%d put, %d sent", n, len(list))
		}
	})
}

func TestAReceiverThatIsDownIsNotAskedForEachEvent(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		r := receives(t)
		e, _ := h.tells(r, false, MessageReceived)
		r.does(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) })
		for i := range 40 {
			h.hears("Lamp " + strconv.Itoa(i))
		}
		h.delivers(e)
		if n := len(r.had()); n > 2*handful {
			t.Errorf("asked %d times", n)
		}
		r.does(nil)
		h.clock.Advance(h.held(e).Sub(h.clock.Now()))
		h.delivers(e)
		h.clock.Advance(time.Minute)
		h.delivers(e)
		if _, counts, err := h.Endpoint(t.Context(), e.ID); err != nil || counts[Delivered] != 40 {
			t.Errorf("%v, %v", counts, err)
		}
	})
}

func TestGoneIsGone(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		r := receives(t)
		e, _ := h.tells(r, false, MessageReceived)
		r.does(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(410) })
		h.hears("The street lamp is out")
		h.delivers(e)
		if e, _, err := h.Endpoint(t.Context(), e.ID); err != nil || e.State != Paused || !strings.Contains(e.Why, "410") {
			t.Errorf("%+v, %v", e, err)
		}
	})
}

func TestBothSecretsSignForADayAfterARotation(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		r := receives(t)
		e, old := h.tells(r, false, MessageReceived)
		_, fresh, err := h.RotateSecret(t.Context(), h.admin, e.ID, e.Version)
		must(t, err)
		h.hears("One")
		h.delivers(e)
		if list := r.had(); len(list) != 1 || !verifies(t, old, list[0]) || !verifies(t, fresh, list[0]) {
			t.Error("not both secrets sign")
		}
		h.clock.Advance(25 * time.Hour)
		h.hears("Two")
		h.delivers(e)
		if list := r.had(); len(list) != 1 || verifies(t, old, list[0]) || !verifies(t, fresh, list[0]) {
			t.Error("the old secret signs still, or the new one does not")
		}
		var tables string
		must(t, h.DB.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			list, err := tx.Tables(ctx, jobs.Foreign)
			for _, table := range list {
				for line, err := range table.Rows(ctx, tx) {
					must(t, err)
					tables += string(line)
				}
			}
			return err
		}))
		if strings.Contains(tables, old[8:]) || strings.Contains(tables, fresh[8:]) {
			t.Error("a secret is kept open")
		}
	})
}

func TestAKillInTheMiddleLosesNothing(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		r := receives(t)
		e, _ := h.tells(r, false, MessageReceived)
		h.hears("The street lamp is out")
		// The receiver gets the event, and we are killed before we can note that.
		ctx, kill := context.WithCancel(t.Context())
		r.does(func(http.ResponseWriter, *http.Request) { kill() })
		if more, err := h.DeliverSome(ctx, e.ID); more || !errors.Is(err, context.Canceled) {
			t.Fatalf("%v, %v", more, err)
		}
		first := r.had()
		r.does(nil)
		h.delivers(e)
		if early := r.had(); len(early) != 0 {
			t.Error("it was sent again while the first call might still go on")
		}
		h.clock.Advance(leaseTime)
		h.delivers(e)
		again := r.had()
		if len(first) != 1 || len(again) != 1 || first[0].header.Get("webhook-id") != again[0].header.Get("webhook-id") || h.last(e).State != Delivered {
			t.Errorf("first %d, again %d, %+v", len(first), len(again), h.last(e))
		}
	})
}
