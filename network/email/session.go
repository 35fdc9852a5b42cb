package email

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-sasl"
)

const (
	answerBytes = 1 << 20  // most that an ordinary command may be answered with
	searchBytes = 32 << 20 // a list of all UIDs of a very large folder
)

// session is one signed-in IMAP connection. It is used by one goroutine at a
// time.
type session struct {
	options  Options
	server   server
	client   *imapclient.Client
	conn     *metered
	news     chan struct{} // the folder has grown; buffered by one
	caps     imap.CapSet
	selected string
}

// signIn connects and signs in. The error is a *network.Error.
func signIn(ctx context.Context, o Options, s server) (*session, error) {
	conn, err := o.dial(ctx, s, startIMAP)
	if err != nil {
		return nil, explainDial("incoming", s, err)
	}
	if s.security == securityStartTLS {
		conn = &greeted{Conn: conn, greeting: []byte("* OK upgraded\r\n")}
	}
	x := &session{options: o, server: s, conn: &metered{Conn: conn}, news: make(chan struct{}, 1)}
	x.conn.allow(answerBytes)
	x.client = imapclient.New(x.conn, &imapclient.Options{
		UnilateralDataHandler: &imapclient.UnilateralDataHandler{
			Mailbox: func(d *imapclient.UnilateralDataMailbox) {
				if d.NumMessages != nil {
					select {
					case x.news <- struct{}{}:
					default: // one is enough
					}
				}
			},
		},
	})
	if err := bounded(ctx, o.DialTimeout, x.conn, x.client.WaitGreeting); err != nil {
		x.close()
		var said *imap.Error
		if errors.As(err, &said) {
			return nil, explainIMAP(s, "begin", err)
		}
		if !isTimeout(err) {
			err = fmt.Errorf("%w: %w", errNotIMAP, err)
		}
		return nil, explainDial("incoming", s, err)
	}
	if err := x.login(ctx); err != nil {
		x.close()
		return nil, explainLogin(s, err)
	}
	return x, nil
}

func (x *session) login(ctx context.Context) error {
	caps, err := x.capabilities(ctx)
	if err != nil {
		return err
	}
	if caps.Has(imap.CapLoginDisabled) && x.server.security == securityNone {
		return &imap.Error{Type: imap.StatusResponseTypeNo, Code: imap.ResponseCodePrivacyRequired, Text: "sign-in is disabled"}
	}
	err = x.do(ctx, answerBytes, func() error {
		// PLAIN takes any letters in a password; LOGIN only those that the
		// server happens to expect.
		if caps.Has(imap.AuthCap(sasl.Plain)) {
			return x.client.Authenticate(sasl.NewPlainClient("", x.server.user, x.server.password))
		}
		return x.client.Login(x.server.user, x.server.password).Wait()
	})
	if err != nil {
		return err
	}
	x.caps, err = x.capabilities(ctx) // there are usually more after the sign-in
	return err
}

func (x *session) capabilities(ctx context.Context) (caps imap.CapSet, err error) {
	err = x.do(ctx, answerBytes, func() error {
		caps, err = x.client.Capability().Wait()
		return err
	})
	return caps, err
}

// do runs one command with a deadline and a bound on its answer.
func (x *session) do(ctx context.Context, answer int64, f func() error) error {
	x.conn.allow(answer)
	return bounded(ctx, x.options.CommandTimeout, x.conn, f)
}

// body is do for a command that moves a whole message.
func (x *session) body(ctx context.Context, answer int64, f func() error) error {
	x.conn.allow(answer)
	return bounded(ctx, x.options.BodyTimeout, x.conn, f)
}

// dead reports whether the connection is known to be broken.
func (x *session) dead() bool {
	select {
	case <-x.client.Closed():
		return true
	default:
		return false
	}
}

// close ends the connection without ceremony and waits for the client's reader.
func (x *session) close() {
	x.conn.Close()
	x.client.Close() // says how the reader ended, which is of no use any more
}

// examine opens a folder without the right to change it.
func (x *session) examine(ctx context.Context, folder string) (data *imap.SelectData, err error) {
	x.drain()
	err = x.do(ctx, answerBytes, func() error {
		data, err = x.client.Select(folder, &imap.SelectOptions{ReadOnly: true}).Wait()
		return err
	})
	if err != nil {
		x.selected = ""
		return nil, err
	}
	x.selected = folder
	data.UIDValidity = max(data.UIDValidity, 1) // a server that gives none never changes it
	return data, nil
}

