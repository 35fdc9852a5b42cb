package mastodontest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/coder/websocket"
)

// listener is an open stream.
type listener struct {
	who    *Account
	token  string
	stream string // "user" or "user:notification"
	events chan event
	cut    chan struct{} // closed when the token is revoked
}

type event struct{ kind, payload string }

// heartbeat is more often than on real servers (15 s), so that clients which end a
// stream only between two events do so soon.
const heartbeat = time.Second

// tell streams an event to those who listen for an account.
func (s *Server) tell(to *Account, kind string, payload func() any) {
	for l := range s.listeners {
		if l.who != to || l.stream == "user:notification" && kind != "notification" {
			continue
		}
		p := payload()
		text, ok := p.(string)
		if !ok {
			b, err := json.Marshal(p)
			if err != nil {
				panic(err) // it is made of maps and strings
			}
			text = string(b)
		}
		select {
		case l.events <- event{kind, text}:
		default: // a listener that does not listen
		}
	}
}

func (c *call) listen(stream string) (*listener, func()) {
	l := &listener{who: c.who, token: c.token.value, stream: stream, events: make(chan event, 1000), cut: make(chan struct{})}
	c.s.locked(func() { c.s.listeners[l] = true })
	return l, func() { c.s.locked(func() { delete(c.s.listeners, l) }) }
}

// CutStreams ends every stream, as a restart of the server does.
func (s *Server) CutStreams() {
	s.locked(func() {
		for l := range s.listeners {
			s.cutOff(l)
		}
	})
}

func (s *Server) cutOff(l *listener) {
	delete(s.listeners, l)
	close(l.cut)
}

// Listeners is how many streams are open.
func (s *Server) Listeners() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.listeners)
}

// socket is GET /api/v1/streaming: a WebSocket, or a hint to where they are.
func (c *call) socket() (any, error) {
	if !strings.EqualFold(c.r.Header.Get("Upgrade"), "websocket") {
		return nil, failure{http.StatusNotFound, "Not Found"}
	}
	stream := c.in.Get("stream")
	if stream != "user" && stream != "user:notification" {
		c.s.slip("there is no stream %q here", stream)
		return nil, failure{http.StatusBadRequest, "Unknown stream type"}
	}
	var protocols []string
	if p := c.r.Header.Get("Sec-WebSocket-Protocol"); p != "" {
		protocols = []string{strings.TrimSpace(strings.Split(p, ",")[0])}
	}
	conn, err := websocket.Accept(c.w, c.r, &websocket.AcceptOptions{Subprotocols: protocols, InsecureSkipVerify: true})
	if err != nil {
		return done, nil // Accept has answered
	}
	defer func() { _ = conn.CloseNow() }() // it may be closed already
	l, end := c.listen(stream)
	defer end()
	ctx := conn.CloseRead(c.r.Context())
	for {
		select {
		case <-ctx.Done():
			return done, nil
		case <-c.s.stop:
			return done, nil
		case <-l.cut:
			return done, nil
		case e := <-l.events:
			b, err := json.Marshal(object{"stream": []string{"user"}, "event": e.kind, "payload": e.payload})
			if err != nil {
				panic(err) // as above
			}
			if conn.Write(ctx, websocket.MessageText, b) != nil {
				return done, nil
			}
		}
	}
}

// events is a stream of server-sent events.
func (c *call) events() (any, error) {
	stream := "user"
	if strings.HasSuffix(strings.TrimRight(c.r.URL.Path, "/"), "/notification") {
		stream = "user:notification"
	}
	l, end := c.listen(stream)
	defer end()
	c.w.Header().Set("Content-Type", "text/event-stream")
	c.w.Header().Set("Cache-Control", "no-store")
	control := http.NewResponseController(c.w)
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	say := func(words string) bool {
		_, err := fmt.Fprint(c.w, words)
		return err == nil && control.Flush() == nil
	}
	for good := say(":)\n"); good; {
		select {
		case <-c.r.Context().Done():
			return done, nil
		case <-c.s.stop:
			return done, nil
		case <-l.cut:
			return done, nil
		case <-beat.C:
			good = say(":thump\n")
		case e := <-l.events:
			good = say("event: " + e.kind + "\ndata: " + e.payload + "\n\n")
		}
	}
	return done, nil
}
