package desk

import (
	"context"
	"strings"

	"mercat.scot/mercat/platform/text"
)

// Dates say when that of which a conversation is will really be done, in the
// citizen's language. A nil function knows nothing.
type Dates struct {
	// Sentence is what can honestly be said of it; "" when nothing can.
	Sentence func(ctx context.Context, c Conversation) (string, error)
	// Check reads an answer for what it promises, and for words that tell nothing.
	Check func(ctx context.Context, c Conversation, body string) ([]Remark, error)
}

// Remark is what an officer should know about some words of an answer before it
// goes out. It never keeps the answer from being sent.
type Remark struct {
	Text     string // what is to be said about the words, with the words
	Sentence string // the sentence of the answer that they stand in, as it is there
	Instead  string // a better one; "" for none
}

// sentence is what can be said honestly here.
func (s *Service) sentence(ctx context.Context, c Conversation) (string, error) {
	if s.Dates.Sentence == nil {
		return "", nil
	}
	return s.Dates.Sentence(ctx, c)
}

// remarks are those on an answer.
func (s *Service) remarks(ctx context.Context, c Conversation, body string) ([]Remark, error) {
	body, _ = text.Clean(body, maxAnswer)
	if s.Dates.Check == nil || strings.TrimSpace(body) == "" {
		return nil, nil
	}
	return s.Dates.Check(ctx, c, body)
}

// honestly puts a sentence into an answer: in the place of another, or at its
// end. It is never there twice.
func honestly(body, sentence, place string) string {
	switch {
	case sentence == "" || strings.Contains(body, sentence):
		return body
	case place != "" && strings.Contains(body, place):
		return strings.Replace(body, place, sentence, 1)
	case strings.TrimSpace(body) == "":
		return sentence
	}
	return strings.TrimRight(body, " \n") + " " + sentence
}
