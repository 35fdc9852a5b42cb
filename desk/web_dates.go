package desk

import (
	"context"
	"net/http"

	"mercat.scot/mercat/platform/web"
)

// postHonest puts the honest date into the draft, for browsers without script:
// at its end, or in the place of a sentence that was remarked on.
func (s *Service) postHonest(w http.ResponseWriter, r *http.Request) error {
	conversation, by, f, err := s.asked(r)
	if err != nil {
		return err
	}
	d, err := draftOf(f, conversation)
	if err != nil {
		return err
	}
	c, _, err := s.composeFor(r.Context(), conversation)
	if err != nil {
		return err
	}
	sentence, place := "", f.Exact("place")
	if place == "" {
		sentence, err = s.sentence(r.Context(), c)
	} else {
		var list []Remark
		list, err = s.remarks(r.Context(), c, d.Body)
		for _, one := range list {
			if one.Sentence == place {
				sentence = one.Instead
			}
		}
	}
	if err != nil {
		return err
	}
	notice := web.Notice{Text: "The sentence is in your answer. Nothing is sent yet."}
	if sentence == "" {
		notice.Text = "Nothing can be said about that by now. Your answer is as it was."
	}
	d.Body, d.Noting = honestly(d.Body, sentence, place), false
	if err := s.SaveDraft(r.Context(), by.ID, d); err != nil {
		return err
	}
	return s.emptied(w, r, conversation, notice)
}

// remarksOn are the remarks on an answer that was sent. It is sent all the same
// when they cannot be read.
func (s *Service) remarksOn(ctx context.Context, conversation int64, body string) []Remark {
	c, _, err := s.composeFor(ctx, conversation)
	if err != nil {
		return nil
	}
	list, err := s.remarks(ctx, c, body)
	if err != nil {
		s.Log.WarnContext(ctx, "an answer was not read for what it promises", "error", err)
	}
	return list
}
