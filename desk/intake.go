package desk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"time"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/text"
	"mercat.scot/mercat/record"
)

func (s *Service) registerIncoming() { s.registerMedia() }

// Intake keeps a batch of an account with its cursor, in one transaction; a
// batch without cursor, from a stream, leaves the cursor where it is. It is
// idempotent: what is there already is not kept again. An event that cannot be
// kept is set aside whole and never holds up the others.
//
// Errors: fault.NotFound for an account that is no longer there; anything else
// means that nothing was kept, and the batch should come again.
func (s *Service) Intake(ctx context.Context, account int64, b network.Batch) error {
	return s.keepPrepared(ctx, s.prepared(ctx, account, b))
}

// IntakeAll is Intake for one batch after another, in their order, until there
// is none or one fails. While a batch is written, the next is asked for and
// read, never more than one ahead: what was read and is not written yet has left
// no trace, and comes again with the old cursor. Kept is told each batch that is
// safe.
//
// Errors: those of Intake, and those that batches yields.
func (s *Service) IntakeAll(ctx context.Context, account int64, batches iter.Seq2[network.Batch, error], kept func(network.Batch)) error {
	ctx, stop := context.WithCancel(ctx)
	ready := make(chan prepared)
	go func() {
		defer close(ready)
		for b, err := range batches {
			p := prepared{err: err}
			if err == nil {
				p = s.prepared(ctx, account, b)
			}
			select {
			case ready <- p:
			case <-ctx.Done():
				return
			}
			if err != nil {
				return
			}
		}
	}()
	defer func() {
		stop()
		for range ready { // until whoever asks for more has ended
		}
	}()
	for p := range ready {
		if p.taking == nil {
			return p.err
		}
		if err := s.keepPrepared(ctx, p); err != nil {
			return err
		}
		kept(p.batch)
	}
	return ctx.Err()
}

// prepared is a batch that has been read, or could not be.
type prepared struct {
	batch  network.Batch
	taking *taking // nil: there is no batch
	err    error
}

func (s *Service) prepared(ctx context.Context, account int64, b network.Batch) prepared {
	t := &taking{service: s, account: account, cursor: b.Cursor, events: b.Events}
	return prepared{b, t, t.prepare(ctx, s.Now())}
}

// keepPrepared keeps a batch, or what of it can be kept.
func (s *Service) keepPrepared(ctx context.Context, p prepared) error {
	b, account, err := p.batch, p.taking.account, p.err
	if err == nil {
		err = s.DB.Write(ctx, p.taking.keep)
	}
	if err == nil {
		return nil
	}
	err = fmt.Errorf("take in %d events of account %d: %w", len(b.Events), account, err)
	if ctx.Err() != nil || fault.Of(err) != "" || db.Unwell(err) || len(b.Events) == 0 {
		return err
	}
	s.Log.ErrorContext(ctx, "a batch could not be kept whole; trying its events one by one", "account", account, "events", len(b.Events), "error", err)
	for _, e := range b.Events {
		if err := s.intake(ctx, account, network.Batch{Events: []network.Event{e}}); err != nil {
			if ctx.Err() != nil || fault.Of(err) != "" || db.Unwell(err) {
				return err // nothing is wrong with this event
			}
			if err := s.setAside(ctx, account, e, err); err != nil {
				return err
			}
		}
	}
	return s.intake(ctx, account, network.Batch{Cursor: b.Cursor})
}

func (s *Service) intake(ctx context.Context, account int64, b network.Batch) error {
	p := s.prepared(ctx, account, b)
	err := p.err
	if err == nil {
		err = s.DB.Write(ctx, p.taking.keep)
	}
	if err != nil {
		return fmt.Errorf("take in %d events of account %d: %w", len(b.Events), account, err)
	}
	return nil
}

// setAside keeps an event that could not be kept as a message.
func (s *Service) setAside(ctx context.Context, account int64, e network.Event, why error) error {
	var ref network.Ref
	if e.Post != nil {
		ref = e.Post.Ref
	}
	raw, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("set an event of account %d aside: %w", account, err)
	}
	return s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		const most = 4 << 20
		body := string(raw[:min(len(raw), most)])
		return insertUnreadable(ctx, tx, account, line(string(ref), maxRef), body, line(why.Error(), 500))
	})
}

// taking is one batch on its way in.
type taking struct {
	service *Service
	account int64
	cursor  network.Cursor
	events  []network.Event

	// made by prepare, before the transaction
	posts    []post
	deleted  []network.Deleted
	receipts []network.Receipt
}

