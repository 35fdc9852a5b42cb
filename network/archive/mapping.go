package archive

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/fault"
)

// Mapping says what the columns of a table are. Values are templates: "{name}"
// stands for the column (in JSON, the field; "user.name" is a field within
// one), everything else for itself. Where a list of templates may stand, the
// first that is not empty counts.
type Mapping struct {
	Comment    string       `json:"comment"` // for people
	Format     string       `json:"format"`  // "csv" or "jsonl"
	Comma      string       `json:"comma"`   // of CSV: "," unless said otherwise; "tab" is one
	Network    network.Kind `json:"network"` // of a new account; "archive" unless said otherwise
	Ref        string       `json:"ref"`     // makes a row one of its own: its number there
	Thread     string       `json:"thread"`  // rows of one thread are one conversation; Ref unless said otherwise
	ReplyTo    string       `json:"reply_to"`
	Out        Choice       `json:"out"` // which rows are our own words: {"of": "{direction}", "is": ["outgoing"]}
	AuthorID   string       `json:"author_id"`
	Author     templates    `json:"author"` // name
	Handle     string       `json:"handle"`
	ToID       string       `json:"to_id"` // of a row of ours: whom it was said to
	To         templates    `json:"to"`
	Subject    templates    `json:"subject"`
	Text       templates    `json:"text"`
	Language   string       `json:"language"`
	URL        string       `json:"url"`
	Visibility string       `json:"visibility"` // "direct" unless said otherwise
	At         string       `json:"at"`
	Times      []string     `json:"times"` // forms of its times, in Go's notation: "2006-01-02T15:04:05"
	Zone       string       `json:"zone"`  // of times without one: "Europe/London"
	Place      templates    `json:"place"`
	Lat        string       `json:"lat"`
	Lon        string       `json:"lon"`
	Fields     []Answer     `json:"fields"` // further columns, shown as questions and answers
	Case       *CaseMapping `json:"case"`   // rows that are requests

	zone *time.Location
	sum  string
}

// Choice picks rows by a column.
type Choice struct {
	Of string   `json:"of"`
	Is []string `json:"is"`
}

// Answer is a column that is shown as a question with its answer.
type Answer struct {
	Question string `json:"question"`
	Answer   string `json:"answer"`
}

// CaseMapping says what became of a request. Only what has ended becomes a case:
// history must not look like work to be done.
type CaseMapping struct {
	Done    Choice    `json:"done"`     // which rows were done
	NotOurs Choice    `json:"not_ours"` // which were somebody else's
	Ended   string    `json:"ended"`    // when
	Open    Choice    `json:"open"`     // which are still to be done; only for lists of requests (mercat import requests)
	Words   templates `json:"words"`    // what was to be done; the text unless said otherwise
	Asset   string    `json:"asset"`    // number of the lamp, bin or gully
	Reason  string    `json:"reason"`   // why it ended
	// Reasons are Mercat's names for values of Reason ("fixed", "nothing_found"),
	// by how the value begins; one that is not there has no reason.
	Reasons map[string]string `json:"reasons"`
	Service string            `json:"service"`
	// Services are the directory's names for the values of Service; a value that
	// is not there has no service.
	Services map[string]string `json:"services"`

	folded map[string]string // Services by values in lower case
}

// templates are several, of which the first that is not empty counts. In JSON
// one may stand alone.
type templates []string

// UnmarshalJSON implements json.Unmarshaler.
func (t *templates) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		var one string
		if err := json.Unmarshal(b, &one); err != nil {
			return err
		}
		*t = templates{one}
		return nil
	}
	return json.Unmarshal(b, (*[]string)(t))
}

// maxMapping bounds a mapping file.
const maxMapping = 1 << 20

// ReadMapping reads a mapping and says what is wrong with it.
//
// Errors: fault.Invalid with the line, or the name of the entry.
func ReadMapping(r io.Reader) (*Mapping, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxMapping+1))
	if err != nil {
		return nil, fmt.Errorf("read a mapping: %w", err)
	}
	if len(b) > maxMapping {
		return nil, fault.New(fault.TooLarge, "The mapping is larger than 1 MB. Is it the right file?")
	}
	m := &Mapping{}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(m); err != nil {
		return nil, wrongMapping(b, d, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, fault.Newf(fault.Invalid, "The mapping goes on behind its end, in line %d.", lineAt(b, d.InputOffset()))
	}
	sum := sha256.Sum256(b)
	m.sum = hex.EncodeToString(sum[:])
	return m, m.check()
}

