package email

import (
	"context"
	"errors"
	"sync"

	"github.com/emersion/go-imap/v2"

	"mercat.scot/mercat/network"
)

const maxSends = 4 // at the same time

// connection is one mailbox. It holds at most two IMAP connections, one for
// commands and one for IDLE, and one SMTP connection for each running Send.
type connection struct {
	options  Options
	settings settings

	ctx  context.Context // ends with Close
	stop context.CancelFunc

	commands, idle slot
	sends          chan struct{}

	mu      sync.Mutex
	sending map[string]chan struct{} // keys that a Send is busy with
	unsent  map[string]bool          // keys whose last try here surely failed before the server had the message
	tried   map[string]bool          // keys that this connection has tried to send
	strikes strikes
	sent    string // the Sent folder, once found
}

var (
	_ network.Connection = (*connection)(nil)
	_ network.Waiter     = (*connection)(nil)
)

func newConnection(o Options, s settings) *connection {
	c := &connection{
		options: o, settings: s,
		commands: slot{turn: make(chan struct{}, 1)},
		idle:     slot{turn: make(chan struct{}, 1)},
		sends:    make(chan struct{}, maxSends),
		sending:  map[string]chan struct{}{},
		unsent:   map[string]bool{},
		tried:    map[string]bool{},
		sent:     s.sent,
	}
	c.ctx, c.stop = context.WithCancel(context.Background())
	return c
}

var errClosed = errors.New("the connection has been closed")

// slot keeps one session for whoever has the turn.
type slot struct {
	turn chan struct{}
	kept *session
}

// enter joins ctx with the life of the connection and waits for the turn.
func (c *connection) enter(ctx context.Context, turn chan struct{}) (context.Context, func(), error) {
	ctx, cancel := context.WithCancel(ctx)
	unhook := context.AfterFunc(c.ctx, cancel)
	done := func() { unhook(); cancel() }
	select {
	case turn <- struct{}{}:
		if c.ctx.Err() == nil {
			return ctx, func() { <-turn; done() }, nil
		}
		<-turn
	case <-ctx.Done():
	}
	done()
	if c.ctx.Err() != nil {
		return nil, nil, trouble(network.Unreachable, "The connection to the mailbox has been closed.", errClosed)
	}
	return nil, nil, trouble(network.Unreachable, "The mailbox was busy for too long. Mercat will try again.", context.Cause(ctx))
}

// open returns a session with the folder freshly examined: the kept one when it
// still lives, a new one otherwise. The caller has the slot's turn.
func (c *connection) open(ctx context.Context, s *slot, folder string) (*session, *imap.SelectData, error) {
	if s.kept != nil && !s.kept.dead() {
		data, err := s.kept.examine(ctx, folder)
		if err == nil {
			return s.kept, data, nil
		}
		var said *imap.Error
		if errors.As(err, &said) {
			return nil, nil, explainSelect(c.settings.imap, folder, err)
		}
		// Servers hang up on the idle; that is no news to anybody.
	}
	s.drop()
	x, err := signIn(ctx, c.options, c.settings.imap)
	if err != nil {
		return nil, nil, err
	}
	data, err := x.examine(ctx, folder)
	if err != nil {
		x.close()
		return nil, nil, explainSelect(c.settings.imap, folder, err)
	}
	s.kept = x
	return x, data, nil
}

func (s *slot) drop() {
	if s.kept != nil {
		s.kept.close()
		s.kept = nil
	}
}

// failed drops the session unless the server merely said no.
func (s *slot) failed(err error) {
	var said *imap.Error
	if !errors.As(err, &said) {
		s.drop()
	}
}

// Close implements network.Connection. It may be called more than once.
func (c *connection) Close() error {
	c.stop()
	for _, s := range []*slot{&c.commands, &c.idle} {
		s.turn <- struct{}{}
		s.drop()
		<-s.turn
	}
	for range maxSends {
		c.sends <- struct{}{}
	}
	for range maxSends {
		<-c.sends
	}
	return nil
}

// Check implements network.Connection: it signs in to both servers, opens the
// folder and begins to send a message that it then takes back.
func (c *connection) Check(ctx context.Context) (network.Identity, error) {
	ctx, leave, err := c.enter(ctx, c.sends)
	if err != nil {
		return network.Identity{}, err
	}
	defer leave()
	x, err := signIn(ctx, c.options, c.settings.imap)
	if err != nil {
		return network.Identity{}, err
	}
	defer x.close()
	if _, err := x.examine(ctx, c.settings.folder); err != nil {
		return network.Identity{}, explainSelect(c.settings.imap, c.settings.folder, err)
	}
	if c.settings.copy != copyInbox {
		folder := c.settings.sent
		if folder == "" {
			if folder, err = x.sentFolder(ctx); err != nil {
				return network.Identity{}, explainIMAP(c.settings.imap, "list the folders", err)
			}
		}
		if folder == "" {
			return network.Identity{}, trouble(network.Revoked, "There is no folder for sent mail in the mailbox. Enter its name under Settings, or choose inbox for the copy of what is sent.", nil)
		}
		if _, err := x.examine(ctx, folder); err != nil {
			return network.Identity{}, explainSelect(c.settings.imap, folder, err)
		}
	}
	if err := c.trySMTP(ctx); err != nil {
		return network.Identity{}, err
	}
	return named{c.settings.self, c.settings.name}.identity(), nil
}
