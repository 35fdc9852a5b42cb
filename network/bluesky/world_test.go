package bluesky_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/network/bluesky"
	"mercat.scot/mercat/platform/httpx"
)

// realNetwork is the network that test/peers/bluesky/run has started.
type realNetwork struct {
	PDS           string `json:"pds"`
	AppView       string `json:"appview"`
	PLC           string `json:"plc"`
	Domain        string `json:"handle_domain"`
	AdminPassword string `json:"admin_password"`
	JWTSecret     string `json:"jwt_secret"`
	Settle        string `json:"settle"`
}

func startedNetwork(t testing.TB) realNetwork {
	t.Helper()
	path := os.Getenv("MERCAT_TEST_BLUESKY")
	if path == "" {
		t.Skip("no Bluesky network: MERCAT_TEST_BLUESKY names none (test/peers/bluesky/run starts one, make test does so by itself)")
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var n realNetwork
	if err := json.Unmarshal(b, &n); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return n
}

// settled waits until the AppView knows what the PDS knows. Should it take too
// long, whoever asks the AppView next has to be patient.
func (n realNetwork) settled(t testing.TB) {
	t.Helper()
	response, err := http.Post(n.Settle, "", nil)
	if err != nil {
		t.Fatalf("settle: %v", err)
	}
	_ = response.Body.Close() // there is nothing in it
}

var made atomic.Int64

// person is somebody with an account, who uses it without Mercat.
type person struct {
	network     realNetwork
	did, handle string
	password    string
	app         string // app password
	token       string
}

// newPerson makes an account.
func (n realNetwork) newPerson(t testing.TB, name string) *person {
	t.Helper()
	p := &person{network: n, password: "secret-of-" + name}
	// The part before the domain is 18 characters long at most.
	p.handle = fmt.Sprintf("%s-%s%s", name, strconv.FormatInt((time.Now().UnixMilli()%1e9)*1000+made.Add(1)%1000, 36), n.Domain)
	var answer struct{ DID, AccessJWT string }
	p.procedure(t, "com.atproto.server.createAccount", map[string]any{
		"handle": p.handle, "email": strings.TrimSuffix(p.handle, n.Domain) + "@mercat.test", "password": p.password,
	}, &answer)
	p.did, p.token = answer.DID, answer.AccessJWT
	return p
}

func (p *person) withName(t testing.TB, name string) *person {
	t.Helper()
	p.put(t, "app.bsky.actor.profile", "self", map[string]any{"displayName": name})
	return p
}

// withAppPassword makes one for Mercat.
func (p *person) withAppPassword(t testing.TB) *person {
	t.Helper()
	var app struct{ Password string }
	p.procedure(t, "com.atproto.server.createAppPassword", map[string]any{"name": "Mercat"}, &app)
	p.app = app.Password
	return p
}

func (p *person) do(t testing.TB, r *http.Request, out any) {
	t.Helper()
	if p.token != "" && r.Header.Get("Authorization") == "" {
		r.Header.Set("Authorization", "Bearer "+p.token)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatalf("%s: %v", r.URL.Path, err)
	}
	defer response.Body.Close()
	b, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatalf("%s: %v", r.URL.Path, err)
	}
	if response.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s: %s", r.URL.Path, response.Status, b)
	}
	if out != nil {
		if err := json.Unmarshal(b, out); err != nil {
			t.Fatalf("%s: %v", r.URL.Path, err)
		}
	}
}

func (p *person) procedure(t testing.TB, method string, in, out any) {
	t.Helper()
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			t.Fatal(err)
		}
		body = bytes.NewReader(b)
	}
	r, err := http.NewRequest(http.MethodPost, p.network.PDS+"/xrpc/"+method, body)
	if err != nil {
		t.Fatal(err)
	}
	if in != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	p.do(t, r, out)
}

func (p *person) upload(t testing.TB, contentType string, body []byte, out any) {
	t.Helper()
	r, err := http.NewRequest(http.MethodPost, p.network.PDS+"/xrpc/com.atproto.repo.uploadBlob", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", contentType)
	p.do(t, r, out)
}

func (p *person) query(t testing.TB, method string, params url.Values, out any) {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, p.network.PDS+"/xrpc/"+method+"?"+params.Encode(), nil)
	if err != nil {
		t.Fatal(err)
	}
	p.do(t, r, out)
}

