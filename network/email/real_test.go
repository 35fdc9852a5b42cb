package email_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-smtp"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/network/email"
)

// peers are the Dovecot and the Postfix that test/peers/mail/run has started.
type peers struct {
	Host            string            `json:"host"`
	IMAPPort        int               `json:"imap_port"`
	IMAPSPort       int               `json:"imaps_port"`
	MXPort          int               `json:"mx_port"`
	SubmissionPort  int               `json:"submission_port"`
	SubmissionsPort int               `json:"submissions_port"`
	CA              string            `json:"ca"`
	Users           map[string]string `json:"users"`
	authorities     *x509.CertPool
}

func realPeers(t *testing.T) *peers {
	t.Helper()
	file := os.Getenv("MERCAT_TEST_MAIL")
	if file == "" {
		t.Skip("needs Dovecot and Postfix: run test/peers/mail/run and set MERCAT_TEST_MAIL to its file")
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	p := &peers{authorities: x509.NewCertPool()}
	if err := json.Unmarshal(b, p); err != nil {
		t.Fatal(err)
	}
	ca, err := os.ReadFile(p.CA)
	if err != nil {
		t.Fatal(err)
	}
	if !p.authorities.AppendCertsFromPEM(ca) {
		t.Fatal("the peers' authority is not a certificate")
	}
	return p
}

func (p *peers) network() network.Network {
	return email.New(email.Options{
		Dial: (&net.Dialer{}).DialContext,
		Now:  time.Now,
		TLS:  &tls.Config{RootCAs: p.authorities},
	})
}

// account is the form as an administrator fills it in for an address.
func (p *peers) account(address string, change map[string]string) network.Account {
	o := map[string]string{
		"address": address, "name": "Comhairle Mercat", "password": p.Users[address],
		"imap_host": p.Host, "imap_port": strconv.Itoa(p.IMAPSPort), "imap_security": "tls",
		"smtp_host": p.Host, "smtp_port": strconv.Itoa(p.SubmissionPort), "smtp_security": "starttls",
	}
	for k, v := range change {
		o[k] = v
	}
	return network.Account{ID: 1, Options: o}
}

func (p *peers) connect(t *testing.T, address string, change map[string]string) network.Connection {
	t.Helper()
	c, err := p.network().Connect(p.account(address, change))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// post sends a message to the council as another mail server would.
func (p *peers) post(t *testing.T, from, to, message string) {
	t.Helper()
	message = strings.ReplaceAll(message, "\n", "\r\n")
	c, err := smtp.Dial(net.JoinHostPort(p.Host, strconv.Itoa(p.MXPort)))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.SendMail(from, []string{to}, strings.NewReader(message)); err != nil {
		t.Fatal(err)
	}
}

// count returns how many messages in a folder have a Message-ID that holds id.
func (p *peers) count(t *testing.T, address, folder, id string) int {
	t.Helper()
	c := p.signIn(t, address)
	defer c.Close()
	if _, err := c.Select(folder, &imap.SelectOptions{ReadOnly: true}).Wait(); err != nil {
		t.Fatal(err)
	}
	found, err := c.UIDSearch(&imap.SearchCriteria{Header: []imap.SearchCriteriaHeaderField{{Key: "Message-ID", Value: id}}}, nil).Wait()
	if err != nil {
		t.Fatal(err)
	}
	return len(found.AllUIDs())
}

func (p *peers) signIn(t *testing.T, address string) *imapclient.Client {
	t.Helper()
	c, err := imapclient.DialTLS(net.JoinHostPort(p.Host, strconv.Itoa(p.IMAPSPort)), &imapclient.Options{
		TLSConfig: &tls.Config{RootCAs: p.authorities, ServerName: p.Host},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Login(address, p.Users[address]).Wait(); err != nil {
		t.Fatal(err)
	}
	return c
}

// read returns the messages in a mailbox whose Message-ID holds id, waiting for
// the first.
func (p *peers) read(t *testing.T, address, id string) []string {
	t.Helper()
	c := p.signIn(t, address)
	defer c.Close()
	for deadline := time.Now().Add(15 * time.Second); ; {
		if _, err := c.Select("INBOX", nil).Wait(); err != nil {
			t.Fatal(err)
		}
		found, err := c.UIDSearch(&imap.SearchCriteria{Header: []imap.SearchCriteriaHeaderField{{Key: "Message-ID", Value: id}}}, nil).Wait()
		if err != nil {
			t.Fatal(err)
		}
		if uids := found.AllUIDs(); len(uids) > 0 {
			list, err := c.Fetch(imap.UIDSetNum(uids...), &imap.FetchOptions{Flags: true, BodySection: []*imap.FetchItemBodySection{{Peek: true}}}).Collect()
			if err != nil {
				t.Fatal(err)
			}
			var out []string
			for _, m := range list {
				out = append(out, fmt.Sprintf("X-Flags: %v\r\n%s", m.Flags, m.BodySection[0].Bytes))
			}
			return out
		}
		if time.Now().After(deadline) {
			t.Fatalf("no message %s at %s", id, address)
		}
	}
}

// unique is a name that no other test run has used in these mailboxes.
func unique(t *testing.T) string {
	return strings.ToLower(fmt.Sprintf("t%x", time.Now().UnixNano()))
}

// until fetches, waiting in between, until it finds an event that is wanted.
func until(t *testing.T, c network.Connection, cursor *network.Cursor, want func(network.Event) bool) network.Event {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for {
		b, err := c.Fetch(ctx, *cursor)
		if err != nil {
			t.Fatal(err)
		}
		*cursor = b.Cursor
		for _, e := range b.Events {
			if want(e) {
				return e
			}
		}
		if b.More {
			continue
		}
		if err := c.(network.Waiter).Wait(ctx, *cursor, nil); err != nil {
			t.Fatal(err)
		}
		if ctx.Err() != nil {
			t.Fatal("what was waited for did not come")
		}
	}
}

// now returns the cursor behind everything that is in the mailbox.
func now(t *testing.T, c network.Connection) network.Cursor {
	t.Helper()
	var cursor network.Cursor
	for {
		b, err := c.Fetch(t.Context(), cursor)
		if err != nil {
			t.Fatal(err)
		}
		cursor = b.Cursor
		if !b.More {
			return cursor
		}
	}
}

func postWith(ref network.Ref) func(network.Event) bool {
	return func(e network.Event) bool { return e.Post != nil && e.Post.Ref == ref }
}

func TestRealServersPassTheCheck(t *testing.T) {
	p := realPeers(t)
	for name, change := range map[string]map[string]string{
		"tls and starttls":    nil,
		"starttls and tls":    {"imap_port": strconv.Itoa(p.IMAPPort), "imap_security": "starttls", "smtp_port": strconv.Itoa(p.SubmissionsPort), "smtp_security": "tls"},
		"copy in Sent folder": {"copy": "sent"},
	} {
		t.Run(name, func(t *testing.T) {
			self, err := p.connect(t, "council@council.example", change).Check(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			want := network.Identity{ID: "council@council.example", Handle: "council@council.example", Name: "Comhairle Mercat"}
			if self != want {
				t.Errorf("self is %+v, want %+v", self, want)
			}
		})
	}
}

func TestRealServersSayWhatIsWrong(t *testing.T) {
	p := realPeers(t)
	for name, test := range map[string]struct {
		change  map[string]string
		trouble network.Trouble
		says    string
	}{
		"wrong password":          {map[string]string{"password": "wrong"}, network.Revoked, "does not accept the user name and password"},
		"wrong outgoing password": {map[string]string{"smtp_password": "wrong"}, network.Revoked, "The outgoing mail server localhost does not accept"},
		"no such folder":          {map[string]string{"folder": "Nowhere"}, network.Revoked, `no folder "Nowhere"`},
		"another's address":       {map[string]string{"address": "roads@council.example", "user": "council@council.example"}, network.Revoked, "does not take mail from this account"},
		"nobody listens":          {map[string]string{"imap_port": "1"}, network.Unreachable, "refuses connections on port 1"},
		"tls on a plain port":     {map[string]string{"imap_port": strconv.Itoa(p.IMAPPort)}, network.Unreachable, "does not speak TLS"},
		"not an IMAP server":      {map[string]string{"imap_port": strconv.Itoa(p.SubmissionsPort)}, network.Unreachable, "not a mail server of the right kind"},
		"no such host":            {map[string]string{"smtp_host": "nowhere.invalid"}, network.Unreachable, "The outgoing mail server nowhere.invalid"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := p.connect(t, "council@council.example", test.change).Check(t.Context())
			wantTrouble(t, err, test.trouble, test.says)
		})
	}
	t.Run("unknown authority", func(t *testing.T) {
		n := email.New(email.Options{Dial: (&net.Dialer{}).DialContext, Now: time.Now})
		c, err := n.Connect(p.account("council@council.example", nil))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		_, err = c.Check(t.Context())
		wantTrouble(t, err, network.Unreachable, "certificate from an authority")
	})
}

func TestRealMailArrivesIsAnsweredAndReadBack(t *testing.T) {
	p := realPeers(t)
	council := p.connect(t, "council@council.example", nil)
	cursor := now(t, council)
	id := unique(t)

	// The citizen writes while the desk is waiting.
	arrived := make(chan error, 1)
	go func() { arrived <- council.(network.Waiter).Wait(t.Context(), cursor, nil) }()
	p.post(t, "ann@citizen.example", "council@council.example", `From: "Ann Siân" <ann@citizen.example>
To: council@council.example
Subject: =?utf-8?Q?T=C5=B7_heb_oleuadau?=
Message-ID: <`+id+`@citizen.example>
Date: `+time.Now().Format(time.RFC1123Z)+`
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

Mae'r golau stryd ar Ffordd y Môr wedi torri.
`)
	select {
	case err := <-arrived:
		if err != nil {
			t.Fatal(err)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("IDLE did not wake")
	}
	e := until(t, council, &cursor, postWith(network.Ref(id+"@citizen.example")))
	if e.Post.Subject != "Tŷ heb oleuadau" || e.Post.Text != "Mae'r golau stryd ar Ffordd y Môr wedi torri." || e.Post.Author.Name != "Ann Siân" {
		t.Fatalf("post is %+v", e.Post)
	}

	// The desk answers.
	out := network.Outgoing{
		Key: id, First: true, At: time.Now(), To: e.Post.Author, ReplyTo: e.Post.Ref, Thread: e.Post.Thread,
		Conversation: id, Subject: e.Post.Subject,
		Text: "Diolch, Ann.\n.\nByddwn yn ei drwsio. 🙂",
		Media: []network.Attachment{{
			Filename: "map.png", ContentType: "image/png", Alt: "A map of Ffordd y Môr",
			Open: func(context.Context) (io.ReadCloser, error) {
				return io.NopCloser(strings.NewReader("\x89PNG\r\n\x1a\n")), nil
			},
		}},
	}
	sent, err := council.Send(t.Context(), out)
	if err != nil {
		t.Fatal(err)
	}
	reply := p.read(t, "ann@citizen.example", string(sent.Ref))
	if len(reply) != 1 {
		t.Fatalf("%d replies arrived", len(reply))
	}
	for _, want := range []string{
		"In-Reply-To: <" + id + "@citizen.example>\r\n",
		"References: <" + id + "@citizen.example>\r\n",
		"Message-Id: <" + string(sent.Ref) + ">\r\n",
		"Reply-To: \"Comhairle Mercat\" <council+" + id + "@council.example>\r\n",
		"From: \"Comhairle Mercat\" <council@council.example>\r\n",
		"Content-Description: =?utf-8?q?A_map_of_Ffordd_y_M=C3=B4r?=\r\n",
	} {
		if !strings.Contains(reply[0], want) {
			t.Errorf("the reply lacks %q:\n%s", want, reply[0])
		}
	}

	// A repeat after a crash finds the witness.
	out.First = false
	again, err := p.connect(t, "council@council.example", nil).Send(t.Context(), out)
	if err != nil {
		t.Fatal(err)
	}
	if again != sent {
		t.Errorf("the repeat returned %+v, the first send %+v", again, sent)
	}
	if n := len(p.read(t, "ann@citizen.example", string(sent.Ref))); n != 1 {
		t.Errorf("%d replies arrived", n)
	}

	// Our own copy is a receipt, and the citizen's answer finds home.
	receipt := until(t, council, &cursor, func(e network.Event) bool { return e.Receipt != nil && e.Receipt.Of == sent.Ref })
	if receipt.Receipt.Failed {
		t.Error("our own copy was taken for a failure")
	}
	p.post(t, "ann@citizen.example", "council+"+id+"@council.example", `From: ann@citizen.example
To: council+`+id+`@council.example
Subject: RE: =?utf-8?Q?T=C5=B7_heb_oleuadau?=
Message-ID: <`+id+`-2@citizen.example>

Diolch!
`)
	back := until(t, council, &cursor, postWith(network.Ref(id+"-2@citizen.example")))
	if back.Post.Conversation != id {
		t.Errorf("the answer to the plus-address names conversation %q, want %q", back.Post.Conversation, id)
	}

	// The copy has gone to the Sent folder, and is a witness there too.
	if n := p.count(t, "council@council.example", "INBOX", string(sent.Ref)); n != 0 {
		t.Errorf("%d copies are left in the inbox", n)
	}
	if n := p.count(t, "council@council.example", "Sent", string(sent.Ref)); n != 1 {
		t.Errorf("%d copies are in the Sent folder", n)
	}
	if _, err := p.connect(t, "council@council.example", nil).Send(t.Context(), out); err != nil {
		t.Fatal(err)
	}
	if n := len(p.read(t, "ann@citizen.example", string(sent.Ref))); n != 1 {
		t.Errorf("%d replies arrived", n)
	}

	// Nothing that a citizen wrote was marked or moved.
	for _, raw := range p.read(t, "council@council.example", id+"@citizen.example") {
		if flags, _, _ := strings.Cut(raw, "\r\n"); strings.Contains(flags, "Seen") {
			t.Errorf("the citizen's mail was marked: %s", flags)
		}
	}
}

func TestRealBouncesBecomeReceipts(t *testing.T) {
	p := realPeers(t)
	council := p.connect(t, "council@council.example", nil)
	for name, test := range map[string]struct{ to, says string }{
		"full mailbox": {"full@citizen.example", "The mailbox of full@citizen.example is full."},
		"gone":         {"gone@citizen.example", "The address gone@citizen.example does not exist."},
	} {
		t.Run(name, func(t *testing.T) {
			cursor := now(t, council)
			sent, err := council.Send(t.Context(), network.Outgoing{
				Key: unique(t), First: true, At: time.Now(), To: network.Identity{ID: test.to}, Text: "Hello.",
			})
			if err != nil {
				t.Fatal(err)
			}
			e := until(t, council, &cursor, func(e network.Event) bool {
				return e.Receipt != nil && e.Receipt.Of == sent.Ref && e.Receipt.Failed
			})
			if !strings.Contains(e.Receipt.Sentence, test.says) {
				t.Errorf("the receipt says %q, want %q in it", e.Receipt.Sentence, test.says)
			}
		})
	}
	t.Run("unknown recipient", func(t *testing.T) {
		_, err := council.Send(t.Context(), network.Outgoing{
			Key: unique(t), First: true, At: time.Now(), To: network.Identity{ID: "nobody@citizen.example"}, Text: "Hello.",
		})
		wantTrouble(t, err, network.Refused, "The address nobody@citizen.example does not exist")
	})
}

func TestRealSentFolderIsAWitnessToo(t *testing.T) {
	p := realPeers(t)
	change := map[string]string{"copy": "sent"}
	out := network.Outgoing{Key: unique(t), First: true, At: time.Now(), To: network.Identity{ID: "bethan@citizen.example"}, Text: "Shwmae."}
	sent, err := p.connect(t, "council@council.example", change).Send(t.Context(), out)
	if err != nil {
		t.Fatal(err)
	}
	out.First = false
	if _, err := p.connect(t, "council@council.example", change).Send(t.Context(), out); err != nil {
		t.Fatal(err)
	}
	if n := len(p.read(t, "bethan@citizen.example", string(sent.Ref))); n != 1 {
		t.Errorf("%d messages arrived", n)
	}
}
