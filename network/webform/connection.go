package webform

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"time"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
)

// batchPosts is how many posts one Fetch brings.
const batchPosts = 100

// connection is one form.
type connection struct {
	n    *Network
	form form

	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	work   sync.WaitGroup

	mu   sync.Mutex
	seen time.Time // when it last said that it reads
}

var errClosed = errors.New("the connection is closed")

// begin ties a call to the life of the connection; done must be called.
func (c *connection) begin(ctx context.Context) (_ context.Context, done func(), err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ctx.Err() != nil {
		return nil, nil, explain(errClosed)
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
		return &network.Error{Trouble: network.Unreachable, Sentence: "The web form was stopped before it had finished. It is tried again by itself.", Cause: err}
	case fault.Is(err, fault.Down):
		return &network.Error{Trouble: network.Unreachable, Sentence: fault.Sentence(err), Cause: err}
	}
	return &network.Error{Trouble: network.Broken, Sentence: "The web form’s part of Mercat’s database could not be used. It is tried again by itself.", Cause: err}
}

func refuse(trouble network.Trouble, sentence string) error {
	return &network.Error{Trouble: trouble, Sentence: sentence}
}

// Check implements network.Connection. It changes nothing: the form becomes
// known under its address when somebody begins to read what it takes.
func (c *connection) Check(ctx context.Context) (network.Identity, error) {
	ctx, done, err := c.begin(ctx)
	if err != nil {
		return network.Identity{}, err
	}
	defer done()
	if err := c.n.o.DB.Read(ctx, c.free); err != nil {
		return network.Identity{}, explain(fmt.Errorf("check the form %s: %w", c.form.slug, err))
	}
	title := c.form.title
	if title == "" {
		title = english.FormTitle
	}
	return network.Identity{ID: c.form.slug, Handle: "/form/" + c.form.slug, Name: title, Profile: c.n.o.BaseURL + "/form/" + c.form.slug}, nil
}

// free refuses when another account is in use under the form's address.
func (c *connection) free(ctx context.Context, tx *db.Tx) error {
	taken, err := slugTaken(ctx, tx, c.form)
	if err == nil && taken {
		err = refuse(network.Refused, "Another web form has the address /form/"+c.form.slug+". Choose another address for this one.")
	}
	return err
}

// claim opens the form under its address.
func (c *connection) claim(ctx context.Context, tx *db.Tx) error {
	if err := c.free(ctx, tx); err != nil {
		return err
	}
	return putForm(ctx, tx, c.form)
}

// reads notes now and then that somebody reads what the form takes, and at once
// when another process has let go of it.
func (c *connection) reads(ctx context.Context) error {
	now := c.n.o.Now()
	c.mu.Lock()
	due := c.seen.IsZero() || now.Sub(c.seen).Abs() >= seenEvery
	c.mu.Unlock()
	if !due {
		err := c.n.o.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
			due, err = formReleased(ctx, tx, c.form.account)
			return err
		})
		if err != nil || !due {
			return err
		}
	}
	if err := c.n.o.DB.Write(ctx, c.claim); err != nil {
		return err
	}
	c.mu.Lock()
	c.seen = now
	c.mu.Unlock()
	return nil
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

// Fetch implements network.Connection.
func (c *connection) Fetch(ctx context.Context, cursor network.Cursor) (network.Batch, error) {
	ctx, done, err := c.begin(ctx)
	if err != nil {
		return network.Batch{}, err
	}
	defer done()
	if err := c.reads(ctx); err != nil {
		return network.Batch{}, explain(fmt.Errorf("note that the form %s is read: %w", c.form.slug, err))
	}
	var batch network.Batch
	err = c.n.o.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		seq, err := position(ctx, tx, cursor)
		if err != nil {
			return err
		}
		posts, err := postsAfter(ctx, tx, c.form.account, seq, batchPosts)
		if err != nil {
			return err
		}
		events := make([]network.Event, 0, len(posts))
		threads := map[int64]thread{}
		for _, p := range posts {
			t, known := threads[p.thread]
			if !known {
				if t, _, err = readThread(ctx, tx, p.thread); err != nil {
					return err
				}
				threads[p.thread] = t
			}
			post := asPost(t, p)
			events = append(events, network.Event{Post: &post})
			seq = p.seq
		}
		batch = network.Batch{Events: events, Cursor: network.Cursor(strconv.FormatInt(seq, 10)), More: len(posts) == batchPosts}
		return nil
	})
	if err != nil {
		return network.Batch{}, explain(fmt.Errorf("read what came through the form %s: %w", c.form.slug, err))
	}
	return batch, nil
}

