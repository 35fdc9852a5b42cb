package phone

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"sync"
	"time"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/text"
)

// batchContacts is how many contacts one Fetch looks at.
const batchContacts = 100

// connection is one account: a desk at which contacts are written down.
type connection struct {
	n       *Network
	account int64
	name    string

	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	mu     sync.Mutex
	work   sync.WaitGroup
}

func newConnection(n *Network, account int64, name string) *connection {
	c := &connection{n: n, account: account, name: name}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	return c
}

var errClosed = errors.New("the connection is closed")

// begin ties a call to the life of the connection; done must be called.
func (c *connection) begin(ctx context.Context) (_ context.Context, done func(), err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ctx.Err() != nil {
		return nil, nil, explain(errClosed)
	}
	if err := ctx.Err(); err != nil {
		return nil, nil, explain(err)
	}
	c.work.Add(1)
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(c.ctx, cancel)
	return ctx, func() { stop(); cancel(); c.work.Done() }, nil
}

// explain makes every error a *network.Error.
func explain(err error) error {
	var e *network.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &e):
		return e
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded), errors.Is(err, errClosed):
		return &network.Error{Trouble: network.Unreachable, Sentence: "Writing down was stopped before it had finished. It is tried again by itself.", Cause: err}
	case fault.Is(err, fault.Down):
		return &network.Error{Trouble: network.Unreachable, Sentence: fault.Sentence(err), Cause: err}
	}
	return &network.Error{Trouble: network.Broken, Sentence: "What was written down of calls could not be reached in Mercat’s database. It is tried again by itself.", Cause: err}
}

func refuse(trouble network.Trouble, sentence string) error {
	return &network.Error{Trouble: trouble, Sentence: sentence}
}

// Check implements network.Connection.
func (c *connection) Check(ctx context.Context) (network.Identity, error) {
	ctx, done, err := c.begin(ctx)
	if err != nil {
		return network.Identity{}, err
	}
	defer done()
	err = c.n.o.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		_, err := lastSeq(ctx, tx)
		return err
	})
	if err != nil {
		return network.Identity{}, explain(fmt.Errorf("check the phone: %w", err))
	}
	return network.Identity{ID: "phone-" + strconv.FormatInt(c.account, 10), Handle: c.name, Name: c.name}, nil
}

// position reads a cursor. One that is none of ours begins again: what comes a
// second time falls on its Ref, and nothing is skipped.
func position(ctx context.Context, tx *db.Tx, cursor network.Cursor) (int64, error) {
	if cursor == "" {
		return 0, nil
	}
	seq, err := strconv.ParseInt(string(cursor), 10, 64)
	if err != nil || seq < 0 {
		return 0, nil
	}
	last, err := lastSeq(ctx, tx)
	if err != nil || seq > last {
		return 0, err
	}
	return seq, nil
}

// Fetch implements network.Connection. Answers are no news: whoever sent them
// has them.
func (c *connection) Fetch(ctx context.Context, cursor network.Cursor) (network.Batch, error) {
	ctx, done, err := c.begin(ctx)
	if err != nil {
		return network.Batch{}, err
	}
	defer done()
	var batch network.Batch
	err = c.n.o.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		seq, err := position(ctx, tx, cursor)
		if err != nil {
			return err
		}
		list, err := contactsAfter(ctx, tx, c.account, seq, batchContacts)
		if err != nil {
			return err
		}
		var events []network.Event
		for _, contact := range list {
			seq = contact.seq
			if contact.sendKey != "" {
				continue
			}
			for _, post := range contact.Posts() {
				events = append(events, network.Event{Post: &post})
			}
		}
		batch = network.Batch{Events: events, Cursor: network.Cursor(strconv.FormatInt(seq, 10)), More: len(list) == batchContacts}
		return nil
	})
	if err != nil {
		return network.Batch{}, explain(fmt.Errorf("read what was written down: %w", err))
	}
	return batch, nil
}

