package desk

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/jobs"
	"mercat.scot/mercat/platform/text"
	"mercat.scot/mercat/record"
	"mercat.scot/mercat/staff"
)

// Reply is an answer as an officer gives it. Its files are those of the
// officer's draft in this conversation.
type Reply struct {
	ConversationID int64
	Body           string
	Subject        string             // where the network has one; "" keeps the conversation's
	Warning        string             // hides the answer, where the network has that
	Visibility     network.Visibility // "" is the usual one
	// SeenID is the newest message that the officer had before their eyes; when
	// there is a newer one, they are told before anything is sent. Anyway sends
	// all the same.
	SeenID int64
	Anyway bool
	// Then is what becomes of the conversation: "" waits for the citizen,
	// "close" closes it, "keep" leaves it open.
	Then   string
	Reason string // for closing; "" is "Answered"
}

const (
	thenClose = "close"
	thenKeep  = "keep"
)

const (
	maxAnswer  = 50_000 // runes of an answer or a note
	maxHeading = 200    // runes of its subject
)

var errOnlyPast = fault.Field("body", "This conversation came from an archive, and nothing can be sent where it was held. Reach the person another way.")

var errUnknownNetwork = fault.New(fault.Down, "The network of this conversation is not part of this installation. Ask an administrator.")

// Reply keeps an answer, to be sent after the undo window. The draft is gone
// with it. The same answer given twice at once (a double click) is kept once.
//
// Errors: fault.NotFound; fault.Invalid (body, subject, visibility, alt_ID);
// fault.Conflict when somebody else has answered or the citizen has written
// more: then what was written is kept as the officer's draft.
func (s *Service) Reply(ctx context.Context, by staff.Officer, r Reply) (Message, error) {
	var err error
	if r.Body, err = worded(r.Body); err != nil {
		return Message{}, err
	}
	r.Subject, _ = text.CleanLine(r.Subject, maxHeading)
	r.Warning, _ = text.CleanLine(r.Warning, maxHeading)
	if r.Body == "" {
		return Message{}, fault.Field("body", "Write the answer first.")
	}
	_, compose, err := s.composeFor(ctx, r.ConversationID)
	if err != nil {
		return Message{}, err
	}
	var m Message
	err = s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		m, err = s.replyTx(ctx, tx, by, r, compose)
		return err
	})
	if fault.Is(err, fault.Conflict) {
		// Whoever must read first shall find their words again, on any device.
		d := Draft{ConversationID: r.ConversationID, Body: r.Body, Subject: r.Subject, Warning: r.Warning, Visibility: r.Visibility}
		if kept := s.SaveDraft(ctx, by.ID, d); kept != nil {
			return Message{}, errors.Join(err, kept)
		}
	}
	if err != nil {
		return Message{}, fmt.Errorf("reply in conversation %d: %w", r.ConversationID, err)
	}
	return m, nil
}

// worded makes what an officer wrote fit to be kept. Words are never cut off:
// what is too long is refused.
func worded(body string) (string, error) {
	if n := utf8.RuneCountInString(body); n > maxAnswer {
		return "", fault.Field("body", fmt.Sprintf("This is too long: %d characters, and %d are the most. Shorten it, or attach the rest as a file.", n, maxAnswer))
	}
	body, _ = text.Clean(body, maxAnswer)
	return body, nil
}

// composeFor returns a conversation and what an answer in it may be.
func (s *Service) composeFor(ctx context.Context, conversation int64) (Conversation, network.Compose, error) {
	var c Conversation
	err := s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		c, err = s.ConversationTx(ctx, tx, conversation)
		return err
	})
	if err != nil {
		return c, network.Compose{}, err
	}
	if _, d, err := s.connections.of(ctx, c.AccountID); err == nil {
		return c, d.Compose, nil // an account may have limits of its own
	}
	n, ok := s.networks[c.Network]
	if !ok {
		return c, network.Compose{}, errUnknownNetwork
	}
	return c, n.Describe().Compose, nil
}

