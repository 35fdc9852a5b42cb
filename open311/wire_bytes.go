package open311

import (
	"bufio"
	"errors"
	"io"
	"unicode/utf8"
)

// numbers puts every number of a JSON document into quotation marks. So 001, as
// the specification's own examples have it and JSON forbids, keeps its zeros,
// and no id loses digits as a float.
type numbers struct {
	in      *bufio.Reader
	quoted  bool // within a string
	escaped bool // behind a backslash
	number  bool // within a number
	ready   []byte
}

func (n *numbers) Read(p []byte) (int, error) {
	got := 0
	for got < len(p) {
		if len(n.ready) > 0 {
			moved := copy(p[got:], n.ready)
			n.ready = n.ready[moved:]
			got += moved
			continue
		}
		c, err := n.in.ReadByte()
		if err != nil {
			if n.number && errors.Is(err, io.EOF) {
				n.number, n.ready = false, append(n.ready[:0], '"')
				continue
			}
			if got > 0 && errors.Is(err, io.EOF) {
				return got, nil
			}
			return got, err
		}
		n.ready = n.next(n.ready[:0], c)
	}
	return got, nil
}

// next appends what becomes of a byte.
func (n *numbers) next(out []byte, c byte) []byte {
	switch {
	case n.quoted:
		switch {
		case n.escaped:
			n.escaped = false
		case c == '\\':
			n.escaped = true
		case c == '"':
			n.quoted = false
		case c < 0x20:
			c = ' ' // a line break that should have been escaped
		}
		return append(out, c)
	case n.number:
		if c >= '0' && c <= '9' || c == '.' || c == '-' || c == '+' || c == 'e' || c == 'E' {
			return append(out, c)
		}
		n.number = false
		n.quoted = c == '"'
		return append(out, '"', c)
	case c >= '0' && c <= '9' || c == '-':
		n.number = true
		return append(out, '"', c)
	}
	n.quoted = c == '"'
	return append(out, c)
}

// latin reads ISO 8859-1 as UTF-8.
type latin struct {
	in   *bufio.Reader
	rest []byte
}

func (l *latin) Read(p []byte) (int, error) {
	got := 0
	for got < len(p) {
		if len(l.rest) > 0 {
			moved := copy(p[got:], l.rest)
			l.rest = l.rest[moved:]
			got += moved
			continue
		}
		c, err := l.in.ReadByte()
		if err != nil {
			if got > 0 {
				return got, nil
			}
			return 0, err
		}
		l.rest = utf8.AppendRune(l.rest[:0], rune(c))
	}
	return got, nil
}