func wrongMapping(b []byte, d *json.Decoder, err error) error {
	at := d.InputOffset()
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		at = syntax.Offset
	case errors.As(err, &kind):
		return fault.Newf(fault.Invalid, "The mapping is wrong in line %d: %s cannot be a %s.", lineAt(b, kind.Offset), kind.Field, kind.Value).Because(err)
	}
	what := strings.TrimPrefix(err.Error(), "json: ")
	return fault.Newf(fault.Invalid, "The mapping is wrong in line %d: %s.", lineAt(b, at), what).Because(err)
}

func lineAt(b []byte, offset int64) int {
	return 1 + bytes.Count(b[:max(0, min(int64(len(b)), offset))], []byte("\n"))
}

// Sum tells one mapping from another.
func (m *Mapping) Sum() string { return m.sum }

func (m *Mapping) check() error {
	var wrong fault.Fields
	if m.Format != "csv" && m.Format != "jsonl" {
		wrong.Add("format", "Say csv or jsonl.")
	}
	switch {
	case m.Comma == "":
		m.Comma = ","
	case m.Comma == "tab":
		m.Comma = "\t"
	case len(m.Comma) != 1 || strings.ContainsAny(m.Comma, "\"\r\n"):
		wrong.Add("comma", "Give the one sign that stands between two columns, or tab.")
	}
	if m.Network == "" {
		m.Network = KindTable
	}
	for _, f := range []struct{ name, value string }{{"ref", m.Ref}, {"at", m.At}, {"text", strings.Join(m.Text, "")}} {
		if f.value == "" {
			wrong.Add(f.name, "Say which column this is, such as {"+f.name+"}.")
		}
	}
	if m.Thread == "" {
		m.Thread = m.Ref
	}
	switch network.Visibility(m.Visibility) {
	case "":
		m.Visibility = string(network.Direct)
	case network.Public, network.Unlisted, network.Followers, network.Direct:
	default:
		wrong.Add("visibility", "Say public, unlisted, followers or direct.")
	}
	var err error
	if m.zone, err = time.LoadLocation(m.Zone); err != nil {
		wrong.Add("zone", "There is no time zone "+m.Zone+". Write it like Europe/London.")
	}
	if len(m.Times) == 0 {
		m.Times = []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02"}
	}
	if c := m.Case; c != nil {
		c.folded = make(map[string]string, len(c.Services))
		for from, to := range c.Services {
			if _, twice := c.folded[strings.ToLower(from)]; twice {
				wrong.Add("case.services", "The value "+from+" stands there twice.")
			}
			c.folded[strings.ToLower(from)] = to
		}
	}
	for _, t := range m.all() {
		if strings.Count(t, "{") != strings.Count(t, "}") {
			wrong.Add("template", "In "+t+" a brace is open.")
		}
	}
	return wrong.Err()
}

// all are all templates.
func (m *Mapping) all() []string {
	list := []string{m.Ref, m.Thread, m.ReplyTo, m.Out.Of, m.AuthorID, m.Handle, m.ToID, m.Language, m.URL, m.At, m.Lat, m.Lon}
	list = slices.Concat(list, m.Author, m.To, m.Subject, m.Text, m.Place)
	for _, f := range m.Fields {
		list = append(list, f.Answer)
	}
	if c := m.Case; c != nil {
		list = append(slices.Concat(list, c.Words), c.Done.Of, c.NotOurs.Of, c.Open.Of, c.Ended, c.Service, c.Asset, c.Reason)
	}
	return list
}

// columns are the names in all templates.
func (m *Mapping) columns() []string {
	var list []string
	for _, t := range m.all() {
		fill(t, func(name string) string {
			if !slices.Contains(list, name) {
				list = append(list, name)
			}
			return ""
		})
	}
	return list
}

// ServiceNames are the directory's services that the mapping names, each once.
func (m *Mapping) ServiceNames() []string {
	var list []string
	if m.Case != nil {
		for _, name := range m.Case.Services {
			if name != "" && !slices.Contains(list, name) {
				list = append(list, name)
			}
		}
	}
	slices.Sort(list)
	return list
}

// fill puts values in the place of the names in a template.
func fill(template string, value func(name string) string) string {
	var b strings.Builder
	for {
		before, rest, open := strings.Cut(template, "{")
		b.WriteString(before)
		if !open {
			return b.String()
		}
		name, after, shut := strings.Cut(rest, "}")
		if !shut {
			return b.String()
		}
		b.WriteString(value(name))
		template = after
	}
}
