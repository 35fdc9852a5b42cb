package httpx

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"mercat.scot/mercat/platform/fault"
)

func TestOnlyPublicAddressesAreConnectedTo(t *testing.T) {
	for addr, want := range map[string]bool{
		"8.8.8.8": true, "2a00:1450:4009::1": true, "64:ff9b::808:808": true, "::ffff:8.8.8.8": true, "198.20.0.1": true,
		"127.0.0.1": false, "127.255.1.1": false, "0.0.0.0": false, "0.1.2.3": false, "10.0.0.1": false, "172.16.0.1": false,
		"172.31.255.255": false, "192.168.1.1": false, "169.254.169.254": false, "168.63.129.16": false, "100.64.0.1": false,
		"100.100.100.200": false, "192.0.0.192": false, "224.0.0.1": false, "255.255.255.255": false, "198.18.0.1": false,
		"::": false, "::1": false, "::ffff:127.0.0.1": false, "::ffff:169.254.169.254": false, "::127.0.0.1": false,
		"64:ff9b::7f00:1": false, "64:ff9b:1::1": false, "2002:7f00:1::": false, "2001:0:1::1": false, "2001:db8::1": false,
		"fc00::1": false, "fd00:ec2::254": false, "fe80::1": false, "fe80::1%eth0": false, "fec0::1": false, "ff02::1": false,
		"2a00:1450:4009::1%eth0": false,
	} {
		err := new(Guard).Check(netip.MustParseAddr(addr))
		if (err == nil) != want {
			t.Errorf("%s: %v", addr, err)
		}
	}
}

func TestExceptions(t *testing.T) {
	allow, err := ParseAllow([]string{" 10.1.0.0/16 ", "Mail.Council.example:993", "[fd00::1]:25", ""})
	if err != nil {
		t.Fatal(err)
	}
	g := Guard{Allow: allow}
	for addr, want := range map[string]bool{"10.1.2.3": true, "::ffff:10.1.2.3": true, "10.2.0.1": false} {
		if err := g.Check(netip.MustParseAddr(addr)); (err == nil) != want {
			t.Errorf("%s: %v", addr, err)
		}
	}
	for _, bad := range []string{"10.1.0.0", "host", "host:", ":25", "host:0", "host:99999", "10.0.0.0/33"} {
		if _, err := ParseAllow([]string{"10.1.0.0/16", bad}); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), bad) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func listen(t *testing.T, h http.HandlerFunc) *httptest.Server {
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

func client(t *testing.T, o Options) *http.Client {
	c := New(o)
	t.Cleanup(c.CloseIdleConnections)
	return c
}

func open() Options { return Options{Guard: Guard{AllowPrivate: true}} }

func TestNamesThatResolveToPrivateAddressesAreRefused(t *testing.T) {
	s := listen(t, func(http.ResponseWriter, *http.Request) { t.Error("the server was reached") })
	_, port, _ := net.SplitHostPort(s.Listener.Addr().String())
	for _, host := range []string{"localhost", "127.0.0.1", "0.0.0.0", "[::ffff:127.0.0.1]", "[::1]", "2130706433", "0x7f.1"} {
		_, err := client(t, Options{}).Get("http://" + host + ":" + port)
		if err == nil {
			t.Errorf("%s was reached", host)
		}
	}
	_, err := client(t, Options{}).Get("http://localhost:" + port)
	var refused *RefusedError
	if !errors.As(err, &refused) {
		t.Errorf("got %v", err)
	}
}

func TestAnExceptionIsForItsPortAlone(t *testing.T) {
	s := listen(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "in") })
	other := listen(t, func(http.ResponseWriter, *http.Request) { t.Error("the other server was reached") })
	allow, err := ParseAllow([]string{s.Listener.Addr().String()})
	if err != nil {
		t.Fatal(err)
	}
	c := client(t, Options{Guard: Guard{Allow: allow}})
	resp, err := c.Get(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	if body, err := ReadAll(resp, 10); string(body) != "in" || err != nil {
		t.Errorf("%q, %v", body, err)
	}
	if _, err := c.Get(other.URL); err == nil {
		t.Error("another port was reached")
	}
}

func TestARedirectIsCheckedLikeTheFirstAddress(t *testing.T) {
	inner := listen(t, func(http.ResponseWriter, *http.Request) { t.Error("the inner server was reached") })
	outer := listen(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, inner.URL, http.StatusFound) })
	allow, err := ParseAllow([]string{outer.Listener.Addr().String()})
	if err != nil {
		t.Fatal(err)
	}
	_, err = client(t, Options{Guard: Guard{Allow: allow}}).Get(outer.URL)
	var refused *RefusedError
	if !errors.As(err, &refused) {
		t.Errorf("got %v", err)
	}
}