// Wait implements network.Waiter.
func (c *connection) Wait(ctx context.Context, cursor network.Cursor, _ func(context.Context, network.Batch) error) error {
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
			found, err = anyAfter(ctx, tx, c.form.account, seq)
			return err
		})
		if err == nil && !found {
			err = c.reads(ctx)
		}
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			return explain(fmt.Errorf("look for news of the form %s: %w", c.form.slug, err))
		case found:
			return nil
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

// Thread implements network.Threader.
func (c *connection) Thread(ctx context.Context, ref network.Ref, limit int) ([]network.Post, error) {
	ctx, done, err := c.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	var list []network.Post
	err = c.n.o.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		p, t, err := c.find(ctx, tx, ref)
		if err != nil {
			return err
		}
		posts, err := postsOfThread(ctx, tx, t.id, pagePosts)
		if err != nil {
			return err
		}
		list = around(t, posts, p.id, limit)
		return nil
	})
	if err != nil {
		return nil, explain(fmt.Errorf("read a thread of the form %s: %w", c.form.slug, err))
	}
	return list, nil
}

// around cuts a thread to limit posts, the one asked for among them.
func around(t thread, posts []post, id int64, limit int) []network.Post {
	var list []network.Post
	at := 0
	for _, p := range posts {
		if !p.deleted.IsZero() {
			continue
		}
		if p.id == id {
			at = len(list)
		}
		list = append(list, asPost(t, p))
	}
	start := min(max(0, at-limit/2), max(0, len(list)-limit))
	return list[start:min(len(list), start+limit)]
}

// find returns one of the account's posts with its thread.
func (c *connection) find(ctx context.Context, tx *db.Tx, ref network.Ref) (post, thread, error) {
	gone := refuse(network.Missing, "The message that this answers is no longer there. Nothing was sent.")
	id := postOf(ref)
	if id == 0 {
		return post{}, thread{}, gone
	}
	p, found, err := readPost(ctx, tx, id)
	if err != nil {
		return post{}, thread{}, err
	}
	if !found || p.account != c.form.account {
		return post{}, thread{}, gone
	}
	t, found, err := readThread(ctx, tx, p.thread)
	if err == nil && !found {
		err = gone
	}
	return p, t, err
}

// OpenMedia implements network.Opener.
func (c *connection) OpenMedia(ctx context.Context, url string) (io.ReadCloser, int64, error) {
	gone := refuse(network.Missing, "This file is no longer there.")
	id, err := strconv.ParseInt(strings.TrimPrefix(url, mediaScheme), 10, 64)
	if err != nil || !strings.HasPrefix(url, mediaScheme) {
		return nil, 0, gone
	}
	var f file
	err = c.n.o.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		var found bool
		var err error
		if f, found, err = readFile(ctx, tx, id); err != nil || !found || f.post == 0 {
			return errors.Join(err, gone)
		}
		_, _, err = c.find(ctx, tx, refOf(f.post))
		return err
	})
	if err != nil {
		return nil, 0, explain(err)
	}
	body, size, err := c.n.open(ctx, f.key)
	if fault.Is(err, fault.NotFound) {
		return nil, 0, gone
	}
	if err != nil {
		return nil, 0, explain(fmt.Errorf("open a file of the form %s: %w", c.form.slug, err))
	}
	return body, size, nil
}

// Close implements network.Connection.
func (c *connection) Close() error {
	c.mu.Lock()
	c.cancel()
	c.mu.Unlock()
	c.work.Wait()
	c.mu.Lock()
	reads := !c.seen.IsZero()
	c.seen = time.Time{}
	c.mu.Unlock()
	if !reads {
		return nil // it only tried the account
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	// A form that cannot be closed here closes by itself after openFor.
	_ = c.n.o.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error { return releaseForm(ctx, tx, c.form.account) })
	return nil
}
