package networktest

import (
	"bytes"
	"fmt"
	"net"
	"sync"
	"testing"
	"time"
)

// TCPWire is a Wire for every protocol over TCP: a relay before the server.
// With TLS inside, LoseAnswer does not work.
type TCPWire struct {
	// Cuts are the numbers of bytes after which answers are cut; nil means some
	// that fall into the greetings and the first answers of mail protocols.
	Cuts []int

	target  string
	address string
	serving sync.WaitGroup

	mu       sync.Mutex
	accepts  []byte
	fault    Fault
	listener net.Listener
	relays   map[*relay]bool
}

// relay is one connection through the wire.
type relay struct {
	client, server net.Conn
	fault          Fault         // fixed when it began, or when the wire was broken
	stopped        chan struct{} // closed when it is cut
	once           sync.Once
}

func (r *relay) end(hard bool) {
	r.once.Do(func() {
		close(r.stopped)
		if hard {
			reset(r.client)
		} else {
			// It fails only when it is closed already.
			_ = r.client.Close()
		}
		if r.server != nil {
			// As above.
			_ = r.server.Close()
		}
	})
}

// NewTCPWire puts a wire before the server at target ("127.0.0.1:…").
func NewTCPWire(t testing.TB, target string) *TCPWire {
	t.Helper()
	w := &TCPWire{target: target, relays: map[*relay]bool{}}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("listen for the wire: %v", err)
	}
	w.address = listener.Addr().String()
	w.mu.Lock()
	w.serve(listener)
	w.mu.Unlock()
	t.Cleanup(func() {
		w.mu.Lock()
		// It fails only when it is closed already.
		_ = w.listener.Close()
		w.drop()
		w.mu.Unlock()
		w.serving.Wait()
	})
	return w
}

// Accepts says what ends that which has the effect of sending, as the adapter
// writes it ("\r\n.\r\n" for SMTP). Without it this wire has no LoseAnswer.
func (w *TCPWire) Accepts(end []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.accepts = end
}

// Addr is the address at which the adapter reaches the server.
func (w *TCPWire) Addr() string { return w.address }

// Faults implements Wire.
func (w *TCPWire) Faults() []Fault {
	faults := []Fault{{Kind: Refuse}, {Kind: Hang}, {Kind: Slow}}
	cuts := w.Cuts
	if cuts == nil {
		cuts = []int{0, 10, 200, 600, 1200}
	}
	for _, n := range cuts {
		faults = append(faults, Fault{Kind: Cut, After: n}, Fault{Kind: Half, After: n})
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.accepts) > 0 {
		faults = append(faults, Fault{Kind: LoseAnswer})
	}
	return faults
}

// Break implements Wire. Connections that stand are cut, but for Hang, which
// silences them, and for Slow and LoseAnswer, which leave them.
func (w *TCPWire) Break(f Fault) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.fault = f
	switch f.Kind {
	case Refuse:
		// It fails only when it is closed already.
		_ = w.listener.Close()
		w.drop()
	case Cut, Half:
		w.drop()
	default:
		for r := range w.relays {
			r.fault = f
		}
	}
}

// Mend implements Wire.
func (w *TCPWire) Mend() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.fault.Kind == Refuse {
		listener, err := net.Listen("tcp", w.address)
		if err != nil {
			panic(fmt.Sprintf("listen again for the wire: %v", err))
		}
		w.serve(listener)
	}
	w.fault = Fault{}
	for r := range w.relays {
		if r.fault.Kind == Slow || r.fault.Kind == LoseAnswer {
			r.fault = Fault{}
		} else if r.fault != (Fault{}) {
			r.end(true)
		}
	}
}

func (w *TCPWire) drop() {
	for r := range w.relays {
		r.end(true)
	}
}

func (w *TCPWire) serve(l net.Listener) {
	w.listener = l
	w.serving.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return // closed by Break or by the end of the test
			}
			w.serving.Go(func() { w.relay(conn) })
		}
	})
}

func (w *TCPWire) relay(client net.Conn) {
	server, err := net.DialTimeout("tcp", w.target, 10*time.Second)
	if err != nil {
		reset(client)
		return
	}
	r := &relay{client: client, server: server, stopped: make(chan struct{})}
	w.mu.Lock()
	r.fault = w.fault
	w.relays[r] = true
	refused := w.fault.Kind == Refuse
	accepts := w.accepts
	w.mu.Unlock()
	if refused {
		r.end(true)
	}
	var lose chan struct{} // closed when the next answer must be lost
	if len(accepts) > 0 {
		lose = make(chan struct{})
	}
	var back sync.WaitGroup
	back.Go(func() { w.answers(r, lose) })
	w.requests(r, accepts, lose)
	back.Wait()
	w.mu.Lock()
	delete(w.relays, r)
	w.mu.Unlock()
}

func (w *TCPWire) faultOf(r *relay) Fault {
	w.mu.Lock()
	defer w.mu.Unlock()
	return r.fault
}

// requests relays what the adapter writes.
func (w *TCPWire) requests(r *relay, accepts []byte, lose chan struct{}) {
	defer r.end(false)
	buffer := make([]byte, 32<<10)
	var tail []byte
	for {
		n, err := r.client.Read(buffer)
		if n > 0 {
			fault := w.faultOf(r)
			if fault.Kind == Hang {
				<-r.stopped
				return
			}
			tail = append(tail, buffer[:n]...)
			if lose != nil && fault.Kind == LoseAnswer && bytes.HasSuffix(tail, accepts) {
				close(lose)
				lose = nil
			}
			tail = append([]byte(nil), tail[max(0, len(tail)-len(accepts)):]...)
			if _, err := r.server.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// answers relays what the server writes, as far as the fault lets it.
func (w *TCPWire) answers(r *relay, lose <-chan struct{}) {
	buffer := make([]byte, 32<<10)
	passed := 0
	for {
		n, err := r.server.Read(buffer)
		if n > 0 {
			fault := w.faultOf(r)
			select {
			case <-lose:
				r.end(true)
				return
			default:
			}
			send := buffer[:n]
			switch fault.Kind {
			case Hang:
				<-r.stopped
				return
			case Slow:
				timer := time.NewTimer(slowBy)
				select {
				case <-timer.C:
				case <-r.stopped:
				}
				timer.Stop()
			case Cut, Half:
				if passed+n > fault.After {
					send = buffer[:fault.After-passed]
				}
			}
			passed += len(send)
			if _, err := r.client.Write(send); err != nil {
				r.end(false)
				return
			}
			if len(send) < n {
				r.end(fault.Kind == Cut)
				return
			}
		}
		if err != nil {
			r.end(false)
			return
		}
	}
}
