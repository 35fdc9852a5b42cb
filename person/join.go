package person

import (
	"context"
	"strings"

	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/text"
	"mercat.scot/mercat/record"
)

// A person is joined into one other at most, and has no handles while that
// holds; a handle never comes to such a person, because a new one begins with a
// person of its own. So the joins that hold make trees, and a join can be
// undone when the person whom it was made into has not been joined any further.

var errNoJoin = fault.New(fault.NotFound, "There is no such join. Go back to the person.")

// JoinTx moves every handle of from to into, for a reason. The caller moves
// what it keeps by person.
//
// Errors: fault.NotFound, fault.Invalid (reason, person), fault.Conflict when
// one of them was joined into somebody else meanwhile.
func (p *People) JoinTx(ctx context.Context, tx *db.Tx, by record.Actor, from, into int64, reason string) (Join, error) {
	reason, _ = text.CleanLine(reason, maxReason)
	if reason == "" {
		return Join{}, fault.Field("reason", "Say why you know that they are one person, so that others can follow it later.")
	}
	if from == into {
		return Join{}, fault.Field("person", "This is the same person. Choose another.")
	}
	lost, handles, err := p.PersonTx(ctx, tx, from)
	if err != nil {
		return Join{}, err
	}
	if _, _, err := p.PersonTx(ctx, tx, into); err != nil {
		return Join{}, err
	}
	for _, id := range []int64{from, into} {
		further, joined, err := readJoinOf(ctx, tx, id)
		if err != nil {
			return Join{}, err
		}
		if joined {
			return Join{}, joinedMeanwhile(ctx, tx, further)
		}
	}
	j := Join{ID: tx.NewID(), From: from, FromName: lost.Name, Into: into, Reason: reason, OfficerID: by.ID, Officer: by.Name, At: tx.Now, Handles: []int64{}}
	for _, h := range handles {
		j.Handles = append(j.Handles, h.ID)
	}
	if err := insertJoin(ctx, tx, j); err != nil {
		return Join{}, err
	}
	if err := moveAllHandles(ctx, tx, from, into); err != nil {
		return Join{}, err
	}
	if err := touchPersons(ctx, tx, from, into); err != nil {
		return Join{}, err
	}
	return j, record.Append(ctx, tx, record.Entry{
		Actor: by, Act: "person.joined", Subject: Person{ID: into}.Subject(), About: []record.Subject{lost.Subject()},
		Before: owns(from, j), After: owns(into, j),
	})
}

// UndoJoinTx gives the moved handles back to the person they came from. Joins
// made later than this one that moved the same handles must be undone first.
//
// Errors: fault.NotFound; fault.Conflict when it is undone already, or when
// another must be undone first: the sentence says which.
func (p *People) UndoJoinTx(ctx context.Context, tx *db.Tx, by record.Actor, id int64) (Join, error) {
	j, found, err := readJoin(ctx, tx, id)
	switch {
	case err != nil:
		return Join{}, err
	case !found:
		return Join{}, errNoJoin
	case !j.Holds():
		return Join{}, fault.New(fault.Conflict, "This join has been undone already. Nothing was changed.")
	}
	further, joined, err := readJoinOf(ctx, tx, j.Into)
	if err != nil {
		return Join{}, err
	}
	if joined {
		into, _, err := readPerson(ctx, tx, further.Into)
		if err != nil {
			return Join{}, err
		}
		return Join{}, fault.Newf(fault.Conflict, "%s joined %s into %s afterwards (%s). Undo that join first, then this one.",
			who(further), further.FromName, into.Name, day(further))
	}
	if err := moveHandles(ctx, tx, j.Into, j.From, j.Handles); err != nil {
		return Join{}, err
	}
	if err := touchPersons(ctx, tx, j.From, j.Into); err != nil {
		return Join{}, err
	}
	j.UndoneAt = tx.Now
	if err := undoJoin(ctx, tx, j); err != nil {
		return Join{}, err
	}
	return j, record.Append(ctx, tx, record.Entry{
		Actor: by, Act: "person.join.undone", Subject: Person{ID: j.Into}.Subject(), About: []record.Subject{{Kind: "person", ID: j.From}},
		Before: owns(j.Into, j), After: owns(j.From, j),
	})
}

// JoinsTx returns the joins into a person that hold, newest first.
func (p *People) JoinsTx(ctx context.Context, tx *db.Tx, person int64) ([]Join, error) {
	return readJoins(ctx, tx, person)
}

// owns is what the record keeps of a join: who has the handles. The reason may
// hold personal text and stays with the join.
func owns(person int64, j Join) any {
	return map[string]any{"join": j.ID, "person": person, "handles": j.Handles}
}

func joinedMeanwhile(ctx context.Context, tx *db.Tx, j Join) error {
	into, _, err := readPerson(ctx, tx, j.Into)
	if err != nil {
		return err
	}
	return fault.Newf(fault.Conflict, "%s joined %s into %s meanwhile (%s). Nothing was changed. Open %s and join from there.",
		who(j), j.FromName, into.Name, day(j), into.Name)
}

func who(j Join) string {
	if strings.TrimSpace(j.Officer) == "" {
		return "Somebody"
	}
	return j.Officer
}

func day(j Join) string { return j.At.Format("2 January 2006") }
