package bluesky

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

// Options are what the program gives to the network. HTTP and Now are needed;
// the rest have defaults.
type Options struct {
	// HTTP makes every request: a client of platform/httpx, whose guard refuses
	// addresses that an administrator or a citizen must not make us reach.
	HTTP *http.Client
	Now  func() time.Time
	// Directory is the PLC directory, which says on which server an account's
	// files are; https://plc.directory.
	Directory string

	PollEvery time.Duration // between two fetches; 15 s
	// PageSize is how many notifications are asked for at once, BatchPosts how
	// many posts one Fetch returns. 100 (the network's most) and 100.
	PageSize, BatchPosts int
	// Followed is how many of the newest posts are watched for deletion; 200.
	Followed int
}

// Most bytes of an answer that are read. A page of a hundred notifications
// with long records is some 400 kB.
const maxAnswer = 16 << 20

// client makes XRPC calls to one server.
type client struct {
	http *http.Client
	base string // "https://bsky.social"
	now  func() time.Time

	mu    sync.Mutex
	spent map[string]time.Time // method: when it may be called again
}

// xrpcError is an error that the server answered with.
type xrpcError struct {
	Method  string
	Status  int
	Name    string // "ExpiredToken"
	Message string
	RetryAt time.Time
}

func (e *xrpcError) Error() string {
	return fmt.Sprintf("%s: %d %s: %s", e.Method, e.Status, e.Name, e.Message)
}

// nonsenseError is an answer that is no XRPC answer: a page for people, JSON
// that breaks off, a status without a body.
type nonsenseError struct {
	Method string
	Status int
	Cause  error
}

func (e *nonsenseError) Error() string {
	return fmt.Sprintf("%s: %d: the answer makes no sense: %v", e.Method, e.Status, e.Cause)
}

func (e *nonsenseError) Unwrap() error { return e.Cause }

// named reports whether err is an XRPC error with one of the names.
func named(err error, names ...string) bool {
	var x *xrpcError
	if !errors.As(err, &x) {
		return false
	}
	for _, n := range names {
		if x.Name == n {
			return true
		}
	}
	return false
}

// query asks; procedure changes something. Out may be nil.
func (c *client) query(ctx context.Context, token, method string, params url.Values, out any) error {
	return c.do(ctx, http.MethodGet, token, method, params, "", nil, out)
}

func (c *client) procedure(ctx context.Context, token, method string, in, out any) error {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return fmt.Errorf("%s: encode the request: %w", method, err)
		}
	}
	return c.do(ctx, http.MethodPost, token, method, nil, "application/json", body, out)
}

// upload sends a file as the body of a procedure.
func (c *client) upload(ctx context.Context, token, method, contentType string, body []byte, out any) error {
	return c.do(ctx, http.MethodPost, token, method, nil, contentType, body, out)
}

func (c *client) do(ctx context.Context, verb, token, method string, params url.Values, contentType string, body []byte, out any) error {
	if at := c.mayCall(method); !at.IsZero() {
		return &xrpcError{Method: method, Status: http.StatusTooManyRequests, Name: "RateLimitExceeded", Message: "nothing is left of the limit", RetryAt: at}
	}
	address := c.base + "/xrpc/" + method
	if len(params) > 0 {
		address += "?" + params.Encode()
	}
	var reader io.Reader
	if body != nil {
		reader = bytes.NewReader(body)
	}
	request, err := http.NewRequestWithContext(ctx, verb, address, reader)
	if err != nil {
		return fmt.Errorf("%s: make the request: %w", method, err)
	}
	if body != nil {
		request.Header.Set("Content-Type", contentType)
	}
	request.Header.Set("Accept", "application/json")
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return fmt.Errorf("%s: %w", method, err)
	}
	answer, err := httpx.ReadAll(response, maxAnswer)
	if err != nil {
		// In the form of the client's own errors, which name the server.
		return &url.Error{Op: "Read", URL: c.base, Err: err}
	}
	c.note(method, response)
	if response.StatusCode != http.StatusOK {
		return c.failed(method, response, answer)
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return &nonsenseError{Method: method, Status: response.StatusCode, Cause: err}
	}
	return nil
}

// failed makes the error of an answer that is not a success.
func (c *client) failed(method string, response *http.Response, answer []byte) error {
	var said struct{ Error, Message string }
	err := json.Unmarshal(answer, &said)
	x := &xrpcError{Method: method, Status: response.StatusCode, Name: said.Error, Message: said.Message}
	if response.StatusCode == http.StatusTooManyRequests || response.StatusCode == http.StatusServiceUnavailable {
		x.RetryAt = httpx.RetryAfter(response.Header, c.now())
		return x
	}
	if err == nil && said.Error == "" {
		err = errors.New("it does not name the error")
	}
	if err != nil {
		return &nonsenseError{Method: method, Status: response.StatusCode, Cause: err}
	}
	return x
}

// note remembers that nothing is left of a method's limit, so that the call
// which would be refused is not made. After a refusal itself nothing is kept:
// whoever called was told when to come back.
func (c *client) note(method string, response *http.Response) {
	if response.StatusCode != http.StatusOK || strings.TrimSpace(response.Header.Get("RateLimit-Remaining")) != "0" {
		return
	}
	if at := httpx.RetryAfter(response.Header, c.now()); !at.IsZero() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.spent[method] = at
	}
}

// mayCall returns when method may be called again, zero for now.
func (c *client) mayCall(method string) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	at, ok := c.spent[method]
	if ok && !c.now().Before(at) {
		delete(c.spent, method)
		return time.Time{}
	}
	return at
}

func newClient(o Options, base string) *client {
	return &client{http: o.HTTP, base: base, now: o.Now, spent: map[string]time.Time{}}
}
