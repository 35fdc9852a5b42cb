package staff

import (
	"context"
	"fmt"

	"mercat.scot/mercat/platform/db"
)

const sqlOthersMembers = `DELETE FROM staff_member WHERE officer_id <> $1 OR team_id NOT IN (SELECT id FROM staff_team WHERE contact_centre)`
const sqlOthersLinks = `DELETE FROM staff_link WHERE officer_id <> $1`
const sqlOthersSessions = `DELETE FROM staff_session WHERE officer_id <> $1`
const sqlOthersBrowsers = `DELETE FROM staff_browser WHERE officer_id <> $1`
const sqlOthers = `DELETE FROM staff_officer WHERE id <> $1`
const sqlOtherTeams = `DELETE FROM staff_team WHERE NOT contact_centre`
const sqlKeeperJoins = `INSERT INTO staff_member (team_id, officer_id) SELECT id, $1 FROM staff_team WHERE contact_centre ON CONFLICT DO NOTHING`

// ClearTx removes everybody but one administrator, every key, and every team but the
// contact centre. It is for taking a demonstration away, where nothing is real;
// nothing else may call it.
func ClearTx(ctx context.Context, tx *db.Tx, keep int64) error {
	if _, err := tx.Exec(ctx, sqlKeysClear); err != nil {
		return fmt.Errorf("remove the keys: %w", err)
	}
	for _, statement := range []string{sqlOthersMembers, sqlOthersLinks, sqlOthersSessions, sqlOthersBrowsers, sqlOthers} {
		if _, err := tx.Exec(ctx, statement, keep); err != nil {
			return fmt.Errorf("remove everybody but one: %w", err)
		}
	}
	if _, err := tx.Exec(ctx, sqlOtherTeams); err != nil {
		return fmt.Errorf("remove the teams: %w", err)
	}
	if _, err := tx.Exec(ctx, sqlKeeperJoins, keep); err != nil {
		return fmt.Errorf("put the administrator into the contact centre: %w", err)
	}
	return moveGeneration(ctx, tx)
}
