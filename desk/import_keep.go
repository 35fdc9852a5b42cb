package desk

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"mercat.scot/mercat/directory"
	"mercat.scot/mercat/network"
	"mercat.scot/mercat/person"
	"mercat.scot/mercat/platform/db"
)

// pastKeeping is a pasting inside its transaction.
type pastKeeping struct {
	*pasting
	account  Account
	known    int64
	snapshot *directory.Snapshot
	centre   int64
	handles  map[string]person.Handle
	byID     map[int64]*pastConversation
	byThread map[threadKey]*pastConversation
	byToken  map[string]*pastConversation
	byRef    map[network.Ref]whose
	messages []Message
	raws     [][]byte
	from     []int // indices of messages in batch.Items
}

// pastConversation is a conversation to which history is added.
type pastConversation struct {
	c     Conversation
	fresh bool
	grown bool
}

// with is whom a post's conversation is with.
func (k *pastKeeping) with(i int) network.Identity {
	if one := k.pasting.posts[i]; one.message.Direction == In {
		return one.who
	}
	if to := k.batch.Items[k.items[i]].To; to.ID != "" {
		return to
	}
	return k.pasting.posts[i].who
}

// posts keeps what is new.
func (k *pastKeeping) posts(ctx context.Context, tx *db.Tx) error {
	known, err := k.knownTx(ctx, tx)
	if err != nil {
		return err
	}
	if err := k.load(ctx, tx, known); err != nil {
		return err
	}
	times := make([]time.Time, len(k.pasting.posts))
	refs := make([]network.Ref, len(times))
	for i, one := range k.pasting.posts {
		times[i], refs[i] = one.message.At, one.message.Ref
	}
	gone, err := goneByRef(ctx, tx, k.account.ID, refs)
	if err != nil {
		return err
	}
	messageIDs, err := tx.PastIDs(ctx, "desk_message", times)
	if err != nil {
		return err
	}
	conversationIDs, err := tx.PastIDs(ctx, "desk_conversation", times)
	if err != nil {
		return err
	}
	// What was said first has the smaller id, and is added first: so an answer
	// finds its question.
	order := make([]int, len(times))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return times[a].Compare(times[b]) })
	slices.Sort(messageIDs)
	slices.Sort(conversationIDs)
	for n, i := range order {
		one := k.pasting.posts[i]
		if known[one.message.Ref] {
			k.known++
			continue
		}
		one.message.DeletedAt = gone[one.message.Ref]
		k.add(tx, i, one, messageIDs[n], conversationIDs[n])
	}
	return k.finish(ctx, tx)
}

// load reads persons and the conversations that posts may belong to.
func (k *pastKeeping) load(ctx context.Context, tx *db.Tx, known map[network.Ref]bool) error {
	var who []network.Identity
	var related []network.Ref
	for i, one := range k.pasting.posts {
		if !known[one.message.Ref] {
			who, related = append(who, k.with(i)), append(related, one.references...)
		}
	}
	var err error
	if k.handles, err = k.service.People.ResolvePastTx(ctx, tx, k.account.Network, who); err != nil {
		return err
	}
	if k.byRef, err = conversationsByRef(ctx, tx, k.account.ID, related); err != nil {
		return err
	}
	ours, err := partsByRef(ctx, tx, k.account.ID, related)
	if err != nil {
		return err
	}
	maps.Copy(k.byRef, ours)
	ids := map[int64]bool{}
	for _, w := range k.byRef {
		ids[w.conversation] = true
	}
	var tokens []string
	var threads []threadKey
	for i, one := range k.pasting.posts {
		if known[one.message.Ref] {
			continue
		}
		if one.token != "" {
			tokens = append(tokens, one.token)
		}
		threads = append(threads, threadKey{k.handles[k.with(i).ID].ID, one.message.Thread})
	}
	list, err := conversationsFor(ctx, tx, k.account.ID, slices.Sorted(maps.Keys(ids)), tokens, threads)
	if err != nil {
		return err
	}
	k.byID, k.byThread, k.byToken = map[int64]*pastConversation{}, map[threadKey]*pastConversation{}, map[string]*pastConversation{}
	for _, c := range list {
		k.hold(&pastConversation{c: c})
	}
	if k.snapshot, err = k.service.Directory.SnapshotTx(ctx, tx); err != nil {
		return err
	}
	roster, err := k.service.Staff.RosterTx(ctx, tx)
	if team, ok := roster.ContactCentre(); err == nil && ok {
		k.centre = team.ID
	}
	return err
}

func (k *pastKeeping) hold(w *pastConversation) {
	k.byID[w.c.ID] = w
	k.byThread[threadKey{w.c.HandleID, w.c.Thread}] = w
	k.byToken[w.c.Token] = w
}

