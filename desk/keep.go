package desk

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"mercat.scot/mercat/directory"
	"mercat.scot/mercat/network"
	"mercat.scot/mercat/person"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/jobs"
	"mercat.scot/mercat/platform/text"
	"mercat.scot/mercat/record"
)

// keeping is a taking inside its transaction.
type keeping struct {
	*taking
	account   Account
	changed   map[int64]*touched // conversations by id
	byThread  map[threadKey]int64
	byRef     map[network.Ref]whose // refs that posts answer, and their conversations
	handles   map[string]person.Handle
	router    router
	messages  []Message
	raws      [][]byte
	texts     []db.Indexed // of messages
	revisions []revised
	readings  []begun
}

// threadKey is what makes a conversation one: one person, one thread, one
// account.
type threadKey struct {
	handle int64
	thread network.Ref
}

// whose says to which conversation a known post belongs.
type whose struct{ conversation, handle int64 }

// revised is a message whose author has edited it.
type revised struct {
	was Message
	now post
}

// posts keeps what is new and what was edited.
func (k *keeping) posts(ctx context.Context, tx *db.Tx) error {
	var refs, related []network.Ref
	var who []network.Identity
	for _, p := range k.taking.posts {
		refs = append(refs, p.message.Ref)
		related = append(related, p.references...)
		who = append(who, p.who)
	}
	known, err := messagesByRef(ctx, tx, k.account.ID, refs)
	if err != nil {
		return err
	}
	ours, err := partsByRef(ctx, tx, k.account.ID, append(slices.Clone(refs), related...))
	if err != nil {
		return err
	}
	gone, err := goneByRef(ctx, tx, k.account.ID, refs)
	if err != nil {
		return err
	}
	if k.handles, err = k.service.People.ResolveTx(ctx, tx, k.account.Network, who); err != nil {
		return err
	}
	if k.byRef, err = conversationsByRef(ctx, tx, k.account.ID, related); err != nil {
		return err
	}
	for ref, w := range ours {
		k.byRef[ref] = w
	}
	if err := k.load(ctx, tx); err != nil {
		return err
	}
	for _, p := range k.taking.posts {
		if _, own := ours[p.message.Ref]; own {
			continue // our own answer, seen from the other side
		}
		if was, there := known[p.message.Ref]; there {
			if p.message.EditedAt.After(was.EditedAt) && was.DeletedAt.IsZero() {
				k.revisions = append(k.revisions, revised{was, p})
			}
			continue
		}
		if at, is := gone[p.message.Ref]; is {
			p.message.DeletedAt = at
		}
		if err := k.add(ctx, tx, p); err != nil {
			return err
		}
	}
	return k.edits(ctx, tx)
}

// load reads the conversations that posts may belong to, and the rules.
func (k *keeping) load(ctx context.Context, tx *db.Tx) error {
	var err error
	if k.router, err = k.service.routerTx(ctx, tx, k.account); err != nil {
		return err
	}
	ids := map[int64]bool{}
	for _, w := range k.byRef {
		ids[w.conversation] = true
	}
	var tokens []string
	for _, p := range k.taking.posts {
		if p.token != "" {
			tokens = append(tokens, p.token)
		}
	}
	k.byThread = map[threadKey]int64{}
	if err := k.holdAll(ctx, tx, slices.Sorted(maps.Keys(ids)), tokens, nil); err != nil {
		return err
	}
	var threads []threadKey // of which no conversation is known by now
	for _, p := range k.taking.posts {
		key := threadKey{k.handles[p.who.ID].ID, p.message.Thread}
		if _, known := k.byThread[key]; !known {
			threads = append(threads, key)
		}
	}
	return k.holdAll(ctx, tx, nil, nil, threads)
}

func (k *keeping) holdAll(ctx context.Context, tx *db.Tx, ids []int64, tokens []string, threads []threadKey) error {
	list, err := conversationsFor(ctx, tx, k.account.ID, ids, tokens, threads)
	for _, c := range list {
		k.hold(&touched{c: c, before: c.Handling})
	}
	return err
}

func (k *keeping) hold(w *touched) {
	k.changed[w.c.ID] = w
	k.byThread[threadKey{w.c.HandleID, w.c.Thread}] = w.c.ID
}

