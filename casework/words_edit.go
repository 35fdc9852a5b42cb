package casework

import (
	"context"
	"errors"
	"fmt"

	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/record"
	"mercat.scot/mercat/staff"
)

// WordsOf returns the council's words for a service (0: for every service).
func (s *Service) WordsOf(ctx context.Context, service int64) (list Wordings, err error) {
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		list, err = wordingsOf(ctx, tx, service)
		return err
	})
	return list, err
}

// SetWords keeps what citizens are told on an occasion. A wording without text
// goes back to what is said without it.
//
// Errors: fault.Fields (text-en, text-cy, text-gd).
func (s *Service) SetWords(ctx context.Context, by staff.Officer, list []Wording) error {
	var wrong []error
	for i := range list {
		var err error
		list[i], err = list[i].Clean()
		wrong = append(wrong, err)
	}
	if err := errors.Join(wrong...); err != nil {
		return err
	}
	err := s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		for _, w := range list {
			had, err := wordingsOf(ctx, tx, w.ServiceID)
			if err != nil {
				return err
			}
			before := ""
			for _, h := range had {
				if h.key() == w.key() {
					before = h.Text
				}
			}
			if before == w.Text {
				continue
			}
			if err := putWording(ctx, tx, w); err != nil {
				return err
			}
			name := fmt.Sprintf("%s %s %s", w.Occasion, w.Reason, w.Language)
			err = record.Append(ctx, tx, record.Entry{Actor: by.Actor(), Act: "casework.words.changed", Subject: w.Subject(),
				Before: map[string]any{name: before}, After: map[string]any{name: w.Text}})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("keep what citizens are told: %w", err)
	}
	return nil
}

// key is what makes a wording one.
func (w Wording) key() Wording {
	w.Text = ""
	return w
}
