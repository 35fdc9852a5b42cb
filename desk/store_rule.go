package desk

import (
	"context"
	"fmt"

	"mercat.scot/mercat/platform/db"
)

const sqlRuleColumns = `id, position, name, account_id, service_id, language, words, place, team_id, active, version`
const sqlRules = `SELECT ` + sqlRuleColumns + ` FROM desk_rule ORDER BY position, id`
const sqlRuleByID = `SELECT ` + sqlRuleColumns + ` FROM desk_rule WHERE id = $1`
const sqlRuleInsert = `INSERT INTO desk_rule (` + sqlRuleColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`
const sqlRuleUpdate = `UPDATE desk_rule SET position = $1, name = $2, account_id = $3, service_id = $4, language = $5, words = $6, place = $7, team_id = $8,
	active = $9, version = version + 1 WHERE id = $10 AND version = $11`
const sqlRuleDelete = `DELETE FROM desk_rule WHERE id = $1 AND version = $2`

func scanRule(row db.Scanner) (Rule, error) {
	var r Rule
	err := row.Scan(&r.ID, &r.Position, &r.Name, &r.AccountID, &r.ServiceID, &r.Language, &r.Words, &r.Place, &r.TeamID, &r.Active, &r.Version)
	return r, err
}

// readRules returns all rules in the order in which they are tried.
func readRules(ctx context.Context, tx *db.Tx) ([]Rule, error) {
	list, err := db.Collect(ctx, tx, scanRule, sqlRules)
	if err != nil {
		return nil, fmt.Errorf("read the routing rules: %w", err)
	}
	return list, nil
}

func readRule(ctx context.Context, tx *db.Tx, id int64) (Rule, bool, error) {
	r, found, err := db.One(ctx, tx, scanRule, sqlRuleByID, id)
	if err != nil {
		return Rule{}, false, fmt.Errorf("read routing rule %d: %w", id, err)
	}
	return r, found, nil
}

func insertRule(ctx context.Context, tx *db.Tx, r Rule) error {
	_, err := tx.Exec(ctx, sqlRuleInsert, r.ID, r.Position, r.Name, r.AccountID, r.ServiceID, r.Language, r.Words, r.Place, r.TeamID, r.Active, r.Version)
	if err != nil {
		return fmt.Errorf("keep a routing rule: %w", err)
	}
	return nil
}

func updateRule(ctx context.Context, tx *db.Tx, r Rule) (bool, error) {
	n, err := tx.Exec(ctx, sqlRuleUpdate, r.Position, r.Name, r.AccountID, r.ServiceID, r.Language, r.Words, r.Place, r.TeamID, r.Active, r.ID, r.Version)
	if err != nil {
		return false, fmt.Errorf("update routing rule %d: %w", r.ID, err)
	}
	return n == 1, nil
}

func deleteRule(ctx context.Context, tx *db.Tx, id, version int64) (bool, error) {
	n, err := tx.Exec(ctx, sqlRuleDelete, id, version)
	if err != nil {
		return false, fmt.Errorf("delete routing rule %d: %w", id, err)
	}
	return n == 1, nil
}
