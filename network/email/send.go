package email

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"mercat.scot/mercat/network"
)

// helloName is an address literal: we have no name that a server could check.
const helloName = "[127.0.0.1]"

// settle is how long a server may take to accept or to drop a message whose
// sender is gone; the witness may take Options.Settle more.
const settle = 20 * time.Second

const maxUnsent = 1000 // keys that are remembered as surely not sent

// Send implements network.Connection. The package documentation says what a
// repeat can and cannot do.
func (c *connection) Send(ctx context.Context, out network.Outgoing) (network.Sent, error) {
	sent, err := c.send(ctx, out)
	if err != nil {
		return network.Sent{}, classified(err, "The message could not be put together. Mercat will try again.")
	}
	return sent, nil
}

func (c *connection) send(ctx context.Context, out network.Outgoing) (network.Sent, error) {
	ctx, leave, err := c.enter(ctx, c.sends)
	if err != nil {
		return network.Sent{}, err
	}
	defer leave()
	m, err := compose(ctx, c.settings, out, c.options.Now())
	if err != nil {
		return network.Sent{}, err
	}
	repeat, done, err := c.reserve(ctx, out.Key)
	if err != nil {
		return network.Sent{}, err
	}
	defer done()

	result := network.Sent{Ref: m.ref, Thread: m.ref}
	if out.Thread != "" {
		result.Thread = out.Thread
	} else if out.ReplyTo != "" {
		result.Thread = out.ReplyTo
	}
	if repeat || !out.First {
		there, err := c.sentBefore(ctx, out.Key, m.ref)
		if err != nil {
			return network.Sent{}, err
		}
		if there {
			return result, nil
		}
	}
	taken, err := c.submit(ctx, m)
	c.remember(out.Key, !taken)
	if err != nil {
		return network.Sent{}, err
	}
	if c.settings.copy == copySent {
		// The message is on its way. An error here would only make somebody
		// send it again.
		_ = c.keepCopy(ctx, m)
	}
	return result, nil
}

// reserve makes sure that one key is sent by one Send at a time. Repeat is true
// when another had it meanwhile, or before.
func (c *connection) reserve(ctx context.Context, key string) (repeat bool, done func(), err error) {
	for {
		c.mu.Lock()
		busy := c.sending[key]
		if busy == nil {
			mine := make(chan struct{})
			c.sending[key] = mine
			repeat = repeat || c.tried[key]
			c.mu.Unlock()
			return repeat, func() {
				c.mu.Lock()
				delete(c.sending, key)
				c.mu.Unlock()
				close(mine)
			}, nil
		}
		c.mu.Unlock()
		repeat = true
		select {
		case <-busy:
		case <-ctx.Done():
			return false, nil, ctx.Err()
		}
	}
}

// remember notes that a key was tried, and whether it was surely not sent.
func (c *connection) remember(key string, unsent bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.tried) >= maxUnsent {
		clear(c.tried) // whoever asks for a repeat says so
	}
	c.tried[key] = true
	if !unsent {
		delete(c.unsent, key)
		return
	}
	if len(c.unsent) >= maxUnsent {
		clear(c.unsent) // it only saves time
	}
	c.unsent[key] = true
}

// sentBefore looks for the witness of an earlier try.
func (c *connection) sentBefore(ctx context.Context, key string, ref network.Ref) (bool, error) {
	c.mu.Lock()
	sure := c.unsent[key]
	c.mu.Unlock()
	settled := time.NewTimer(c.options.Settle)
	defer settled.Stop()
	again := time.NewTicker(max(c.options.Settle/10, time.Millisecond))
	defer again.Stop()
	for {
		there, err := c.witness(ctx, ref)
		if err != nil || there || sure {
			return there, err
		}
		select {
		case <-again.C:
		case <-settled.C:
			// One more look, since the last may be a while ago.
			return c.witness(ctx, ref)
		case <-ctx.Done():
			return false, ctx.Err()
		}
	}
}

