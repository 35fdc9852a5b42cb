//go:build linux

package torture

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-message/mail"
	"github.com/emersion/go-smtp"
)

// eilidh is the citizen who writes mail.
const eilidh = "eilidh@citizen.example"

// postOffice is a real Dovecot and a real Postfix. It keeps the ledger: what is
// in a citizen's mailbox has come, and nothing else has.
type postOffice struct {
	Host           string            `json:"host"`
	IMAPSPort      int               `json:"imaps_port"`
	MXPort         int               `json:"mx_port"`
	SubmissionPort int               `json:"submission_port"`
	CA             string            `json:"ca"`
	Users          map[string]string `json:"users"`
}

func openPostOffice(t *testing.T) *postOffice {
	t.Helper()
	file := os.Getenv("MERCAT_TEST_MAIL")
	if file == "" {
		t.Skip("needs Dovecot and Postfix: run test/peers/mail/run and set MERCAT_TEST_MAIL to its file")
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	o := &postOffice{}
	if err := json.Unmarshal(b, o); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	if o.Users[eilidh] == "" {
		t.Fatalf("the mail servers are of another version: %s has no mailbox there", eilidh)
	}
	return o
}

func (o *postOffice) at(port int) string { return net.JoinHostPort(o.Host, strconv.Itoa(port)) }

// mails makes the citizen write to the council, past the bad weather.
func (o *postOffice) mails(n *town, to, mark string, pause time.Duration, seed uint64) {
	n.every(pause, seed, func(_ *rand.Rand, i int) {
		id := fmt.Sprintf("%s.%d@citizen.example", mark, i)
		text := fmt.Sprintf("The light in the Kirk Wynd is out, says Eilidh for the %dth time.", i)
		message := fmt.Sprintf("From: Eilidh <%s>\r\nTo: %s\r\nSubject: Light %s %d\r\nMessage-ID: <%s>\r\nDate: %s\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n%s\r\n",
			eilidh, to, mark, i, id, time.Now().Format(time.RFC1123Z), text)
		c, err := smtp.Dial(o.at(o.MXPort))
		if err == nil {
			err = c.SendMail(eilidh, []string{to}, strings.NewReader(message))
			_ = c.Close() // it was taken, or not
		}
		if err != nil {
			n.oddly(fmt.Sprintf("the mail was not taken: %v", err))
			return
		}
		n.mu.Lock()
		n.posted[id] = text
		n.mu.Unlock()
	})
}

// opens opens the inbox of somebody.
func (o *postOffice) opens(t *testing.T, address string) *imapclient.Client {
	t.Helper()
	pem, err := os.ReadFile(o.CA)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		t.Fatal("the mail servers' authority is no certificate")
	}
	c, err := imapclient.DialTLS(o.at(o.IMAPSPort), &imapclient.Options{TLSConfig: &tls.Config{RootCAs: pool, ServerName: o.Host}})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Login(address, o.Users[address]).Wait(); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Select("INBOX", nil).Wait(); err != nil {
		t.Fatal(err)
	}
	return c
}

// empties takes away what earlier runs of the test have left.
func (o *postOffice) empties(t *testing.T, address string) {
	t.Helper()
	c := o.opens(t, address)
	defer c.Close()
	box, err := c.Status("INBOX", &imap.StatusOptions{NumMessages: true}).Wait()
	if err != nil {
		t.Fatal(err)
	}
	if box.NumMessages == nil || *box.NumMessages == 0 {
		return // of nothing, nothing can be marked
	}
	all := imap.SeqSet{{Start: 1, Stop: 0}}
	if err := c.Store(all, &imap.StoreFlags{Op: imap.StoreFlagsAdd, Silent: true, Flags: []imap.Flag{imap.FlagDeleted}}, nil).Close(); err != nil {
		t.Fatal(err)
	}
	if err := c.Expunge().Close(); err != nil {
		t.Fatal(err)
	}
}

