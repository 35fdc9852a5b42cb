package desk

import (
	"context"
	"fmt"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/record"
)

// Past is one post of an archive, or why it could not be read.
type Past struct {
	Place string // for people: "line 12"
	Wrong string // a sentence; nothing else is set then
	Post  *network.Post
	// To is whom a post of ours was said to. Without an ID it was nobody in
	// particular: then the conversation is the council's own.
	To        network.Identity
	ServiceID int64
	// Open returns the bytes of the i-th file of the post that does not carry
	// them itself. Nil means that the archive has none.
	Open func(i int) ([]byte, error)
}

// PastBatch is what is brought in with one transaction.
type PastBatch struct {
	Import   Import // as the batch before returned it
	Items    []Past
	Position string // behind them
	// Also is called in the transaction with what was new; it returns how many
	// cases came with it. Nil is nothing.
	Also func(ctx context.Context, tx *db.Tx, list []Arrived) (cases int64, err error)
}

// Arrived is a post that was new.
type Arrived struct {
	Item         int // index in PastBatch.Items
	Conversation Conversation
	Message      Message
}

// ImportBatch keeps a batch of history and how far the import is, in one
// transaction: what was cut off goes on at Position, with nothing lost or
// double.
//
// Errors: fault.Conflict when another process is importing the same file; that
// of the blob store when a file cannot be kept. Nothing was kept then.
func (s *Service) ImportBatch(ctx context.Context, by record.Actor, b PastBatch) (Import, []SetAside, error) {
	p := &pasting{service: s, batch: b, by: by}
	if err := p.prepare(ctx); err != nil {
		return b.Import, nil, fmt.Errorf("import into account %d: %w", b.Import.AccountID, err)
	}
	if err := s.DB.Write(ctx, p.keep); err != nil {
		return b.Import, nil, fmt.Errorf("import into account %d: %w", b.Import.AccountID, err)
	}
	return p.now, p.asides, nil
}

// RehearseImport says what ImportBatch would do, and keeps nothing. Account may
// be 0 for one that is still to be made.
func (s *Service) RehearseImport(ctx context.Context, account int64, items []Past) (Tally, []SetAside, error) {
	p := &pasting{service: s, batch: PastBatch{Import: Import{AccountID: account}, Items: items}}
	p.clean()
	t := Tally{Read: int64(len(items)), Aside: int64(len(p.asides))}
	err := s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		known, err := p.knownTx(ctx, tx)
		t.Known = p.twice
		for _, one := range p.posts {
			if known[one.message.Ref] {
				t.Known++
			}
		}
		return err
	})
	t.Kept = t.Read - t.Known - t.Aside
	return t, p.asides, err
}

// pasting is a batch of history on its way in.
type pasting struct {
	service *Service
	batch   PastBatch
	by      record.Actor

	// made before the transaction
	posts  []post
	items  []int // indices of posts in batch.Items
	twice  int64 // posts that came in the batch already
	asides []SetAside

	now Import // made by the transaction
}

func (p *pasting) aside(place, reason string) { p.asides = append(p.asides, SetAside{place, reason}) }

// prepare is everything that needs no transaction.
func (p *pasting) prepare(ctx context.Context) error {
	p.clean()
	var known map[network.Ref]bool
	err := p.service.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		known, err = p.knownTx(ctx, tx)
		return err
	})
	if err != nil {
		return err
	}
	for i := range p.posts {
		if one := &p.posts[i]; !known[one.message.Ref] {
			if err := p.files(ctx, one, p.batch.Items[p.items[i]]); err != nil {
				return err
			}
		}
	}
	return nil
}