// prepare cleans and reads the batch. It is everything that needs no
// transaction.
func (t *taking) prepare(ctx context.Context, now time.Time) error {
	var texts []string
	seen := map[network.Ref]int{} // within a batch the latest form of a post counts
	for _, e := range t.events {
		switch {
		case e.Post != nil:
			p := clean(e.Post, now)
			if err := t.service.keepData(ctx, e.Post, p.media); err != nil {
				return err
			}
			if i, again := seen[p.message.Ref]; again {
				if p.message.EditedAt.After(t.posts[i].message.EditedAt) {
					t.posts[i] = p
				}
				continue
			}
			seen[p.message.Ref] = len(t.posts)
			t.posts = append(t.posts, p)
		case e.Deleted != nil:
			t.deleted = append(t.deleted, *e.Deleted)
		case e.Receipt != nil:
			t.receipts = append(t.receipts, *e.Receipt)
		}
	}
	for i := range t.posts {
		p := &t.posts[i]
		if p.message.Ref == "" || p.who.ID == "" {
			return errors.New("a post has no identity or no author")
		}
		texts = append(texts, p.message.Subject+"\n"+p.message.Body+"\n"+p.place.Label)
	}
	readings, err := t.service.Triage(ctx, texts)
	if err != nil {
		return fmt.Errorf("read what came in: %w", err)
	}
	if len(readings) != len(texts) {
		return fmt.Errorf("triage returned %d readings for %d texts", len(readings), len(texts))
	}
	for i := range t.posts {
		t.posts[i].reading = readings[i]
	}
	return nil
}

// readByWords is the triage of an installation without a trained model: the
// directory recognises services and places by their words.
func (s *Service) readByWords(ctx context.Context, texts []string) ([]Reading, error) {
	if len(texts) == 0 {
		return nil, nil
	}
	snapshot, err := s.Directory.Snapshot(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]Reading, len(texts))
	for i, words := range texts {
		r := snapshot.Read(words)
		out[i] = Reading{ServiceID: r.ServiceID, Lat: r.Place.Lat, Lon: r.Place.Lon}
		if r.Place.Name != "" {
			out[i].Place = r.Place.Label()
		}
	}
	return out, nil
}

// keep is the transaction. It may run twice, so it sets and never adds.
func (t *taking) keep(ctx context.Context, tx *db.Tx) error {
	_, err := t.keepTx(ctx, tx)
	return err
}

// keepTx is keep for who wants to know what was kept.
func (t *taking) keepTx(ctx context.Context, tx *db.Tx) (*keeping, error) {
	a, err := t.service.accountTx(ctx, tx, t.account)
	if err != nil {
		return nil, err
	}
	if a.State == "removed" {
		return nil, fault.New(fault.NotFound, "This account has been removed.")
	}
	k := &keeping{taking: t, account: a, changed: map[int64]*touched{}}
	return k, t.fill(ctx, tx, k)
}

// fill keeps everything of the batch.
func (t *taking) fill(ctx context.Context, tx *db.Tx, k *keeping) error {
	if len(t.posts) > 0 {
		if err := k.posts(ctx, tx); err != nil {
			return err
		}
	}
	if err := k.deletions(ctx, tx); err != nil {
		return err
	}
	if err := k.finish(ctx, tx); err != nil {
		return err
	}
	for _, r := range t.receipts {
		if err := t.service.receiptTx(ctx, tx, t.account, r); err != nil {
			return err
		}
	}
	if t.cursor != "" {
		return saveCursor(ctx, tx, t.account, t.cursor)
	}
	return nil
}

// touched is a conversation that the batch changes.
type touched struct {
	c       Conversation
	before  Handling
	fresh   bool // new with this batch
	heard   int  // messages of the citizen that came in
	answers int  // messages of ours, written in another program
	why     string
	edited  bool
	deleted bool
}

func (w *touched) changes() bool { return w.heard+w.answers > 0 || w.edited || w.deleted }

// entry is what the record says of it: never what was said.
func (w *touched) entry(account Account) record.Entry {
	e := record.Entry{Actor: record.Mercat(account.Name), Subject: Subject(w.c.ID),
		About: []record.Subject{{Kind: "person", ID: w.c.PersonID}, account.Subject()}, After: w.c.Handling}
	switch {
	case w.fresh:
		e.Act, e.After = "desk.conversation.opened", map[string]any{"handling": w.c.Handling, "messages": w.heard, "sent_to_team_because": w.why}
	case w.heard > 0:
		e.Act, e.Before = "desk.conversation.heard", w.before
	case w.answers > 0:
		e.Act, e.Before = "desk.conversation.answered_elsewhere", w.before
	case w.deleted:
		e.Act, e.Before = "desk.message.deleted_by_author", w.before
	default:
		e.Act, e.Before = "desk.message.edited_by_author", w.before
	}
	return e
}

// hears notes a citizen's message in its conversation. Thanks and talk, for
// which nobody waits to be answered, never make one late, and open nothing that
// is closed or waits; they stand there unread.
func (w *touched) hears(m Message, read Reading, sorted, due time.Time, excerpt string) {
	c := &w.c
	c.Messages++
	c.LastID = max(c.LastID, m.ID)
	c.LastInID = max(c.LastInID, m.ID)
	if !sorted.Before(c.Sorted) {
		c.Sorted = sorted
		c.Excerpt = excerpt
		c.Visibility = m.Visibility
	}
	if c.Subject == "" {
		c.Subject = m.Subject
	}
	if m.Language != "" {
		c.Language = m.Language
	}
	if m.Automatic == "" {
		c.Urgency = max(c.Urgency, read.Urgency)
		if !read.NoNeed {
			c.heard(due)
		}
	}
	w.heard++
}

// facts are what the routing rules look at.
func (p post) facts(account int64) Facts {
	language := p.message.Language
	if language == "" {
		language = p.reading.Language
	}
	return Facts{AccountID: account, ServiceID: p.reading.ServiceID, Language: language, Words: p.folded,
		Place: text.Fold(p.place.Label + " " + p.reading.Place)}
}
