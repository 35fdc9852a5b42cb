package email

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/net/idna"
)

var (
	errNoStartTLS = errors.New("the server does not offer STARTTLS")
	errNotIMAP    = errors.New("the server's greeting makes no sense")
)

// metered is a connection that gives up when the other side sends more than the
// running command can need. The libraries above it bound neither lines nor
// answers.
type metered struct {
	net.Conn
	left atomic.Int64
}

func (m *metered) allow(n int64) { m.left.Store(n) }

func (m *metered) Read(p []byte) (int, error) {
	n, err := m.Conn.Read(p)
	if m.left.Add(-int64(n)) < 0 {
		m.Conn.Close() // the error below says more
		return 0, errTooMuch
	}
	return n, err
}

// bounded runs f for at most d; when the time is over or ctx ends, closer ends
// the connection under it, which makes f return. The error then says why.
func bounded(ctx context.Context, d time.Duration, closer io.Closer, f func() error) error {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	stop := context.AfterFunc(ctx, func() {
		closer.Close() // only to make f return; the reason is the context's
	})
	err := f()
	if !stop() && err != nil {
		return fmt.Errorf("%w: %w", ctx.Err(), err)
	}
	return err
}

func (o Options) tlsFor(host string) *tls.Config {
	var c *tls.Config
	if o.TLS == nil {
		c = &tls.Config{}
	} else {
		c = o.TLS.Clone()
	}
	c.ServerName = host
	c.MinVersion = max(c.MinVersion, tls.VersionTLS12)
	return c
}

// dial connects and protects the connection. Upgrade speaks the protocol's
// STARTTLS on the bare connection.
func (o Options) dial(ctx context.Context, s server, upgrade func(net.Conn) error) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, o.DialTimeout)
	defer cancel()
	host := s.host
	if ascii, err := idna.Lookup.ToASCII(host); err == nil {
		host = ascii
	}
	conn, err := o.Dial(ctx, "tcp", net.JoinHostPort(host, s.port))
	if err != nil {
		return nil, err
	}
	if s.security == securityNone {
		return conn, nil
	}
	secured := tls.Client(conn, o.tlsFor(host))
	err = bounded(ctx, o.DialTimeout, conn, func() error {
		if s.security == securityStartTLS {
			if err := upgrade(conn); err != nil {
				return err
			}
		}
		return secured.HandshakeContext(ctx)
	})
	if err != nil {
		conn.Close() // never used
		return nil, err
	}
	return secured, nil
}

// readLine reads one line byte by byte: nothing beyond it may be consumed,
// because TLS or another reader comes next. Anything that a stranger could have
// put in between is thereby left to the TLS handshake, which fails on it.
func readLine(conn net.Conn) (string, error) {
	var line bytes.Buffer
	one := make([]byte, 1)
	for line.Len() < 4096 {
		if _, err := io.ReadFull(conn, one); err != nil {
			return "", err
		}
		if one[0] == '\n' {
			return strings.TrimRight(line.String(), "\r"), nil
		}
		line.WriteByte(one[0])
	}
	return "", errNotIMAP
}

// startIMAP reads the greeting and asks for TLS.
func startIMAP(conn net.Conn) error {
	greeting, err := readLine(conn)
	if err != nil {
		return err
	}
	if !strings.HasPrefix(strings.ToUpper(greeting), "* OK") {
		return fmt.Errorf("%w: %.100q", errNotIMAP, greeting)
	}
	if _, err := io.WriteString(conn, "a STARTTLS\r\n"); err != nil {
		return err
	}
	for range 20 {
		line, err := readLine(conn)
		if err != nil {
			return err
		}
		if tagged, ok := strings.CutPrefix(line, "a "); ok {
			if strings.HasPrefix(strings.ToUpper(tagged), "OK") {
				return nil
			}
			return errNoStartTLS
		}
	}
	return errNotIMAP
}

// startSMTP reads the greeting, says hello and asks for TLS.
func startSMTP(conn net.Conn) error {
	answer := func(want string) ([]string, error) {
		var lines []string
		for range 100 {
			line, err := readLine(conn)
			if err != nil {
				return nil, err
			}
			lines = append(lines, line)
			if len(line) < 4 || line[3] != '-' {
				if !strings.HasPrefix(line, want) {
					return nil, fmt.Errorf("%w: %.100q", errNotIMAP, line)
				}
				return lines, nil
			}
		}
		return nil, errNotIMAP
	}
	if _, err := answer("220"); err != nil {
		return err
	}
	if _, err := io.WriteString(conn, "EHLO "+helloName+"\r\n"); err != nil {
		return err
	}
	lines, err := answer("250")
	if err != nil {
		return err
	}
	offered := false
	for _, line := range lines {
		offered = offered || len(line) > 4 && strings.EqualFold(strings.TrimSpace(line[4:]), "STARTTLS")
	}
	if !offered {
		return errNoStartTLS
	}
	if _, err := io.WriteString(conn, "STARTTLS\r\n"); err != nil {
		return err
	}
	if _, err := answer("220"); err != nil {
		return errNoStartTLS
	}
	return nil
}

// greeted gives a connection whose greeting was read already a greeting again,
// for clients that wait for one.
type greeted struct {
	net.Conn
	greeting []byte
}

func (g *greeted) Read(p []byte) (int, error) {
	if len(g.greeting) > 0 {
		n := copy(p, g.greeting)
		g.greeting = g.greeting[n:]
		return n, nil
	}
	return g.Conn.Read(p)
}