// find returns the conversation to which a post belongs, or nil, as intake
// does.
func (k *pastKeeping) find(one post, handle int64) *pastConversation {
	if w := k.byToken[one.token]; one.token != "" && w != nil {
		return w
	}
	if w := k.byThread[threadKey{handle, one.message.Thread}]; w != nil {
		return w
	}
	for _, ref := range one.references {
		if at, ok := k.byRef[ref]; ok {
			if w := k.byID[at.conversation]; w != nil && (w.c.HandleID == handle || one.message.Direction == Out) {
				return w
			}
		}
	}
	return nil
}

// add keeps one post in its conversation.
func (k *pastKeeping) add(tx *db.Tx, i int, one post, id, conversation int64) {
	handle := k.handles[k.with(i).ID]
	w := k.find(one, handle.ID)
	if w == nil {
		w = k.open(one, k.batch.Items[k.items[i]], handle, conversation)
	}
	m := one.message
	m.ID, m.ConversationID, m.AccountID = id, w.c.ID, k.account.ID
	if m.Direction == In {
		m.HandleID = handle.ID
	}
	m.Media = make([]Media, len(one.media)) // the closure may run twice
	for n, file := range one.media {
		file.ID, file.MessageID, file.ConversationID = tx.NewID(), m.ID, w.c.ID
		m.Media[n] = file
	}
	w.grow(m)
	k.messages, k.raws, k.from = append(k.messages, m), append(k.raws, one.raw), append(k.from, k.items[i])
	k.byRef[m.Ref] = whose{w.c.ID, handle.ID}
}

// open makes a conversation that is closed already.
func (k *pastKeeping) open(one post, item Past, handle person.Handle, id int64) *pastConversation {
	m := one.message
	who := m.Author
	if m.Direction == Out {
		who = cmp.Or(handle.Identity.Name, handle.Identity.Handle, handle.Identity.ID)
	}
	c := Conversation{ID: id, AccountID: k.account.ID, Network: k.account.Network, HandleID: handle.ID, PersonID: handle.PersonID,
		Thread: m.Thread, Token: newToken(), Subject: m.Subject, Who: who, Visibility: m.Visibility, Language: m.Language,
		Place: one.place.Label, Lat: one.place.Lat, Lon: one.place.Lon, Sorted: m.At, CreatedAt: m.At, Version: 1,
		Handling: Handling{State: Closed, ClosedReason: closedAsPast, ServiceID: item.ServiceID,
			TeamID: cmp.Or(k.account.TeamID, k.snapshot.OwnerOf(item.ServiceID), k.centre)}}
	w := &pastConversation{c: c, fresh: true}
	k.hold(w)
	return w
}

// grow notes a message in its conversation. What state that is in does not
// change: an old question is not asked again.
func (w *pastConversation) grow(m Message) {
	c := &w.c
	w.grown = true
	c.Messages++
	c.LastID = max(c.LastID, m.ID)
	if m.Direction == In {
		c.LastInID = max(c.LastInID, m.ID)
	}
	if !m.At.Before(c.Sorted) || c.Excerpt == "" {
		c.Sorted, c.Excerpt = m.At, excerpt(m, len(m.Media))
	}
	if m.At.Before(c.CreatedAt) {
		c.CreatedAt = m.At
	}
	if c.Subject == "" {
		c.Subject = m.Subject
	}
}

// finish writes what the batch made.
func (k *pastKeeping) finish(ctx context.Context, tx *db.Tx) error {
	var fresh []Conversation
	for _, id := range slices.Sorted(maps.Keys(k.byID)) {
		w := k.byID[id]
		if w.fresh {
			fresh = append(fresh, w.c)
		} else if w.grown {
			if err := addPast(ctx, tx, w.c); err != nil {
				return err
			}
		}
	}
	if err := insertConversations(ctx, tx, fresh); err != nil {
		return err
	}
	if err := insertMessages(ctx, tx, k.messages, k.raws); err != nil {
		return err
	}
	var files []Media
	texts := make([]db.Indexed, len(k.messages))
	for i, m := range k.messages {
		texts[i] = db.Indexed{ID: m.ID, Folded: m.Searchable()}
		files = append(files, m.Media...)
	}
	if err := searchIndex.AddAll(ctx, tx, texts); err != nil {
		return err
	}
	if err := insertMedia(ctx, tx, files); err != nil {
		return err
	}
	return insertImported(ctx, tx, k.batch.Import.ID, k.messages)
}

func (k *pastKeeping) arrived() []Arrived {
	list := make([]Arrived, len(k.messages))
	for n, m := range k.messages {
		list[n] = Arrived{Item: k.from[n], Conversation: k.byID[m.ConversationID].c, Message: m}
	}
	return list
}
