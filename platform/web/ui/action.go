package ui

import (
	"context"
	"io"

	"github.com/a-h/templ"
)

// Kind is how much a button asks to be pressed.
type Kind string

const (
	Secondary Kind = ""        // one of several things to do
	Primary   Kind = "primary" // the one thing that most people do here; one per page
	Danger    Kind = "danger"  // destroys something
	Quiet     Kind = "quiet"   // in rows and toolbars, without a box
)

// Button does something, or with a URL goes somewhere.
type Button struct {
	Label    string
	Kind     Kind
	URL      string // makes it a link
	Icon     string
	IconOnly bool   // the label is for screen readers and the tooltip
	Type     string // "" is submit
	Name     string
	Value    string
	Form     string // id of the form that it belongs to, when outside of it
	FormURL  string // posts the form to another address
	Key      string // shortcut, such as "r" or "g i"
	KeyLabel string // what the shortcut does; "" is the label
	Small    bool
	Disabled bool
	Opens    string // id of a Dialog
	Closes   bool   // closes the Dialog that it is in
	Attrs    templ.Attributes
}

func (b Button) Render(ctx context.Context, w io.Writer) error { return button(b).Render(ctx, w) }

func (b Button) class() string {
	c := "m-button"
	switch b.Kind {
	case Primary:
		c += " m-primary govuk-button"
	case Danger:
		c += " m-danger govuk-button govuk-button--warning"
	case Quiet:
		c += " m-quiet"
	default:
		c += " govuk-button govuk-button--secondary"
	}
	if b.IconOnly {
		c += " m-icon-only"
	}
	if b.Small {
		c += " m-small"
	}
	return c
}

func (b Button) attrs() templ.Attributes {
	a := templ.Attributes{}
	for k, v := range b.Attrs {
		a[k] = v
	}
	set := func(name, value string) {
		if value != "" {
			a[name] = value
		}
	}
	set("data-key", b.Key)
	if b.Key != "" {
		set("data-key-label", b.KeyLabel)
		set("aria-keyshortcuts", ariaKeys(b.Key))
	}
	set("data-opens", b.Opens)
	if b.Closes {
		a["data-closes"] = true
	}
	if b.IconOnly {
		set("title", b.Label)
	}
	if b.URL == "" {
		set("name", b.Name)
		set("value", b.Value)
		set("form", b.Form)
		set("formaction", b.FormURL)
		a["type"] = b.kind()
		if b.Disabled {
			a["disabled"] = true
		}
	}
	return a
}

func (b Button) kind() string {
	switch {
	case b.Type != "":
		return b.Type
	case b.Opens != "" || b.Closes:
		return "button"
	default:
		return "submit"
	}
}

// ariaKeys is how aria-keyshortcuts wants a single key; a sequence such as
// "g i" cannot be said there.
func ariaKeys(key string) string {
	if len(key) == 1 {
		return key
	}
	return ""
}

// Link is a label with an address.
type Link struct {
	Label string
	URL   string
}

// Menu is a button that opens a short list of links and buttons, which are its
// children. It opens without JavaScript.
type Menu struct {
	Label  string
	Icon   string
	Avatar bool // shows the initials of Label
	Quiet  bool // only the icon shows; Label is for screen readers
	Right  bool // opens to the left from its right edge
	Key    string
}

// Around has the menu's links and buttons as children.
func (m Menu) Around() templ.Component { return menu(m) }

// Tabs are the views of one thing, each with its own address.
type Tabs struct {
	Label string // what they are the views of, for screen readers
	Items []Tab
}

// Tab is one of Tabs.
type Tab struct {
	Label   string
	URL     string
	Current bool
	Count   int
	Attrs   templ.Attributes
}

func (t Tabs) Render(ctx context.Context, w io.Writer) error { return tabs(t).Render(ctx, w) }

// Pager steps through a list that has no last page: by key, not by number.
type Pager struct {
	NewerURL string // "" when this is the newest
	OlderURL string // "" when this is the oldest
	Newer    string // "" is Newer
	Older    string // "" is Older
	Label    string // of what; "" is Pages
}

func (p Pager) Render(ctx context.Context, w io.Writer) error {
	if p.NewerURL == "" && p.OlderURL == "" {
		return nil
	}
	return pager(p).Render(ctx, w)
}

// SkipLink leads keyboards past the navigation to #main.
type SkipLink struct{}

func (SkipLink) Render(ctx context.Context, w io.Writer) error { return skipLink().Render(ctx, w) }
