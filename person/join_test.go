package person_test

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/person"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/db/dbtest"
	"mercat.scot/mercat/platform/fault"
)

func (w world) join(from, into int64, reason string) (person.Join, error) {
	var j person.Join
	err := w.write(func(ctx context.Context, tx *db.Tx) (err error) {
		j, err = w.JoinTx(ctx, tx, mairi, from, into, reason)
		return err
	})
	return j, err
}

func (w world) undo(id int64) (person.Join, error) {
	var j person.Join
	err := w.write(func(ctx context.Context, tx *db.Tx) (err error) {
		j, err = w.UndoJoinTx(ctx, tx, mairi, id)
		return err
	})
	return j, err
}

func (w world) mustJoin(from, into int64) person.Join {
	w.t.Helper()
	j, err := w.join(from, into, "Same postcode and signature")
	if err != nil {
		w.t.Fatal(err)
	}
	return j
}

func (w world) joins(into int64) []person.Join {
	w.t.Helper()
	var list []person.Join
	err := w.db.Read(w.t.Context(), func(ctx context.Context, tx *db.Tx) (err error) {
		list, err = w.JoinsTx(ctx, tx, into)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return list
}

func (w world) names(id int64) string {
	w.t.Helper()
	_, handles := w.person(id)
	var names []string
	for _, h := range handles {
		names = append(names, h.Identity.Name)
	}
	return strings.Join(names, " ")
}

func TestAJoinMovesTheHandlesAndItsUndoGivesThemBack(t *testing.T) {
	each(t, func(w world) {
		ann, annie, bob := w.add("Ann"), w.add("Annie"), w.add("Bob")
		j := w.mustJoin(annie, ann)
		if w.names(ann) != "Ann Annie" || w.names(annie) != "" {
			t.Errorf("joined: %q, %q", w.names(ann), w.names(annie))
		}
		if j.FromName != "Annie" || j.Officer != mairi.Name || j.OfficerID != 7 || len(j.Handles) != 1 || !j.Holds() {
			t.Errorf("%+v", j)
		}
		late := w.mustJoin(bob, ann) // arrives after the join
		if list := w.joins(ann); len(list) != 2 || list[0].ID != late.ID || list[1].Reason != "Same postcode and signature" || !slices.Equal(list[1].Handles, j.Handles) {
			t.Errorf("%+v", list)
		}
		undone, err := w.undo(j.ID)
		if err != nil || undone.Holds() {
			t.Fatal(undone, err)
		}
		if w.names(ann) != "Ann Bob" || w.names(annie) != "Annie" {
			t.Errorf("undone: %q, %q", w.names(ann), w.names(annie))
		}
		if list := w.joins(ann); len(list) != 1 || list[0].ID != late.ID {
			t.Errorf("%+v", list)
		}
		if got := w.acts(annie); got != "person.join.undone person.joined" {
			t.Errorf("record: %s", got)
		}
		again := w.mustJoin(annie, ann) // a mistake about a mistake
		if again.ID == j.ID || w.names(ann) != "Ann Annie Bob" {
			t.Errorf("again: %q", w.names(ann))
		}
	})
}

func TestJoinsAreUndoneInTheOrderThatKeepsHandles(t *testing.T) {
	each(t, func(w world) {
		ann, bob, cat := w.add("Ann"), w.add("Bob"), w.add("Cat")
		first := w.mustJoin(ann, bob)
		second := w.mustJoin(bob, cat)
		_, err := w.undo(first.ID)
		wants(t, err, fault.Conflict, "Mairi Nic Dhòmhnaill joined Bob into Cat afterwards (24 November 2026). Undo that join first")
		if _, err := w.undo(second.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := w.undo(first.ID); err != nil {
			t.Fatal(err)
		}
		if w.names(ann) != "Ann" || w.names(bob) != "Bob" || w.names(cat) != "Cat" {
			t.Errorf("%q %q %q", w.names(ann), w.names(bob), w.names(cat))
		}
		_, err = w.undo(first.ID)
		wants(t, err, fault.Conflict, "undone already")
	})
}

func TestAJoinThatMakesNoSenseIsRefused(t *testing.T) {
	each(t, func(w world) {
		ann, bob, cat := w.add("Ann"), w.add("Bob"), w.add("Cat")
		_, err := w.join(ann, bob, " \u200b ")
		wants(t, err, fault.Invalid, "Say why")
		_, err = w.join(ann, ann, "the same")
		wants(t, err, fault.Invalid, "same person")
		_, err = w.join(ann, 42, "gone")
		wants(t, err, fault.NotFound, "no such person")
		_, err = w.undo(42)
		wants(t, err, fault.NotFound, "no such join")
		w.mustJoin(ann, bob)
		_, err = w.join(ann, cat, "a colleague was quicker")
		wants(t, err, fault.Conflict, "joined Ann into Bob meanwhile")
		_, err = w.join(cat, ann, "a colleague was quicker")
		wants(t, err, fault.Conflict, "Open Bob and join from there")
	})
}

// Whatever is joined and undone, in whatever order: every handle has one
// person, that person is the one that a plain model says, and undoing all that
// can be undone brings the beginning back.
func TestHandlesAreNeverLostByJoins(t *testing.T) {
	dbtest.Each(t, schema, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		w := world{t, person.New(), d, clock}
		rapid.Check(t, func(r *rapid.T) {
			run := rapid.StringMatching(`[a-z]{12}`).Draw(r, "run")
			var persons []int64
			owner := map[int64]int64{} // handle to person
			arrive := func() {
				id := run + string(rune('a'+len(persons)))
				h := w.resolve("practice", network.Identity{ID: id})[id]
				if _, known := owner[h.ID]; known {
					r.Skip("this run's name was drawn before")
				}
				persons = append(persons, h.PersonID)
				owner[h.ID] = h.PersonID
			}
			arrive()
			begin := map[int64]int64{}
			var held []person.Join
			pick := func(label string) int64 { return rapid.SampledFrom(persons).Draw(r, label) }
			for range rapid.IntRange(1, 12).Draw(r, "steps") {
				switch rapid.IntRange(0, 4).Draw(r, "step") {
				case 0, 1:
					if len(persons) < 8 {
						arrive()
					}
				case 2, 3:
					from, into := pick("from"), pick("into")
					j, err := w.join(from, into, "rapid")
					joined := slices.ContainsFunc(held, func(j person.Join) bool { return j.From == from || j.From == into })
					if (err == nil) != (from != into && !joined) {
						r.Fatalf("join %d into %d: %v", from, into, err)
					}
					if err == nil {
						held = append(held, j)
						for h, p := range owner {
							if p == from {
								owner[h] = into
							}
						}
					}
				case 4:
					if len(held) == 0 {
						continue
					}
					i := rapid.IntRange(0, len(held)-1).Draw(r, "undo")
					if w.tryUndo(r, &held, i, owner) {
						continue
					}
				}
			}
			for h, p := range owner {
				begin[h] = p
			}
			w.agree(r, owner, persons)
			for len(held) > 0 {
				if !w.tryUndo(r, &held, len(held)-1, owner) {
					r.Fatalf("the newest join cannot be undone: %+v", held)
				}
			}
			for i, h := range slices.Sorted(maps.Keys(begin)) {
				if owner[h] != persons[i] {
					r.Fatalf("handle %d is with %d, began with %d", h, owner[h], persons[i])
				}
			}
			w.agree(r, owner, persons)
		})
	})
}

// tryUndo undoes a join if no other stands on it, and checks that it is refused
// otherwise.
func (w world) tryUndo(r *rapid.T, held *[]person.Join, i int, owner map[int64]int64) bool {
	j := (*held)[i]
	further := slices.ContainsFunc(*held, func(o person.Join) bool { return o.From == j.Into })
	_, err := w.undo(j.ID)
	if further {
		if !fault.Is(err, fault.Conflict) {
			r.Fatalf("undo of %+v in the wrong order: %v", j, err)
		}
		return false
	}
	if err != nil {
		r.Fatalf("undo of %+v: %v", j, err)
	}
	for _, h := range j.Handles {
		owner[h] = j.From
	}
	*held = slices.Delete(*held, i, i+1)
	return true
}

// agree checks the database against the model.
func (w world) agree(r *rapid.T, owner map[int64]int64, persons []int64) {
	seen := map[int64]int64{}
	for _, p := range persons {
		_, handles := w.person(p)
		for _, h := range handles {
			if seen[h.ID] != 0 {
				r.Fatalf("handle %d has two persons", h.ID)
			}
			seen[h.ID] = p
		}
	}
	if len(seen) != len(owner) {
		r.Fatalf("%d handles of %d are left", len(seen), len(owner))
	}
	for h, p := range owner {
		if seen[h] != p {
			r.Fatalf("handle %d is with %d, should be with %d", h, seen[h], p)
		}
	}
}
