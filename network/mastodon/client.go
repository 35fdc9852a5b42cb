package mastodon

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"mercat.scot/mercat/platform/httpx"
)

// Options are what the program gives to the network. HTTP, Stream and Now are
// needed; the rest have defaults.
type Options struct {
	// HTTP makes every request: a client of platform/httpx, whose guard refuses
	// addresses that an administrator or a server must not make us reach.
	HTTP *http.Client
	// Stream opens streams: the same, without a limit of time or size. Nil means
	// that nothing is streamed.
	Stream *http.Client
	Now    func() time.Time

	PollEvery time.Duration // between two fetches without a stream; 30 s
	// PageSize is how many notifications are asked for at once, BatchPosts after
	// how many posts a Fetch returns. 40 (the most on older servers is 30; they
	// send fewer) and 40.
	PageSize, BatchPosts int
	// LookAgain is how often followed posts are looked at while a stream is open,
	// 30 s. Not every server tells of edits and deletions.
	LookAgain time.Duration
	// MediaPause is how long to wait before asking again whether a file has been
	// processed; 1 s.
	MediaPause time.Duration
}

// Most bytes of an answer that are read. A page of forty notifications with
// long posts is some 200 kB.
const maxAnswer = 16 << 20

// client makes calls to one server.
type client struct {
	http  *http.Client
	base  string // "https://mastodon.scot"
	token string
	now   func() time.Time

	mu    sync.Mutex
	spent map[string]time.Time // kind of call: when it may be made again
}

func newClient(o Options, s settings) *client {
	return &client{http: o.HTTP, base: s.server, token: s.token, now: o.Now, spent: map[string]time.Time{}}
}

// apiError is an error that the server answered with, as the API has it.
type apiError struct {
	Call    string // "GET /api/v1/statuses/1"
	Status  int
	Message string // "Record not found"
	RetryAt time.Time
}

func (e *apiError) Error() string { return fmt.Sprintf("%s: %d: %s", e.Call, e.Status, e.Message) }

// nonsenseError is an answer that is none of this API: a page for people, JSON
// that breaks off, a status without a body.
type nonsenseError struct {
	Call   string
	Status int
	Cause  error
}

func (e *nonsenseError) Error() string {
	return fmt.Sprintf("%s: %d: the answer makes no sense: %v", e.Call, e.Status, e.Cause)
}

func (e *nonsenseError) Unwrap() error { return e.Cause }

// answered reports whether the server itself answered with one of the statuses,
// in the form that the API has.
func answered(err error, statuses ...int) bool {
	var a *apiError
	if !errors.As(err, &a) {
		return false
	}
	for _, s := range statuses {
		if a.Status == s {
			return true
		}
	}
	return false
}

// unknownCall reports whether a server does not have what was asked of it. Those
// that lack a call answer in their own way, often with a page for people.
func unknownCall(err error) bool {
	var n *nonsenseError
	if errors.As(err, &n) {
		return n.Status == 400 || n.Status == 404 || n.Status == 405 || n.Status == 410 || n.Status == 501
	}
	return answered(err, 400, 404, 405, 410, 422, 501)
}

// request is one call.
type request struct {
	verb, path string
	query      url.Values
	form       url.Values // sent as a form, or …
	body       []byte     // … this, of contentType
	bodyType   string
	key        string // Idempotency-Key
	anonymous  bool   // without the token
}

func get(path string, query url.Values) request {
	return request{verb: http.MethodGet, path: path, query: query}
}

func post(path string, form url.Values) request {
	return request{verb: http.MethodPost, path: path, form: form}
}

func remove(path string) request { return request{verb: http.MethodDelete, path: path} }

// reply is what came back beside the body.
type reply struct {
	status int
	header http.Header
}

