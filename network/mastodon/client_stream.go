package mastodon

import (
	"bufio"
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

	"github.com/coder/websocket"
)

const (
	streamPath  = "/api/v1/streaming"
	maxMessage  = 4 << 20 // bytes of one event
	openTime    = 20 * time.Second
	pingEvery   = 30 * time.Second
	pingTime    = 15 * time.Second
	silenceMost = 90 * time.Second // an HTTP stream beats every 15 s
	heldEvents  = 200
)

// happening is one event of a stream that concerns us.
type happening struct {
	kind    string // "notification", "delete", "status.update", "notifications_merged"
	payload json.RawMessage
}

// stream is an open stream of the account's events. It reads by itself, so that
// it stays alive between two waits.
type stream struct {
	happens chan happening
	ended   chan struct{} // closed when no more will come; then err says why
	err     error
	stop    context.CancelFunc
	all     sync.WaitGroup
	missed  bool // more happened than is held; guarded by mu
	mu      sync.Mutex
}

// errNoStreaming says that a server has no streaming that we can use.
var errNoStreaming = errors.New("the server does not stream")

// openStream opens a stream: a WebSocket, or else server-sent events.
func (c *connection) openStream(ctx context.Context, l limits) (*stream, error) {
	base, err := c.streamBase(l)
	if err != nil {
		return nil, err
	}
	life, stop := context.WithCancel(c.ctx)
	opening := context.AfterFunc(ctx, stop)
	timer := time.AfterFunc(openTime, stop)
	s := &stream{happens: make(chan happening, heldEvents), ended: make(chan struct{}), stop: stop}
	err = c.openSocket(life, s, base)
	if errors.Is(err, errNoStreaming) {
		err = c.openEvents(life, s, base)
	}
	inTime := timer.Stop()
	if !opening() || !inTime {
		if err == nil {
			s.close()
		}
		if err = ctx.Err(); err == nil {
			err = context.DeadlineExceeded
		}
	}
	if err != nil {
		stop()
		return nil, err
	}
	return s, nil
}

// streamBase is where the server says that it streams, with http or https. The
// token goes there, so never without encryption that the server itself has.
func (c *connection) streamBase(l limits) (string, error) {
	if c.options.Stream == nil {
		return "", errNoStreaming
	}
	if l.Streaming == "" {
		return c.settings.server, nil
	}
	u, err := url.Parse(l.Streaming)
	if err != nil || u.Hostname() == "" || u.User != nil {
		return "", errNoStreaming
	}
	switch u.Scheme {
	case "wss", "https":
		u.Scheme = "https"
	case "ws", "http":
		if strings.HasPrefix(c.settings.server, "https:") {
			return "", errNoStreaming
		}
		u.Scheme = "http"
	default:
		return "", errNoStreaming
	}
	// GoToSocial and old servers name the whole path.
	path := strings.TrimSuffix(strings.TrimSuffix(strings.TrimRight(u.Path, "/"), streamPath), "/")
	return u.Scheme + "://" + u.Host + path, nil
}

// openSocket opens a WebSocket. The token is given as a header and as the
// subprotocol: every server takes one of the two, and neither is logged.
func (c *connection) openSocket(life context.Context, s *stream, base string) error {
	options := &websocket.DialOptions{
		HTTPClient:   c.options.Stream,
		HTTPHeader:   http.Header{"Authorization": {"Bearer " + c.client.token}},
		Subprotocols: []string{c.client.token},
	}
	conn, response, err := websocket.Dial(life, base+streamPath+"?stream=user", options)
	if err != nil {
		if response == nil {
			return fmt.Errorf("open a WebSocket: %w", err)
		}
		return c.noStreamBecause(response)
	}
	conn.SetReadLimit(maxMessage)
	s.run(&c.calls, func() error { return readSocket(life, s, conn) }, func() { _ = conn.CloseNow() }) // it may be closed already
	s.all.Go(func() { ping(life, s, conn) })
	return nil
}

// noStreamBecause tells a server that does not stream in this way from one that
// refuses the sign-in, or is in trouble.
func (c *connection) noStreamBecause(response *http.Response) error {
	body, err := io.ReadAll(io.LimitReader(response.Body, 64<<10))
	if err != nil {
		body = nil // the status says enough
	}
	if response.StatusCode == http.StatusTooManyRequests || response.StatusCode == http.StatusUnauthorized {
		return c.client.failed("GET "+streamPath, response, body)
	}
	if response.StatusCode >= 500 && response.StatusCode != http.StatusNotImplemented {
		return &nonsenseError{Call: "GET " + streamPath, Status: response.StatusCode, Cause: errNoStreaming}
	}
	return errNoStreaming
}

