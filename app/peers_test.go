package app

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-smtp"
)

// readPeer reads the file in which a real server, started by test/peers, says
// where it is.
func readPeer(t *testing.T, env string, into any) {
	t.Helper()
	file := os.Getenv(env)
	if file == "" {
		t.Skipf("%s names no server: make test starts one", env)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, into); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

// mailPeer is a real Dovecot and a real Postfix.
type mailPeer struct {
	Host           string            `json:"host"`
	IMAPSPort      int               `json:"imaps_port"`
	MXPort         int               `json:"mx_port"`
	SubmissionPort int               `json:"submission_port"`
	CA             string            `json:"ca"`
	Users          map[string]string `json:"users"`
}

func (p mailPeer) authorities(t *testing.T) *x509.CertPool {
	t.Helper()
	pem, err := os.ReadFile(p.CA)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		t.Fatal("the mail servers' authority is no certificate")
	}
	return pool
}

// deliver hands a message in as another mail server would.
func (p mailPeer) deliver(t *testing.T, from, to, message string) {
	t.Helper()
	c, err := smtp.Dial(net.JoinHostPort(p.Host, strconv.Itoa(p.MXPort)))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.SendMail(from, []string{to}, strings.NewReader(strings.ReplaceAll(message, "\n", "\r\n"))); err != nil {
		t.Fatal(err)
	}
}

// inbox returns the messages in a mailbox whose header has a value, whole.
func (p mailPeer) inbox(t *testing.T, address, header, value string) []string {
	t.Helper()
	c, err := imapclient.DialTLS(net.JoinHostPort(p.Host, strconv.Itoa(p.IMAPSPort)), &imapclient.Options{
		TLSConfig: &tls.Config{RootCAs: p.authorities(t), ServerName: p.Host},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Login(address, p.Users[address]).Wait(); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Select("INBOX", &imap.SelectOptions{ReadOnly: true}).Wait(); err != nil {
		t.Fatal(err)
	}
	found, err := c.UIDSearch(&imap.SearchCriteria{Header: []imap.SearchCriteriaHeaderField{{Key: header, Value: value}}}, nil).Wait()
	if err != nil {
		t.Fatal(err)
	}
	uids := found.AllUIDs()
	if len(uids) == 0 {
		return nil
	}
	list, err := c.Fetch(imap.UIDSetNum(uids...), &imap.FetchOptions{BodySection: []*imap.FetchItemBodySection{{Peek: true}}}).Collect()
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, m := range list {
		out = append(out, string(m.BodySection[0].Bytes))
	}
	return out
}

// blueskyPeer is a real PDS, AppView and directory.
type blueskyPeer struct {
	PDS    string `json:"pds"`
	PLC    string `json:"plc"`
	Domain string `json:"handle_domain"`
}

// blueskyPerson is somebody with an account there, who uses it without Mercat.
type blueskyPerson struct {
	peer                blueskyPeer
	did, handle, secret string
	token               string
}

func (p blueskyPeer) newPerson(t *testing.T, name string) *blueskyPerson {
	t.Helper()
	who := &blueskyPerson{peer: p, secret: "secret of " + name}
	who.handle = name + "-" + strconv.FormatInt(time.Now().UnixNano()%1e12, 36) + p.Domain
	var made struct{ DID, AccessJWT string }
	who.call(t, http.MethodPost, "com.atproto.server.createAccount", map[string]any{
		"handle": who.handle, "email": strings.TrimSuffix(who.handle, p.Domain) + "@mercat.test", "password": who.secret,
	}, &made)
	who.did, who.token = made.DID, made.AccessJWT
	return who
}

// call makes an XRPC call as the person: in is the body of a procedure, or the
// url.Values of a query.
func (w *blueskyPerson) call(t *testing.T, method, name string, in, out any) {
	t.Helper()
	address, body := w.peer.PDS+"/xrpc/"+name, []byte(nil)
	if query, ok := in.(url.Values); ok {
		address += "?" + query.Encode()
	} else {
		var err error
		if body, err = json.Marshal(in); err != nil {
			t.Fatal(err)
		}
	}
	r, err := http.NewRequestWithContext(t.Context(), method, address, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	if w.token != "" {
		r.Header.Set("Authorization", "Bearer "+w.token)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var raw json.RawMessage
	if err := json.NewDecoder(response.Body).Decode(&raw); err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s %s %v", name, response.Status, raw, err)
	}
	if out != nil {
		if err := json.Unmarshal(raw, out); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
}

// blueskyRef names one version of a record.
type blueskyRef struct {
	URI string `json:"uri"`
	CID string `json:"cid"`
}

func (w *blueskyPerson) posts(t *testing.T, record map[string]any) blueskyRef {
	t.Helper()
	record["$type"], record["createdAt"] = "app.bsky.feed.post", time.Now().UTC().Format(time.RFC3339Nano)
	var made blueskyRef
	w.call(t, http.MethodPost, "com.atproto.repo.createRecord", map[string]any{"repo": w.did, "collection": "app.bsky.feed.post", "record": record}, &made)
	return made
}

// mentions posts words to somebody.
func (w *blueskyPerson) mentions(t *testing.T, who *blueskyPerson, words string) blueskyRef {
	t.Helper()
	start := "@" + who.handle
	return w.posts(t, map[string]any{"text": start + " " + words, "facets": []any{map[string]any{
		"index":    map[string]any{"byteStart": 0, "byteEnd": len(start)},
		"features": []any{map[string]any{"$type": "app.bsky.richtext.facet#mention", "did": who.did}},
	}}})
}

// blueskyReply is a post as the person is shown it below another.
type blueskyReply struct {
	Post struct {
		blueskyRef
		Author struct{ DID string }
		Record struct{ Text string }
	}
	Replies []blueskyReply
}

// below returns the posts of somebody anywhere below a post.
func (w *blueskyPerson) below(t *testing.T, uri string, by *blueskyPerson) []blueskyReply {
	t.Helper()
	var answer struct{ Thread blueskyReply }
	w.call(t, http.MethodGet, "app.bsky.feed.getPostThread", url.Values{"uri": {uri}, "depth": {"20"}}, &answer)
	var out []blueskyReply
	var walk func([]blueskyReply)
	walk = func(replies []blueskyReply) {
		for _, r := range replies {
			if r.Post.Author.DID == by.did {
				out = append(out, r)
			}
			walk(r.Replies)
		}
	}
	walk(answer.Thread.Replies)
	return out
}

// mailFrom is a message as mail programs write it.
func mailFrom(from, to, subject, id, body string, headers ...string) string {
	more := strings.Join(headers, "\n")
	if more != "" {
		more += "\n"
	}
	return fmt.Sprintf("From: Ann Siân <%s>\nTo: %s\nSubject: %s\nMessage-ID: <%s>\nDate: %s\n%sMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n%s\n",
		from, to, subject, id, time.Now().Format(time.RFC1123Z), more, body)
}