// find returns the conversation to which a post belongs, or nil. A token names
// it; otherwise it is the one of this person in this thread, or the nearest
// post answered that stands in a conversation of this person.
func (k *keeping) find(p post, handle int64) *touched {
	if p.token != "" {
		for _, w := range k.changed {
			if w.c.Token == p.token {
				return w
			}
		}
	}
	if id, ok := k.byThread[threadKey{handle, p.message.Thread}]; ok {
		return k.changed[id]
	}
	for _, ref := range p.references {
		if w, ok := k.byRef[ref]; ok {
			if c := k.changed[w.conversation]; c != nil && (c.c.HandleID == handle || p.message.Direction == Out) {
				return c
			}
		}
	}
	return nil
}

// add keeps a post that is new.
func (k *keeping) add(ctx context.Context, tx *db.Tx, p post) error {
	handle := k.handles[p.who.ID]
	w := k.find(p, handle.ID)
	if p.message.Direction == Out {
		if w == nil && !p.begins {
			return nil // the council said something to nobody in particular: that is not the desk's
		}
		own, err := k.service.ownPostTx(ctx, tx, k.account.ID, network.Sent{Ref: p.message.Ref, Thread: p.message.Thread, URL: p.message.URL})
		if err != nil || own {
			return err
		}
		if w == nil {
			w = k.open(tx, p, handle)
			w.c.Who = line(cmp.Or(handle.Identity.Name, handle.Identity.Handle, handle.Identity.ID), maxAuthor)
		}
		k.ownAnswer(tx, w, p)
		return nil
	}
	if w == nil {
		w = k.open(tx, p, handle)
	}
	m := p.message
	m.ID, m.ConversationID, m.AccountID, m.HandleID = tx.NewID(), w.c.ID, k.account.ID, handle.ID
	for i := range p.media {
		p.media[i].ID, p.media[i].MessageID, p.media[i].ConversationID = tx.NewID(), m.ID, w.c.ID
	}
	m.Media = p.media
	sorted := m.ReceivedAt
	if k.account.Cursor == "" {
		sorted = m.At // the first fetch brings weeks: they keep their order
	}
	w.hears(m, p.reading, sorted, sorted.Add(p.reading.Urgency.within(k.router.answerWithin)), p.excerpt)
	k.fill(w, p)
	k.messages, k.raws = append(k.messages, m), append(k.raws, p.raw)
	k.texts = append(k.texts, db.Indexed{ID: m.ID, Folded: p.searchable})
	k.byRef[m.Ref] = whose{w.c.ID, handle.ID}
	return nil
}

// ownAnswer keeps what the council's own account said to this person in
// another program.
func (k *keeping) ownAnswer(tx *db.Tx, w *touched, p post) {
	m := p.message
	m.ID, m.ConversationID, m.AccountID = tx.NewID(), w.c.ID, k.account.ID
	for i := range p.media {
		p.media[i].ID, p.media[i].MessageID, p.media[i].ConversationID = tx.NewID(), m.ID, w.c.ID
	}
	m.Media = p.media
	w.answers++
	w.c.Messages++
	w.c.LastID = max(w.c.LastID, m.ID)
	if !m.At.Before(w.c.Sorted) {
		w.c.Sorted, w.c.Excerpt = m.At, p.excerpt
	}
	if m.Automatic == "" {
		w.c.answered(w.c.OfficerID)
	}
	k.messages, k.raws = append(k.messages, m), append(k.raws, p.raw)
	k.texts = append(k.texts, db.Indexed{ID: m.ID, Folded: p.searchable})
}

// open begins a conversation and sends it to a team.
func (k *keeping) open(tx *db.Tx, p post, handle person.Handle) *touched {
	team, why := k.router.route(p.facts(k.account.ID), p.place, p.reading)
	w := &touched{fresh: true, why: why, c: Conversation{
		ID: tx.NewID(), AccountID: k.account.ID, Network: k.account.Network, HandleID: handle.ID, PersonID: handle.PersonID,
		Thread: p.message.Thread, Token: newToken(), Subject: p.message.Subject, Who: p.message.Author, Visibility: p.message.Visibility,
		Language: cmp.Or(p.message.Language, p.reading.Language), CreatedAt: tx.Now, Version: 1,
		Handling: Handling{State: Open, TeamID: team, ServiceID: p.reading.ServiceID},
	}}
	k.hold(w)
	k.readings = append(k.readings, begun{w.c.ID, p.reading})
	return w
}