func readSocket(life context.Context, s *stream, conn *websocket.Conn) error {
	for {
		_, data, err := conn.Read(life)
		if err != nil {
			return fmt.Errorf("read the stream: %w", err)
		}
		var m struct {
			Event   string          `json:"event"`
			Payload json.RawMessage `json:"payload"`
			Error   string          `json:"error"`
		}
		if json.Unmarshal(data, &m) != nil {
			continue // what makes no sense tells us nothing
		}
		// The payload is JSON within a string.
		var inner string
		if json.Unmarshal(m.Payload, &inner) == nil && m.Event != "delete" {
			m.Payload = json.RawMessage(inner)
		}
		s.tell(happening{m.Event, m.Payload})
	}
}

// ping asks now and then whether the other side is still there.
func ping(life context.Context, s *stream, conn *websocket.Conn) {
	tick := time.NewTicker(pingEvery)
	defer tick.Stop()
	for {
		select {
		case <-life.Done():
			return
		case <-s.ended:
			return
		case <-tick.C:
			one, cancel := context.WithTimeout(life, pingTime)
			err := conn.Ping(one)
			cancel()
			if err != nil {
				s.stop()
				return
			}
		}
	}
}

// openEvents opens a stream of server-sent events.
func (c *connection) openEvents(life context.Context, s *stream, base string) error {
	request, err := http.NewRequestWithContext(life, http.MethodGet, base+streamPath+"/user", nil)
	if err != nil {
		return fmt.Errorf("make the request: %w", err)
	}
	request.Header.Set("Accept", "text/event-stream")
	request.Header.Set("Authorization", "Bearer "+c.client.token)
	response, err := c.options.Stream.Do(request)
	if err != nil {
		return fmt.Errorf("open a stream: %w", err)
	}
	shut := func() { _ = response.Body.Close() } // nothing more is wanted of it
	if response.StatusCode != http.StatusOK {
		defer shut()
		return c.noStreamBecause(response)
	}
	if !strings.HasPrefix(response.Header.Get("Content-Type"), "text/event-stream") {
		shut()
		return errNoStreaming
	}
	s.run(&c.calls, func() error { return readEvents(s, response.Body) }, shut)
	return nil
}

func readEvents(s *stream, body io.Reader) error {
	silence := time.AfterFunc(silenceMost, s.stop)
	defer silence.Stop()
	lines := bufio.NewScanner(body)
	lines.Buffer(make([]byte, 64<<10), maxMessage)
	var kind string
	var data strings.Builder
	for lines.Scan() {
		silence.Reset(silenceMost)
		line := lines.Text()
		name, value, _ := strings.Cut(line, ":")
		value = strings.TrimPrefix(value, " ")
		switch {
		case line == "":
			if kind != "" {
				s.tell(happening{kind, json.RawMessage(data.String())})
			}
			kind = ""
			data.Reset()
		case name == "event":
			kind = value
		case name == "data" && data.Len()+len(value) <= maxMessage:
			if data.Len() > 0 {
				data.WriteByte('\n')
			}
			data.WriteString(value)
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("read the stream: %w", err)
	}
	return io.EOF
}

// run reads until the stream ends, which the connection waits for.
func (s *stream) run(calls *sync.WaitGroup, read func() error, shut func()) {
	calls.Add(1)
	s.all.Go(func() {
		defer calls.Done()
		s.err = read()
		shut()
		s.stop()
		close(s.ended)
	})
}

// tell keeps an event that concerns us for whoever waits.
func (s *stream) tell(h happening) {
	switch h.kind {
	case "notification", "delete", "status.update", "notifications_merged":
	default:
		return
	}
	select {
	case s.happens <- h:
	default:
		s.mu.Lock()
		s.missed = true
		s.mu.Unlock()
	}
}

// overrun reports, once, whether events were lost.
func (s *stream) overrun() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	was := s.missed
	s.missed = false
	return was
}

// close ends the stream and waits for it.
func (s *stream) close() {
	s.stop()
	s.all.Wait()
}

// deletedID is the post that a delete event names, with or without quotes.
func deletedID(payload json.RawMessage) id {
	return id(strings.Trim(string(payload), "\" \r\n"))
}
