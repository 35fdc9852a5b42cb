package webform

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/web"
)

// QuestionKind is how a question is answered.
type QuestionKind string

const (
	Remark QuestionKind = "remark" // it is read, and not answered
	Line   QuestionKind = "line"
	Lines  QuestionKind = "lines"
	Number QuestionKind = "number"
	Day    QuestionKind = "day" // or a day with a time
	OneOf  QuestionKind = "one"
	SomeOf QuestionKind = "some"
)

// Question is something that a service must know, in one language.
type Question struct {
	Field    string // of the form, and of the post: network.Field.Code
	Label    string
	Hint     string
	Kind     QuestionKind
	Required bool
	Choices  []Choice // OneOf, SomeOf
}

// Choice is an answer of a list.
type Choice struct{ Value, Label string }

// Answer is one answer to a question; to SomeOf there are several.
type Answer struct {
	Field    string `json:"field"`
	Question string `json:"question"` // as officers read it
	Shown    string `json:"shown"`
	Value    string `json:"value"` // of a Choice, or what was typed in the form that is kept
}

// Checked is what came of a citizen's answers.
type Checked struct {
	Answers    []Answer
	Unreadable []string // Fields whose answer is of the wrong kind, or too long
}

// asksFor are the questions of the chosen service, in the language of the page.
func (n *Network) asksFor(ctx context.Context, service int64, l language) ([]Question, error) {
	if service == 0 || n.o.Questions == nil {
		return nil, nil
	}
	list, err := n.o.Questions(ctx, service, string(l))
	if err != nil {
		return nil, fmt.Errorf("find what service %d asks: %w", service, err)
	}
	return list, nil
}

// answerable reports whether anything is asked.
func answerable(list []Question) bool {
	return slices.ContainsFunc(list, func(q Question) bool { return q.Kind != Remark })
}

// given are the values of the form under the questions' fields.
func given(f *web.Form, list []Question) map[string][]string {
	values := map[string][]string{}
	for _, q := range list {
		if v := f.Values(q.Field); len(v) > 0 && q.Kind != Remark {
			values[q.Field] = v
		}
	}
	return values
}

// readAnswers reads what was answered. What is wrong or missing is noted in the
// form, in the order of the questions.
func (n *Network) readAnswers(ctx context.Context, f *web.Form, service int64, list []Question, w *words) ([]Answer, error) {
	if !answerable(list) || n.o.Answers == nil {
		return nil, nil
	}
	checked, err := n.o.Answers(ctx, service, given(f, list))
	if err != nil {
		return nil, fmt.Errorf("check the answers about service %d: %w", service, err)
	}
	for _, q := range list {
		answered := slices.ContainsFunc(checked.Answers, func(a Answer) bool { return a.Field == q.Field })
		switch {
		case slices.Contains(checked.Unreadable, q.Field):
			f.Fail(q.Field, fmt.Sprintf(w.unreadable(q.Kind), q.Label))
		case q.Required && !answered:
			f.Fail(q.Field, fmt.Sprintf(w.ErrAnswerF, q.Label))
		}
	}
	return checked.Answers, nil
}

func (w *words) unreadable(k QuestionKind) string {
	switch k {
	case Number:
		return w.ErrNumberF
	case Day:
		return w.ErrDayF
	case OneOf, SomeOf:
		return w.ErrChoiceF
	}
	return w.ErrAnswerLongF
}

// answersColumn is how answers are kept.
func answersColumn(list []Answer) (string, error) {
	if len(list) == 0 {
		return "", nil
	}
	b, err := json.Marshal(list)
	return string(b), err
}

func readAnswersColumn(s string) (list []Answer, err error) {
	if s != "" {
		err = json.Unmarshal([]byte(s), &list)
	}
	return list, err
}

// fieldsOf are answers as the desk reads them.
func fieldsOf(list []Answer) []network.Field {
	var fields []network.Field
	for _, a := range list {
		fields = append(fields, network.Field{Code: a.Field, Question: a.Question, Answer: a.Shown})
	}
	return fields
}

// said is an answer as its citizen reads it: in their language, where the
// service still asks so.
type saidAnswer struct{ question, answer string }

func saidAnswers(list []Answer, questions []Question) []saidAnswer {
	var said []saidAnswer
	last := ""
	for _, a := range list {
		s := saidAnswer{a.Question, a.Shown}
		if i := slices.IndexFunc(questions, func(q Question) bool { return q.Field == a.Field }); i >= 0 {
			q := questions[i]
			s.question = q.Label
			if j := slices.IndexFunc(q.Choices, func(c Choice) bool { return c.Value == a.Value }); j >= 0 {
				s.answer = q.Choices[j].Label
			}
		}
		if a.Field == last {
			said[len(said)-1].answer += ", " + s.answer
			continue
		}
		said, last = append(said, s), a.Field
	}
	return said
}
