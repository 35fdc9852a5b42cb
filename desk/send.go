package desk

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/blob"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/jobs"
)

// The way out, one part of one answer per run of the job:
//
//  1. In a transaction, the message is claimed: its state says that it is being
//     sent, the part is marked as tried, and a lease keeps other workers away.
//  2. Outside of any transaction, with a deadline that is shorter than the
//     lease, the network is called, with a key that never changes.
//  3. In a transaction, what came of it is noted and the next job is put.
//
// A crash before 1 has changed nothing. A crash between 1 and 3 leaves a part
// that is marked as tried; once the lease has run out it is sent again with the
// same key and without Outgoing.First, and the adapter has no second effect. The
// next run of the same program need not wait for that (see Recover).
// After 3 the job has nothing to do. River runs a job again that a crash has
// cut off; what it should lose is found by the sweep. Answers of one
// conversation go out in their order: a later one is passed on by the one
// before it.
const (
	callTime  = 2 * time.Minute        // of one call of the network
	leaseTime = callTime + time.Minute // clocks of several nodes may differ
	noteTime  = 20 * time.Second       // to note what came of it
	jobTime   = callTime + 2*noteTime  // shorter than the lease, and than River's rescue
	sweepTime = time.Minute            // how often lost jobs are looked for
	lostAfter = time.Minute            // how long overdue before it counts as lost
	waitPause = 10 * time.Minute       // how often to look whether a paused account is back
	longWait  = 30 * time.Minute       // after which the officer is told that it still waits
	// clockSlack is by how much times may be ahead without the clock having gone back.
	clockSlack = time.Minute
	maxWait    = 24 * time.Hour // the longest pause that a network may ask for
)

type sendArgs struct {
	Message int64 `json:"message"`
	Swept   bool  `json:"swept,omitempty"` // put by the sweep, which must not be held up by the job that was lost
}

// Kind is the job's name.
func (sendArgs) Kind() string { return "desk.send" }

type sweepArgs struct{}

// Kind is the job's name.
func (sweepArgs) Kind() string { return "desk.sweep" }

func (s *Service) registerOutgoing() {
	jobs.Register(s.Queue, jobTime, func(ctx context.Context, _ jobs.Job, a sendArgs) error { return s.send(ctx, a.Message) })
	jobs.Register(s.Queue, jobTime, func(ctx context.Context, _ jobs.Job, a takeBackArgs) error { return s.takeBack(ctx, a) })
	jobs.Register(s.Queue, time.Minute, func(ctx context.Context, _ jobs.Job, a wakeArgs) error { return s.wake(ctx, a) })
	jobs.Register(s.Queue, time.Minute, func(ctx context.Context, _ jobs.Job, _ sweepArgs) error { return s.sweep(ctx) })
	s.Queue.Every(sweepTime, sweepArgs{})
}

// errand is a part that is claimed, with all that the network must know.
type errand struct {
	token   int64
	message int64
	n       int
	account int64
	out     network.Outgoing
}

// send sends the next part of a message.
func (s *Service) send(ctx context.Context, id int64) error {
	var m Message
	err := s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		m, err = messageTx(ctx, tx, id)
		return err
	})
	if err != nil {
		return fmt.Errorf("send message %d: %w", id, err)
	}
	if m.State != Queued && m.State != Sending {
		return nil
	}
	connection, d, closed := s.connections.of(ctx, m.AccountID)
	if errors.Is(closed, errStopped) {
		return closed // the queue runs this again after the next start
	}
	var e *errand
	var early time.Duration
	err = s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		e, early, err = s.claimTx(ctx, tx, id, d.Settle, closed)
		return err
	})
	switch {
	case err != nil:
		return fmt.Errorf("claim message %d: %w", id, err)
	case early > 0:
		return jobs.Later(early)
	case e == nil:
		return nil
	}
	sent, trouble := s.call(ctx, connection, id, e.out)
	// What the network did is noted also when we are being stopped.
	note, cancel := context.WithTimeout(context.WithoutCancel(ctx), noteTime)
	defer cancel()
	err = s.DB.Write(note, func(tctx context.Context, tx *db.Tx) error {
		switch {
		case trouble == nil:
			return s.deliveredTx(tctx, tx, e, sent)
		case ctx.Err() != nil && errors.Is(trouble, context.Canceled):
			return s.handBackTx(tctx, tx, e)
		}
		return s.troubledTx(tctx, tx, e, trouble)
	})
	if err != nil {
		return fmt.Errorf("note what became of message %d: %w", id, err)
	}
	return nil
}

