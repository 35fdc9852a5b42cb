package casework

import (
	"context"
	"fmt"

	"mercat.scot/mercat/platform/db"
)

const sqlWordings = `SELECT service_id, language, occasion, reason, body FROM casework_words WHERE service_id IN (0, $1) ORDER BY service_id, occasion, reason, language`
const sqlWordingPut = `INSERT INTO casework_words (service_id, language, occasion, reason, body) VALUES ($1, $2, $3, $4, $5)
	ON CONFLICT (service_id, language, occasion, reason) DO UPDATE SET body = excluded.body`
const sqlWordingDelete = `DELETE FROM casework_words WHERE service_id = $1 AND language = $2 AND occasion = $3 AND reason = $4`

func scanWording(row db.Scanner) (w Wording, err error) {
	err = row.Scan(&w.ServiceID, &w.Language, &w.Occasion, &w.Reason, &w.Text)
	return w, err
}

// wordingsOf are the council's words for a service and for all.
func wordingsOf(ctx context.Context, tx *db.Tx, service int64) (Wordings, error) {
	list, err := db.Collect(ctx, tx, scanWording, sqlWordings, service)
	if err != nil {
		return nil, fmt.Errorf("read the words for service %d: %w", service, err)
	}
	return list, nil
}

// putWording keeps a wording; one without text is removed, so that the next
// general one holds.
func putWording(ctx context.Context, tx *db.Tx, w Wording) error {
	var err error
	if w.Text == "" {
		_, err = tx.Exec(ctx, sqlWordingDelete, w.ServiceID, w.Language, string(w.Occasion), string(w.Reason))
	} else {
		_, err = tx.Exec(ctx, sqlWordingPut, w.ServiceID, w.Language, string(w.Occasion), string(w.Reason), w.Text)
	}
	if err != nil {
		return fmt.Errorf("keep the words for service %d: %w", w.ServiceID, err)
	}
	return nil
}
