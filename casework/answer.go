package casework

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"mercat.scot/mercat/desk"
	"mercat.scot/mercat/directory"
)

// Origin says where an answer comes from.
type Origin string

const (
	FromWords   Origin = "words"   // read from what the citizen wrote, and kept by an officer
	FromCitizen Origin = "citizen" // their form, or their reply to our question
	FromOfficer Origin = "officer"
	FromProgram Origin = "program" // Open311, the API
)

// Answer is what is known of one of the service's questions about a case.
type Answer struct {
	Code      string
	Values    []string // as directory.Attribute.Read makes them
	Origin    Origin
	MessageID int64 // in which it stood; 0 for none
	Who       string
	At        time.Time
	Was       *Answer // the answer before this one; nil for none
}

// Label says in words where an answer comes from.
func (a Answer) Label() string {
	switch a.Origin {
	case FromWords:
		return "Read from the words"
	case FromCitizen:
		return "Filled by the citizen"
	case FromProgram:
		return "Came with the report"
	}
	return "Entered by " + a.Who
}

// answers are the answers about a case, by code.
type answers map[string]Answer

// values are what directory.Attributes checks.
func (l answers) values() map[string][]string {
	v := make(map[string][]string, len(l))
	for code, a := range l {
		v[code] = a.Values
	}
	return v
}

// facts are what the record keeps of answers: what was chosen, counted or dated.
// Of free words, which may say anything about anybody, it keeps that they are
// there; they stand with the case and go with it.
func (l answers) facts(questions directory.Attributes) map[string]any {
	facts := map[string]any{}
	for code, a := range l {
		q, known := questions.Attribute(code)
		if known && (q.Datatype == directory.String || q.Datatype == directory.Text) {
			n := 0
			for _, v := range a.Values {
				n += len([]rune(v))
			}
			facts[code] = fmt.Sprintf("%d characters (%s)", n, a.Origin)
			continue
		}
		facts[code] = fmt.Sprintf("%s (%s)", q.Shown("", a.Values), a.Origin)
	}
	return facts
}

// changed are those of l that the other side does not have so.
func (l answers) changed(from answers) answers {
	list := answers{}
	for code, a := range l {
		if b, there := from[code]; !there || !slices.Equal(a.Values, b.Values) || a.Origin != b.Origin {
			list[code] = a
		}
	}
	return list
}

// readWords finds the answers that stand in a conversation: in the fields of a
// form, and in the words. What was said later counts.
func readWords(questions directory.Attributes, messages []desk.Message, zone *time.Location) answers {
	found := answers{}
	for _, m := range messages {
		if m.Direction != desk.In || !m.DeletedAt.IsZero() || m.Automatic != "" {
			continue
		}
		for code, values := range questions.Find(m.Body, m.At.In(zone)) {
			if found[code].Origin != FromCitizen {
				found[code] = Answer{Code: code, Values: values, Origin: FromWords, MessageID: m.ID, Who: m.Author, At: m.At}
			}
		}
		given := map[string][]string{}
		for _, f := range m.Details.Fields {
			if code, ok := codeOfField(f.Code); ok {
				given[code] = append(given[code], f.Answer)
			}
		}
		clean, _ := questions.ValidateGiven(given)
		for code, values := range clean {
			found[code] = Answer{Code: code, Values: values, Origin: FromCitizen, MessageID: m.ID, Who: m.Author, At: m.At}
		}
	}
	return found
}

// codeOfField is the question that a field of a form answers.
func codeOfField(field string) (string, bool) {
	prefix := directory.AnswerField("")
	if len(field) > len(prefix) && field[:len(prefix)] == prefix {
		return field[len(prefix):], true
	}
	return "", false
}

// merge puts new values into l and says which answers are different now. By an
// empty list an answer is taken away. origin says where each comes from.
func (l answers) merge(values map[string][]string, origin func(code string, values []string) Answer) (now answers, different bool) {
	now = maps.Clone(l)
	if now == nil {
		now = answers{}
	}
	for code, v := range values {
		was, had := l[code]
		if slices.Equal(was.Values, v) {
			continue
		}
		different = true
		if len(v) == 0 {
			delete(now, code)
			continue
		}
		a := origin(code, v)
		if a.Code, a.Values = code, v; had {
			was.Was = nil // one step back is enough
			a.Was = &was
		}
		now[code] = a
	}
	return now, different
}
