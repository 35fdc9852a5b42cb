package person

import (
	"context"

	"mercat.scot/mercat/platform/db"
)

// ClearTx removes everything of this room. It is for taking a demonstration
// away, where nothing is real; nothing else may call it.
func ClearTx(ctx context.Context, tx *db.Tx) error {
	return db.Empty(ctx, tx, "person_fact", "person_word", "person_join", "person_handle", "person_person")
}
