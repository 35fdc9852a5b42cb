package webform

import (
	"context"

	"mercat.scot/mercat/platform/db"
)

// ClearTx removes everything that came by a form. It is for taking a
// demonstration away, where nothing is real; nothing else may call it.
func ClearTx(ctx context.Context, tx *db.Tx) error {
	return db.Empty(ctx, tx, "webform_file", "webform_post", "webform_form", "webform_thread")
}