// do makes a call and reads its answer into out, which may be nil.
func (c *client) do(ctx context.Context, r request, out any) (reply, error) {
	name := r.verb + " " + r.path
	if at := c.mayCall(r); !at.IsZero() {
		return reply{}, &apiError{Call: name, Status: http.StatusTooManyRequests, Message: "nothing is left of the limit", RetryAt: at}
	}
	address := c.base + r.path
	if len(r.query) > 0 {
		address += "?" + r.query.Encode()
	}
	body, bodyType := r.body, r.bodyType
	if body == nil && r.form != nil {
		body, bodyType = []byte(r.form.Encode()), "application/x-www-form-urlencoded"
	}
	var reader io.Reader
	if body != nil {
		reader = bytes.NewReader(body)
	}
	request, err := http.NewRequestWithContext(ctx, r.verb, address, reader)
	if err != nil {
		return reply{}, fmt.Errorf("%s: make the request: %w", name, err)
	}
	if body != nil {
		request.Header.Set("Content-Type", bodyType)
	}
	request.Header.Set("Accept", "application/json")
	if r.key != "" {
		request.Header.Set("Idempotency-Key", r.key)
		// With that header net/http repeats by itself a request whose answer was
		// lost, which publishes twice where servers do not honour the key. Without
		// GetBody it cannot.
		request.GetBody = nil
	}
	if c.token != "" && !r.anonymous {
		request.Header.Set("Authorization", "Bearer "+c.token)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return reply{}, fmt.Errorf("%s: %w", name, err)
	}
	answer, err := httpx.ReadAll(response, maxAnswer)
	if err != nil {
		// In the form of the client's own errors, which name the server.
		return reply{}, &url.Error{Op: "Read", URL: c.base, Err: err}
	}
	back := reply{response.StatusCode, response.Header}
	c.note(r, response)
	switch response.StatusCode {
	case http.StatusOK, http.StatusAccepted:
	case http.StatusPartialContent:
		return back, nil // a file that is not ready; some servers send no body with it
	default:
		return back, c.failed(name, response, answer)
	}
	if out == nil {
		return back, nil
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return back, &nonsenseError{Call: name, Status: response.StatusCode, Cause: err}
	}
	return back, nil
}

// failed makes the error of an answer that is not a success.
func (c *client) failed(name string, response *http.Response, answer []byte) error {
	var said struct {
		Error       json.RawMessage `json:"error"`
		Description string          `json:"error_description"`
		Errors      json.RawMessage `json:"errors"` // Pleroma, at times
	}
	err := json.Unmarshal(answer, &said)
	a := &apiError{Call: name, Status: response.StatusCode, Message: said.Description}
	if a.Message == "" && json.Unmarshal(said.Error, &a.Message) != nil {
		a.Message = ""
	}
	if response.StatusCode == http.StatusTooManyRequests || response.StatusCode == http.StatusServiceUnavailable {
		a.RetryAt = httpx.RetryAfter(response.Header, c.now())
		return a
	}
	if err == nil && len(said.Error) == 0 && len(said.Errors) == 0 {
		err = errors.New("it does not name the error")
	}
	if err != nil {
		return &nonsenseError{Call: name, Status: response.StatusCode, Cause: err}
	}
	return a
}

// kind groups calls by the limits that servers put on them: one for all, and
// smaller ones for files and deletions. Publishing has its own, too.
func (r request) kind() string {
	switch {
	case r.verb == http.MethodDelete:
		return "delete"
	case r.verb == http.MethodPost && strings.HasSuffix(r.path, "/media"):
		return "upload"
	case r.verb == http.MethodPost:
		return "publish"
	}
	return "read"
}

// note remembers that nothing is left of a limit, so that the call which would
// be refused is not made. After a refusal itself nothing is kept: whoever called
// was told when to come back.
func (c *client) note(r request, response *http.Response) {
	if response.StatusCode >= 300 || strings.TrimSpace(response.Header.Get("X-RateLimit-Remaining")) != "0" {
		return
	}
	if at := httpx.RetryAfter(response.Header, c.now()); !at.IsZero() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.spent[r.kind()] = at
	}
}

// mayCall returns when a call may be made again, zero for now.
func (c *client) mayCall(r request) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	at, ok := c.spent[r.kind()]
	if ok && !c.now().Before(at) {
		delete(c.spent, r.kind())
		return time.Time{}
	}
	return at
}

// page is the parameter of the page that a Link header (RFC 8288) calls
// rel, "" when it names none: min_id of "prev", max_id of "next".
func (r reply) page(rel, parameter string) string {
	for _, line := range r.header.Values("Link") {
		for one := range strings.SplitSeq(line, ",") {
			address, params, ok := strings.Cut(strings.TrimSpace(one), ">")
			if !ok || !strings.HasPrefix(address, "<") || !strings.Contains(strings.ReplaceAll(params, " ", ""), `rel="`+rel+`"`) {
				continue
			}
			if u, err := url.Parse(address[1:]); err == nil && u.Query().Get(parameter) != "" {
				return u.Query().Get(parameter)
			}
		}
	}
	return ""
}
