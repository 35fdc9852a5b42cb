package casework

import (
	"context"

	"mercat.scot/mercat/platform/db"
)

// ClearTx removes everything of this room. It is for taking a demonstration
// away, where nothing is real; nothing else may call it.
func ClearTx(ctx context.Context, tx *db.Tx) error {
	return db.Empty(ctx, tx,
		"casework_flow",
		"casework_kept",
		"casework_changed",
		"casework_batch_case",
		"casework_batch",
		"casework_imported",
		"casework_import_aside",
		"casework_import",
		"casework_answer", "casework_asking", "casework_heard",
		"casework_told",
		"casework_conversation",
		"casework_nearby",
		"casework_me_too",
		"casework_salt",
		"casework_feedback",
		"casework_outcome",
		"casework_words",
		"casework_photo",
		"casework_task", "casework_link",
		"casework_step",
		"casework_text",
		"casework_case")
}