func (s *Service) replyTx(ctx context.Context, tx *db.Tx, by staff.Officer, r Reply, compose network.Compose) (Message, error) {
	c, err := s.ConversationTx(ctx, tx, r.ConversationID)
	if err != nil {
		return Message{}, err
	}
	newer, err := messagesSince(ctx, tx, c.ID, r.SeenID)
	if err != nil {
		return Message{}, err
	}
	account, err := readSender(ctx, tx, c.AccountID)
	if err != nil {
		return Message{}, err
	}
	if n, ok := s.networks[c.Network]; ok && n.Describe().Past {
		return Message{}, errOnlyPast
	}
	if account.State == string(Removed) {
		return Message{}, fault.Field("body", "The account "+account.Name+" is no longer connected, so nothing can be sent. Reach the person another way, or ask an administrator to connect it again.")
	}
	signature := ""
	if account.Signs {
		signature = by.Signs()
	}
	whole := signed(r.Body, signature)
	for _, m := range newer {
		if m.Direction == Out && m.OfficerID == by.ID && m.Body == whole {
			return m, nil // the same form, sent twice
		}
	}
	if !r.Anyway {
		if err := unread(newer, by, tx.Now); err != nil {
			return Message{}, err
		}
	}
	files, err := draftFiles(ctx, tx, by.ID, c.ID)
	if err != nil {
		return Message{}, err
	}
	if err := checkFiles(compose.Media, files); err != nil {
		return Message{}, err
	}
	m, err := s.messageFor(ctx, tx, c, compose, whole, r)
	if err != nil {
		return Message{}, err
	}
	m.OfficerID, m.Author, m.SendAt = by.ID, by.Name, tx.Now.Add(s.UndoWindow)
	m.Details.Signature = signature
	before := c.Handling
	switch r.Then {
	case "":
		c.answered(by.ID)
	case thenClose:
		c.answered(by.ID)
		if c.State != Closed {
			if err := c.close(cmp.Or(strings.TrimSpace(r.Reason), "Answered")); err != nil {
				return Message{}, err
			}
		}
	case thenKeep:
		if c.OfficerID == 0 {
			c.OfficerID = by.ID
		}
	default:
		return Message{}, fault.Field("then", "Choose what becomes of the conversation.")
	}
	if err := s.queueTx(ctx, tx, &c, m, before, by.Actor(), files); err != nil {
		return Message{}, err
	}
	if err := sendFiles(ctx, tx, by.ID, m); err != nil {
		return Message{}, err
	}
	if err := answerSentTx(ctx, tx, by.ID, c.ID); err != nil {
		return Message{}, err
	}
	m.Media = files
	return m, seeTx(ctx, tx, by.ID, c.ID, m.ID)
}

// unread says what an officer has not seen yet and should, before they answer:
// what the citizen wrote, and what another officer answered.
func unread(newer []Message, by staff.Officer, now time.Time) error {
	for _, m := range newer {
		switch {
		case m.Direction == In && m.Automatic == "":
			return fault.Newf(fault.Conflict, "%s has written again, %s. Read it, then send your answer if it still fits; it is kept.",
				m.Author, ago(now, m.ReceivedAt))
		case m.Direction == Out && m.OfficerID != 0 && m.OfficerID != by.ID, m.Direction == Out && m.Details.FromUs:
			return fault.Newf(fault.Conflict, "%s has answered already, %s. Read that answer, then send yours if it is still needed; it is kept.",
				m.Author, ago(now, m.At))
		}
	}
	return nil
}

// ago is how long ago something was, for a sentence.
func ago(now, at time.Time) string {
	d := now.Sub(at)
	count := func(n int, unit string) string {
		if n == 1 {
			return "one " + unit + " ago"
		}
		return fmt.Sprintf("%d %ss ago", n, unit)
	}
	switch {
	case d < time.Minute:
		return "just now"
	case d < time.Hour:
		return count(int(d/time.Minute), "minute")
	case d < 24*time.Hour:
		return count(int(d/time.Hour), "hour")
	}
	return count(int(d/(24*time.Hour)), "day")
}

