package directory

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/text"
)

const (
	maxString = 500
	maxText   = 5000
)

// AnswerField is the form field, and the fault's Field, of an attribute's
// answer.
func AnswerField(code string) string { return "attribute-" + code }

// Validate holds answers against the questions, by code. clean has those that
// are right, in the one form that is kept: list keys as the list has them and in
// its order, numbers without a thousands comma, days as 2006-01-02 and times as
// 2006-01-02T15:04 or RFC 3339. wrong says what is missing or cannot be read, a
// sentence for each, under AnswerField of its code. Answers to questions that
// are not asked are left out.
//
// Pure; the Open311 server, the public form and casework all check by it.
func (l Attributes) Validate(answers map[string][]string) (clean map[string][]string, wrong fault.Fields) {
	return l.validate(answers, true)
}

// ValidateGiven is Validate where not everything need be answered yet.
func (l Attributes) ValidateGiven(answers map[string][]string) (clean map[string][]string, wrong fault.Fields) {
	return l.validate(answers, false)
}

func (l Attributes) validate(answers map[string][]string, whole bool) (map[string][]string, fault.Fields) {
	clean := map[string][]string{}
	var wrong fault.Fields
	for _, a := range l {
		if !a.Variable {
			continue
		}
		values, why := a.Read(answers[a.Code])
		switch {
		case why != "":
			wrong.Add(AnswerField(a.Code), why)
		case len(values) > 0:
			clean[a.Code] = values
		case whole && a.Required:
			wrong.Add(AnswerField(a.Code), "Answer: "+a.Description)
		}
	}
	return clean, wrong
}

// Missing are the required questions without an answer, in order.
func (l Attributes) Missing(answers map[string][]string) Attributes {
	return slices.DeleteFunc(l.Asked(), func(a Attribute) bool { return !a.Required || len(answers[a.Code]) > 0 })
}

// Read makes what was given as an answer fit to be kept; none is no answer.
// why is what is wrong with it, as a sentence, or "".
func (a Attribute) Read(given []string) (values []string, why string) {
	for _, g := range given {
		limit := maxString
		clean := text.CleanLine
		if a.Datatype == Text {
			limit, clean = maxText, text.Clean
		}
		v, _ := clean(g, limit+1)
		if v = strings.TrimSpace(v); v == "" {
			continue
		}
		if len([]rune(v)) > limit {
			return nil, fmt.Sprintf("%s: the answer is too long. Enter at most %s characters.", a.Description, thousands(limit))
		}
		values = append(values, v)
	}
	if len(values) > 1 && a.Datatype != MultiValueList {
		if len(slices.Compact(slices.Clone(values))) > 1 {
			return nil, a.Description + ": give one answer."
		}
		values = values[:1]
	}
	if len(values) == 0 {
		return nil, ""
	}
	switch a.Datatype {
	case Number:
		n, ok := readNumber(values[0])
		if !ok {
			return nil, a.Description + ": enter a number, such as 12 or 2.5."
		}
		return []string{n}, ""
	case DateTime:
		at, ok := readDateTime(values[0])
		if !ok {
			return nil, a.Description + ": enter a day, such as 2026-03-31, or a day and a time, such as 2026-03-31T18:30."
		}
		return []string{at}, ""
	case SingleValueList, MultiValueList:
		return a.choose(values)
	}
	return values, ""
}

// choose finds the keys that were given, or whose names were.
func (a Attribute) choose(given []string) (keys []string, why string) {
	chosen := map[string]bool{}
	for _, g := range given {
		key, ok := a.keyOf(g)
		if !ok {
			return nil, fmt.Sprintf("%s: %q is not one of the answers. Choose from: %s.", a.Description, text.Excerpt(g, 40), a.choices())
		}
		chosen[key] = true
	}
	for _, v := range a.Values {
		if chosen[v.Key] {
			keys = append(keys, v.Key)
		}
	}
	return keys, ""
}

func (a Attribute) keyOf(given string) (string, bool) {
	if _, ok := a.Value(given); ok {
		return given, true
	}
	folded := text.Fold(given)
	for _, v := range a.Values {
		for _, name := range []string{v.Key, v.Name, v.Welsh, v.Gaelic} {
			if name != "" && text.Fold(name) == folded {
				return v.Key, true
			}
		}
	}
	return "", false
}

// choices are a list's names, the first of them when there are many.
func (a Attribute) choices() string {
	const most = 12
	var names []string
	for _, v := range a.Values[:min(len(a.Values), most)] {
		names = append(names, v.Name)
	}
	if len(a.Values) > most {
		names = append(names, "…")
	}
	return strings.Join(names, ", ")
}

// readNumber reads a decimal number. A comma parts thousands.
func readNumber(s string) (string, bool) {
	s = strings.ReplaceAll(strings.ReplaceAll(s, ",", ""), " ", "")
	s = strings.TrimPrefix(s, "£")
	n, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(n) || math.IsInf(n, 0) || strings.ContainsAny(s, "xXpP_") {
		return "", false
	}
	return strconv.FormatFloat(n, 'f', -1, 64), true
}

// readDateTime reads a day or a time as browsers and other systems send it, and
// as people in Britain write it.
func readDateTime(s string) (string, bool) {
	s = strings.ToUpper(s)
	for _, form := range [][2]string{
		{"2006-01-02", "2006-01-02"}, {"2006-01-02T15:04", "2006-01-02T15:04"}, {"2006-01-02 15:04", "2006-01-02T15:04"},
		{"2006-01-02T15:04:05", "2006-01-02T15:04"}, {time.RFC3339, time.RFC3339}, {"2006-01-02T15:04Z07:00", time.RFC3339},
		{"2/1/2006", "2006-01-02"}, {"2.1.2006", "2006-01-02"}, {"2/1/2006 15:04", "2006-01-02T15:04"}, {"2 January 2006", "2006-01-02"}, {"2 Jan 2006", "2006-01-02"},
	} {
		if t, err := time.Parse(form[0], s); err == nil && t.Year() >= 1900 && t.Year() < 2200 {
			return t.Format(form[1]), true
		}
	}
	return "", false
}

func thousands(n int) string {
	if n < 1000 {
		return strconv.Itoa(n)
	}
	return fmt.Sprintf("%d,%03d", n/1000, n%1000)
}
