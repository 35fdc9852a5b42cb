package person_test

import (
	"context"
	"testing"
	"time"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/person"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
)

// past is resolve for what was said long ago.
func (w world) past(kind network.Kind, who ...network.Identity) (found map[string]person.Handle) {
	w.t.Helper()
	err := w.write(func(ctx context.Context, tx *db.Tx) (err error) {
		found, err = w.ResolvePastTx(ctx, tx, kind, who)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return found
}

func (w world) name(id int64) string {
	w.t.Helper()
	var p person.Person
	err := w.db.Read(w.t.Context(), func(ctx context.Context, tx *db.Tx) (err error) {
		p, _, err = w.PersonTx(ctx, tx, id)
		return err
	})
	if fault.Is(err, fault.NotFound) {
		return ""
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return p.Name
}

func TestANameOfThePastDoesNotReplaceTheOneOfToday(t *testing.T) {
	each(t, func(w world) {
		ann := w.add("ann")
		old := w.past("bluesky", network.Identity{ID: "did:plc:ann", Handle: "@old.example", Name: "Ann Before"}, network.Identity{ID: "did:plc:bea", Name: "Bea"})
		if old["did:plc:ann"].PersonID != ann || w.name(ann) != "ann" {
			t.Errorf("%+v is called %q", old["did:plc:ann"], w.name(ann))
		}
		if bea := old["did:plc:bea"].PersonID; w.name(bea) != "Bea" {
			t.Errorf("one who is new is called %q", w.name(bea))
		}
	})
}

func TestWhoIsForgottenIsGoneAndNobodyElse(t *testing.T) {
	each(t, func(w world) {
		early := w.resolve("bluesky", network.Identity{ID: "early", Name: "Early"})["early"]
		w.clock.Advance(time.Hour)
		since := w.clock.Now()
		found := w.resolve("bluesky", network.Identity{ID: "alone", Name: "Alone"}, network.Identity{ID: "from", Name: "From"}, network.Identity{ID: "into", Name: "Into"})
		err := w.write(func(ctx context.Context, tx *db.Tx) error {
			_, err := w.JoinTx(ctx, tx, mairi, found["from"].PersonID, found["into"].PersonID, "the same voice")
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		ids := []int64{early.ID}
		for _, h := range found {
			ids = append(ids, h.ID)
		}
		for range 2 {
			if err := w.write(func(ctx context.Context, tx *db.Tx) error { return w.ForgetTx(ctx, tx, ids, since) }); err != nil {
				t.Fatal(err)
			}
		}
		for id, want := range map[int64]string{early.PersonID: "Early", found["alone"].PersonID: "", found["into"].PersonID: "Into", found["from"].PersonID: "From"} {
			if got := w.name(id); got != want {
				t.Errorf("%q, not %q", got, want)
			}
		}
		if again := w.resolve("bluesky", network.Identity{ID: "alone", Name: "Alone"})["alone"]; again.PersonID == found["alone"].PersonID {
			t.Error("whoever comes again is not somebody new")
		}
	})
}
