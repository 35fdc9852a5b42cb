package email_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"mercat.scot/mercat/network"
)

func outgoing(key string) network.Outgoing {
	return network.Outgoing{
		Key: key, First: true, At: clock(), To: network.Identity{ID: "ann@citizen.example", Name: "Ann"},
		ReplyTo: "1@citizen.example", Subject: "Bin", Text: "Hello.",
	}
}

func TestARepeatAfterALostAnswerSendsNothing(t *testing.T) {
	s := startServers(t)
	// The server takes the message, and the line is cut before it can say so.
	lines := make(chan net.Conn, 100)
	s.set(func() {
		s.damage = func(address string, c net.Conn) net.Conn {
			if address == s.smtp {
				lines <- c
			}
			return c
		}
		s.answer = func(at string) error {
			if at == "accepted" {
				(<-lines).Close()
				return errCut
			}
			return nil
		}
	})
	c := s.connect(s.options(), nil)
	out := outgoing("k1")
	_, err := c.Send(t.Context(), out)
	wantTrouble(t, err, network.Unreachable, "")
	s.set(func() { s.answer = nil })
	out.First = false
	sent, err := c.Send(t.Context(), out)
	if err != nil {
		t.Fatal(err)
	}
	if sent.Ref != "mercat.k1@council.example" || sent.Thread != "1@citizen.example" {
		t.Errorf("sent is %+v", sent)
	}
	if n := len(s.delivered()); n != 1 {
		t.Errorf("%d messages were delivered", n)
	}
}

func TestARepeatOfWhatNeverLeftIsSentAtOnce(t *testing.T) {
	s := startServers(t)
	s.set(func() { s.answer = func(string) error { return &smtp.SMTPError{Code: 451, Message: "busy"} } })
	o := s.options()
	o.Settle = time.Hour
	c := s.connect(o, nil)
	out := outgoing("k1")
	_, err := c.Send(t.Context(), out)
	wantTrouble(t, err, network.Broken, "busy")
	s.set(func() { s.answer = nil })
	out.First = false
	if _, err := c.Send(t.Context(), out); err != nil {
		t.Fatal(err)
	}
	if n := len(s.delivered()); n != 1 {
		t.Errorf("%d messages were delivered", n)
	}
}

func TestNothingIsRepeatedWhileTheMailboxCannotBeSearched(t *testing.T) {
	s := startServers(t)
	c := s.connect(s.options(), map[string]string{"imap_port": "1"})
	out := outgoing("k1")
	out.First = false
	_, err := c.Send(t.Context(), out)
	wantTrouble(t, err, network.Unreachable, "The incoming mail server")
	if n := len(s.delivered()); n != 0 {
		t.Errorf("%d messages were delivered", n)
	}
}

func TestAWitnessThatNeverComesLeadsToTheSameMessageAgain(t *testing.T) {
	s := startServers(t)
	s.set(func() { s.lostCopy = true })
	out := outgoing("k1")
	for _, first := range []bool{true, false} {
		out.First = first
		if _, err := s.connect(s.options(), nil).Send(t.Context(), out); err != nil {
			t.Fatal(err)
		}
	}
	d := s.delivered()
	if len(d) != 2 || d[0] != d[1] {
		t.Errorf("delivered: %q", d)
	}
}

func TestTheSameKeyAtTheSameTimeIsSentOnce(t *testing.T) {
	s := startServers(t)
	c := s.connect(s.options(), nil)
	errs := make(chan error, 3)
	for range 3 {
		go func() {
			_, err := c.Send(t.Context(), outgoing("k1"))
			errs <- err
		}()
	}
	for range 3 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	// Also when whoever asks believes that it is the first time.
	if _, err := c.Send(t.Context(), outgoing("k1")); err != nil {
		t.Error(err)
	}
	if n := len(s.delivered()); n != 1 {
		t.Errorf("%d messages were delivered", n)
	}
}

