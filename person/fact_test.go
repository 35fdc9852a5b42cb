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

func number(of int64, value string) person.Fact {
	return person.Fact{PersonID: of, Kind: person.Phone, Value: value, Source: "told us on the phone", Purpose: "to ring back"}
}

func (w world) addFact(f person.Fact) (person.Fact, error) {
	err := w.write(func(ctx context.Context, tx *db.Tx) (err error) {
		f, err = w.AddFactTx(ctx, tx, mairi, f)
		return err
	})
	return f, err
}

func (w world) mustAddFact(f person.Fact) person.Fact {
	w.t.Helper()
	f, err := w.addFact(f)
	if err != nil {
		w.t.Fatal(err)
	}
	return f
}

func (w world) facts(of int64) (list []person.Fact) {
	w.t.Helper()
	w.read(func(ctx context.Context, tx *db.Tx) (err error) {
		list, err = w.FactsTx(ctx, tx, of)
		return err
	})
	return list
}

func (w world) reachedBy(typed string) (list []person.Found) {
	w.t.Helper()
	w.read(func(ctx context.Context, tx *db.Tx) (err error) {
		list, err = w.ReachedByTx(ctx, tx, typed, 5)
		return err
	})
	return list
}

func (w world) read(f func(ctx context.Context, tx *db.Tx) error) {
	w.t.Helper()
	if err := w.db.Read(w.t.Context(), f); err != nil {
		w.t.Fatal(err)
	}
}

func TestAPersonIsFoundByTheirNumberAlsoWhenJoined(t *testing.T) {
	each(t, func(w world) {
		ann, annie := w.add("Ann"), w.add("Annie")
		w.mustAddFact(number(annie, "01334 412345"))
		w.mustAddFact(person.Fact{PersonID: ann, Kind: person.Email, Value: "Ann.Baird@example.org", Source: "letter", Purpose: "to answer"})
		if again := w.mustAddFact(number(annie, "+44 1334 412 345")); again.Value != "01334 412345" || len(w.facts(annie)) != 1 {
			t.Errorf("the same number twice: %+v", w.facts(annie))
		}
		for typed, exact := range map[string]bool{"+44 (0)1334 412345": true, "01334 41": false} {
			if found := w.reachedBy(typed); len(found) != 1 || found[0].Person.ID != annie || found[0].Exact != exact {
				t.Errorf("%q finds %+v", typed, found)
			}
		}
		if found := w.reachedBy("ann.baird@Example.org"); len(found) != 1 || found[0].Person.ID != ann || !found[0].Exact {
			t.Errorf("by email: %+v", found)
		}
		for _, typed := range []string{"07700 900123", "Ann", ""} {
			if found := w.reachedBy(typed); len(found) != 0 {
				t.Errorf("%q finds %+v", typed, found)
			}
		}
		j := w.mustJoin(annie, ann)
		if found := w.reachedBy("01334 412345"); len(found) != 1 || found[0].Person.ID != ann || len(w.facts(ann)) != 2 {
			t.Errorf("joined: %+v, %+v", found, w.facts(ann))
		}
		if _, err := w.undo(j.ID); err != nil {
			t.Fatal(err)
		}
		if len(w.facts(ann)) != 1 || len(w.facts(annie)) != 1 {
			t.Errorf("parted: %+v, %+v", w.facts(ann), w.facts(annie))
		}
	})
}

func TestAFactIsCorrectedAndRemovedByWhoSawItLast(t *testing.T) {
	each(t, func(w world) {
		ann := w.add("Ann")
		f := w.mustAddFact(number(ann, "01334 412345"))
		changed := f
		changed.Value = "01334 412346"
		change := func(f person.Fact) error {
			return w.write(func(ctx context.Context, tx *db.Tx) error {
				_, err := w.ChangeFactTx(ctx, tx, mairi, f)
				return err
			})
		}
		if err := change(changed); err != nil {
			t.Fatal(err)
		}
		wants(t, change(changed), fault.Conflict, "changed this meanwhile")
		remove := func(version int64) error {
			return w.write(func(ctx context.Context, tx *db.Tx) error {
				_, err := w.RemoveFactTx(ctx, tx, mairi, f.ID, version)
				return err
			})
		}
		wants(t, remove(1), fault.Conflict, "changed this meanwhile")
		if list := w.facts(ann); len(list) != 1 || list[0].Value != "01334 412346" {
			t.Errorf("%+v", list)
		}
		if err := remove(2); err != nil {
			t.Fatal(err)
		}
		wants(t, remove(2), fault.NotFound, "no longer kept")
		if got := w.acts(ann); got != "person.fact.removed person.fact.changed person.fact.added" {
			t.Errorf("record: %s", got)
		}
	})
}

func TestAFactWhoseTimeHasComeIsGone(t *testing.T) {
	each(t, func(w world) {
		ann := w.add("Ann")
		f := number(ann, "01334 412345")
		f.Until = w.clock.Now().Add(time.Hour)
		w.mustAddFact(f)
		w.mustAddFact(number(ann, "07700 900123"))
		end := func() (n int) {
			err := w.write(func(ctx context.Context, tx *db.Tx) (err error) {
				n, err = w.EndFactsTx(ctx, tx, 10)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		if n := end(); n != 0 {
			t.Errorf("%d ended too early", n)
		}
		w.clock.Advance(time.Hour)
		if list := w.facts(ann); len(list) != 1 || len(w.reachedBy("01334 412345")) != 0 {
			t.Errorf("shown after its time: %+v", list)
		}
		if n := end(); n != 1 || end() != 0 {
			t.Errorf("%d ended", n)
		}
	})
}

func TestAFactThatMakesNoSenseIsRefused(t *testing.T) {
	each(t, func(w world) {
		ann := w.add("Ann")
		for sentence, change := range map[string]func(*person.Fact){
			"Enter a phone number": func(f *person.Fact) { f.Value = "Ann" },
			"an email address":     func(f *person.Fact) { f.Kind, f.Value = person.Email, "Ann <ann@example.org>" },
			"Enter the address":    func(f *person.Fact) { f.Kind, f.Value = person.Address, " " },
			"what it is":           func(f *person.Fact) { f.Kind = "fax" },
			"from where":           func(f *person.Fact) { f.Source = "" },
			"for what":             func(f *person.Fact) { f.Purpose = "\u200b" },
			"still to come":        func(f *person.Fact) { f.Until = w.clock.Now().Add(-time.Hour) },
			"ten years":            func(f *person.Fact) { f.Until = w.clock.Now().AddDate(20, 0, 0) },
		} {
			f := number(ann, "01334 412345")
			change(&f)
			_, err := w.addFact(f)
			wants(t, err, fault.Invalid, sentence)
		}
		_, err := w.addFact(number(42, "01334 412345"))
		wants(t, err, fault.NotFound, "no such person")
	})
}

func TestAHandleOfOursGoesToWhoeverThePersonIsNow(t *testing.T) {
	each(t, func(w world) {
		ann, annie := w.add("Ann"), w.add("Annie")
		on := func(id int64) (h person.Handle) {
			err := w.write(func(ctx context.Context, tx *db.Tx) (err error) {
				h, err = w.HandleOnTx(ctx, tx, "phone", id, network.Identity{ID: "person-" + w.name(id)})
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return h
		}
		first := on(annie)
		if again := on(annie); again.ID != first.ID || first.Identity.Name != "Annie" {
			t.Errorf("%+v, %+v", first, again)
		}
		w.mustJoin(annie, ann)
		if h := on(annie); h.ID != first.ID || h.PersonID != ann {
			t.Errorf("after the join: %+v", h)
		}
	})
}
