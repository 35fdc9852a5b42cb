package web

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"mercat.scot/mercat/platform/fault"
)

const (
	maxFields   = 2000    // fields of one form
	maxFormText = 1 << 20 // bytes of all fields that are not files
)

// Form is what a person filled in, and what is wrong with it. Its getters note
// an error and return the zero value; ask Err once after all of them. A nil
// Form is an empty one, which is what a page shows first.
type Form struct {
	values url.Values
	wrong  fault.Fields
}

// NewForm is a form already filled in, for the page on which something that
// exists is changed: NewForm("name", team.Name, "area", team.Area).
func NewForm(pairs ...string) *Form {
	f := &Form{values: url.Values{}}
	for i := 0; i+1 < len(pairs); i += 2 {
		f.values.Add(pairs[i], pairs[i+1])
	}
	return f
}

// ReadForm reads the body of a POST, or the query of a GET. A form with files
// is read by ReadUpload.
func ReadForm(r *http.Request) (*Form, error) {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return readValues(r.URL.RawQuery)
	}
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case err != nil && r.ContentLength == 0:
		return NewForm(), nil
	case kind == "multipart/form-data":
		return ReadUpload(r, 0, func(*File) error {
			return fault.New(fault.Invalid, "This form takes no files.")
		})
	case kind != "application/x-www-form-urlencoded":
		return nil, errForm
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, fmt.Errorf("read form: %w", err)
	}
	return readValues(string(body))
}

var errForm = fault.New(fault.Invalid, "What your browser sent is not a form that can be read. Go back, reload the page and send it again.")

func readValues(encoded string) (*Form, error) {
	if strings.Count(encoded, "&") >= maxFields {
		return nil, fault.New(fault.TooLarge, "The form has too many fields.")
	}
	values, err := url.ParseQuery(encoded)
	if err != nil {
		return nil, errForm.Because(err)
	}
	for _, vs := range values {
		for i, v := range vs {
			vs[i] = tidy(v)
		}
	}
	return &Form{values: values}, nil
}

// tidy makes text valid and its line ends ours. What goes into storage is
// cleaned once more by platform/text, at the capability's door.
func tidy(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = strings.ReplaceAll(s, "\x00", "\uFFFD")
	s = strings.ReplaceAll(s, "\r\n", "\n")
	return strings.ReplaceAll(s, "\r", "\n")
}

// Value is what was typed, for showing it again.
func (f *Form) Value(name string) string {
	if f == nil {
		return ""
	}
	return f.values.Get(name)
}

// Values are all values of a name, as ticked boxes give.
func (f *Form) Values(name string) []string {
	if f == nil {
		return nil
	}
	return f.values[name]
}

// Set puts a value in place of what was typed, for the form that is shown again.
func (f *Form) Set(name, value string) { f.values.Set(name, value) }

// Has reports whether value is among the values of name.
func (f *Form) Has(name, value string) bool { return slices.Contains(f.Values(name), value) }

// Problem is what is wrong with a field, or "".
func (f *Form) Problem(name string) string {
	for _, p := range f.Problems() {
		if p.Field == name {
			return p.Sentence
		}
	}
	return ""
}

// Problems are all that is wrong, in the order of the getters.
func (f *Form) Problems() fault.Fields {
	if f == nil {
		return nil
	}
	return f.wrong
}

// Err is nil when nothing is wrong.
func (f *Form) Err() error { return f.Problems().Err() }

// Fail notes that a field is wrong. Field "" is the form as a whole.
func (f *Form) Fail(field, sentence string) { f.wrong.Add(field, sentence) }

// Take notes the errors of a use case that the person can put right in this
// form, and reports whether err was of that sort. A conflict is: they read what
// changed and decide again; so is a limit: they wait and send it again.
func (f *Form) Take(err error) bool {
	var fields fault.Fields
	if errors.As(err, &fields) && len(fields) > 0 {
		f.wrong = append(f.wrong, fields...)
		return true
	}
	var one *fault.Error
	if errors.As(err, &one) && (one.Kind == fault.Invalid || one.Kind == fault.Conflict || one.Kind == fault.TooLarge || one.Kind == fault.TooMany) {
		f.wrong = append(f.wrong, one)
		return true
	}
	return false
}

// Rule checks a text and returns a sentence when it is wrong.
type Rule func(value string) string

// Required wants something other than spaces.
func Required(sentence string) Rule {
	return func(v string) string {
		if strings.TrimSpace(v) == "" {
			return sentence
		}
		return ""
	}
}

// AtMost wants no more than n characters.
func AtMost(n int) Rule {
	return func(v string) string {
		if have := utf8.RuneCountInString(v); have > n {
			return fmt.Sprintf("Use %s or fewer. There are %s.", Count(n, "character", "characters"), Number(int64(have)))
		}
		return ""
	}
}