// Wait implements network.Waiter.
func (c *connection) Wait(ctx context.Context, cursor network.Cursor, _ func(context.Context, network.Batch) error) error {
	if ctx.Err() != nil {
		return nil
	}
	ctx, done, err := c.begin(ctx)
	if err != nil {
		return err
	}
	defer done()
	news := c.n.o.Hub.Subscribe(topic)
	defer news.Close()
	again := time.NewTicker(c.n.o.PollEvery)
	defer again.Stop()
	for ctx.Err() == nil {
		found := false
		err := c.n.o.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
			seq, err := position(ctx, tx, cursor)
			if err != nil {
				return err
			}
			found, err = anyAfter(ctx, tx, c.account, seq)
			return err
		})
		switch {
		case ctx.Err() != nil, err == nil && found:
			return nil
		case err != nil:
			return explain(fmt.Errorf("look for what was written down: %w", err))
		}
		select {
		case <-ctx.Done():
		case <-again.C:
		case <-news.Ring():
			news.Take()
		}
	}
	return nil
}

var keyForm = regexp.MustCompile(`^[a-z0-9]{1,64}$`)

// Send implements network.Connection: it writes down what the person was told.
// The contact and its key are written in one transaction.
func (c *connection) Send(ctx context.Context, out network.Outgoing) (network.Sent, error) {
	ctx, done, err := c.begin(ctx)
	if err != nil {
		return network.Sent{}, err
	}
	defer done()
	words, _ := text.Clean(out.Text, network.MaxText) // our own officer's, cleaned at the desk's door already
	switch {
	case !keyForm.MatchString(out.Key):
		return network.Sent{}, refuse(network.Refused, "The answer has no proper key, so it cannot be known whether it was written down before. Nothing was written down.")
	case len(out.Media) > 0:
		return network.Sent{}, refuse(network.Refused, "Files cannot be read out on the phone. Remove them.")
	case words == "":
		return network.Sent{}, refuse(network.Refused, "The answer is empty. Write what you told the person.")
	case text.Graphemes(words) > maxWords:
		return network.Sent{}, refuse(network.Refused, "This is longer than 10,000 characters. Shorten it.")
	}
	var sent network.Sent
	err = c.n.o.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		kept, found, err := contactBySend(ctx, tx, c.account, out.Key)
		if err == nil && !found {
			kept, err = c.answerTx(ctx, tx, out, words)
		}
		sent = network.Sent{Ref: kept.Ref(), Thread: refOf(kept.thread)}
		return err
	})
	if err != nil {
		return network.Sent{}, explain(fmt.Errorf("write down an answer: %w", err))
	}
	return sent, nil
}

func (c *connection) answerTx(ctx context.Context, tx *db.Tx, out network.Outgoing, words string) (Contact, error) {
	before, found, err := c.answered(ctx, tx, out)
	switch {
	case err != nil:
		return Contact{}, err
	case !found:
		return Contact{}, refuse(network.Missing, "The contact that this answers is no longer there. Nothing was written down.")
	}
	a := Contact{
		ID: tx.NewID(), AccountID: c.account, sendKey: out.Key, thread: before.thread, replyTo: before.ID, Channel: Call, ByUs: true, Outcome: Answered,
		Identity: before.Identity, Name: before.Name, Words: words, At: tx.Now, LoggedAt: tx.Now,
	}
	if before.Channel == Letter {
		a.Channel = Letter
	}
	a.digest = a.digestOf()
	return a, insertContact(ctx, tx, &a)
}

// answered is the contact that an answer belongs to, or any other of its thread.
func (c *connection) answered(ctx context.Context, tx *db.Tx, out network.Outgoing) (Contact, bool, error) {
	for _, ref := range []network.Ref{out.ReplyTo, out.Thread} {
		before, found, err := readContact(ctx, tx, idOf(ref))
		if err != nil || found && before.AccountID == c.account {
			return before, found, err
		}
	}
	return Contact{}, false, nil
}

// Close implements network.Connection. It may be called more than once.
func (c *connection) Close() error {
	c.mu.Lock()
	c.cancel()
	c.mu.Unlock()
	c.work.Wait()
	return nil
}
