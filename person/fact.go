package person

import (
	"context"
	"net/mail"
	"slices"
	"strings"
	"time"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/text"
	"mercat.scot/mercat/record"
)

// FactKind is a way in which a person can be reached.
type FactKind string

const (
	Phone   FactKind = "phone"
	Email   FactKind = "email"
	Address FactKind = "address" // by post
)

// FactKinds are all of them.
func FactKinds() []FactKind { return []FactKind{Phone, Email, Address} }

// Label is what people call it: "Phone number".
func (k FactKind) Label() string {
	switch k {
	case Phone:
		return "Phone number"
	case Email:
		return "Email address"
	}
	return "Postal address"
}

// Fact is how a person can be reached, as an officer wrote it down. A handle is
// what a network says of its author; a fact is what somebody told us.
type Fact struct {
	ID        int64
	PersonID  int64 // whose it was when it was written down; a join moves nothing
	Kind      FactKind
	Value     string
	Source    string // from where we have it
	Purpose   string // for what we keep it
	OfficerID int64
	Officer   string
	At        time.Time
	Until     time.Time // when it is removed; zero while nobody said
	Version   int64

	folded string
}

const (
	maxFact  = 400 // runes of a value
	maxWhy   = 200 // runes of source and purpose
	maxFacts = 50  // of one person
	// longestKept bounds until when a fact may be kept.
	longestKept = 10 * 366 * 24 * time.Hour
)

// clean makes what was typed fit to be kept.
func (f Fact) clean(now time.Time) (Fact, error) {
	var wrong fault.Fields
	if f.Kind == Address {
		f.Value, _ = text.Clean(strings.TrimSpace(f.Value), maxFact)
	} else {
		f.Value, _ = text.CleanLine(strings.TrimSpace(f.Value), maxFact)
	}
	f.Source, _ = text.CleanLine(f.Source, maxWhy)
	f.Purpose, _ = text.CleanLine(f.Purpose, maxWhy)
	f.folded = folded(f.Kind, f.Value)
	switch f.Kind {
	case Phone:
		if f.folded == "" {
			wrong.Add("value", "Enter a phone number, such as 01334 412345 or +44 7700 900123.")
		}
	case Email:
		if a, err := mail.ParseAddress(f.Value); err != nil || a.Address != f.Value {
			wrong.Add("value", "Enter an email address, such as name@example.org.")
		}
	case Address:
		if f.Value == "" {
			wrong.Add("value", "Enter the address.")
		}
	default:
		wrong.Add("kind", "Choose what it is.")
	}
	if f.Source == "" {
		wrong.Add("source", "Say from where you have it, such as: told us on the phone.")
	}
	if f.Purpose == "" {
		wrong.Add("purpose", "Say for what it is kept, such as: to ring back.")
	}
	if !f.Until.IsZero() && !f.Until.After(now) {
		wrong.Add("until", "Choose a day that is still to come.")
	} else if f.Until.Sub(now) > longestKept {
		wrong.Add("until", "Choose a day within the next ten years.")
	}
	return f, wrong.Err()
}

// Check says what keeps a fact from being kept.
//
// Errors: fault.Fields (kind, value, source, purpose, until).
func (f Fact) Check(now time.Time) error {
	_, err := f.clean(now)
	return err
}

// folded is the form of a value under which it is found.
func folded(kind FactKind, value string) string {
	if kind == Phone {
		return Number(value)
	}
	line, _ := text.CleanLine(text.Fold(value), maxFact)
	return line
}

var errNoFact = fault.New(fault.NotFound, "This is no longer kept. Go back to the person.")

// AddFactTx keeps how a person can be reached. What is kept already is not kept
// twice.
//
// Errors: fault.NotFound; fault.Fields (kind, value, source, purpose, until).
func (p *People) AddFactTx(ctx context.Context, tx *db.Tx, by record.Actor, f Fact) (Fact, error) {
	f, err := f.clean(tx.Now)
	if err != nil {
		return Fact{}, err
	}
	holder, _, err := p.HolderTx(ctx, tx, f.PersonID)
	if err != nil {
		return Fact{}, err
	}
	f.PersonID = holder.ID
	have, err := p.FactsTx(ctx, tx, f.PersonID)
	if err != nil {
		return Fact{}, err
	}
	for _, h := range have {
		if h.Kind == f.Kind && h.folded == f.folded {
			return h, nil
		}
	}
	if len(have) >= maxFacts {
		return Fact{}, fault.Field("value", "There are fifty of them already. Remove what is out of date first.")
	}
	f.ID, f.OfficerID, f.Officer, f.At, f.Version = tx.NewID(), by.ID, by.Name, tx.Now, 1
	if err := insertFact(ctx, tx, f); err != nil {
		return Fact{}, err
	}
	return f, factRecorded(ctx, tx, by, "person.fact.added", f)
}

// ChangeFactTx corrects one.
//
// Errors: fault.NotFound; fault.Conflict when somebody was quicker; fault.Fields.
func (p *People) ChangeFactTx(ctx context.Context, tx *db.Tx, by record.Actor, f Fact) (Fact, error) {
	was, err := factFor(ctx, tx, f.ID, f.Version)
	if err != nil {
		return Fact{}, err
	}
	f.PersonID, f.Kind = was.PersonID, was.Kind
	if f, err = f.clean(tx.Now); err != nil {
		return Fact{}, err
	}
	f.OfficerID, f.Officer, f.At, f.Version = by.ID, by.Name, tx.Now, was.Version+1
	if err := updateFact(ctx, tx, f); err != nil {
		return Fact{}, err
	}
	return f, factRecorded(ctx, tx, by, "person.fact.changed", f)
}

