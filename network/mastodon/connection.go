package mastodon

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"time"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/blob"
)

// connection is one account. It may hold one stream open; beside that it keeps
// what it has learned of the server and of threads.
type connection struct {
	options  Options
	settings settings
	client   *client
	photos   *blob.Photos
	account  network.Account

	ctx   context.Context // ends with Close
	stop  context.CancelFunc
	mu    sync.Mutex // guards calls against Close, and the stream
	calls sync.WaitGroup

	stream   *stream   // open, and nobody waits for it
	noStream time.Time // until then the server is not asked for one

	known struct {
		sync.Mutex
		knowledge
	}
	threads memory // post: the one that began its thread
	sent    memory // our post: the key that it was sent under

	fetching chan struct{} // the turn to fetch
	follow   follower
}

// knowledge is what a connection keeps as its session: nothing secret, but
// worth having before the first call.
type knowledge struct {
	Limits limits  `json:"limits"`
	Self   account `json:"self"`
	App    string  `json:"app,omitempty"` // the program's name in what we publish
	AppSet bool    `json:"app_set,omitempty"`
}

var (
	_ network.Connection = (*connection)(nil)
	_ network.Waiter     = (*connection)(nil)
	_ network.Deleter    = (*connection)(nil)
	_ network.Threader   = (*connection)(nil)
	_ network.Composer   = (*connection)(nil)
)

func newConnection(n *mastodonNetwork, s settings, a network.Account) *connection {
	c := &connection{
		options: n.options, settings: s, account: a, photos: n.photos,
		client:   newClient(n.options, s),
		fetching: make(chan struct{}, 1),
		follow:   newFollower(),
	}
	// What cannot be read is asked for anew.
	_ = json.Unmarshal(a.Session, &c.known.knowledge)
	c.ctx, c.stop = context.WithCancel(context.Background())
	return c
}

// Compose implements network.Composer.
func (c *connection) Compose() network.Compose {
	c.known.Lock()
	defer c.known.Unlock()
	return c.known.Limits.compose()
}

// learn changes what is known, and keeps it.
func (c *connection) learn(ctx context.Context, change func(*knowledge)) error {
	c.known.Lock()
	change(&c.known.knowledge)
	session, err := json.Marshal(c.known.knowledge)
	c.known.Unlock()
	if err != nil {
		return fmt.Errorf("write what is known of the server: %w", err)
	}
	if c.account.SaveSession == nil {
		return nil
	}
	if err := c.account.SaveSession(ctx, session); err != nil {
		return trouble(network.Broken, "What is known of the account’s server could not be kept. Mercat will try again.", err)
	}
	return nil
}

var errClosed = errors.New("the connection has been closed")

// enter joins ctx with the life of the connection.
func (c *connection) enter(ctx context.Context) (context.Context, func(), error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ctx.Err() != nil {
		return nil, nil, trouble(network.Unreachable, "The connection to the account’s server has been closed.", errClosed)
	}
	if ctx.Err() != nil {
		return nil, nil, c.explain("", ctx.Err())
	}
	c.calls.Add(1)
	ctx, cancel := context.WithCancel(ctx)
	unhook := context.AfterFunc(c.ctx, cancel)
	return ctx, func() { unhook(); cancel(); c.calls.Done() }, nil
}

// Close implements network.Connection. It may be called more than once.
func (c *connection) Close() error {
	c.mu.Lock()
	c.stop()
	held := c.stream
	c.stream = nil
	c.mu.Unlock()
	if held != nil {
		held.close()
	}
	c.calls.Wait()
	return nil
}

// self is our own account, asked for once.
func (c *connection) self(ctx context.Context) (account, error) {
	c.known.Lock()
	have := c.known.Self
	c.known.Unlock()
	if have.ID != "" {
		return have, nil
	}
	return c.askSelf(ctx)
}

func (c *connection) askSelf(ctx context.Context) (account, error) {
	const path = "/api/v1/accounts/verify_credentials"
	var a account
	_, err := c.client.do(ctx, get(path, nil), &a)
	if err == nil && (!a.ID.sane() || a.Username == "") {
		err = &nonsenseError{Call: path, Status: 200, Cause: errors.New("it names no account")}
	}
	if err != nil {
		return account{}, err
	}
	return a, c.learn(ctx, func(k *knowledge) { k.Self = a })
}

