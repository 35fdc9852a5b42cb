package email_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"
	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/network/email"
)

// servers are an IMAP and an SMTP server in this process, with faults on
// demand. What the SMTP server takes for council@council.example goes into that
// mailbox; the rest is kept in sent.
type servers struct {
	t          *testing.T
	user       *imapmemserver.User
	imap, smtp string // addresses

	mu       sync.Mutex
	sent     []message
	answer   func(at string) error // what the SMTP server says at mail, rcpt, data
	damage   func(address string, c net.Conn) net.Conn
	dials    int
	lostCopy bool
	revoked  bool // the password is no longer accepted
}

type message struct {
	to   string
	body string
}

func startServers(t *testing.T) *servers {
	t.Helper()
	s := &servers{t: t, user: imapmemserver.NewUser("council@council.example", "secret")}
	s.must(s.user.Create("INBOX", nil))
	s.must(s.user.Create("Sent", nil))
	store := imapmemserver.New()
	store.AddUser(s.user)
	quiet := log.New(io.Discard, "", 0)
	imapServer := imapserver.New(&imapserver.Options{
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return &imapSession{store.NewSession().(imapserver.SessionIMAP4rev2), s}, nil, nil
		},
		Caps:         imap.CapSet{imap.CapIMAP4rev1: {}, imap.CapIMAP4rev2: {}},
		InsecureAuth: true,
		Logger:       quiet,
	})
	smtpServer := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &smtpSession{servers: s}, nil }))
	smtpServer.AllowInsecureAuth = true
	smtpServer.EnableDSN = true
	smtpServer.ErrorLog = quiet
	var running sync.WaitGroup
	serve := func(f func(net.Listener) error) string {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		s.must(err)
		// A server that is closed before it has begun to serve does not close the
		// listener that it gets afterwards, and would serve for ever.
		t.Cleanup(func() { _ = ln.Close() })
		running.Go(func() { _ = f(ln) })
		return ln.Addr().String()
	}
	t.Cleanup(running.Wait) // last: cleanups run from the end
	s.imap, s.smtp = serve(imapServer.Serve), serve(smtpServer.Serve)
	t.Cleanup(func() {
		imapServer.Close()
		smtpServer.Close()
	})
	return s
}

func (s *servers) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// put stores a message in a folder as if it had arrived at a time.
func (s *servers) put(folder, raw string, at time.Time) {
	s.t.Helper()
	raw = strings.ReplaceAll(raw, "\n", "\r\n")
	_, err := s.user.Append(folder, literal{bytes.NewReader([]byte(raw))}, &imap.AppendOptions{Time: at})
	s.must(err)
}

func (s *servers) arrive(n int) {
	s.t.Helper()
	s.put("INBOX", fmt.Sprintf("From: ann@citizen.example\nTo: council@council.example\nMessage-ID: <%d@citizen.example>\n\nMessage %d.\n", n, n), clock())
}

type literal struct{ *bytes.Reader }

func (l literal) Size() int64 { return l.Reader.Size() }

func clock() time.Time { return time.Date(2026, 11, 5, 12, 0, 0, 0, time.UTC) }

func (s *servers) options() email.Options {
	return email.Options{
		Now: clock,
		Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
			s.mu.Lock()
			s.dials++
			damage := s.damage
			s.mu.Unlock()
			c, err := (&net.Dialer{}).DialContext(ctx, network, address)
			if err == nil && damage != nil {
				c = damage(address, c)
			}
			return c, err
		},
		CommandTimeout: 2 * time.Second,
		BodyTimeout:    2 * time.Second,
		Settle:         200 * time.Millisecond,
		PollEvery:      20 * time.Millisecond,
	}
}

func (s *servers) connect(o email.Options, change map[string]string) network.Connection {
	s.t.Helper()
	imapHost, imapPort, _ := net.SplitHostPort(s.imap)
	smtpHost, smtpPort, _ := net.SplitHostPort(s.smtp)
	form := map[string]string{
		"address": "council@council.example", "password": "secret",
		"imap_host": imapHost, "imap_port": imapPort, "imap_security": "none",
		"smtp_host": smtpHost, "smtp_port": smtpPort, "smtp_security": "none",
	}
	for k, v := range change {
		form[k] = v
	}
	c, err := email.New(o).Connect(network.Account{ID: 1, Options: form})
	s.must(err)
	s.t.Cleanup(func() { s.must(c.Close()) })
	return c
}

