package person

import (
	"context"
	"errors"
	"fmt"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/record"
)

// People is the use cases of this room. It is safe for concurrent use.
type People struct{}

// New returns the use cases. They run in their callers' transactions.
func New() *People { return &People{} }

var errNoPerson = fault.New(fault.NotFound, "There is no such person. They may have been removed. Go back to the conversation.")

// ResolveTx returns, by Identity.ID, the handle of each identity on a network,
// making handles and persons that are new and noting names that changed. An
// identity that comes several times counts as it comes last.
//
// It makes a fixed number of statements for a batch, and one more for each
// name that changed.
func (p *People) ResolveTx(ctx context.Context, tx *db.Tx, kind network.Kind, who []network.Identity) (map[string]Handle, error) {
	return p.resolve(ctx, tx, kind, who, false)
}

// ResolvePastTx is ResolveTx for what was said long ago: the names that people
// had then do not replace those that they have now.
func (p *People) ResolvePastTx(ctx context.Context, tx *db.Tx, kind network.Kind, who []network.Identity) (map[string]Handle, error) {
	return p.resolve(ctx, tx, kind, who, true)
}

func (p *People) resolve(ctx context.Context, tx *db.Tx, kind network.Kind, who []network.Identity, past bool) (map[string]Handle, error) {
	latest := make(map[string]network.Identity, len(who)) // by key
	keys := make([]string, 0, len(who))
	for _, w := range who {
		if w.ID == "" {
			return nil, fmt.Errorf("resolve authors on %s: one has no id", kind)
		}
		c := clean(w)
		if _, again := latest[c.ID]; !again {
			keys = append(keys, c.ID)
		}
		latest[c.ID] = c
	}
	known, err := readHandles(ctx, tx, kind, keys)
	if err != nil {
		return nil, err
	}
	var persons []Person
	var handles []Handle
	var changed []change
	for _, k := range keys {
		h, ok := known[k]
		if !ok {
			person := Person{ID: tx.NewID(), Name: called(latest[k]), CreatedAt: tx.Now, Version: 1}
			h = Handle{ID: tx.NewID(), PersonID: person.ID, Network: kind, Identity: latest[k], FirstAt: tx.Now}
			persons, handles = append(persons, person), append(handles, h)
			known[k] = h
			continue
		}
		if past {
			continue
		}
		was := called(h.Identity)
		if fields := h.refresh(latest[k]); len(fields) > 0 {
			changed = append(changed, change{h, was, fields})
			known[k] = h
		}
	}
	if err := insertPersons(ctx, tx, persons); err != nil {
		return nil, err
	}
	if err := insertHandles(ctx, tx, handles); err != nil {
		return nil, err
	}
	if err := applyChanges(ctx, tx, changed); err != nil {
		return nil, err
	}
	found := make(map[string]Handle, len(who))
	for _, w := range who {
		found[w.ID] = known[key(w.ID)]
	}
	return found, nil
}

// change is a handle of which its network says something new.
type change struct {
	handle Handle
	was    string // what its owner was called by it
	fields []string
}

// applyChanges writes handles that changed. A person who is called by the old
// name is called by the new one.
func applyChanges(ctx context.Context, tx *db.Tx, changed []change) error {
	if len(changed) == 0 {
		return nil
	}
	ids := make([]int64, len(changed))
	for i, c := range changed {
		ids[i] = c.handle.PersonID
	}
	persons, err := readPersons(ctx, tx, ids)
	if err != nil {
		return err
	}
	var entries []record.Entry
	for _, c := range changed {
		if err := updateHandle(ctx, tx, c.handle); err != nil {
			return err
		}
		person := persons[c.handle.PersonID]
		if name := called(c.handle.Identity); person.Name == c.was && name != c.was {
			if err := renamePerson(ctx, tx, person.ID, name); err != nil {
				return err
			}
		}
		entries = append(entries, record.Entry{
			Actor: record.Mercat("person"), Act: "person.handle.changed", Subject: Person{ID: c.handle.PersonID}.Subject(),
			After: map[string]any{"handle": c.handle.ID, "fields": c.fields},
		})
	}
	return record.Append(ctx, tx, entries...)
}

// PersonTx returns a person with their handles, the oldest first. One who is
// joined into another has none.
//
// Errors: fault.NotFound.
func (p *People) PersonTx(ctx context.Context, tx *db.Tx, id int64) (Person, []Handle, error) {
	person, found, err := readPerson(ctx, tx, id)
	switch {
	case err != nil:
		return Person{}, nil, err
	case !found:
		return Person{}, nil, errNoPerson
	}
	handles, err := readHandlesOf(ctx, tx, id)
	return person, handles, err
}

// HandlesTx returns handles by id; those that are not there are left out.
func (p *People) HandlesTx(ctx context.Context, tx *db.Tx, ids []int64) (map[int64]Handle, error) {
	return readHandlesByID(ctx, tx, ids)
}

// FindTx returns persons of whom a handle's name, a word of it, or its address
// begins with words (folded), at most limit, never the one named, in the order
// of what was found.
func (p *People) FindTx(ctx context.Context, tx *db.Tx, words string, never int64, limit int) ([]Found, error) {
	typed := begins(words)
	if typed == "" || limit <= 0 {
		return nil, nil
	}
	ids, err := readPersonsByWord(ctx, tx, typed, never, limit)
	if err != nil {
		return nil, err
	}
	persons, err := readPersons(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	handles, err := readHandlesOfMany(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	found := make([]Found, 0, len(ids))
	for _, id := range ids {
		person, ok := persons[id]
		if !ok {
			return nil, errors.New("find persons: a handle has no person")
		}
		found = append(found, Found{Person: person, Handles: handles[id]})
	}
	return found, nil
}

// Found is a person with the handles by which people recognise them.
type Found struct {
	Person  Person
	Handles []Handle
	Facts   []Fact // by which they were found, if by one
	Exact   bool   // what was typed is the whole of it
}