// admin does what only the operator of the PDS can.
func (p *person) admin(t testing.TB, method string, in any) {
	t.Helper()
	b, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequest(http.MethodPost, p.network.PDS+"/xrpc/"+method, bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.SetBasicAuth("admin", p.network.AdminPassword)
	p.do(t, r, nil)
}

func (p *person) takeDown(t testing.TB) {
	t.Helper()
	p.admin(t, "com.atproto.admin.updateSubjectStatus", map[string]any{
		"subject":  map[string]any{"$type": "com.atproto.admin.defs#repoRef", "did": p.did},
		"takedown": map[string]any{"applied": true, "ref": "test"},
	})
}

type ref struct {
	URI string `json:"uri"`
	CID string `json:"cid"`
}

func (p *person) put(t testing.TB, collection, key string, record map[string]any) ref {
	t.Helper()
	record["$type"] = collection
	var made ref
	p.procedure(t, "com.atproto.repo.putRecord", map[string]any{"repo": p.did, "collection": collection, "rkey": key, "record": record}, &made)
	return made
}

func (p *person) create(t testing.TB, collection string, record map[string]any) ref {
	t.Helper()
	record["$type"] = collection
	if record["createdAt"] == nil {
		record["createdAt"] = time.Now().UTC().Format("2006-01-02T15:04:05.000Z")
	}
	var made ref
	p.procedure(t, "com.atproto.repo.createRecord", map[string]any{"repo": p.did, "collection": collection, "record": record}, &made)
	return made
}

// mention is the beginning of a text with the facet of its mention.
func (p *person) mention() (start string, facets []any) {
	start = "@" + p.handle
	return start + " ", []any{map[string]any{
		"index":    map[string]any{"byteStart": 0, "byteEnd": len(start)},
		"features": []any{map[string]any{"$type": "app.bsky.richtext.facet#mention", "did": p.did}},
	}}
}

// writesTo posts a mention of somebody.
func (p *person) writesTo(t testing.TB, to *person, text string, more map[string]any) ref {
	t.Helper()
	start, facets := to.mention()
	record := map[string]any{"text": start + text, "facets": facets}
	for name, value := range more {
		record[name] = value
	}
	return p.create(t, "app.bsky.feed.post", record)
}

// get reads a record as its author's repository has it now.
func (p *person) get(t testing.TB, uri network.Ref) (ref, map[string]any) {
	t.Helper()
	parts := strings.Split(strings.TrimPrefix(string(uri), "at://"), "/")
	var answer struct {
		ref
		Value map[string]any `json:"value"`
	}
	p.query(t, "com.atproto.repo.getRecord", url.Values{"repo": {parts[0]}, "collection": {parts[1]}, "rkey": {parts[2]}}, &answer)
	return answer.ref, answer.Value
}

func (p *person) replies(t testing.TB, to network.Ref, text string) ref {
	t.Helper()
	parent, value := p.get(t, to)
	root := any(parent)
	if reply, ok := value["reply"].(map[string]any); ok {
		root = reply["root"]
	}
	return p.create(t, "app.bsky.feed.post", map[string]any{"text": text, "reply": map[string]any{"root": root, "parent": parent}})
}

func (p *person) deletes(t testing.TB, uri string) {
	t.Helper()
	parts := strings.Split(strings.TrimPrefix(uri, "at://"), "/")
	p.procedure(t, "com.atproto.repo.deleteRecord", map[string]any{"repo": p.did, "collection": parts[1], "rkey": parts[2]}, nil)
}

// sees returns the posts of an account as a person is shown them.
func (p *person) sees(t testing.TB, author *person) []map[string]any {
	t.Helper()
	var posts []map[string]any
	cursor := ""
	for {
		var answer struct {
			Feed []struct {
				Post map[string]any `json:"post"`
			} `json:"feed"`
			Cursor string `json:"cursor"`
		}
		params := url.Values{"actor": {author.did}, "limit": {"100"}, "filter": {"posts_with_replies"}}
		if cursor != "" {
			params.Set("cursor", cursor)
		}
		p.query(t, "app.bsky.feed.getAuthorFeed", params, &answer)
		for _, one := range answer.Feed {
			posts = append(posts, one.Post)
		}
		if cursor = answer.Cursor; cursor == "" || len(answer.Feed) == 0 {
			return posts
		}
	}
}

func (p *person) seesTexts(t testing.TB, author *person) []string {
	t.Helper()
	var texts []string
	for _, post := range p.sees(t, author) {
		record, _ := post["record"].(map[string]any)
		text, _ := record["text"].(string)
		texts = append(texts, text)
	}
	return texts
}

// httpClient is what the program would give to the network, but that it may
// connect to this machine.
func httpClient(t testing.TB) *http.Client {
	c := httpx.New(httpx.Options{Guard: httpx.Guard{AllowPrivate: true}, UserAgent: "Mercat test"})
	t.Cleanup(c.CloseIdleConnections)
	return c
}

// keptSession keeps what SaveSession is given, as the program would.
type keptSession struct {
	mu    sync.Mutex
	value []byte
	saved int
	fails error
}

func (k *keptSession) save(_ context.Context, b []byte) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.fails != nil {
		return k.fails
	}
	k.value, k.saved = bytes.Clone(b), k.saved+1
	return nil
}

func (k *keptSession) get() []byte {
	k.mu.Lock()
	defer k.mu.Unlock()
	return bytes.Clone(k.value)
}

// connect connects Mercat to an account.
func (p *person) connect(t testing.TB, o bluesky.Options, service string, kept *keptSession) network.Connection {
	t.Helper()
	if o.HTTP == nil {
		o.HTTP = httpClient(t)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	o.Directory = p.network.PLC
	password := p.app
	if password == "" {
		password = p.password
	}
	account := network.Account{ID: 1, Options: map[string]string{"handle": "@" + p.handle, "app_password": password, "service": service}}
	if kept != nil {
		account.Session, account.SaveSession = kept.get(), kept.save
	}
	c, err := bluesky.New(o).Connect(account)
	if err != nil {
		t.Fatalf("Connect: %v", err)
	}
	return c
}