// came is how often each answer with a mark is in the citizen's mailbox.
func (o *postOffice) came(t *testing.T, mark string) map[string]int {
	t.Helper()
	c := o.opens(t, eilidh)
	defer c.Close()
	found, err := c.UIDSearch(&imap.SearchCriteria{Header: []imap.SearchCriteriaHeaderField{{Key: "Subject", Value: mark}}}, nil).Wait()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]int{}
	if len(found.AllUIDs()) == 0 {
		return out
	}
	list, err := c.Fetch(imap.UIDSetNum(found.AllUIDs()...), &imap.FetchOptions{BodySection: []*imap.FetchItemBodySection{{Peek: true}}}).Collect()
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range list {
		out[firstLine(t, string(m.BodySection[0].Bytes))]++
	}
	return out
}

// firstLine is the first line of a message's first text.
func firstLine(t *testing.T, raw string) string {
	t.Helper()
	r, err := mail.CreateReader(strings.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	part, err := r.NextPart()
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(part.Body)
	if err != nil {
		t.Fatal(err)
	}
	line, _, _ := strings.Cut(strings.TrimSpace(string(text)), "\n")
	return strings.TrimSpace(line)
}

// TestABrokenLineToTheMailServersLosesNothingAndDoublesNothing puts a proxy
// before the council's incoming server and another before its outgoing one. Both
// cut, delay, halve and reset, all the time, each in its own way.
func TestABrokenLineToTheMailServersLosesNothingAndDoublesNothing(t *testing.T) {
	t.Parallel()
	storms := max(20, number(t, "KILLS", 20))
	office := openPostOffice(t)
	engines(t, func(t *testing.T, m *mercat) {
		r := chance(t)
		incoming, outgoing := freePort(t), freePort(t)
		in, out := newWeather(t, incoming, office.at(office.IMAPSPort)), newWeather(t, outgoing, office.at(office.SubmissionPort))
		m.flags = []string{"--ca-file", office.CA}
		n := townOn(m, "email")
		admin := m.council(m.start(), "", "")
		ours := string(m.engine) + "@council.example" // a mailbox for each, and for nobody else
		office.empties(t, ours)
		mark := fmt.Sprintf("m%x", time.Now().UnixNano())
		port := func(address string) string { _, p, _ := net.SplitHostPort(address); return p }
		admin.must(http.MethodPost, "/settings/accounts", http.StatusSeeOther, "network", "email", "name", "Contact by email", "sign_replies", "",
			"option_address", ours, "option_name", "Strathcarron Council", "option_password", office.Users[ours],
			"option_imap_host", office.Host, "option_imap_port", port(incoming), "option_imap_security", "tls",
			"option_smtp_host", office.Host, "option_smtp_port", port(outgoing), "option_smtp_security", "starttls",
			"option_copy", "inbox", "option_separator", "+", "option_folder", "INBOX")
		office.mails(n, ours, mark, 700*time.Millisecond, r.Uint64())
		n.answers(admin, "Mairi "+mark, 500*time.Millisecond, r.Uint64())
		time.Sleep(5 * time.Second) // so that there is something to send in the storms
		seen := map[string]int{}
		for range storms {
			if r.IntN(2) == 0 {
				in.blows(r, seen)
			} else {
				out.blows(r, seen)
			}
			m.lives()
		}
		n.quiet()
		t.Logf("storms: %v", seen)
		d := m.look()
		n.settles(d, atRest)
		n.mu.Lock()
		defer n.mu.Unlock()
		n.isIn(d)
		if lost := n.isOut(d, office.came(t, mark)); lost > 0 {
			t.Errorf("%d answers are not in the citizen's mailbox", lost)
		}
		n.isAtRest(d)
		if len(n.posted) == 0 || len(n.answered) == 0 {
			t.Errorf("there was too little to count")
		}
		t.Logf("%d letters, %d answers", len(n.posted), len(n.answered))
	})
}