// RemoveFactTx forgets one.
//
// Errors: fault.NotFound; fault.Conflict when somebody was quicker.
func (p *People) RemoveFactTx(ctx context.Context, tx *db.Tx, by record.Actor, id, version int64) (Fact, error) {
	f, err := factFor(ctx, tx, id, version)
	if err != nil {
		return Fact{}, err
	}
	if err := deleteFacts(ctx, tx, []int64{id}); err != nil {
		return Fact{}, err
	}
	return f, factRecorded(ctx, tx, by, "person.fact.removed", f)
}

func factFor(ctx context.Context, tx *db.Tx, id, version int64) (Fact, error) {
	f, found, err := readFact(ctx, tx, id)
	switch {
	case err != nil:
		return Fact{}, err
	case !found:
		return Fact{}, errNoFact
	case f.Version != version:
		return Fact{}, fault.Newf(fault.Conflict, "%s changed this meanwhile. Look at it as it is now, then decide again.", f.Officer)
	}
	return f, nil
}

// EndFactsTx forgets those whose time has come, at most so many, and returns
// how many they were.
func (p *People) EndFactsTx(ctx context.Context, tx *db.Tx, most int) (int, error) {
	list, err := readFactsEnded(ctx, tx, most)
	if err != nil || len(list) == 0 {
		return 0, err
	}
	var ids []int64
	var entries []record.Entry
	for _, f := range list {
		ids = append(ids, f.ID)
		entries = append(entries, factEntry(record.Mercat("person"), "person.fact.ended", f))
	}
	if err := deleteFacts(ctx, tx, ids); err != nil {
		return 0, err
	}
	return len(list), record.Append(ctx, tx, entries...)
}

// factEntry is what the record keeps: which, never what it says.
func factEntry(by record.Actor, act string, f Fact) record.Entry {
	return record.Entry{Actor: by, Act: act, Subject: Person{ID: f.PersonID}.Subject(), After: map[string]any{"fact": f.ID, "kind": f.Kind}}
}

func factRecorded(ctx context.Context, tx *db.Tx, by record.Actor, act string, f Fact) error {
	return record.Append(ctx, tx, factEntry(by, act, f))
}

// FactsTx returns how a person can be reached, those of whoever was joined into
// them among it, the oldest first. What has ended is left out.
func (p *People) FactsTx(ctx context.Context, tx *db.Tx, person int64) ([]Fact, error) {
	all, err := togetherTx(ctx, tx, person)
	if err != nil {
		return nil, err
	}
	return readFactsOf(ctx, tx, all)
}

// togetherTx are a person and all who are joined into them by now.
func togetherTx(ctx context.Context, tx *db.Tx, person int64) ([]int64, error) {
	all := []int64{person}
	for i := 0; i < len(all); i++ {
		joins, err := readJoins(ctx, tx, all[i])
		if err != nil {
			return nil, err
		}
		for _, j := range joins {
			if !slices.Contains(all, j.From) {
				all = append(all, j.From)
			}
		}
	}
	return all, nil
}

// HolderTx returns the person as whom somebody is known now: themselves, or
// whom they were joined into; joined reports that.
//
// Errors: fault.NotFound.
func (p *People) HolderTx(ctx context.Context, tx *db.Tx, id int64) (holder Person, joined bool, err error) {
	for seen := []int64{}; !slices.Contains(seen, id); {
		seen = append(seen, id)
		j, further, err := readJoinOf(ctx, tx, id)
		if err != nil {
			return Person{}, false, err
		}
		if !further {
			break
		}
		id, joined = j.Into, true
	}
	holder, found, err := readPerson(ctx, tx, id)
	if err == nil && !found {
		err = errNoPerson
	}
	return holder, joined, err
}

// HandleOnTx returns the handle of a person on a network, making one of what who
// says when there is none. Of several it is the oldest. It is for networks whose
// identities are ours to give out.
//
// Errors: fault.NotFound.
func (p *People) HandleOnTx(ctx context.Context, tx *db.Tx, kind network.Kind, person int64, who network.Identity) (Handle, error) {
	holder, _, err := p.HolderTx(ctx, tx, person)
	if err != nil {
		return Handle{}, err
	}
	handles, err := readHandlesOf(ctx, tx, holder.ID)
	if err != nil {
		return Handle{}, err
	}
	for _, h := range handles {
		if h.Network == kind {
			return h, nil
		}
	}
	who.Name = holder.Name
	h := Handle{ID: tx.NewID(), PersonID: holder.ID, Network: kind, Identity: clean(who), FirstAt: tx.Now}
	return h, insertHandles(ctx, tx, []Handle{h})
}

// ReachedByTx returns persons by how they can be reached: a phone number,
// however it is written, an email or the beginning of one of them, at most
// limit. Exact reports that it is the whole of one of theirs.
func (p *People) ReachedByTx(ctx context.Context, tx *db.Tx, typed string, limit int) ([]Found, error) {
	kind, begins := Phone, Number(typed)
	if begins == "" {
		if !strings.Contains(typed, "@") {
			return nil, nil
		}
		kind, begins = Email, folded(Email, typed)
	}
	facts, err := readFactsBeginning(ctx, tx, kind, begins, limit)
	if err != nil {
		return nil, err
	}
	var list []Found
	for _, f := range facts {
		holder, _, err := p.HolderTx(ctx, tx, f.PersonID)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(list, func(o Found) bool { return o.Person.ID == holder.ID }) {
			continue
		}
		handles, err := readHandlesOf(ctx, tx, holder.ID)
		if err != nil {
			return nil, err
		}
		list = append(list, Found{Person: holder, Handles: handles, Facts: []Fact{f}, Exact: f.folded == begins})
	}
	return list, nil
}
