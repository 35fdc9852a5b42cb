package phone

import (
	"context"

	"mercat.scot/mercat/platform/db"
)

// ClearTx removes everything that was written down. It is for taking a
// demonstration away, where nothing is real; nothing else may call it.
func ClearTx(ctx context.Context, tx *db.Tx) error { return db.Empty(ctx, tx, "phone_contact") }
