package casework

import (
	"context"
	"fmt"

	"mercat.scot/mercat/platform/db"
)

// sqlBeside is whether somebody added something to a case c, which leaves its
// version as it is.
const sqlBeside = `(EXISTS (SELECT 1 FROM casework_task t WHERE t.case_id = c.id) OR EXISTS (SELECT 1 FROM casework_link l WHERE l.case_id = c.id)
	OR EXISTS (SELECT 1 FROM casework_link l WHERE l.other_id = c.id) OR EXISTS (SELECT 1 FROM casework_photo p WHERE p.case_id = c.id AND p.added_by <> ''))`
const sqlPastWorked = `SELECT DISTINCT c.conversation_id FROM casework_case c WHERE (c.version > 1 OR ` + sqlBeside + `) AND c.form_key LIKE 'import:%' AND c.conversation_id IN `
const sqlPastByKey = `SELECT ` + sqlCaseColumns + ` FROM casework_case WHERE form_key IN `
const (
	sqlPastPhotos = `DELETE FROM casework_photo WHERE case_id IN `
	sqlPastSteps  = `DELETE FROM casework_step WHERE case_id IN `
	sqlPastCases  = `DELETE FROM casework_case WHERE id IN `
)

// importKey is the form of a case that came in with a message.
func importKey(message int64) string { return fmt.Sprintf("import:%d", message) }

// ImportWorkedTx are those of some conversations that have a case which came in
// from an archive and on which somebody has worked since.
func (s *Service) ImportWorkedTx(ctx context.Context, tx *db.Tx, conversations []int64) ([]int64, error) {
	padded := db.Padded(conversations)
	list, err := db.Collect(ctx, tx, db.ScanID, sqlPastWorked+db.In(0, len(padded)), anys(padded)...)
	if err != nil {
		return nil, fmt.Errorf("look for imported cases that were worked on: %w", err)
	}
	return list, nil
}

// UndoImportTx removes the cases that came in with some messages.
func (s *Service) UndoImportTx(ctx context.Context, tx *db.Tx, messages []int64) error {
	keys := make([]any, 0, len(messages))
	for _, id := range db.Padded(messages) {
		keys = append(keys, importKey(id))
	}
	cases, err := db.Collect(ctx, tx, scanCase, sqlPastByKey+db.In(0, len(keys)), keys...)
	if err != nil {
		return fmt.Errorf("look for imported cases: %w", err)
	}
	if len(cases) == 0 {
		return nil
	}
	ids := make([]int64, len(cases))
	sums := flowSums{}
	for i, c := range cases {
		sums.add(c, -1)
		ids[i] = c.ID
		if err := searchIndex.Delete(ctx, tx, c.ID); err != nil {
			return err
		}
	}
	if err := sums.writeTx(ctx, tx); err != nil {
		return err
	}
	if err := noteChanged(ctx, tx, 0); err != nil {
		return err
	}
	padded := db.Padded(ids)
	for _, query := range []string{sqlPastPhotos, sqlPastSteps, sqlPastCases} {
		if _, err := tx.Exec(ctx, query+db.In(0, len(padded)), anys(padded)...); err != nil {
			return fmt.Errorf("take imported cases out: %w", err)
		}
	}
	for _, c := range cases {
		left, err := casesOf(ctx, tx, c.ConversationID, 1)
		if err != nil {
			return err
		}
		newest := ""
		if len(left) > 0 {
			newest = left[0].Reference
		}
		if err := s.Desk.NotePastCaseTx(ctx, tx, c.ConversationID, c.Reference, newest); err != nil {
			return err
		}
	}
	return nil
}

func anys(ids []int64) []any {
	list := make([]any, len(ids))
	for i, id := range ids {
		list[i] = id
	}
	return list
}