func (s *servers) set(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
}

// delivered are the messages that came out at somebody else's end.
func (s *servers) delivered() []message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.sent)
}

func (s *servers) isRevoked() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.revoked
}

type imapSession struct {
	imapserver.SessionIMAP4rev2
	servers *servers
}

func (s *imapSession) Login(user, password string) error {
	if s.servers.isRevoked() {
		return imapserver.ErrAuthFailed
	}
	return s.SessionIMAP4rev2.Login(user, password)
}

// Idle tells also of what came in between the command before and this one, as
// RFC 2177 servers do: imapmemserver tells only of what comes later.
func (s *imapSession) Idle(w *imapserver.UpdateWriter, stop <-chan struct{}) error {
	for {
		if err := s.Poll(w, true); err != nil {
			return err
		}
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			select {
			case <-stop:
			case <-time.After(100 * time.Millisecond):
			}
		}()
		err := s.SessionIMAP4rev2.Idle(w, ended)
		<-ended
		select {
		case <-stop:
			return err
		default:
		}
		if err != nil {
			return err
		}
	}
}

type smtpSession struct {
	*servers
	to []string
}

func (s *smtpSession) at(step string) error {
	s.mu.Lock()
	f := s.answer
	s.mu.Unlock()
	if f == nil {
		return nil
	}
	return f(step)
}

func (s *smtpSession) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *smtpSession) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != "council@council.example" || password != "secret" || s.isRevoked() {
			return smtp.ErrAuthFailed
		}
		return nil
	}), nil
}

func (s *smtpSession) Mail(string, *smtp.MailOptions) error { return s.at("mail") }

func (s *smtpSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	if err := s.at("rcpt"); err != nil {
		return err
	}
	s.to = append(s.to, to)
	return nil
}

func (s *smtpSession) Data(r io.Reader) error {
	body, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if err := s.at("data"); err != nil {
		return err
	}
	for _, to := range s.to {
		s.mu.Lock()
		lost := s.lostCopy
		if to != "council@council.example" {
			s.sent = append(s.sent, message{to, string(body)})
		}
		s.mu.Unlock()
		if to == "council@council.example" && !lost {
			if _, err := s.user.Append("INBOX", literal{bytes.NewReader(body)}, &imap.AppendOptions{Time: clock()}); err != nil {
				return err
			}
		}
	}
	return s.at("accepted")
}

func (s *smtpSession) Reset()        { s.to = nil }
func (s *smtpSession) Logout() error { return nil }

// cutting ends a connection after so many bytes were read from it.
type cutting struct {
	net.Conn
	mu   sync.Mutex
	left int
}

func (c *cutting) Read(p []byte) (int, error) {
	c.mu.Lock()
	left := c.left
	c.mu.Unlock()
	if left <= 0 {
		c.Conn.Close()
		return 0, io.EOF
	}
	n, err := c.Conn.Read(p[:min(len(p), left)])
	c.mu.Lock()
	c.left -= n
	c.mu.Unlock()
	return n, err
}

// deaf is a connection from which nothing comes any more.
type deaf struct {
	net.Conn
	closed chan struct{}
	once   sync.Once
}

func newDeaf(c net.Conn) net.Conn { return &deaf{Conn: c, closed: make(chan struct{})} }

func (d *deaf) Read([]byte) (int, error) {
	<-d.closed
	return 0, net.ErrClosed
}

func (d *deaf) Close() error {
	d.once.Do(func() { close(d.closed) })
	return d.Conn.Close()
}

// without is a server that has neither IDLE nor the revision that includes it.
type without struct{ net.Conn }

func (w *without) Read(p []byte) (int, error) {
	n, err := w.Conn.Read(p)
	for _, capability := range []string{"IMAP4rev2", " IDLE"} {
		copy(p[:n], bytes.ReplaceAll(p[:n], []byte(capability), []byte(" XNOTHING "[:len(capability)])))
	}
	return n, err
}

// flood is a server that never stops to send.
type flood struct{ net.Conn }

func (f flood) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

var errCut = errors.New("cut")
