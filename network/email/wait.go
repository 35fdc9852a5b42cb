package email

import (
	"context"
	"errors"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"mercat.scot/mercat/network"
)

// Wait implements network.Waiter. It returns after Options.IdleFor at the
// latest, so that the fetch that follows finds out about a line that died
// without a word. Everything that IMAP tells can be fetched, so deliver is not
// called.
func (c *connection) Wait(ctx context.Context, from network.Cursor, _ func(context.Context, network.Batch) error) error {
	outer := ctx
	ctx, leave, err := c.enter(ctx, c.idle.turn)
	if err != nil {
		if outer.Err() != nil || c.ctx.Err() != nil {
			return nil
		}
		return err
	}
	defer leave()
	at, known := readCursor(from)
	deadline := time.NewTimer(c.options.IdleFor)
	defer deadline.Stop()
	for {
		x, folder, err := c.open(ctx, &c.idle, c.settings.folder)
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
		if !known || at.mayHaveMore(folder) && folder.UIDNext != 0 {
			return nil
		}
		again, err := c.watch(ctx, x, deadline.C)
		if err != nil && ctx.Err() == nil {
			c.idle.failed(err)
			return explainIMAP(c.settings.imap, "watch for new mail", err)
		}
		if err != nil {
			c.idle.drop()
		}
		if !again || ctx.Err() != nil {
			return nil
		}
	}
}

// watch blocks until something may have happened. Again says that the folder
// must be looked at before anybody is woken.
func (c *connection) watch(ctx context.Context, x *session, deadline <-chan time.Time) (again bool, err error) {
	if !x.caps.Has(imap.CapIdle) {
		poll := time.NewTimer(c.options.PollEvery)
		defer poll.Stop()
		select {
		case <-ctx.Done():
			return false, nil
		case <-deadline:
			return false, nil
		case <-poll.C:
			return true, nil
		}
	}
	var idle *imapclient.IdleCommand
	err = x.do(ctx, answerBytes, func() error {
		idle, err = x.client.Idle()
		return err
	})
	if err != nil {
		return false, err
	}
	select {
	case <-ctx.Done():
	case <-deadline:
	case <-x.news:
	case <-x.client.Closed():
		err = errors.New("the server hung up")
	}
	// The line is put in order even when ctx has ended, so that it can be kept.
	const parting = 5 * time.Second
	closeErr := bounded(context.WithoutCancel(ctx), parting, x.conn, func() error {
		if err := idle.Close(); err != nil {
			return err
		}
		return idle.Wait()
	})
	if err == nil {
		err = closeErr
	}
	return false, err
}