// clean passes every post through the door, as intake does.
func (p *pasting) clean() {
	now := p.service.Now()
	seen := map[network.Ref]bool{}
	for i, item := range p.batch.Items {
		if item.Wrong != "" {
			p.aside(item.Place, item.Wrong)
			continue
		}
		one := clean(item.Post, now)
		// It came in when it was said: nothing is to be reckoned from today.
		one.message.ReceivedAt = one.message.At
		switch _, ok := saneTime(item.Post.At, now); {
		case one.message.Ref == "" || one.who.ID == "":
			p.aside(item.Place, "It has no identity or no author.")
		case !ok:
			p.aside(item.Place, "Its date cannot be right.")
		case seen[one.message.Ref]:
			p.twice++
		default:
			seen[one.message.Ref] = true
			p.posts, p.items = append(p.posts, one), append(p.items, i)
		}
	}
}

// files puts what the archive holds of a post's files into the store, encoded
// anew. What it does not hold is named.
func (p *pasting) files(ctx context.Context, one *post, item Past) error {
	for i := range one.media {
		data, err := item.Post.Media[i].Data, error(nil)
		if len(data) == 0 && item.Open != nil {
			data, err = item.Open(i)
		}
		m := one.media[i]
		switch {
		case err == nil && len(data) == 0:
			err = fault.New(fault.NotFound, "The archive does not hold this file.")
		case err == nil:
			m, err = p.service.keepFile(ctx, m, data)
		}
		if err != nil {
			if fault.Of(err) == "" || temporary(err) {
				return fmt.Errorf("keep a file of %s: %w", item.Place, err)
			}
			m = one.media[i]
			m.State, m.Sentence, m.URL = "refused", fault.Sentence(err), ""
		}
		one.media[i] = m
	}
	return nil
}

// knownTx are those refs of the batch that are there already.
func (p *pasting) knownTx(ctx context.Context, tx *db.Tx) (map[network.Ref]bool, error) {
	refs := make([]network.Ref, len(p.posts))
	for i, one := range p.posts {
		refs[i] = one.message.Ref
	}
	known := map[network.Ref]bool{}
	if p.batch.Import.AccountID == 0 {
		return known, nil
	}
	messages, err := messagesByRef(ctx, tx, p.batch.Import.AccountID, refs)
	if err != nil {
		return nil, err
	}
	parts, err := partsByRef(ctx, tx, p.batch.Import.AccountID, refs)
	if err != nil {
		return nil, err
	}
	for ref := range messages {
		known[ref] = true
	}
	for ref := range parts {
		known[ref] = true
	}
	return known, nil
}

// keep is the transaction. It may run twice, so it sets and never adds.
func (p *pasting) keep(ctx context.Context, tx *db.Tx) error {
	i, err := importTx(ctx, tx, p.batch.Import.ID)
	if err != nil {
		return err
	}
	if i.State != ImportRunning || i.Position != p.batch.Import.Position {
		return fault.New(fault.Conflict, "Another process is importing this file. Let it finish, or stop it and start again.")
	}
	account, err := p.service.accountTx(ctx, tx, i.AccountID)
	if err != nil {
		return err
	}
	k := &pastKeeping{pasting: p, account: account}
	if err := k.posts(ctx, tx); err != nil {
		return err
	}
	before := i.Aside
	got := Tally{Read: int64(len(p.batch.Items)), Kept: int64(len(k.messages)), Known: k.known + p.twice, Aside: int64(len(p.asides))}
	if p.batch.Also != nil {
		if got.Cases, err = p.batch.Also(ctx, tx, k.arrived()); err != nil {
			return err
		}
	}
	i.Tally, i.Position = i.Tally.Add(got), p.batch.Position
	if err := insertAsides(ctx, tx, i.ID, before, p.asides); err != nil {
		return err
	}
	if err := updateImport(ctx, tx, i); err != nil {
		return err
	}
	p.now = i
	e := i.entry(p.by, "desk.import.batch")
	e.After = map[string]any{"file": i.File, "sha256": i.SHA256, "read": got.Read, "kept": got.Kept, "known": got.Known, "set_aside": got.Aside, "cases": got.Cases}
	return record.Append(ctx, tx, e)
}
