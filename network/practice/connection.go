package practice

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/blob"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
)

// connection is one council account on the network.
type connection struct {
	practice *Practice
	self     account

	ctx   context.Context // ends with Close
	stop  context.CancelFunc
	known atomic.Bool // the account has been introduced

	mu     sync.Mutex
	closed bool
	calls  sync.WaitGroup
}

var (
	_ network.Connection = (*connection)(nil)
	_ network.Waiter     = (*connection)(nil)
	_ network.Deleter    = (*connection)(nil)
	_ network.Threader   = (*connection)(nil)
	_ network.Opener     = (*connection)(nil)
)

func newConnection(p *Practice, self account) *connection {
	c := &connection{practice: p, self: self}
	c.ctx, c.stop = context.WithCancel(context.Background())
	return c
}

// Close implements network.Connection. It may be called more than once.
func (c *connection) Close() error {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	c.stop()
	c.calls.Wait()
	return nil
}

var errClosed = errors.New("the connection has been closed")

// enter joins ctx with the life of the connection.
func (c *connection) enter(ctx context.Context) (context.Context, func(), error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil, nil, &network.Error{Trouble: network.Unreachable, Sentence: "The connection to the practice network has been closed.", Cause: errClosed}
	}
	if err := ctx.Err(); err != nil {
		return nil, nil, classified(ctx, err)
	}
	c.calls.Add(1)
	ctx, cancel := context.WithCancel(ctx)
	unhook := context.AfterFunc(c.ctx, cancel)
	return ctx, func() { unhook(); cancel(); c.calls.Done() }, nil
}

// call runs what a real network would be asked for: the fault of the moment
// comes first, and what comes back is a *network.Error.
func (c *connection) call(ctx context.Context, f func(ctx context.Context, met Fault) error) error {
	ctx, leave, err := c.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	met, err := c.meet(ctx)
	if err == nil {
		err = c.introduce(ctx)
	}
	if err == nil {
		err = f(ctx, met)
	}
	return classified(ctx, err)
}

// classified makes sure that what leaves the adapter is a *network.Error.
func classified(ctx context.Context, err error) error {
	var known *network.Error
	switch {
	case err == nil || errors.As(err, &known):
		return err
	case ctx.Err() != nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded):
		return &network.Error{Trouble: network.Unreachable, Sentence: "The practice network took too long to answer. Mercat will try again.", Cause: err}
	}
	switch fault.Of(err) {
	case fault.Invalid, fault.TooLarge, fault.Forbidden, fault.Conflict:
		return &network.Error{Trouble: network.Refused, Sentence: fault.Sentence(err), Cause: err}
	case fault.NotFound, fault.Gone:
		return &network.Error{Trouble: network.Missing, Sentence: fault.Sentence(err), Cause: err}
	}
	return &network.Error{Trouble: network.Broken, Sentence: "The practice network could not keep or find what it was asked for. Mercat will try again.", Cause: err}
}

// introduce makes the account known to the citizens, once per connection.
func (c *connection) introduce(ctx context.Context) error {
	if c.known.Load() {
		return nil
	}
	var have account
	err := c.practice.options.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		have, _, err = findAccount(ctx, tx, c.self.handle)
		return err
	})
	if err != nil {
		return fmt.Errorf("look for the account on the practice network: %w", err)
	}
	if have != c.self {
		err = c.practice.options.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
			if err := putAccount(ctx, tx, c.self); err != nil {
				return err
			}
			return c.practice.options.Hub.Announce(ctx, tx, topic)
		})
	}
	if err != nil {
		return fmt.Errorf("make the account known on the practice network: %w", err)
	}
	c.known.Store(true)
	return nil
}

// Check implements network.Connection.
func (c *connection) Check(ctx context.Context) (network.Identity, error) {
	err := c.call(ctx, func(context.Context, Fault) error { return nil })
	if err != nil {
		return network.Identity{}, err
	}
	return c.self.identity(), nil
}

// readCursor returns the number that a cursor stands for, 0 for the beginning.
// One that cannot be ours, or that is ahead of everything (the database was
// restored), is not known and begins anew, which loses nothing.
func readCursor(cursor network.Cursor, last int64) (after int64, known bool) {
	if cursor == "" {
		return 0, true
	}
	n, err := strconv.ParseInt(string(cursor), 10, 64)
	if err != nil || n < 0 || n > last {
		return 0, false
	}
	return n, true
}