func TestRedirectsAreBoundedAndNeverToPlainHTTP(t *testing.T) {
	loop := listen(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path+"x", http.StatusFound) })
	seen := 0
	count := open()
	c := client(t, count)
	base := c.CheckRedirect
	c.CheckRedirect = func(r *http.Request, via []*http.Request) error {
		err := base(r, via)
		if err == nil {
			seen++
		}
		return err
	}
	var redirect *RedirectError
	if _, err := c.Get(loop.URL + "/"); !errors.As(err, &redirect) || seen != 5 {
		t.Errorf("%d redirects, then %v", seen, err)
	}

	secure := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, loop.URL, http.StatusFound)
	}))
	t.Cleanup(secure.Close)
	o := open()
	o.RootCAs = x509.NewCertPool()
	o.RootCAs.AddCert(secure.Certificate())
	if _, err := client(t, o).Get(secure.URL); !errors.As(err, &redirect) {
		t.Errorf("from https to http: %v", err)
	}
	bad := listen(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", "file:///etc/passwd")
		w.WriteHeader(http.StatusFound)
	})
	if _, err := client(t, open()).Get(bad.URL); !errors.As(err, &redirect) {
		t.Errorf("to a file: %v", err)
	}
}

func TestCredentialsStayWithTheirOrigin(t *testing.T) {
	var first *httptest.Server
	seen := make(chan http.Header, 2)
	other := listen(t, func(w http.ResponseWriter, r *http.Request) {
		seen <- r.Header
		http.Redirect(w, r, first.URL+"/back", http.StatusFound)
	})
	first = listen(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/back":
			seen <- r.Header
		case "/keep":
			http.Redirect(w, r, other.URL, http.StatusTemporaryRedirect)
		default:
			http.Redirect(w, r, other.URL, http.StatusFound)
		}
	})
	req, err := http.NewRequest("GET", first.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"Authorization", "Cookie", "X-Api-Key", "Idempotency-Key"} {
		req.Header.Set(name, "secret")
	}
	req.Header.Set("Accept", "text/plain")
	resp, err := client(t, open()).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	for range 2 {
		h := <-seen
		for name, values := range h {
			if strings.Contains(strings.Join(values, ""), "secret") || name == "Referer" {
				t.Errorf("%s was carried on", name)
			}
		}
		if h.Get("Accept") != "text/plain" || !strings.HasPrefix(h.Get("User-Agent"), "Mercat") {
			t.Errorf("headers are %v", h)
		}
	}
	var redirect *RedirectError
	if _, err := client(t, open()).Post(first.URL+"/keep", "text/plain", strings.NewReader("secret")); !errors.As(err, &redirect) {
		t.Errorf("a body was carried on: %v", err)
	}
}

func TestBombsAreCappedAfterDecompression(t *testing.T) {
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	if _, err := io.CopyN(z, zeros{}, 20<<20); err != nil {
		t.Fatal(err)
	}
	z.Close()
	s := listen(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		w.Write(bomb.Bytes())
	})
	var large *TooLargeError
	resp, err := client(t, open()).Get(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	if data, err := ReadAll(resp, 1<<20); !errors.As(err, &large) || len(data) != 1<<20 {
		t.Errorf("%d bytes, %v", len(data), err)
	}
	o := open()
	o.MaxBody = 1000
	if resp, err = client(t, o).Get(s.URL); err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if data, err := io.ReadAll(resp.Body); !errors.As(err, &large) || len(data) != 1000 {
		t.Errorf("%d bytes, %v", len(data), err)
	}
	o.MaxBody = int64(20 << 20)
	if resp, err = client(t, o).Get(s.URL); err != nil {
		t.Fatal(err)
	}
	if data, err := ReadAll(resp, 20<<20); err != nil || len(data) != 20<<20 {
		t.Errorf("what just fits: %d bytes, %v", len(data), err)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		header map[string]string
		want   time.Duration // less than 0: nothing said
	}{
		{nil, -1}, {map[string]string{"Retry-After": "120"}, 2 * time.Minute}, {map[string]string{"Retry-After": "1.5"}, 1500 * time.Millisecond},
		{map[string]string{"Retry-After": "Tue, 24 Nov 2026 12:05:00 GMT"}, 5 * time.Minute},
		{map[string]string{"Retry-After": "Tue, 24 Nov 2020 12:05:00 GMT"}, 0},
		{map[string]string{"Retry-After": "99999999999999"}, 24 * time.Hour}, {map[string]string{"Retry-After": "-5"}, -1},
		{map[string]string{"Retry-After": "NaN"}, -1}, {map[string]string{"Retry-After": "Inf"}, 24 * time.Hour}, {map[string]string{"Retry-After": "soon"}, -1},
		{map[string]string{"RateLimit-Remaining": "0", "RateLimit-Reset": fmt.Sprint(now.Unix() + 60)}, time.Minute},
		{map[string]string{"RateLimit-Remaining": "5", "RateLimit-Reset": fmt.Sprint(now.Unix() + 60)}, -1},
		{map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "2026-11-24T12:03:00.000000Z"}, 3 * time.Minute},
	} {
		h := http.Header{}
		for k, v := range c.header {
			h.Set(k, v)
		}
		got := RetryAfter(h, now)
		if c.want < 0 && !got.IsZero() || c.want >= 0 && !got.Equal(now.Add(c.want)) {
			t.Errorf("%v: %v", c.header, got)
		}
	}
}