// messageFor makes an answer to what the citizen said last, cut into its parts.
func (s *Service) messageFor(ctx context.Context, tx *db.Tx, c Conversation, compose network.Compose, whole string, r Reply) (Message, error) {
	asked, err := answerable(ctx, tx, c)
	if err != nil {
		return Message{}, err
	}
	m := Message{ID: tx.NewID(), ConversationID: c.ID, AccountID: c.AccountID, Direction: Out, State: Queued, Body: whole,
		ReplyTo: asked.answeredRef(), Thread: cmp.Or(asked.Thread, c.Thread), At: tx.Now, ReceivedAt: tx.Now, SendAt: tx.Now, Version: 1}
	if m.Visibility, err = chosen(visibilities(compose, c.Visibility, asked.Visibility), r.Visibility); err != nil {
		return Message{}, err
	}
	if compose.Subject {
		m.Subject = cmp.Or(r.Subject, asked.Subject, c.Subject)
	}
	if compose.Warning && r.Warning != "" {
		m.Warning = r.Warning
		compose = behind(compose, r.Warning)
	}
	parts := cutAnswer(compose, whole)
	if why := tooLong(compose, parts); why != "" {
		return Message{}, fault.Field("body", why)
	}
	for n, body := range parts {
		m.Parts = append(m.Parts, Part{N: n, Key: partKey(m.ID, n), Body: body})
	}
	return m, nil
}

// behind are the rules for a text behind a content warning, which takes room in
// every part.
func behind(compose network.Compose, warning string) network.Compose {
	if compose.Limit == 0 || compose.Count == nil {
		return compose
	}
	room := max(compose.Limit-compose.Count(warning), 1)
	compose.Limit = room
	compose.Split = func(s string) []string { return text.Split(s, room, compose.Count) }
	return compose
}

// queued is what the record says of an answer: how it is to go out, never what
// it says.
type queued struct {
	Handling
	Message    int64              `json:"message"`
	Parts      int                `json:"parts"`
	Files      int                `json:"files,omitempty"`
	Visibility network.Visibility `json:"visibility"`
}

// queueTx keeps an answer with its parts and its job, and moves its
// conversation, which the caller has handled already.
func (s *Service) queueTx(ctx context.Context, tx *db.Tx, c *Conversation, m Message, before Handling, by record.Actor, files []Media) error {
	if err := insertMessage(ctx, tx, m); err != nil {
		return err
	}
	if err := insertParts(ctx, tx, m); err != nil {
		return err
	}
	if err := searchIndex.Add(ctx, tx, m.ID, m.Searchable()); err != nil {
		return err
	}
	if err := s.Queue.Put(ctx, tx, sendArgs{Message: m.ID}, jobs.At(m.SendAt)); err != nil {
		return err
	}
	c.Messages++
	c.LastID, c.Sorted, c.Excerpt = m.ID, tx.Now, shortened(m)
	if err := saveConversation(ctx, tx, c); err != nil {
		return err
	}
	err := record.Append(ctx, tx, record.Entry{Actor: by, Act: actQueued, Subject: Subject(c.ID), About: []record.Subject{messageSubject(m.ID)},
		Before: before, After: queued{Handling: c.Handling, Message: m.ID, Parts: len(m.Parts), Files: len(files), Visibility: m.Visibility}})
	if err != nil {
		return err
	}
	return s.Hub.Announce(ctx, tx, TopicInbox, Topic(c.ID))
}

// shortened is what a list shows of an answer.
func shortened(m Message) string { return text.Excerpt(m.Body, 160) }

// messageSubject is a message as a thing that something happens to.
func messageSubject(id int64) record.Subject { return record.Subject{Kind: "message", ID: id} }

// saveConversation is updateConversation for a row that this transaction has
// read: writers take turns, so nobody can have been quicker.
func saveConversation(ctx context.Context, tx *db.Tx, c *Conversation) error {
	ok, err := updateConversation(ctx, tx, c)
	if err == nil && !ok {
		err = fmt.Errorf("conversation %d changed under its transaction", c.ID)
	}
	return err
}

