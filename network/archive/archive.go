package archive

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/fault"
)

// Format is the form of an archive.
type Format string

const (
	Mbox     Format = "mbox"
	Mastodon Format = "mastodon"
	X        Format = "x"
	Bluesky  Format = "bluesky"
	Table    Format = "table"
)

// Position is where in a file a reader stands: behind everything that it
// returned. Which of the numbers count is the reader's own affair.
type Position struct {
	Offset int64 `json:"offset,omitempty"` // bytes from the beginning
	Line   int64 `json:"line,omitempty"`   // lines before it
	Items  int64 `json:"items,omitempty"`  // posts and rows before it, unreadable ones too
}

// ParsePosition reads what String wrote; "" is the beginning.
func ParsePosition(s string) (Position, error) {
	var p Position
	if s == "" {
		return p, nil
	}
	if err := json.Unmarshal([]byte(s), &p); err != nil {
		return p, fmt.Errorf("read a position in an archive: %w", err)
	}
	return p, nil
}

// String is the form in which a position is kept.
func (p Position) String() string {
	b, err := json.Marshal(p)
	if err != nil { // three numbers can always be written
		panic(err)
	}
	return string(b)
}

// Item is one post or row of an archive, or the reason why it cannot be read.
type Item struct {
	Place string // for people: "line 12", "post 7"
	Wrong string // a sentence; nothing else is set then
	Post  *network.Post
	// To is whom a post of ours was said to; without an ID, nobody in particular.
	To   network.Identity
	Case *Case // of a table whose mapping makes cases
	// Open returns the bytes of the i-th of Post.Media, when they are in the
	// archive and not in the post already. Nil means that none are.
	Open func(i int) ([]byte, error)
	Size int64 // about how many bytes it holds
}

// Case is what became of a request in the table's own system.
type Case struct {
	State   string // as the mapping names it: "done", "not_ours", "open", or "" for none
	Reason  string // why it ended, "" for none
	Asset   string
	Service string // name in the directory, "" for none
	Words   string // what was to be done
	Ended   time.Time
}

// Reader goes through one archive.
type Reader interface {
	// Next returns the next item; io.EOF is the end. Another error means that the
	// rest cannot be read; it is a fault with a sentence that names the place.
	Next() (Item, error)
	// Position is where the item after the last one begins.
	Position() Position
	// Owner is whose archive it is, as far as it says so.
	Owner() network.Identity
	// Close gives back what the reader holds. It may be called once.
	Close() error
}

// Options say how a file is read.
type Options struct {
	From    Position
	Now     time.Time // what is later than a day after it is no date
	Own     []string  // our own addresses (mail) or handle, where the file does not say
	Mapping *Mapping  // of a table
	Scratch string    // folder for what must be unpacked first
}

// Open opens a file.
//
// Errors: fault.NotFound; fault.Invalid for a file that is not of this form.
func Open(f Format, path string, o Options) (Reader, error) {
	file, err := os.Open(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fault.Newf(fault.NotFound, "There is no file %s. Check its name.", path).Because(err)
	case errors.Is(err, fs.ErrPermission):
		return nil, fault.Newf(fault.Down, "Mercat may not read %s. Let its user read it.", path).Because(err)
	case err != nil:
		return nil, fmt.Errorf("open an archive: %w", err)
	}
	if info, err := file.Stat(); err != nil || info.IsDir() {
		return nil, errors.Join(fault.Newf(fault.Invalid, "%s is a folder. Name the file in it.", path), err, file.Close())
	}
	r, err := open(f, file, o)
	if err != nil {
		_ = file.Close() // it was only read, and the error before it says more
		return nil, err
	}
	return r, nil
}

func open(f Format, file *os.File, o Options) (Reader, error) {
	switch f {
	case Mbox:
		return newMbox(file, o)
	case Mastodon:
		return newOutbox(file, o)
	case Bluesky:
		return newRepository(file, o)
	case X:
		return newTweets(file, o)
	case Table:
		return newTable(file, o)
	}
	return nil, fmt.Errorf("open an archive: unknown form %q", f)
}

// broken says that a file cannot be read any further.
func broken(place, format string, args ...any) error {
	return fault.Newf(fault.Invalid, "The file cannot be read beyond "+place+": "+format, args...)
}

// sane reports whether a post can have been written at t.
func sane(t, now time.Time) bool {
	return t.Year() >= network.OldestSaneYear && t.Before(now.Add(24*time.Hour))
}

// wrongDate is the reason for what was written at no time that can be.
func wrongDate(t time.Time) string {
	if t.IsZero() {
		return "It has no date that can be read."
	}
	return "Its date cannot be right: " + t.UTC().Format("2 January 2006") + "."
}