// call calls the network for a message. It ends before the next job is put, which
// must not be turned away. A post without an identity is none that we could
// answer for, so it counts as a broken answer.
func (s *Service) call(ctx context.Context, connection network.Connection, message int64, out network.Outgoing) (network.Sent, error) {
	s.sending.Store(message, true)
	defer s.sending.Delete(message)
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	sent, err := connection.Send(ctx, out)
	if err == nil && sent.Ref == "" {
		err = &network.Error{Trouble: network.Broken, Sentence: "The network took the answer but did not say where it is. It is asked again."}
	}
	return sent, err
}

// claimTx decides what is to be done for a message now: nothing, to wait, or to
// send one part of it.
func (s *Service) claimTx(ctx context.Context, tx *db.Tx, id int64, settle time.Duration, closed error) (*errand, time.Duration, error) {
	m, err := messageTx(ctx, tx, id)
	if err != nil {
		return nil, 0, err
	}
	if m.State != Queued && m.State != Sending {
		return nil, 0, nil // stopped, sent or given up
	}
	if until := m.SendAt; until.After(tx.Now) {
		return nil, until.Sub(tx.Now), nil
	}
	if m.RetryAt.After(tx.Now) {
		return nil, m.RetryAt.Sub(tx.Now), nil
	}
	held, err := readLease(ctx, tx, id)
	if err != nil {
		return nil, 0, err
	}
	if _, busy := s.sending.Load(id); busy || held.until.After(tx.Now) {
		return nil, 0, nil // another worker is at it, and puts what follows
	}
	if earlier, err := unsentBefore(ctx, tx, m); err != nil {
		return nil, 0, err
	} else if earlier {
		return nil, 0, s.behindTx(ctx, tx, &m)
	}
	account, err := readSender(ctx, tx, m.AccountID)
	if err != nil {
		return nil, 0, err
	}
	if m.Parts, err = readParts(ctx, tx, id); err != nil {
		return nil, 0, err
	}
	if w := account.waits(tx.Now, closed); w.sentence != "" {
		return nil, 0, s.putOffTx(ctx, tx, &m, w)
	}
	for i, p := range m.Parts {
		if p.Ref == "" {
			e, err := s.beginTx(ctx, tx, &m, i, settle)
			return e, 0, err
		}
	}
	return nil, 0, s.doneTx(ctx, tx, &m) // a receipt has confirmed the rest
}

// behindTx notes that an answer waits for the one before it, which passes on to
// it when it is sent or given up.
func (s *Service) behindTx(ctx context.Context, tx *db.Tx, m *Message) error {
	const says = "It goes out as soon as the answer before it is sent."
	if m.Trouble == says {
		return nil
	}
	m.Trouble = says
	if err := saveMessage(ctx, tx, m); err != nil {
		return err
	}
	return s.Hub.Announce(ctx, tx, Topic(m.ConversationID))
}

// obstacle is what keeps an answer from going out at present.
type obstacle struct {
	sentence string
	until    time.Time
	forGood  bool
}

// waits says what keeps an account from sending; an empty sentence is nothing.
func (a sender) waits(now time.Time, closed error) obstacle {
	later := now.Add(waitPause)
	switch {
	case a.State == string(Removed):
		return obstacle{sentence: fmt.Sprintf("The account %s is no longer connected. Answer from another account, or ask an administrator to connect it again.", a.Name), forGood: true}
	case a.State == string(Paused):
		return obstacle{sentence: fmt.Sprintf("The account %s is paused. The answer goes out when an administrator resumes it.", a.Name), until: later}
	case a.Trouble == network.Revoked:
		return obstacle{sentence: fmt.Sprintf("The account %s can no longer sign in. The answer goes out when an administrator has connected it again.", a.Name), until: later}
	case a.Hold.After(now):
		return obstacle{sentence: a.HoldSays, until: a.Hold}
	case closed != nil:
		return obstacle{sentence: sentenceFor(closed), until: now.Add(retryPause(3))}
	}
	return obstacle{}
}