// Fetch implements network.Connection. What the account itself has written is
// not news to it.
func (c *connection) Fetch(ctx context.Context, cursor network.Cursor) (network.Batch, error) {
	var batch network.Batch
	err := c.call(ctx, func(ctx context.Context, _ Fault) error {
		var found []post
		var last int64
		batchSize := c.practice.options.Batch
		err := c.practice.options.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
			if last, err = lastSeq(ctx, tx); err != nil {
				return err
			}
			after, _ := readCursor(cursor, last)
			found, err = readPosts(ctx, tx, sqlPostsAfter, after, c.self.identity().ID, c.self.handle, batchSize)
			return err
		})
		if err != nil {
			return fmt.Errorf("fetch from the practice network: %w", err)
		}
		if batch.More = len(found) == batchSize; batch.More {
			last = found[len(found)-1].seq
		}
		batch.Cursor = network.Cursor(strconv.FormatInt(last, 10))
		for _, m := range found {
			if m.reaches(c.self.handle) {
				batch.Events = append(batch.Events, m.event(c.self))
			}
		}
		return nil
	})
	if err != nil {
		return network.Batch{}, err
	}
	return batch, nil
}

// Wait implements network.Waiter. It does not suffer from faults: it is only the
// doorbell, and a fault that is set rings it, so that Fetch meets it at once.
func (c *connection) Wait(ctx context.Context, cursor network.Cursor, _ func(context.Context, network.Batch) error) error {
	outer := ctx
	ctx, leave, err := c.enter(ctx)
	if err != nil {
		if outer.Err() != nil || c.ctx.Err() != nil {
			return nil
		}
		return err
	}
	defer leave()
	bell := c.practice.options.Hub.Subscribe(topic)
	defer bell.Close()
	again := time.NewTicker(c.practice.options.PollEvery)
	defer again.Stop()
	for {
		news := false
		err := c.practice.options.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
			last, err := lastSeq(ctx, tx)
			if err != nil {
				return err
			}
			after, known := readCursor(cursor, last)
			if news = !known; news {
				return nil
			}
			news, err = hasNews(ctx, tx, c.self, after)
			return err
		})
		if ctx.Err() != nil || news {
			return nil
		}
		if err != nil {
			return classified(ctx, fmt.Errorf("wait for news on the practice network: %w", err))
		}
		select {
		case <-bell.Ring():
			return nil
		case <-again.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// Thread implements network.Threader.
func (c *connection) Thread(ctx context.Context, ref network.Ref, limit int) ([]network.Post, error) {
	var list []network.Post
	err := c.call(ctx, func(ctx context.Context, _ Fault) error {
		var before, after []post
		limit := max(1, min(limit, 500))
		err := c.practice.options.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
			m, found, err := findPost(ctx, tx, sqlPostByID, idOf(ref))
			if err != nil {
				return err
			}
			if !found || !m.reaches(c.self.handle) {
				return fault.New(fault.NotFound, "There is no such post on the practice network.")
			}
			if before, err = readPosts(ctx, tx, sqlAroundBefore, m.thread, c.self.handle, m.number, limit); err != nil {
				return err
			}
			after, err = readPosts(ctx, tx, sqlAroundAfter, m.thread, c.self.handle, m.number, limit)
			return err
		})
		if err != nil {
			return fmt.Errorf("read a thread of the practice network: %w", err)
		}
		for _, m := range window(before, after, limit) {
			list = append(list, *m.seen(c.self))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

// window is at most limit posts, oldest first, around the first of before, which
// is newest first.
func window(before, after []post, limit int) []post {
	behind := min(len(after), max(limit/2, limit-len(before)))
	ahead := min(len(before), limit-behind)
	list := make([]post, 0, ahead+behind)
	for i := ahead - 1; i >= 0; i-- {
		list = append(list, before[i])
	}
	return append(list, after[:behind]...)
}

// OpenMedia implements network.Opener.
func (c *connection) OpenMedia(ctx context.Context, url string) (io.ReadCloser, int64, error) {
	var key blob.Key
	outer := ctx
	err := c.call(ctx, func(ctx context.Context, _ Fault) error {
		ref, position, ok := strings.Cut(strings.TrimPrefix(url, mediaScheme), "/")
		n, err := strconv.Atoi(position)
		if !ok || err != nil || !strings.HasPrefix(url, mediaScheme) {
			return errNoPicture()
		}
		k, err := c.practice.picture(ctx, network.Ref(ref), n, func(m post) bool { return m.reaches(c.self.handle) })
		key = k.Full
		return err
	})
	if err != nil {
		return nil, 0, err
	}
	body, size, err := c.practice.options.Blobs.Open(outer, key)
	if err != nil {
		return nil, 0, classified(outer, fmt.Errorf("open a picture of the practice network: %w", err))
	}
	return body, size, nil
}
