package httpx

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Defaults of Options.
const (
	DefaultTimeout = 30 * time.Second
	DefaultMaxBody = 64 << 20
	defaultAgent   = "Mercat (+https://mercat.scot)"
)

const maxRedirects = 5

// Options of a client. The zero value is right for most.
type Options struct {
	Guard     Guard
	UserAgent string // sent where a request names none
	// Timeout bounds a whole exchange, body included; 0 is DefaultTimeout, and
	// less than 0 none, for streams that their context ends.
	Timeout time.Duration
	// MaxBody bounds the bytes of an answer, counted after decompression; 0 is
	// DefaultMaxBody, less than 0 none. Reading more fails with *TooLargeError.
	MaxBody int64
	RootCAs *x509.CertPool // nil for the system's
	// PerHost bounds the connections to one host; 0 is 8.
	PerHost int
}

// New makes a client that connects only where its guard allows, follows at most
// five redirects, never from https to http, and carries neither credentials nor
// a body to another origin. It takes no proxy from the environment and keeps no
// cookies. Call CloseIdleConnections when done with it.
func New(o Options) *http.Client {
	if o.Timeout == 0 {
		o.Timeout = DefaultTimeout
	}
	if o.MaxBody == 0 {
		o.MaxBody = DefaultMaxBody
	}
	if o.UserAgent == "" {
		o.UserAgent = defaultAgent
	}
	if o.PerHost == 0 {
		o.PerHost = 8
	}
	guard := o.Guard
	return &http.Client{
		Timeout:       max(0, o.Timeout),
		CheckRedirect: checkRedirect,
		Transport: &transport{
			agent:   o.UserAgent,
			maxBody: o.MaxBody,
			next: &http.Transport{
				Proxy: nil, // a proxy would dial in our stead, past the guard
				DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
					return guard.DialContext(ctx, network, address)
				},
				TLSClientConfig:        &tls.Config{RootCAs: o.RootCAs, MinVersion: tls.VersionTLS12},
				TLSHandshakeTimeout:    10 * time.Second,
				ResponseHeaderTimeout:  20 * time.Second,
				ExpectContinueTimeout:  time.Second,
				IdleConnTimeout:        60 * time.Second,
				MaxIdleConns:           64,
				MaxIdleConnsPerHost:    o.PerHost,
				MaxConnsPerHost:        o.PerHost,
				MaxResponseHeaderBytes: 128 << 10,
				ForceAttemptHTTP2:      true,
			},
		},
	}
}

// transport names us and bounds what comes back.
type transport struct {
	agent   string
	maxBody int64
	next    *http.Transport
}

func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Scheme != "https" && req.URL.Scheme != "http" {
		closeBody(req)
		return nil, &RedirectError{To: req.URL, Reason: "only http and https addresses are opened"}
	}
	if req.Header.Get("User-Agent") == "" {
		req = req.Clone(req.Context())
		req.Header.Set("User-Agent", t.agent)
	}
	resp, err := t.next.RoundTrip(req)
	if err != nil || t.maxBody < 0 || resp.StatusCode == http.StatusSwitchingProtocols {
		return resp, err
	}
	resp.Body = &cappedBody{body: resp.Body, left: t.maxBody, max: t.maxBody, host: req.URL.Hostname()}
	return resp, nil
}

// CloseIdleConnections is found by http.Client under this name.
func (t *transport) CloseIdleConnections() { t.next.CloseIdleConnections() }

// closeBody does what RoundTrip owes its caller on every error.
func closeBody(req *http.Request) {
	if req.Body != nil {
		_ = req.Body.Close() // nothing was read from it, so nothing can be lost
	}
}

// RedirectError says why a redirect, or an address, was not followed.
type RedirectError struct {
	To     *url.URL
	Reason string
}

func (e *RedirectError) Error() string { return "not going to " + e.To.Redacted() + ": " + e.Reason }

// checkRedirect is http.Client.CheckRedirect. The headers of the first request
// are in req already.
func checkRedirect(req *http.Request, via []*http.Request) error {
	last := via[len(via)-1]
	refuse := func(reason string) error { return &RedirectError{To: req.URL, Reason: reason} }
	switch {
	case len(via) > maxRedirects:
		return refuse("it redirects too often")
	case req.URL.Scheme != "https" && req.URL.Scheme != "http":
		return refuse("only http and https addresses are opened")
	case last.URL.Scheme == "https" && req.URL.Scheme == "http":
		return refuse("it leads from an encrypted connection to one that is not")
	case req.URL.User != nil:
		return refuse("it carries a password in its address")
	}
	// Once elsewhere, credentials stay away, also when it leads back: the path
	// would be the other's choice.
	left := origin(req.URL) != origin(via[0].URL)
	for _, v := range via {
		left = left || origin(v.URL) != origin(via[0].URL)
	}
	if !left {
		return nil
	}
	if req.Body != nil && req.Body != http.NoBody {
		return refuse("it would hand what was sent to another server")
	}
	for name := range req.Header {
		switch name {
		case "Accept", "Accept-Language", "User-Agent", "Range", "If-None-Match", "If-Modified-Since":
		default:
			delete(req.Header, name)
		}
	}
	return nil
}

func origin(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return u.Scheme + "://" + net.JoinHostPort(strings.ToLower(u.Hostname()), port)
}

// TooLargeError says that an answer was longer than allowed.
type TooLargeError struct {
	Host string
	Max  int64
}

func (e *TooLargeError) Error() string { return "answer of " + e.Host + " is larger than allowed" }

// cappedBody fails when more than max bytes are read.
type cappedBody struct {
	body      io.ReadCloser
	left, max int64
	host      string
}

func (c *cappedBody) Read(p []byte) (int, error) {
	if c.left < 0 {
		return 0, &TooLargeError{Host: c.host, Max: c.max}
	}
	// One byte more is asked for than is allowed, to tell the end from the cap.
	if int64(len(p)) > c.left+1 {
		p = p[:c.left+1]
	}
	n, err := c.body.Read(p)
	if int64(n) > c.left {
		n, err = int(c.left), &TooLargeError{Host: c.host, Max: c.max}
		c.left = -1
		return n, err
	}
	c.left -= int64(n)
	return n, err
}

func (c *cappedBody) Close() error { return c.body.Close() }

// ReadAll reads and closes the body of resp, of at most max bytes after
// decompression; a longer one is a *TooLargeError.
func ReadAll(resp *http.Response, max int64) ([]byte, error) {
	host := ""
	if resp.Request != nil && resp.Request.URL != nil {
		host = resp.Request.URL.Hostname()
	}
	body := &cappedBody{body: resp.Body, left: max, max: max, host: host}
	data, err := io.ReadAll(body)
	return data, errors.Join(err, body.Close())
}