// app is the name under which our own posts show that Mercat published them, ""
// when the server does not say.
func (c *connection) app(ctx context.Context) (string, error) {
	c.known.Lock()
	name, set := c.known.App, c.known.AppSet
	c.known.Unlock()
	if set {
		return name, nil
	}
	var answer struct {
		Name string `json:"name"`
	}
	_, err := c.client.do(ctx, get("/api/v1/apps/verify_credentials", nil), &answer)
	if err != nil && !unknownCall(err) && !answered(err, 403) {
		return "", err
	}
	return answer.Name, c.learn(ctx, func(k *knowledge) { k.App, k.AppSet = answer.Name, true })
}

// Check implements network.Connection. It reads what Fetch reads, and tries the
// rights to publish and to upload with requests that cannot have an effect: the
// deletion of a post that there is not, and an upload without a file.
func (c *connection) Check(ctx context.Context) (network.Identity, error) {
	ctx, leave, err := c.enter(ctx)
	if err != nil {
		return network.Identity{}, err
	}
	defer leave()
	l, err := c.askLimits(ctx, c.options.Now())
	if err == nil {
		err = c.learn(ctx, func(k *knowledge) { k.Limits = l })
	}
	if err != nil {
		return network.Identity{}, c.explain("tell what it is", err)
	}
	self, err := c.askSelf(ctx)
	if err != nil {
		return network.Identity{}, c.explainCheck("say whose access token this is", "read", err)
	}
	if _, _, err := c.notifications(ctx, url.Values{}, 1); err != nil {
		return network.Identity{}, c.explainCheck("read the notifications", "read", err)
	}
	if err := c.try(ctx, remove("/api/v1/statuses/0")); err != nil {
		return network.Identity{}, c.explainCheck("publish posts", "write:statuses", err)
	}
	if err := c.try(ctx, post("/api/v2/media", url.Values{})); err != nil {
		return network.Identity{}, c.explainCheck("upload pictures", "write:media", err)
	}
	return l.identity(self), nil
}

// try makes a call that cannot succeed, for what it says of the right to make
// it. How servers refuse one that makes no sense is their affair.
func (c *connection) try(ctx context.Context, r request) error {
	_, err := c.client.do(ctx, r, nil)
	var a *apiError
	var nonsense *nonsenseError
	if errors.As(err, &nonsense) || errors.As(err, &a) && a.Status != 401 && a.Status != 403 && a.Status != 429 {
		return nil
	}
	return err
}

// Delete implements network.Deleter. A server answers the same about a post that
// is gone and one that is not ours, so it is asked whose it is first.
func (c *connection) Delete(ctx context.Context, ref network.Ref) error {
	ctx, leave, err := c.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	self, err := c.self(ctx)
	if err != nil {
		return c.explain("say whose access token this is", err)
	}
	notOurs := refused("This is not a post of the connected account, so Mercat cannot delete it.", nil)
	if !id(ref).sane() {
		return notOurs
	}
	s, err := c.one(ctx, id(ref))
	switch {
	case answered(err, 404, 410):
		return nil
	case err != nil:
		return c.explain("delete the post", err)
	case s.Account.ID != self.ID:
		return notOurs
	}
	if _, err := c.client.do(ctx, remove(statusPath(s.ID)), nil); err != nil && !answered(err, 404, 410) {
		return c.explain("delete the post", err)
	}
	return nil
}

func statusPath(i id) string { return "/api/v1/statuses/" + url.PathEscape(string(i)) }

// one asks for one post.
func (c *connection) one(ctx context.Context, i id) (status, error) {
	var raw json.RawMessage
	_, err := c.client.do(ctx, get(statusPath(i), nil), &raw)
	if err != nil {
		return status{}, err
	}
	s, ok := readStatus(raw)
	if !ok || s.ID != i {
		return status{}, &nonsenseError{Call: "GET a status", Status: 200, Cause: errors.New("it is another post, or none")}
	}
	return s, nil
}

// memory remembers the newest of many small facts.
type memory struct {
	mu    sync.Mutex
	facts map[id]string
	order []id
}

const mostFacts = 5000

func (m *memory) get(i id) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.facts[i]
}

func (m *memory) put(i id, fact string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.facts == nil {
		m.facts = map[id]string{}
	}
	if _, have := m.facts[i]; !have {
		m.order = append(m.order, i)
	}
	m.facts[i] = fact
	if len(m.order) > mostFacts {
		delete(m.facts, m.order[0])
		m.order = m.order[1:]
	}
}

// fullAcct is an account's address with its server, in lower case: the same
// from wherever it is seen, unlike its id.
func (l limits) fullAcct(acct string) string {
	acct = strings.ToLower(strings.TrimPrefix(strings.TrimSpace(acct), "@"))
	if acct != "" && !strings.Contains(acct, "@") {
		acct += "@" + l.Domain
	}
	return acct
}
