package ui

import (
	"context"
	"io"
	"slices"
	"time"

	"github.com/a-h/templ"

	"mercat.scot/mercat/platform/web/assets"
)

// Notice tells a person, after the fact, what was done, and how to undo it.
type Notice struct {
	Text string `json:"t"`
	// UndoURL, when set, is posted to by a button, with Undo as hidden fields.
	UndoURL     string            `json:"u,omitempty"`
	UndoLabel   string            `json:"l,omitempty"` // "" is Undo
	Undo        map[string]string `json:"f,omitempty"`
	UndoSeconds int               `json:"s,omitempty"` // the time there is to undo it; 0 is no limit
	// LinkURL, when set, is where to see what was done.
	LinkURL   string `json:"h,omitempty"`
	LinkLabel string `json:"k,omitempty"`
}

// NoticeBar shows a Notice. Layouts do it for notices of redirects.
type NoticeBar struct{ Notice Notice }

func (n NoticeBar) Render(ctx context.Context, w io.Writer) error {
	return noticeBar(n.Notice).Render(ctx, w)
}

// EmptyState stands where a list has nothing, and says what to do next.
type EmptyState struct {
	Icon    string
	Title   string
	Text    string
	Actions []Button
}

func (e EmptyState) Render(ctx context.Context, w io.Writer) error {
	return emptyState(e).Render(ctx, w)
}

// Tone is the meaning of a Tag or a Message. Colour never carries it alone: the
// words do.
type Tone string

const (
	Neutral Tone = ""
	Good    Tone = "good"    // done, sent, connected
	Wait    Tone = "wait"    // somebody else's turn
	Warn    Tone = "warn"    // will go wrong soon
	Bad     Tone = "bad"     // late, failed
	Accent  Tone = "accent"  // yours, now
	Private Tone = "private" // not for the public: direct messages, internal notes
)

// Tag is a word about the state of something.
type Tag struct {
	Label string
	Tone  Tone
	Icon  string
	Title string
}

func (t Tag) Render(ctx context.Context, w io.Writer) error { return tag(t).Render(ctx, w) }

// Badge is a number of things that wait.
type Badge struct {
	Count  int
	Label  string // of what, for screen readers: "unread"
	Strong bool
	Many   int // from here on "Many+" is shown; 0 shows every number
}

func (b Badge) Render(ctx context.Context, w io.Writer) error { return badge(b).Render(ctx, w) }

// Avatar is the picture of somebody, or their initials. ImageURL must be on
// this site.
type Avatar struct {
	Name     string
	ImageURL string
	Small    bool
	Hidden   bool // the name stands beside it already, so screen readers skip it
}

func (a Avatar) Render(ctx context.Context, w io.Writer) error { return avatar(a).Render(ctx, w) }

// hue spreads names over eight quiet colours.
func (a Avatar) hue() string {
	sum := 0
	for _, r := range a.Name {
		sum = (sum*31 + int(r)) & 0xffff
	}
	return "m-hue-" + string(rune('0'+sum%8))
}

// Time is a moment, relative to now, with the exact time for the pointer and
// for screen readers. The clock is that of WithMoment; the zero time is a dash.
type Time struct {
	At    time.Time
	Exact bool // writes day and time instead
	Ago   bool // as in a sentence: Ago instead of Relative
}

func (t Time) Render(ctx context.Context, w io.Writer) error {
	return timeTag(t, MomentOf(ctx)).Render(ctx, w)
}

// Icon is a picture from the sprite. Without a Label it is decoration.
type Icon struct {
	Name  string
	Label string
}

func (i Icon) Render(ctx context.Context, w io.Writer) error {
	return icon(i, assets.URL("icons.svg")+"#"+i.Name).Render(ctx, w)
}

// Progress is how far a long job is; Max 0 means that nobody knows.
type Progress struct {
	ID         string
	Label      string
	Value, Max int64
}

func (p Progress) Render(ctx context.Context, w io.Writer) error { return progress(p).Render(ctx, w) }

// Spinner shows while htmx waits, beside the thing that asked.
type Spinner struct {
	ID    string
	Label string // "" is Loading
}

func (s Spinner) Render(ctx context.Context, w io.Writer) error { return spinner(s).Render(ctx, w) }

// Message is a paragraph that must be seen: a warning, or what went wrong.
// With children, use Around.
type Message struct {
	Tone  Tone
	Title string
	Text  string
}

func (m Message) Render(ctx context.Context, w io.Writer) error { return message(m).Render(ctx, w) }