// witness searches the folder and the Sent folder for a Message-ID.
func (c *connection) witness(ctx context.Context, ref network.Ref) (bool, error) {
	ctx, leave, err := c.enter(ctx, c.commands.turn)
	if err != nil {
		return false, err
	}
	defer leave()
	for _, folder := range []func() (string, error){
		func() (string, error) { return c.settings.folder, nil },
		func() (string, error) { return c.sentName(ctx) },
	} {
		name, err := folder()
		if err != nil {
			return false, err
		}
		if name == "" {
			continue
		}
		x, _, err := c.open(ctx, &c.commands, name)
		if err != nil {
			if network.TroubleOf(err) == network.Revoked && name != c.settings.folder {
				continue // there is no such Sent folder after all
			}
			return false, err
		}
		uids, _, err := x.search(ctx, &imap.SearchCriteria{
			Header: []imap.SearchCriteriaHeaderField{{Key: "Message-ID", Value: string(ref)}},
		}, 1)
		if err != nil {
			c.commands.failed(err)
			return false, explainIMAP(c.settings.imap, "search for the message", err)
		}
		if len(uids) > 0 {
			return true, nil
		}
	}
	return false, nil
}

// sentName is the Sent folder, "" when there is none. The caller has the turn.
func (c *connection) sentName(ctx context.Context) (string, error) {
	if c.sent != "" {
		return c.sent, nil
	}
	x, _, err := c.open(ctx, &c.commands, c.settings.folder)
	if err != nil {
		return "", err
	}
	name, err := x.sentFolder(ctx)
	if err != nil {
		c.commands.failed(err)
		return "", explainIMAP(c.settings.imap, "list the folders", err)
	}
	c.sent = name
	return name, nil
}

// keepCopy puts a sent message into the Sent folder.
func (c *connection) keepCopy(ctx context.Context, m outgoing) error {
	ctx, leave, err := c.enter(ctx, c.commands.turn)
	if err != nil {
		return err
	}
	defer leave()
	name, err := c.sentName(ctx)
	if err != nil || name == "" {
		return err
	}
	x, _, err := c.open(ctx, &c.commands, c.settings.folder)
	if err != nil {
		return err
	}
	err = x.body(ctx, answerBytes, func() error {
		cmd := x.client.Append(name, int64(len(m.body)), &imap.AppendOptions{Flags: []imap.Flag{imap.FlagSeen}})
		if _, err := cmd.Write(m.body); err != nil {
			cmd.Close() // the first error says more
			return err
		}
		if err := cmd.Close(); err != nil {
			return err
		}
		_, err := cmd.Wait()
		return err
	})
	if err != nil {
		c.commands.failed(err)
	}
	return err
}

// smtpClient connects and signs in.
func (c *connection) smtpClient(ctx context.Context) (*smtp.Client, *metered, error) {
	s := c.settings.smtp
	conn, err := c.options.dial(ctx, s, startSMTP)
	if err != nil {
		return nil, nil, explainDial("outgoing", s, err)
	}
	if s.security == securityStartTLS {
		conn = &greeted{Conn: conn, greeting: []byte("220 upgraded\r\n")}
	}
	m := &metered{Conn: conn}
	m.allow(answerBytes)
	client := smtp.NewClient(net.Conn(m))
	client.CommandTimeout = c.options.CommandTimeout
	client.SubmissionTimeout = c.options.BodyTimeout
	at := stepGreeting
	err = bounded(ctx, c.options.CommandTimeout, m, func() error {
		if err := client.Hello(helloName); err != nil {
			return err
		}
		at = stepLogin
		if ok, _ := client.Extension("AUTH"); !ok {
			return nil // a relay that knows us by our address
		}
		if client.SupportsAuth(sasl.Plain) || !client.SupportsAuth(sasl.Login) {
			return client.Auth(sasl.NewPlainClient("", s.user, s.password))
		}
		return client.Auth(sasl.NewLoginClient(s.user, s.password))
	})
	if err != nil {
		m.Close() // the error at hand says more
		var said *smtp.SMTPError
		if at == stepGreeting && !errors.As(err, &said) && !isTimeout(err) {
			return nil, nil, explainDial("outgoing", s, fmt.Errorf("%w: %w", errNotIMAP, err))
		}
		return nil, nil, explainSMTP(s, at, "", err)
	}
	return client, m, nil
}