// fill takes service and place from a message where none is known yet.
func (k *keeping) fill(w *touched, p post) {
	if w.c.Place == "" && w.c.Lat == 0 && w.c.Lon == 0 {
		if p.place.Label != "" || p.place.Lat != 0 || p.place.Lon != 0 {
			w.c.Place, w.c.Lat, w.c.Lon = p.place.Label, p.place.Lat, p.place.Lon
			switch {
			case w.c.Place == "":
				w.c.Place = k.router.near(p.place)
			case w.c.Lat == 0 && w.c.Lon == 0: // in words only: the gazetteer may know where that is
				w.c.Lat, w.c.Lon = p.reading.Lat, p.reading.Lon
			}
		} else {
			w.c.Place, w.c.Lat, w.c.Lon = p.reading.Place, p.reading.Lat, p.reading.Lon
		}
	}
	if w.c.ServiceID == 0 {
		w.c.ServiceID = p.reading.ServiceID
	}
}

// newToken is how networks that can carry it name a conversation: short enough
// for a plus-address, too long to guess.
func newToken() string { return strings.ToLower(rand.Text()[:20]) }

// edits keeps the former words of edited messages beside the new ones.
func (k *keeping) edits(ctx context.Context, tx *db.Tx) error {
	for _, r := range k.revisions {
		w := k.changed[r.was.ConversationID]
		if w == nil {
			c, err := k.service.ConversationTx(ctx, tx, r.was.ConversationID)
			if err != nil {
				return err
			}
			w = &touched{c: c, before: c.Handling}
			k.hold(w)
		}
		m := r.was
		if err := insertRevision(ctx, tx, m, cmp.Or(m.EditedAt, m.At)); err != nil {
			return err
		}
		m.Body, m.HTML, m.Subject, m.Warning = r.now.message.Body, r.now.message.HTML, r.now.message.Subject, r.now.message.Warning
		m.EditedAt = r.now.message.EditedAt
		m.Details = r.now.message.Details
		if ok, err := updateMessage(ctx, tx, &m); err != nil || !ok {
			return cmp.Or(err, fmt.Errorf("message %d changed while it was edited", m.ID))
		}
		if err := searchIndex.Put(ctx, tx, m.ID, m.Searchable()); err != nil {
			return err
		}
		w.edited = true
		if m.Direction == In {
			if w.c.LastID == m.ID {
				w.c.Excerpt = excerpt(m, 0)
			}
			if w.c.State != Open && m.Automatic == "" {
				w.c.heard(tx.Now.Add(k.router.answerWithin))
			}
		}
	}
	return nil
}

// deletions follow what authors deleted; the words stay on the record, marked.
func (k *keeping) deletions(ctx context.Context, tx *db.Tx) error {
	if len(k.deleted) == 0 {
		return nil
	}
	refs := make([]network.Ref, 0, len(k.deleted))
	for _, d := range k.deleted {
		refs = append(refs, d.Ref)
	}
	known, err := messagesByRef(ctx, tx, k.account.ID, refs)
	if err != nil {
		return err
	}
	for _, d := range k.deleted {
		at, _ := saneTime(d.At, tx.Now)
		m, there := known[d.Ref]
		if !there {
			if err := insertGone(ctx, tx, k.account.ID, d.Ref, at); err != nil {
				return err
			}
			continue
		}
		if !m.DeletedAt.IsZero() {
			continue
		}
		m.DeletedAt = at
		if ok, err := updateMessage(ctx, tx, &m); err != nil || !ok {
			return cmp.Or(err, fmt.Errorf("message %d changed while it was deleted", m.ID))
		}
		w := k.changed[m.ConversationID]
		if w == nil {
			c, err := k.service.ConversationTx(ctx, tx, m.ConversationID)
			if err != nil {
				return err
			}
			w = &touched{c: c, before: c.Handling}
			k.changed[c.ID] = w
		}
		w.deleted = true
	}
	return nil
}