// Around has what else the message says as children.
func (m Message) Around() templ.Component { return message(m) }

// NewBar says how many new things wait above a list, and shows them when it is
// pressed. The script counts events named Event on #live; without the script
// it is not there.
type NewBar struct {
	URL   string // of the list as it is now
	Event string // the live event that counts
	List  string // id of the list that is replaced
	One   string // "new conversation"
	Many  string // "new conversations"
}

func (n NewBar) Render(ctx context.Context, w io.Writer) error { return newBar(n).Render(ctx, w) }

// Row is one line of a Summary.
type Row struct {
	Key     string
	Value   string
	Part    templ.Component // in place of Value
	Actions []Link
}

// Summary is a list of facts about one thing.
type Summary struct{ Rows []Row }

func (s Summary) Render(ctx context.Context, w io.Writer) error { return summary(s).Render(ctx, w) }

// Column is one column of a Table.
type Column struct {
	Label   string
	Numeric bool
	Hidden  bool // the label is for screen readers, such as over buttons
	Class   string
}

// Table is for tabular things. Its children are the rows of the body: <tr> with
// <td>, the first a <th scope="row">.
type Table struct {
	ID            string
	Caption       string
	CaptionHidden bool
	Columns       []Column
	// Browse is for rows that have a page each: j and k move through them, and
	// a narrow screen shows each as a card. Their elements take BrowseRow,
	// BrowseHead and BrowseCell.
	Browse bool
}

// BrowseRow is what each <tr> of a Table with Browse has. Roles are given by
// name, for as cards the elements lose those that they have by nature.
func BrowseRow() templ.Attributes { return templ.Attributes{"role": "row", "data-row": true} }

// BrowseHead is what the <th> of such a row has.
func BrowseHead() templ.Attributes { return templ.Attributes{"role": "rowheader", "scope": "row"} }

// BrowseCell is what a <td> of such a row has. A card says its column, unless
// that is "": then the cell speaks for itself, and stands beside the others
// that do, before those with a column.
func BrowseCell(column string) templ.Attributes {
	a := templ.Attributes{"role": "cell"}
	if column != "" {
		a["data-label"] = column
	}
	return a
}

// Around has the rows as children.
func (t Table) Around() templ.Component { return table(t) }

// Panel is a titled part of a page.
type Panel struct {
	ID      string
	Title   string
	Level   int // of the heading; 0 is 2
	Actions []Button
}

// Around has the content as children.
func (p Panel) Around() templ.Component { return panel(p) }

// Dialog asks something before the page goes on. A Button with Opens shows it.
// Without the script it stands open in the page.
type Dialog struct {
	ID    string
	Title string
	Wide  bool
}

// Around has the content as children, most often a form.
func (d Dialog) Around() templ.Component { return dialog(d) }

// Difference is a field that somebody else may have changed while a person had
// it open: what it is called, what is there now, and what the person entered.
type Difference [3]string

// Overtaken stands above a form whose person was overtaken by somebody else's
// change. It shows the fields that differ, and nothing when none does.
type Overtaken struct{ Fields []Difference }

func (o Overtaken) Render(ctx context.Context, w io.Writer) error { return overtaken(o).Render(ctx, w) }

func (o Overtaken) differing() []Difference {
	return slices.DeleteFunc(slices.Clone(o.Fields), func(d Difference) bool { return d[1] == d[2] })
}

func quoted(s string) string {
	if s == "" {
		return "nothing"
	}
	return "“" + s + "”"
}

// Toolbar is a row of buttons about one thing.
type Toolbar struct {
	Label string
	Class string
}

// Around has the buttons as children.
func (t Toolbar) Around() templ.Component { return toolbar(t) }

// Panes are the three panes of the desk: where to look, what there is, and the
// one that is open. A narrow screen shows only the one named by Show; a middle
// one shows List and Main.
type Panes struct {
	Title             string          // of the page, for screen readers; the panes' heads are h2
	Views, List, Main templ.Component // any may be nil
	Show              string          // "views", "list" or "main"
	ListLabel         string          // for screen readers; "" is List
	MainLabel         string          // "" is Content
	MainID            string          // id of Main's element, for what is opened in it
}

func (p Panes) Render(ctx context.Context, w io.Writer) error { return panes(p).Render(ctx, w) }

// Sheet is a page of the desk that needs no panes: a readable column with a
// title.
type Sheet struct {
	Title   string
	Intro   string
	Actions []Button
	Back    Link
	Wide    bool
}

// Around has the content as children.
func (s Sheet) Around() templ.Component { return sheet(s) }
