package app

import (
	"context"

	"mercat.scot/mercat/directory"
	"mercat.scot/mercat/network/webform"
)

// formQuestions are what a service asks, as the public form shows it.
func (a *App) formQuestions(ctx context.Context, service int64, language string) ([]webform.Question, error) {
	attributes, err := a.asked(ctx, service)
	if err != nil {
		return nil, err
	}
	list := make([]webform.Question, 0, len(attributes))
	for _, attribute := range attributes {
		q := webform.Question{Field: directory.AnswerField(attribute.Code), Label: attribute.Question(language), Kind: kindOf(attribute), Required: attribute.Required}
		if q.Label == attribute.Description { // hints are written in English only
			q.Hint = attribute.DatatypeDescription
		}
		for _, v := range attribute.Values {
			q.Choices = append(q.Choices, webform.Choice{Value: v.Key, Label: v.Label(language)})
		}
		list = append(list, q)
	}
	return list, nil
}

// formAnswers checks what a citizen answered. Officers read it in English.
func (a *App) formAnswers(ctx context.Context, service int64, given map[string][]string) (webform.Checked, error) {
	attributes, err := a.asked(ctx, service)
	if err != nil {
		return webform.Checked{}, err
	}
	var checked webform.Checked
	for _, attribute := range attributes.Asked() {
		field := directory.AnswerField(attribute.Code)
		values, wrong := attribute.Read(given[field])
		if wrong != "" {
			checked.Unreadable = append(checked.Unreadable, field)
			continue
		}
		for _, v := range values {
			checked.Answers = append(checked.Answers, webform.Answer{Field: field, Question: attribute.Description, Shown: attribute.Shown("", []string{v}), Value: v})
		}
	}
	return checked, nil
}

func (a *App) asked(ctx context.Context, service int64) (directory.Attributes, error) {
	snapshot, err := a.directory.Snapshot(ctx)
	if err != nil {
		return nil, err
	}
	s, _ := snapshot.Service(service)
	return s.Attributes, nil
}

func kindOf(a directory.Attribute) webform.QuestionKind {
	switch {
	case !a.Variable:
		return webform.Remark
	case a.Datatype == directory.Number:
		return webform.Number
	case a.Datatype == directory.DateTime:
		return webform.Day
	case a.Datatype == directory.SingleValueList:
		return webform.OneOf
	case a.Datatype == directory.MultiValueList:
		return webform.SomeOf
	case a.Datatype == directory.Text:
		return webform.Lines
	}
	return webform.Line
}