func FuzzRetryAfter(f *testing.F) {
	f.Add("120", "0", "1795521600")
	f.Add("Tue, 24 Nov 2026 12:05:00 GMT", "", "")
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, after, remaining, reset string) {
		h := http.Header{"Retry-After": {after}, "Ratelimit-Remaining": {remaining}, "Ratelimit-Reset": {reset}}
		if at := RetryAfter(h, now); !at.IsZero() && (at.Before(now) || at.After(now.Add(24*time.Hour))) {
			t.Errorf("%q gives %v", h, at)
		}
	})
}

func TestErrorsInPlainWords(t *testing.T) {
	plain := listen(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/cut" {
			panic(http.ErrAbortHandler)
		}
		<-r.Context().Done()
	})
	secure := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	secure.Config.ErrorLog = log.New(io.Discard, "", 0) // refused handshakes are what we want
	secure.StartTLS()
	t.Cleanup(secure.Close)
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()

	trusting := open()
	trusting.RootCAs = x509.NewCertPool()
	trusting.RootCAs.AddCert(secure.Certificate())
	wrongName := strings.Replace(secure.URL, "127.0.0.1", "localhost", 1)
	get := func(o Options, address string) error {
		resp, err := client(t, o).Get(address)
		if err == nil {
			err = resp.Body.Close()
		}
		return err
	}
	slow := open()
	slow.Timeout = 50 * time.Millisecond
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"refused":           {get(open(), "http://"+closed.Addr().String()), "The server 127.0.0.1 refuses the connection."},
		"slow":              {get(slow, plain.URL), "did not answer in time"},
		"cut off":           {get(open(), plain.URL+"/cut"), "broke off the connection"},
		"unknown authority": {get(open(), secure.URL), "authority that this machine does not know"},
		"wrong name":        {get(trusting, wrongName), "The server localhost has a certificate for another name."},
		"no TLS":            {get(open(), strings.Replace(plain.URL, "http:", "https:", 1)), "does not speak"},
		"private":           {get(Options{}, plain.URL), "inside a private network"},
		"no such name":      {&DialError{Host: "mail.x.org", Port: "993", Err: &net.OpError{Op: "dial", Err: &net.DNSError{Name: "mail.x.org", IsNotFound: true}}}, "The server mail.x.org could not be found. Check the name."},
		"name service down": {&net.DNSError{Name: "mail.x.org", IsTemporary: true}, "name service does not answer"},
		"expired":           {&tls.CertificateVerificationError{Err: x509.CertificateInvalidError{Reason: x509.Expired, Cert: &x509.Certificate{NotAfter: time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)}}}, "to 2 January 2026"},
		"too large":         {&url.Error{Op: "Get", URL: "https://a.test/", Err: &TooLargeError{Host: "a.test", Max: 1 << 20}}, "The server a.test sent more than the 1 MB"},
		"wrapped":           {fmt.Errorf("fetch: %w", context.DeadlineExceeded), "The server did not answer in time"},
	} {
		t.Run(name, func(t *testing.T) {
			sentence, ok := Explain(c.err)
			if !ok || !strings.Contains(sentence, c.want) || !strings.HasSuffix(sentence, ".") {
				t.Errorf("%v\nis explained as %q", c.err, sentence)
			}
		})
	}
	for _, err := range []error{nil, errors.New("x"), context.Canceled} {
		if sentence, ok := Explain(err); ok {
			t.Errorf("%v is explained as %q", err, sentence)
		}
	}
}

func TestOtherProtocolsDialThroughTheGuard(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, err = new(Guard).DialContext(t.Context(), "tcp", l.Addr().String())
	var refused *RefusedError
	if !errors.As(err, &refused) {
		t.Errorf("got %v", err)
	}
	g := Guard{AllowPrivate: true}
	conn, err := g.DialContext(t.Context(), "tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
	var dial *DialError
	if _, err := g.DialContext(t.Context(), "tcp", "no port"); !errors.As(err, &dial) {
		t.Errorf("got %v", err)
	}
}