// putOffTx makes a message wait without having called the network.
func (s *Service) putOffTx(ctx context.Context, tx *db.Tx, m *Message, o obstacle) error {
	if o.forGood || tx.Now.Sub(m.SendAt) >= giveUpAfter {
		return s.failTx(ctx, tx, m, "account", o.sentence)
	}
	m.Trouble, m.RetryAt = o.sentence, o.until
	if err := s.waitsLongTx(ctx, tx, m); err != nil {
		return err
	}
	if err := saveMessage(ctx, tx, m); err != nil {
		return err
	}
	return s.againTx(ctx, tx, *m, m.RetryAt)
}

// againTx puts the next run of a message's job and tells those who look.
func (s *Service) againTx(ctx context.Context, tx *db.Tx, m Message, at time.Time) error {
	if err := s.Queue.Put(ctx, tx, sendArgs{Message: m.ID}, jobs.At(at)); err != nil {
		return err
	}
	return s.Hub.Announce(ctx, tx, TopicInbox, Topic(m.ConversationID))
}

// beginTx claims a part: from here on the network may know of it.
func (s *Service) beginTx(ctx context.Context, tx *db.Tx, m *Message, i int, settle time.Duration) (*errand, error) {
	p := m.Parts[i]
	e := &errand{token: tx.NewID(), message: m.ID, n: p.N, account: m.AccountID}
	var err error
	if e.out, err = s.outgoingTx(ctx, tx, *m, i); err != nil {
		return nil, err
	}
	if err := takeLease(ctx, tx, m.ID, lease{token: e.token, until: tx.Now.Add(leaseTime), run: s.Queue.Run(), settle: settle}); err != nil {
		return nil, err
	}
	if err := markTried(ctx, tx, m.ID, p.N); err != nil {
		return nil, err
	}
	if m.State != Sending {
		m.State = Sending
		if err := saveMessage(ctx, tx, m); err != nil {
			return nil, err
		}
	}
	return e, s.Hub.Announce(ctx, tx, Topic(m.ConversationID))
}

// outgoingTx is a part as the network gets it, the same at every try but for
// First.
func (s *Service) outgoingTx(ctx context.Context, tx *db.Tx, m Message, i int) (network.Outgoing, error) {
	c, err := s.ConversationTx(ctx, tx, m.ConversationID)
	if err != nil {
		return network.Outgoing{}, err
	}
	handles, err := s.People.HandlesTx(ctx, tx, []int64{c.HandleID})
	if err != nil {
		return network.Outgoing{}, err
	}
	p := m.Parts[i]
	out := network.Outgoing{Key: p.Key, First: !p.Tried, At: m.At, To: handles[c.HandleID].Identity, ReplyTo: m.ReplyTo, Thread: m.Thread,
		Conversation: c.Token, Visibility: m.Visibility, Subject: m.Subject, Text: p.Body, Language: m.Language, Warning: m.Warning}
	if out.References, err = ancestorsOf(ctx, tx, m); err != nil {
		return network.Outgoing{}, err
	}
	if i > 0 {
		for _, earlier := range m.Parts[:i] {
			out.References = append(out.References, earlier.Ref)
		}
		out.ReplyTo = m.Parts[i-1].Ref
		return out, nil
	}
	files, err := messageFiles(ctx, tx, m.ID)
	if err != nil {
		return network.Outgoing{}, err
	}
	for _, f := range files {
		out.Media = append(out.Media, network.Attachment{
			Open: func(ctx context.Context) (io.ReadCloser, error) {
				body, _, err := s.Blobs.Open(ctx, blob.Key(f.Blob))
				return body, err
			},
			ContentType: f.ContentType, Filename: f.Filename, Size: f.Size, Alt: f.Alt, Width: f.Width, Height: f.Height, FocusX: f.FocusX, FocusY: f.FocusY,
		})
	}
	return out, nil
}

