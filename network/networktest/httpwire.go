package networktest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"
)

// HTTPWire is a Wire for networks that speak HTTP without TLS: a proxy before
// the server. It passes everything on, WebSockets excepted.
type HTTPWire struct {
	// Sends reports whether a request has the effect of sending, so that
	// LoseAnswer loses the answer to that one. Nil means every POST and PUT.
	Sends func(*http.Request) bool
	// Now is the clock of RateLimit-Reset; nil means time.Now.
	Now func() time.Time

	target  string
	address string
	client  *http.Client
	server  *http.Server
	serving sync.WaitGroup

	mu       sync.Mutex
	fault    Fault
	listener net.Listener
	mended   chan struct{} // closed by Mend
	conns    map[net.Conn]bool
}

// NewHTTPWire puts a wire before the server at target ("http://127.0.0.1:…").
func NewHTTPWire(t testing.TB, target string) *HTTPWire {
	t.Helper()
	w := &HTTPWire{target: target, mended: make(chan struct{}), conns: map[net.Conn]bool{}}
	w.client = &http.Client{
		Transport:     &http.Transport{DisableCompression: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	w.server = &http.Server{Handler: w, ReadHeaderTimeout: time.Minute, ConnState: w.track}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("listen for the wire: %v", err)
	}
	w.address = listener.Addr().String()
	w.serve(listener)
	t.Cleanup(func() {
		w.Mend()
		// The error is that of connections which broke, which is what they are for.
		_ = w.server.Close()
		w.serving.Wait()
		w.client.CloseIdleConnections()
	})
	return w
}

// URL is the address at which the adapter reaches the server.
func (w *HTTPWire) URL() string { return "http://" + w.address }

// Faults implements Wire.
func (w *HTTPWire) Faults() []Fault {
	return []Fault{
		{Kind: Refuse}, {Kind: Hang}, {Kind: Slow}, {Kind: TooMany}, {Kind: ServerError}, {Kind: HTML},
		{Kind: Cut}, {Kind: Cut, After: 20}, {Kind: Half, After: 1}, {Kind: Half, After: 20}, {Kind: LoseAnswer},
	}
}

// Break implements Wire.
func (w *HTTPWire) Break(f Fault) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.fault = f
	if f.Kind == Refuse {
		// Closing fails only when it is closed already.
		_ = w.listener.Close()
		w.drop()
	}
}

// Mend implements Wire.
func (w *HTTPWire) Mend() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.fault.Kind == Refuse {
		listener, err := net.Listen("tcp", w.address)
		if err != nil {
			panic(fmt.Sprintf("listen again for the wire: %v", err))
		}
		w.serveLocked(listener)
	}
	w.fault = Fault{}
	close(w.mended)
	w.mended = make(chan struct{})
}

func (w *HTTPWire) serve(l net.Listener) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.serveLocked(l)
}

func (w *HTTPWire) serveLocked(l net.Listener) {
	w.listener = l
	w.serving.Go(func() {
		// It ends when the listener is closed, by Break or by the end of the test.
		_ = w.server.Serve(l)
	})
}

func (w *HTTPWire) track(c net.Conn, state http.ConnState) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch state {
	case http.StateNew:
		w.conns[c] = true
	case http.StateClosed, http.StateHijacked:
		delete(w.conns, c)
	}
}

// drop cuts all connections.
func (w *HTTPWire) drop() {
	for c := range w.conns {
		reset(c)
	}
}

// ServeHTTP passes a request on, or not.
func (w *HTTPWire) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	fault, mended := w.fault, w.mended
	w.mu.Unlock()

	body, err := io.ReadAll(io.LimitReader(r.Body, 64<<20))
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	switch fault.Kind {
	case Refuse:
		panic(http.ErrAbortHandler)
	case Hang:
		select {
		case <-mended:
		case <-r.Context().Done():
		}
		panic(http.ErrAbortHandler)
	case Slow:
		pause(r.Context(), slowBy)
	case TooMany:
		w.tooMany(rw)
		return
	case ServerError:
		http.Error(rw, "boom", http.StatusInternalServerError)
		return
	case HTML:
		rw.Header().Set("Content-Type", "text/html; charset=utf-8")
		// The client may have gone; then there is nobody to tell.
		_, _ = io.WriteString(rw, "<!DOCTYPE html><title>Welcome to the hotel</title><p>Please accept our terms.</p>")
		return
	}

	status, header, answer := w.pass(r, body)
	switch fault.Kind {
	case LoseAnswer:
		if w.sends(r) {
			panic(http.ErrAbortHandler)
		}
	case Cut, Half:
		cutAnswer(rw, fault, status, header, answer)
		return
	}
	for name, values := range header {
		rw.Header()[name] = values
	}
	rw.Header().Set("Content-Length", strconv.Itoa(len(answer)))
	rw.WriteHeader(status)
	// As above: nobody to tell.
	_, _ = rw.Write(answer)
}

func (w *HTTPWire) sends(r *http.Request) bool {
	if w.Sends != nil {
		return w.Sends(r)
	}
	return r.Method == http.MethodPost || r.Method == http.MethodPut
}

func (w *HTTPWire) tooMany(rw http.ResponseWriter) {
	now := time.Now
	if w.Now != nil {
		now = w.Now
	}
	seconds := int(RetryAfter / time.Second)
	rw.Header().Set("Retry-After", strconv.Itoa(seconds))
	rw.Header().Set("RateLimit-Remaining", "0")
	rw.Header().Set("RateLimit-Reset", strconv.FormatInt(now().Add(RetryAfter).Unix(), 10))
	rw.Header().Set("Content-Type", "application/json")
	rw.WriteHeader(http.StatusTooManyRequests)
	// As above: nobody to tell.
	_, _ = io.WriteString(rw, `{"error":"RateLimitExceeded","message":"Too Many Requests"}`)
}

// pass hands the request to the server and reads its whole answer. The server
// finishes what it began although the adapter may have gone.
func (w *HTTPWire) pass(r *http.Request, body []byte) (int, http.Header, []byte) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), 30*time.Second)
	defer cancel()
	out, err := http.NewRequestWithContext(ctx, r.Method, w.target+r.URL.RequestURI(), bytes.NewReader(body))
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	out.Header = r.Header.Clone()
	out.Host = r.Host
	response, err := w.client.Do(out)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, 64<<20))
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	header := response.Header.Clone()
	header.Del("Content-Length")
	return response.StatusCode, header, answer
}

// cutAnswer writes the head of the answer with its true length, some of the
// body, and ends the connection. Cut with nothing let through loses the head
// too.
func cutAnswer(rw http.ResponseWriter, f Fault, status int, header http.Header, answer []byte) {
	conn, out, err := http.NewResponseController(rw).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	defer conn.Close()
	if f.Kind == Cut && f.After == 0 {
		reset(conn)
		return
	}
	// Errors of writing to a connection that is being cut change nothing.
	_, _ = fmt.Fprintf(out, "HTTP/1.1 %d %s\r\n", status, http.StatusText(status))
	_ = header.Write(out)
	_, _ = fmt.Fprintf(out, "Content-Length: %d\r\n\r\n", len(answer)+1)
	_, _ = out.Write(answer[:min(f.After, len(answer))])
	_ = out.Flush()
	if f.Kind == Cut {
		reset(conn)
	}
}

// reset ends a connection with RST in place of FIN.
func reset(c net.Conn) {
	if tcp, ok := c.(*net.TCPConn); ok {
		// It fails only on a connection that is gone already.
		_ = tcp.SetLinger(0)
	}
	_ = c.Close()
}

// pause waits, or until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
