package desk

import (
	"context"

	"mercat.scot/mercat/platform/db"
)

// ClearTx removes everything of this room. It is for taking a demonstration
// away, where nothing is real; nothing else may call it.
func ClearTx(ctx context.Context, tx *db.Tx) error {
	return db.Empty(ctx, tx, "desk_imported", "desk_import_aside", "desk_import", "desk_said", "desk_lease", "desk_hold", "desk_part", "desk_media", "desk_photo_place", "desk_revision", "desk_draft", "desk_seen",
		"desk_notification", "desk_rule", "desk_gone", "desk_unreadable", "desk_text", "desk_reading", "desk_lead", "desk_message", "desk_conversation", "desk_account")
}