// submit hands the message to the server. Taken is true when the server has it
// or may have it.
func (c *connection) submit(ctx context.Context, m outgoing) (taken bool, err error) {
	s := c.settings.smtp
	client, conn, err := c.smtpClient(ctx)
	if err != nil {
		return false, err
	}
	defer conn.Close() // all has been said by then
	at, who := stepSender, c.settings.self.address()
	err = bounded(ctx, c.options.BodyTimeout, conn, func() error {
		if most, ok := client.MaxMessageSize(); ok && most > 0 && len(m.body) > most {
			return refused(fmt.Sprintf("The outgoing mail server %s takes messages of at most %s. Send it with fewer or smaller attachments.", s.host, megabytes(int64(most))), nil)
		}
		if ok, _ := client.Extension("SMTPUTF8"); m.utf8 && !ok {
			return refused(fmt.Sprintf("The outgoing mail server %s cannot send to an address with letters like those in %s. Reach the person in another way.", s.host, m.to.address()), nil)
		}
		err := client.Mail(c.settings.self.wire(), &smtp.MailOptions{Size: int64(len(m.body)), UTF8: m.utf8, Return: smtp.DSNReturnHeaders})
		if err != nil {
			return err
		}
		at, who = stepRecipient, m.to.address()
		if err := client.Rcpt(m.to.wire(), &smtp.RcptOptions{Notify: []smtp.DSNNotify{smtp.DSNNotifyFailure, smtp.DSNNotifyDelayed}}); err != nil {
			return err
		}
		if c.settings.copy == copyInbox && m.to != c.settings.self {
			err := client.Rcpt(c.settings.self.wire(), &smtp.RcptOptions{Notify: []smtp.DSNNotify{smtp.DSNNotifyNever}})
			var said *smtp.SMTPError
			if err != nil && !errors.As(err, &said) {
				return err
			}
			// A server that will not deliver to ourselves must not keep the
			// citizen from the answer; there is no witness then.
		}
		at = stepMessage
		w, err := client.Data()
		if err != nil {
			return err
		}
		if _, err := bytes.NewReader(m.body).WriteTo(w); err != nil {
			return err
		}
		// From the final dot on, the server may have the message.
		taken = true
		return w.Close()
	})
	if err == nil {
		// A proper farewell; the message is safe whatever comes of it.
		_ = bounded(ctx, 2*time.Second, conn, client.Quit)
		return true, nil
	}
	var said *smtp.SMTPError
	if errors.As(err, &said) {
		taken = false // it said no
	}
	return taken, explainSMTP(s, at, who, err)
}

// trySMTP goes as far as a message can go without being sent.
func (c *connection) trySMTP(ctx context.Context) error {
	client, conn, err := c.smtpClient(ctx)
	if err != nil {
		return err
	}
	defer conn.Close() // nothing was begun that this could harm
	self := c.settings.self
	at := stepSender
	err = bounded(ctx, c.options.CommandTimeout, conn, func() error {
		if err := client.Mail(self.wire(), &smtp.MailOptions{UTF8: !isASCII(self.local)}); err != nil {
			return err
		}
		at = stepRecipient
		if err := client.Rcpt(self.wire(), nil); err != nil {
			return err
		}
		if err := client.Reset(); err != nil {
			return err
		}
		return client.Quit()
	})
	if err == nil {
		return nil
	}
	var said *smtp.SMTPError
	if errors.As(err, &said) && said.Code >= 500 && at == stepRecipient {
		words := strings.TrimSpace(serverWords(said.Message))
		return trouble(network.Revoked, fmt.Sprintf("The outgoing mail server %s does not take mail from this account. It said: %s. Check the outgoing user name, or ask whoever looks after the server.", c.settings.smtp.host, words), err)
	}
	return explainSMTP(c.settings.smtp, at, self.address(), err)
}
