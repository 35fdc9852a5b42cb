package ui

import (
	"cmp"
	"context"
	"io"
	"slices"
	"strconv"

	"github.com/a-h/templ"

	"mercat.scot/mercat/platform/fault"
)

func or(s, otherwise string) string { return cmp.Or(s, otherwise) }

// Input is a one-line text field of a form.
type Input struct {
	Name         string
	Label        string
	Hint         string
	Value        string
	Problem      string // what is wrong; shown above the box
	Type         string // "" is text; email, password, search, url, tel, number, date, datetime-local
	Autocomplete string // of the HTML standard, such as "email"
	Width        int    // expected characters; 0 is the whole width
	Required     bool
	LabelHidden  bool
	LabelIsTitle bool // the label is the page's h1 (one question per page)
	Reveal       bool // of a password: a button shows what was typed
	Attrs        templ.Attributes
}

func (f Input) Render(ctx context.Context, w io.Writer) error { return input(f).Render(ctx, w) }

// TextArea is a field of several lines. It grows with its text.
type TextArea struct {
	Name         string
	Label        string
	Hint         string
	Value        string
	Problem      string
	Rows         int    // 0 is 4
	Max          int    // characters; shows what is left
	CountURL     string // asks the server for the count instead: POST of text=…, answered with a fragment
	Draft        string // keeps the text in this browser under this name until it is sent
	DraftURL     string // and at the server: POST with the field's name
	Guard        bool   // asks before leaving with text that was not sent
	Required     bool
	LabelHidden  bool
	LabelIsTitle bool
	Attrs        templ.Attributes
}

func (f TextArea) Render(ctx context.Context, w io.Writer) error { return textArea(f).Render(ctx, w) }

// Option is one of a Select, of Radios or of Checkboxes.
type Option struct {
	Value string
	Label string
	Hint  string
	Group string // of a Select: neighbours with the same group stand together
}

// Select is a list to choose one from. Use Radios for fewer than seven.
type Select struct {
	Name        string
	Label       string
	Hint        string
	Value       string
	Problem     string
	Options     []Option
	LabelHidden bool
	Attrs       templ.Attributes
}

func (f Select) Render(ctx context.Context, w io.Writer) error { return selectField(f).Render(ctx, w) }

type optionGroup struct {
	label   string
	options []Option
}

func (f Select) groups() []optionGroup {
	var groups []optionGroup
	for _, o := range f.Options {
		if len(groups) == 0 || groups[len(groups)-1].label != o.Group {
			groups = append(groups, optionGroup{label: o.Group})
		}
		last := &groups[len(groups)-1]
		last.options = append(last.options, o)
	}
	return groups
}

// Radios are a question with one answer.
type Radios struct {
	Name          string
	Legend        string
	Hint          string
	Value         string
	Problem       string
	Options       []Option
	Inline        bool
	LegendIsTitle bool
	LegendHidden  bool
}

func (f Radios) Render(ctx context.Context, w io.Writer) error { return radios(f).Render(ctx, w) }

// Checkboxes are a question with any number of answers.
type Checkboxes struct {
	Name          string
	Legend        string
	Hint          string
	Values        []string
	Problem       string
	Options       []Option
	LegendIsTitle bool
	LegendHidden  bool
	Narrow        string // label of a box that narrows a long list while one types; "" is none
}

func (f Checkboxes) Render(ctx context.Context, w io.Writer) error {
	return checkboxes(f).Render(ctx, w)
}

func (f Checkboxes) has(value string) bool { return slices.Contains(f.Values, value) }

// Checkbox is one box with value 1.
type Checkbox struct {
	Name    string
	Label   string
	Hint    string
	Checked bool
	Problem string
}

func (f Checkbox) Render(ctx context.Context, w io.Writer) error { return checkbox(f).Render(ctx, w) }

// Copy is a text to take elsewhere, such as a link, with a button that copies
// it.
type Copy struct {
	ID    string
	Label string
	Hint  string
	Value string
}

func (c Copy) Render(ctx context.Context, w io.Writer) error { return copyField(c).Render(ctx, w) }

// FileInput chooses files. Its form needs enctype="multipart/form-data".
type FileInput struct {
	Name     string
	Label    string
	Hint     string // say which kinds and how large
	Problem  string
	Accept   string
	Multiple bool
	Attrs    templ.Attributes
}

func (f FileInput) Render(ctx context.Context, w io.Writer) error { return fileInput(f).Render(ctx, w) }

// DateInput is a day in three boxes, read by web.Form.Date.
type DateInput struct {
	Name             string
	Legend           string
	Hint             string // such as "For example, 27 3 2026"
	Day, Month, Year string
	Problem          string
	LegendIsTitle    bool
}

func (f DateInput) Render(ctx context.Context, w io.Writer) error { return dateInput(f).Render(ctx, w) }

// PlaceInput asks where: in words, on a map, or from the phone. It sends Name
// (words), Name-lat and Name-lng (empty when nobody chose a point). The map
// and the phone are offers of the script; words are always enough.
type PlaceInput struct {
	Name                 string
	Label                string
	Hint                 string
	Value                string
	Lat, Lng             string
	Problem              string
	StyleURL             string // of the map, or "" for no map; the page needs Page.Map
	CentreLat, CentreLng float64
	Zoom                 float64
}

func (f PlaceInput) Render(ctx context.Context, w io.Writer) error {
	return placeInput(f).Render(ctx, w)
}

// ErrorSummary stands at the top of a page whose form has errors, and leads to
// each field.
type ErrorSummary struct {
	Problems fault.Fields
	Title    string // "" is "There is a problem"
}

func (e ErrorSummary) Render(ctx context.Context, w io.Writer) error {
	if len(e.Problems) == 0 {
		return nil
	}
	return errorSummary(e).Render(ctx, w)
}

// Hidden is a hidden field.
type Hidden struct {
	Name  string
	Value string
}

func (h Hidden) Render(ctx context.Context, w io.Writer) error { return hidden(h).Render(ctx, w) }

// Version is the hidden field that web.Form.Version reads.
func Version(v int64) Hidden { return Hidden{Name: "version", Value: strconv.FormatInt(v, 10)} }

// described ties a field to its hint and its error for screen readers.
func described(name, hint, problem string) templ.Attributes {
	ids := ""
	if hint != "" {
		ids = name + "-hint"
	}
	if problem != "" {
		if ids != "" {
			ids += " "
		}
		ids += name + "-error"
	}
	a := templ.Attributes{}
	if ids != "" {
		a["aria-describedby"] = ids
	}
	if problem != "" {
		a["aria-invalid"] = "true"
	}
	return a
}

func optionID(name string, i int) string {
	if i == 0 {
		return name // so that the error summary leads to the first
	}
	return name + "-" + strconv.Itoa(i+1)
}