func TestWhatTheSMTPServerSaysIsPassedOnInPlainWords(t *testing.T) {
	for _, test := range []struct {
		at      string
		answer  smtp.SMTPError
		trouble network.Trouble
		says    string
	}{
		{"mail", smtp.SMTPError{Code: 553, Message: "sender not owned"}, network.Refused, "does not let this account send as council@council.example. It said: sender not owned."},
		{"mail", smtp.SMTPError{Code: 421, Message: "try later"}, network.Limited, "asks to wait"},
		{"rcpt", smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "unknown"}, network.Refused, "The address ann@citizen.example does not exist"},
		{"rcpt", smtp.SMTPError{Code: 554, EnhancedCode: smtp.EnhancedCode{5, 7, 1}, Message: "relay denied"}, network.Refused, "does not take mail for ann@citizen.example. It said: relay denied."},
		{"rcpt", smtp.SMTPError{Code: 450, Message: "greylisted"}, network.Limited, "greylisted"},
		{"data", smtp.SMTPError{Code: 552, Message: "too big"}, network.Refused, "too large"},
		{"data", smtp.SMTPError{Code: 554, Message: "looks like spam\u202e"}, network.Refused, "refused the message. It said: looks like spam"},
		{"data", smtp.SMTPError{Code: 452, Message: "disk full"}, network.Broken, "disk full"},
	} {
		t.Run(fmt.Sprint(test.at, test.answer.Code), func(t *testing.T) {
			s := startServers(t)
			s.answer = func(at string) error {
				if at == test.at {
					return &test.answer
				}
				return nil
			}
			_, err := s.connect(s.options(), nil).Send(t.Context(), outgoing("k"))
			wantTrouble(t, err, test.trouble, test.says)
			if n := len(s.delivered()); n != 0 {
				t.Errorf("%d messages were delivered", n)
			}
		})
	}
}

func TestWhatCannotBeSentIsRefused(t *testing.T) {
	s := startServers(t)
	c := s.connect(s.options(), nil)
	for name, test := range map[string]struct {
		change func(*network.Outgoing)
		says   string
	}{
		"no address":       {func(o *network.Outgoing) { o.To.ID = "unknown@sender.invalid" }, "no email address"},
		"header injection": {func(o *network.Outgoing) { o.To.ID = "a@b.example>\r\nBcc: x@y.example" }, "no email address"},
		"empty":            {func(o *network.Outgoing) { o.Text = " \n" }, "empty"},
		"bad key":          {func(o *network.Outgoing) { o.Key = "a@b" }, "key"},
		"foreign letters":  {func(o *network.Outgoing) { o.To.ID = "siôn@citizen.example" }, "letters like those"},
	} {
		t.Run(name, func(t *testing.T) {
			out := outgoing("k")
			test.change(&out)
			_, err := c.Send(t.Context(), out)
			wantTrouble(t, err, network.Refused, test.says)
		})
	}
	out := outgoing("k")
	out.Media = []network.Attachment{{Open: func(context.Context) (io.ReadCloser, error) { return nil, errors.New("disk gone") }}}
	_, err := c.Send(t.Context(), out)
	wantTrouble(t, err, network.Broken, "put together")
}

func TestHeadersCannotBeForgedThroughWords(t *testing.T) {
	s := startServers(t)
	out := outgoing("k")
	out.Subject = "Hi\r\nBcc: evil@x.example\r\n\r\nbody"
	out.To.Name = "Ann\"\r\nX-Evil: 1"
	out.ReplyTo = "x@y.example>\r\nX-Evil: 2"
	out.References = []network.Ref{"a@b.example\r\nX-Evil: 3", "ok@b.example"}
	out.Conversation = "abc123\r\nX-Evil: 4"
	out.Text = ".\nFrom here\n..dots\n" + strings.Repeat("long ", 500)
	if _, err := s.connect(s.options(), nil).Send(t.Context(), out); err != nil {
		t.Fatal(err)
	}
	body := s.delivered()[0].body
	head, text, _ := strings.Cut(body, "\r\n\r\n")
	for line := range strings.SplitSeq(head, "\r\n") {
		if strings.HasPrefix(line, "X-Evil") || strings.HasPrefix(line, "Bcc") {
			t.Errorf("forged: %s", line)
		}
	}
	if !strings.HasPrefix(text, ".\r\nFrom here\r\n..dots\r\n") {
		t.Errorf("text is %q", text[:40])
	}
	for line := range strings.SplitSeq(text, "\r\n") {
		if len(line) > 78 {
			t.Errorf("a line has %d bytes", len(line))
		}
	}
	if !strings.Contains(head, "References: <ok@b.example>") || strings.Contains(head, "In-Reply-To") {
		t.Errorf("threading is\n%s", head)
	}
}