// deliveredTx notes that the network has a part.
func (s *Service) deliveredTx(ctx context.Context, tx *db.Tx, e *errand, sent network.Sent) error {
	if _, err := endLease(ctx, tx, e.message, e.token); err != nil {
		return err
	}
	if err := endHold(ctx, tx, e.account); err != nil {
		return err
	}
	// What the network has, it has, whoever holds the lease by now.
	return s.confirmTx(ctx, tx, e.message, e.n, sent)
}

// handBackTx gives a message back when the program stops: whoever comes next
// goes on at once.
func (s *Service) handBackTx(ctx context.Context, tx *db.Tx, e *errand) error {
	ours, err := endLease(ctx, tx, e.message, e.token)
	if err != nil || !ours {
		return err
	}
	return s.Queue.Put(ctx, tx, sendArgs{Message: e.message}, jobs.At(tx.Now))
}

// troubledTx notes that the network did not take a part.
func (s *Service) troubledTx(ctx context.Context, tx *db.Tx, e *errand, cause error) error {
	ours, err := endLease(ctx, tx, e.message, e.token)
	if err != nil || !ours {
		return err // it took too long, and somebody else answers for it now
	}
	m, err := messageTx(ctx, tx, e.message)
	if err != nil {
		return err
	}
	if m.Parts, err = readParts(ctx, tx, e.message); err != nil {
		return err
	}
	if m.State != Sending || m.Parts[e.n].Ref != "" {
		return nil // a receipt was quicker
	}
	trouble, sentence := network.TroubleOf(cause), sentenceFor(cause)
	s.Log.InfoContext(ctx, "an answer was not sent", "message", m.ID, "part", e.n, "trouble", trouble, "attempts", m.Attempts+1, "error", cause)
	if trouble == network.Refused || trouble == network.Missing {
		return s.failTx(ctx, tx, &m, string(trouble), sentence)
	}
	if tx.Now.Sub(m.SendAt) >= giveUpAfter {
		return s.failTx(ctx, tx, &m, string(trouble), "It could not be sent for three days and is given up. "+sentence)
	}
	m.Trouble, m.RetryAt = sentence, tx.Now.Add(retryPause(m.Attempts))
	m.Attempts++
	switch trouble {
	case network.Revoked:
		m.RetryAt = tx.Now.Add(waitPause)
		err = holdAccount(ctx, tx, m.AccountID, m.RetryAt, sentence)
	case network.Limited:
		var limited *network.Error
		if errors.As(cause, &limited) && limited.RetryAt.After(m.RetryAt) {
			m.RetryAt = limited.RetryAt
			if most := tx.Now.Add(maxWait); m.RetryAt.After(most) {
				m.RetryAt = most
			}
		}
		err = holdAccount(ctx, tx, m.AccountID, m.RetryAt, sentence)
	}
	if err != nil {
		return err
	}
	if err := s.waitsLongTx(ctx, tx, &m); err != nil {
		return err
	}
	if err := saveMessage(ctx, tx, &m); err != nil {
		return err
	}
	return s.againTx(ctx, tx, m, m.RetryAt)
}

// waitsLongTx tells the officer, once, that an answer is not out yet after a
// time in which they will have turned to other things. The caller saves m.
func (s *Service) waitsLongTx(ctx context.Context, tx *db.Tx, m *Message) error {
	if m.Details.Warned || tx.Now.Sub(m.SendAt) < longWait {
		return nil
	}
	m.Details.Warned = true
	c, err := s.ConversationTx(ctx, tx, m.ConversationID)
	if err != nil {
		return err
	}
	return s.notifyTx(ctx, tx, notice{kind: noticeWaiting, conversation: c.ID, message: m.ID,
		body: "An answer to " + c.Who + " is still waiting to be sent. " + m.Trouble}, 0, cmp.Or(m.OfficerID, c.OfficerID))
}

// sentenceFor is what people are told of a network's error.
func sentenceFor(err error) string {
	var n *network.Error
	if errors.As(err, &n) && n.Sentence != "" {
		return n.Sentence
	}
	if said := fault.Sentence(err); said != "" {
		return said
	}
	return "The network did not answer as it should. It is tried again."
}