// saveMessage is updateMessage for a row that this transaction has read.
func saveMessage(ctx context.Context, tx *db.Tx, m *Message) error {
	ok, err := updateMessage(ctx, tx, m)
	if err == nil && !ok {
		err = fmt.Errorf("message %d changed under its transaction", m.ID)
	}
	return err
}

// SayTx queues a message of the program or of another room to the citizen of a
// conversation, by the network that they used, as privately as they wrote. key
// makes it once-only: the same key for the same conversation says nothing more,
// and the message that was said then is returned. It moves no conversation's
// state. What follows an officer's step waits for the undo window. Where nothing
// is sent, it is a note to whoever is to tell the person, and the conversation is
// open until they have.
//
// Errors: fault.NotFound; fault.Invalid when the network cannot carry it.
func (s *Service) SayTx(ctx context.Context, tx *db.Tx, conversation int64, by record.Actor, key, body string) (Message, error) {
	said, err := saidBefore(ctx, tx, conversation, key)
	if err != nil {
		return Message{}, err
	}
	if said != 0 {
		return messageTx(ctx, tx, said)
	}
	c, err := s.ConversationTx(ctx, tx, conversation)
	if err != nil {
		return Message{}, err
	}
	n, ok := s.networks[c.Network]
	if !ok {
		return Message{}, errUnknownNetwork
	}
	if n.Describe().Past {
		return Message{}, errOnlyPast
	}
	if body, err = worded(body); err != nil {
		return Message{}, err
	}
	if body == "" {
		return Message{}, fault.Field("body", "There is nothing to say.")
	}
	rules := s.connections.rulesOf(c.AccountID, n.Describe().Compose)
	if rules.WrittenDown != "" {
		return s.oweTx(ctx, tx, c, by, key, body)
	}
	m, err := s.messageFor(ctx, tx, c, rules, body, Reply{})
	if err != nil {
		return Message{}, err
	}
	m.Author = by.Name
	if by.Kind == record.Officer {
		// What the program says by itself has nobody who could undo it.
		m.OfficerID, m.SendAt = by.ID, tx.Now.Add(s.UndoWindow)
	}
	m.Details.Said = true
	if err := s.queueTx(ctx, tx, &c, m, c.Handling, by, nil); err != nil {
		return Message{}, err
	}
	return m, noteSaid(ctx, tx, conversation, key, m.ID)
}

// Preview is how an answer would go out.
type Preview struct {
	Count, Limit int
	Unit         string
	Parts        []string // as posted, signature and numbering included; one when it fits
	Problem      string   // why it could not be sent, "" when it could
	Remarks      []Remark // what should be known of its words before it is
}

// Preview counts and splits what an officer is writing, as the network would.
//
// Errors: fault.NotFound.
func (s *Service) Preview(ctx context.Context, by staff.Officer, conversation int64, body string) (Preview, error) {
	c, compose, err := s.composeFor(ctx, conversation)
	if err != nil {
		return Preview{}, err
	}
	var account sender
	var files []Media
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		if account, err = readSender(ctx, tx, c.AccountID); err != nil {
			return err
		}
		files, err = draftFiles(ctx, tx, by.ID, c.ID)
		return err
	})
	if err != nil {
		return Preview{}, fmt.Errorf("preview an answer in conversation %d: %w", conversation, err)
	}
	body, _ = text.Clean(body, maxAnswer)
	remarks, err := s.remarks(ctx, c, body)
	if err != nil {
		return Preview{}, err
	}
	if account.Signs && body != "" {
		body = signed(body, by.Signs())
	}
	p := Preview{Remarks: remarks, Count: compose.Count(body), Limit: compose.Limit, Unit: compose.Unit, Parts: cutAnswer(compose, body)}
	if p.Problem = tooLong(compose, p.Parts); p.Problem == "" {
		p.Problem = fault.Sentence(checkFiles(compose.Media, files))
	}
	return p, nil
}
