package ui

import (
	"context"
	"io"
	"time"

	"github.com/a-h/templ"
)

// SideGroup is a titled group of links in the left pane.
type SideGroup struct {
	Title string
	Items []SideItem
}

// SideItem is one link of the left pane, such as a saved view.
type SideItem struct {
	Label  string
	URL    string
	Icon   string
	Count  int
	Strong bool // the count is something new, not only a size
	// StrongLabel says what a strong count counts, for screen readers; "" is
	// new. From Many on, when it is not 0, the count is shown as "Many+".
	StrongLabel string
	Many        int
	Current     bool
	Key         string
	Attrs       templ.Attributes
}

// Side is the left pane: where one can look.
type Side struct{ Groups []SideGroup }

func (s Side) Render(ctx context.Context, w io.Writer) error { return side(s).Render(ctx, w) }

// List holds ListRows. j and k move through it, o opens, and the row that is
// under the pointer never moves by itself.
type List struct {
	ID    string
	Label string
	Attrs templ.Attributes
}

// Around has ListRows as children.
func (l List) Around() templ.Component { return list(l) }

// ListRow is one thing in a list: who, when, the first words, and its state.
type ListRow struct {
	ID      string // of the element, so that a live change finds it
	URL     string
	Title   string
	Text    string
	At      time.Time
	Avatar  string // the name whose initials are shown, or "" for none
	Image   string // the picture instead
	Icon    string // of where it came from
	From    string // what Icon means, for screen readers
	Tags    []Tag
	Meta    string // a few quiet words at the end
	Unread  bool
	Current bool
	Attrs   templ.Attributes // of the <li>
	Link    templ.Attributes // of the <a>, such as hx-get
}

func (l ListRow) Render(ctx context.Context, w io.Writer) error { return listRow(l).Render(ctx, w) }

// Side of a thread on which a Post stands.
const (
	In      = ""        // from outside
	Out     = "out"     // by us
	Note    = "note"    // by us, for us: never seen outside
	Context = "context" // by others, around the thread
)

// Post is one thing that was said. Its children are the words and media.
type Post struct {
	ID     string
	Name   string
	Handle string
	Image  string
	At     time.Time
	Side   string // In, Out, Note or Context
	Tags   []Tag
	Foot   templ.Component // state of sending, actions; nil for none
}

// Around has what was said as children.
func (p Post) Around() templ.Component { return post(p) }

// Thread holds Posts and Events, oldest first.
type Thread struct{ ID string }

// Around has Posts and Events as children.
func (t Thread) Around() templ.Component { return thread(t) }

// Event is a line between posts: something was done.
type Event struct {
	Text string
	At   time.Time
}

func (e Event) Render(ctx context.Context, w io.Writer) error { return event(e).Render(ctx, w) }

// PaneHead is the head of a pane: its title, and what one can do. BackURL leads
// a phone to the pane before.
type PaneHead struct {
	Title   string
	Level   int // of the heading; 0 is 2
	BackURL string
	Back    string // "" is Back
	Actions []Button
}

func (p PaneHead) Render(ctx context.Context, w io.Writer) error { return paneHead(p).Render(ctx, w) }

// Around has a toolbar or the like as children, beside the title.
func (p PaneHead) Around() templ.Component { return paneHead(p) }
