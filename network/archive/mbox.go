package archive

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"time"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/network/email"
	"mercat.scot/mercat/platform/fault"
)

const (
	// maxMail is one message with everything attached: files of 40 MB grow by a
	// third on their way.
	maxMail = 64 << 20
	// maxMailLine bounds a line; a longer one is a body in one line, and is kept
	// to this.
	maxMailLine = 1 << 20
)

// mbox reads mail as most programs store it (RFC 4155): a line that begins with
// "From ", the message, and so on. Lines of a message that begin so too have a
// ">" before them, which is taken off again.
//
// It is not github.com/emersion/go-mbox because an import must know at which
// byte and line each message begins: to name it, and to go on there.
type mbox struct {
	file  *os.File
	lines *lines
	own   email.Stored
	now   time.Time
	at    Position
	begin string // the From line of the next message
	end   bool
}

func newMbox(file *os.File, o Options) (Reader, error) {
	own, err := email.NewStored(o.Own, o.Now)
	if err != nil {
		return nil, err
	}
	if _, err := file.Seek(o.From.Offset, io.SeekStart); err != nil {
		return nil, fmt.Errorf("go on in a mailbox: %w", err)
	}
	m := &mbox{file: file, lines: newLines(file, o.From), own: own, now: o.Now, at: o.From}
	for {
		before := Position{Offset: m.lines.offset, Line: m.lines.number, Items: m.at.Items}
		line, _, err := m.lines.next(maxMailLine)
		switch {
		case errors.Is(err, io.EOF):
			m.end = true
			return m, nil
		case err != nil:
			return nil, fmt.Errorf("read a mailbox: %w", err)
		case fromLine(line):
			m.begin, m.at = string(line), before
			return m, nil
		case len(bytes.TrimSpace(line)) > 0:
			return nil, fault.New(fault.Invalid, "This is no mbox file: it does not begin with a line “From …” and a date.")
		}
	}
}

// fromForm is the line between two messages: an address, and a date as asctime
// writes it, with a zone before or behind the year or without one. A paragraph
// that begins with "From" has no such date.
var fromForm = regexp.MustCompile(`^From (?:\S+ +|- )?(?:.* )?([A-Z][a-z]{2} [A-Z][a-z]{2} [ 0-9]?\d \d\d:\d\d(?::\d\d)?)(?: [A-Z]{1,5}| [+-]\d{4})* (\d{4})\b`)

func fromLine(line []byte) bool {
	return bytes.HasPrefix(line, []byte("From ")) && fromForm.Match(line[:min(len(line), 1_000)])
}

// fromTime is when a From line says that the message came in.
func fromTime(line string) time.Time {
	m := fromForm.FindStringSubmatch(line[:min(len(line), 1_000)])
	if m == nil {
		return time.Time{}
	}
	for _, form := range []string{"Mon Jan _2 15:04:05 2006", "Mon Jan _2 15:04 2006"} {
		if t, err := time.Parse(form, m[1]+" "+m[2]); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}

// Next implements Reader.
func (m *mbox) Next() (Item, error) {
	if m.end {
		return Item{}, io.EOF
	}
	place := "message at line " + strconv.FormatInt(m.at.Line+1, 10)
	begin := m.begin
	raw, whole, err := m.message()
	if err != nil {
		return Item{}, err
	}
	if !whole {
		return Item{Place: place, Wrong: "It is larger than 64 MB."}, nil
	}
	item := m.read(raw, fromTime(begin))
	item.Place, item.Size = place, int64(len(raw))
	return item, nil
}

// message reads up to the next From line. What is larger than maxMail is passed
// over.
func (m *mbox) message() (raw []byte, whole bool, err error) {
	var b bytes.Buffer
	whole = true
	for {
		before := Position{Offset: m.lines.offset, Line: m.lines.number, Items: m.at.Items + 1}
		line, _, err := m.lines.next(maxMailLine)
		if errors.Is(err, io.EOF) {
			m.end, m.at = true, before
			break
		}
		if err != nil {
			return nil, false, fmt.Errorf("read a mailbox beyond line %d: %w", m.lines.number, err)
		}
		if fromLine(line) {
			m.begin, m.at = string(line), before
			break
		}
		if whole = whole && b.Len()+len(line) <= maxMail; !whole {
			b.Reset()
			continue
		}
		b.Write(unescaped(line))
	}
	return b.Bytes(), whole, nil
}

// unescaped takes off the ">" of a line that would have looked like the
// beginning of a message.
func unescaped(line []byte) []byte {
	if rest := bytes.TrimLeft(line, ">"); len(rest) < len(line) && bytes.HasPrefix(rest, []byte("From ")) {
		return line[1:]
	}
	return line
}

// read makes an item of a message.
func (m *mbox) read(raw []byte, received time.Time) Item {
	if len(bytes.TrimSpace(raw)) == 0 {
		return Item{Wrong: "It is empty."}
	}
	e, dated := m.own.Read(raw, received)
	switch {
	case e.Post == nil:
		return Item{Wrong: "It is a report on the delivery of something that Mercat sent."}
	case !dated:
		return Item{Wrong: "It has no date that can be right, and neither has its envelope."}
	}
	item := Item{Post: e.Post}
	if e.Post.FromUs {
		for _, to := range e.Post.Mentions {
			if !m.own.Ours(to.ID) {
				item.To = to
				break
			}
		}
	}
	return item
}

// Position implements Reader.
func (m *mbox) Position() Position { return m.at }

// Owner implements Reader.
func (m *mbox) Owner() network.Identity { return m.own.Owner() }

// Close implements Reader.
func (m *mbox) Close() error { return m.file.Close() }