// finish writes what the batch made of conversations and messages, notes it in
// the record, and tells the browsers.
func (k *keeping) finish(ctx context.Context, tx *db.Tx) error {
	var entries []record.Entry
	var fresh, changed []Conversation
	topics := []string{TopicInbox}
	for _, id := range slices.Sorted(maps.Keys(k.changed)) {
		w := k.changed[id]
		if !w.fresh && !w.changes() {
			continue
		}
		if w.fresh {
			fresh = append(fresh, w.c)
		} else {
			changed = append(changed, w.c)
		}
		entries = append(entries, w.entry(k.account))
		topics = append(topics, Topic(id))
	}
	if len(entries) == 0 {
		return nil
	}
	if err := updateConversations(ctx, tx, changed); err != nil {
		return err
	}
	if err := insertConversations(ctx, tx, fresh); err != nil {
		return err
	}
	if err := insertReadings(ctx, tx, k.readings); err != nil {
		return err
	}
	if err := insertMessages(ctx, tx, k.messages, k.raws); err != nil {
		return err
	}
	var wanted []Media
	var fetch []jobs.Args
	for _, m := range k.messages {
		wanted = append(wanted, m.Media...)
		if len(m.Media) > 0 {
			fetch = append(fetch, mediaArgs{Message: m.ID})
		}
	}
	if err := searchIndex.AddAll(ctx, tx, k.texts); err != nil {
		return err
	}
	if err := insertMedia(ctx, tx, wanted); err != nil {
		return err
	}
	if err := k.service.Queue.PutAll(ctx, tx, fetch, mediaAttempts); err != nil {
		return err
	}
	if err := record.Append(ctx, tx, entries...); err != nil {
		return err
	}
	if err := k.happenedTx(ctx, tx, fresh); err != nil {
		return err
	}
	return k.service.Hub.Announce(ctx, tx, topics...)
}

// answerWithin is how soon an answer is usually owed.
func answerWithin(snapshot *directory.Snapshot) time.Duration {
	if within := snapshot.Council().AnswerWithin; within > 0 {
		return within
	}
	return 24 * time.Hour
}

// router is what sends a conversation to a team, as the transaction sees it.
type router struct {
	rules         []Rule
	account       Account
	snapshot      *directory.Snapshot
	contactCentre int64
	answerWithin  time.Duration
}

func (s *Service) routerTx(ctx context.Context, tx *db.Tx, a Account) (router, error) {
	r := router{account: a}
	var err error
	if r.rules, err = readRules(ctx, tx); err != nil {
		return r, err
	}
	for i := range r.rules {
		r.rules[i].prepare(text.Fold)
	}
	if r.snapshot, err = s.Directory.SnapshotTx(ctx, tx); err != nil {
		return r, err
	}
	r.answerWithin = answerWithin(r.snapshot)
	roster, err := s.Staff.RosterTx(ctx, tx)
	if err != nil {
		return r, err
	}
	if team, ok := roster.ContactCentre(); ok {
		r.contactCentre = team.ID
	}
	return r, nil
}

// route names the team and why: the first rule that fits, the account's own
// team, the service's, the area's, and otherwise the contact centre. Nothing
// can fall between.
func (r router) route(f Facts, place network.Place, reading Reading) (team int64, why string) {
	for _, rule := range r.rules {
		if rule.fits(f) {
			return rule.TeamID, "rule “" + rule.Name + "”"
		}
	}
	if r.account.TeamID != 0 {
		return r.account.TeamID, "the account’s team"
	}
	if f.ServiceID != 0 {
		if team := r.snapshot.OwnerOf(f.ServiceID); team != 0 {
			return team, "the service’s team"
		}
	}
	lat, lon := cmp.Or(place.Lat, reading.Lat), cmp.Or(place.Lon, reading.Lon)
	if f.Place != "" || lat != 0 || lon != 0 {
		if area, ok := r.snapshot.AreaOf(f.Place, lat, lon); ok && area.TeamID != 0 {
			return area.TeamID, "the area “" + area.Name + "”"
		}
	}
	return r.contactCentre, "no rule took it"
}

// near is the name of the nearest known place.
func (r router) near(p network.Place) string {
	if at, ok := r.snapshot.Nearest(p.Lat, p.Lon); ok {
		return at.Label()
	}
	return fmt.Sprintf("%.5f, %.5f", p.Lat, p.Lon)
}