// AtLeast wants n characters or more.
func AtLeast(n int) Rule {
	return func(v string) string {
		if utf8.RuneCountInString(v) < n {
			return fmt.Sprintf("Use %s or more.", Count(n, "character", "characters"))
		}
		return ""
	}
}

// Text returns a value without the spaces around it.
func (f *Form) Text(name string, rules ...Rule) string {
	v := strings.TrimSpace(f.Value(name))
	f.apply(name, v, rules)
	return v
}

// Exact returns a value as typed, for passwords.
func (f *Form) Exact(name string, rules ...Rule) string {
	v := f.Value(name)
	f.apply(name, v, rules)
	return v
}

func (f *Form) apply(name, v string, rules []Rule) {
	for _, rule := range rules {
		if sentence := rule(v); sentence != "" {
			f.Fail(name, sentence)
			return
		}
	}
}

// Choice returns a value that must be one of those allowed.
func (f *Form) Choice(name, sentence string, allowed ...string) string {
	v := f.Value(name)
	if !slices.Contains(allowed, v) {
		f.Fail(name, sentence)
		return ""
	}
	return v
}

// Ticked reports whether a single box is ticked.
func (f *Form) Ticked(name string) bool {
	v := f.Value(name)
	return v != "" && v != "0" && v != "false"
}

// ID returns an id, which must be there.
func (f *Form) ID(name, sentence string) int64 {
	id, err := strconv.ParseInt(f.Value(name), 10, 64)
	if err != nil || id <= 0 {
		f.Fail(name, sentence)
		return 0
	}
	return id
}

// OptionalID returns an id, or 0 when the field is empty.
func (f *Form) OptionalID(name, sentence string) int64 {
	if f.Value(name) == "" || f.Value(name) == "0" {
		return 0
	}
	return f.ID(name, sentence)
}

// IDs returns several ids, as ticked boxes give.
func (f *Form) IDs(name, sentence string) []int64 {
	var ids []int64
	for _, v := range f.Values(name) {
		id, err := strconv.ParseInt(v, 10, 64)
		if err != nil || id <= 0 {
			f.Fail(name, sentence)
			return nil
		}
		ids = append(ids, id)
	}
	return ids
}

// Int returns a whole number from low to high.
func (f *Form) Int(name string, low, high int64, sentence string) int64 {
	n, err := strconv.ParseInt(strings.TrimSpace(f.Value(name)), 10, 64)
	if err != nil || n < low || n > high {
		f.Fail(name, sentence)
		return 0
	}
	return n
}

// Float returns a number from low to high.
func (f *Form) Float(name string, low, high float64, sentence string) float64 {
	n, err := strconv.ParseFloat(strings.TrimSpace(f.Value(name)), 64)
	if err != nil || !(n >= low && n <= high) { // false for NaN
		f.Fail(name, sentence)
		return 0
	}
	return n
}

// Version returns the version that the form carried, for rows that people edit.
func (f *Form) Version() int64 {
	n, err := strconv.ParseInt(f.Value("version"), 10, 64)
	if err != nil {
		return 0 // no row has it, so the update is refused as a conflict
	}
	return n
}

// Date returns midnight of a day typed into the three boxes of ui.Date, or into
// one box named name as 2006-01-02. An empty optional date is the zero time.
func (f *Form) Date(name string, zone *time.Location, sentence string) time.Time {
	typed := f.Value(name)
	if typed == "" {
		day, month, year := f.dateBox(name, "day"), f.dateBox(name, "month"), f.dateBox(name, "year")
		if day == "" && month == "" && year == "" {
			return time.Time{}
		}
		typed = fmt.Sprintf("%04s-%02s-%02s", year, month, day)
	}
	t, err := time.ParseInLocation(time.DateOnly, typed, zone)
	if err != nil || t.Year() < 1900 || t.Year() > 2200 {
		f.Fail(name, sentence)
		return time.Time{}
	}
	return t
}

func (f *Form) dateBox(name, part string) string {
	return strings.TrimSpace(f.Value(name + "-" + part))
}

// Moment returns a time typed into a box of type datetime-local, as a clock in
// zone shows it. An hour that a clock change leaves out is wrong; of an hour
// that comes twice the first is meant. An empty box is the zero time.
func (f *Form) Moment(name string, zone *time.Location, sentence string) time.Time {
	typed := strings.TrimSpace(f.Value(name))
	if typed == "" {
		return time.Time{}
	}
	t, err := time.ParseInLocation("2006-01-02T15:04", typed, zone)
	if err != nil || t.Year() < 1900 || t.Year() > 2200 || t.Format("2006-01-02T15:04") != typed {
		f.Fail(name, sentence)
		return time.Time{}
	}
	if earlier := t.Add(-time.Hour); earlier.Format("2006-01-02T15:04") == typed {
		return earlier
	}
	return t
}