func (x *session) drain() {
	select {
	case <-x.news:
	default:
	}
}

// search returns at most limit UIDs that match, in order, and whether there are
// more.
func (x *session) search(ctx context.Context, c *imap.SearchCriteria, limit int) (uids []imap.UID, more bool, err error) {
	var data *imap.SearchData
	err = x.do(ctx, searchBytes, func() error {
		data, err = x.client.UIDSearch(c, nil).Wait()
		return err
	})
	if err != nil {
		return nil, false, err
	}
	set, _ := data.All.(imap.UIDSet) // nil when nothing was found
	for _, r := range set {
		// Not set.Nums: one hostile range could be four thousand million long.
		for uid := r.Start; uid != 0 && uid <= r.Stop; uid++ {
			if len(uids) == limit {
				return uids, true, nil
			}
			uids = append(uids, uid)
		}
	}
	return uids, false, nil
}

// fetch runs one FETCH and hands each message to f. Bodies longer than most are
// cut. A message counts only when the whole command has succeeded: a connection
// that is cut in the middle of a body ends that body without an error.
func (x *session) fetch(ctx context.Context, set imap.UIDSet, o *imap.FetchOptions, most int64, f func(*imapclient.FetchMessageBuffer)) error {
	var got []*imapclient.FetchMessageBuffer
	err := x.body(ctx, most+answerBytes, func() error {
		cmd := x.client.Fetch(set, o)
		for {
			msg := cmd.Next()
			if msg == nil {
				return cmd.Close()
			}
			buffer := &imapclient.FetchMessageBuffer{SeqNum: msg.SeqNum}
			for item := msg.Next(); item != nil; item = msg.Next() {
				if err := collect(buffer, item, most); err != nil {
					x.abandon(cmd)
					return err
				}
			}
			got = append(got, buffer)
		}
	})
	if err != nil {
		return err
	}
	for _, b := range got {
		f(b)
	}
	return nil
}

// abandon ends a FETCH whose body broke off, and the connection with it. The
// client's reader must have ended before the rest is discarded: after an error
// both would read from the same buffer. Should the reader be waiting for us
// instead, discarding is what sets it free.
func (x *session) abandon(cmd *imapclient.FetchCommand) {
	x.conn.Close()
	patience := time.NewTimer(time.Second)
	defer patience.Stop()
	select {
	case <-x.client.Closed():
	case <-patience.C:
	}
	cmd.Close() // why it ended is known already
}

func collect(b *imapclient.FetchMessageBuffer, item imapclient.FetchItemData, most int64) error {
	switch item := item.(type) {
	case imapclient.FetchItemDataUID:
		b.UID = item.UID
	case imapclient.FetchItemDataRFC822Size:
		b.RFC822Size = item.Size
	case imapclient.FetchItemDataInternalDate:
		b.InternalDate = item.Time
	case imapclient.FetchItemDataBodyStructure:
		b.BodyStructure = item.BodyStructure
	case imapclient.FetchItemDataBodySection:
		if item.Literal == nil {
			return nil
		}
		data, err := io.ReadAll(io.LimitReader(item.Literal, most))
		if err != nil {
			return err
		}
		if int64(len(data)) < min(item.Literal.Size(), most) {
			return io.ErrUnexpectedEOF
		}
		b.BodySection = append(b.BodySection, imapclient.FetchBodySectionBuffer{Section: item.Section, Bytes: data})
	}
	return nil
}

// sentFolder finds the folder of sent mail, "" when there is none.
func (x *session) sentFolder(ctx context.Context) (string, error) {
	var list []*imap.ListData
	err := x.do(ctx, answerBytes, func() error {
		var o *imap.ListOptions
		if x.caps.Has(imap.CapSpecialUse) && x.caps.Has(imap.CapListExtended) {
			o = &imap.ListOptions{ReturnSpecialUse: true}
		}
		var err error
		list, err = x.client.List("", "*", o).Collect()
		return err
	})
	if err != nil {
		return "", err
	}
	byName := ""
	for _, one := range list {
		for _, attr := range one.Attrs {
			if attr == imap.MailboxAttrSent {
				return one.Mailbox, nil
			}
		}
		last := one.Mailbox
		if one.Delim != 0 {
			last = last[strings.LastIndex(last, string(one.Delim))+1:]
		}
		switch strings.ToLower(last) {
		case "sent", "sent items", "sent messages", "sent mail":
			if byName == "" || len(one.Mailbox) < len(byName) {
				byName = one.Mailbox
			}
		}
	}
	return byName, nil
}
