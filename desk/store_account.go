package desk

import (
	"context"
	"encoding/json"
	"fmt"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
)

const sqlAccountColumns = `id, network, name, options, secret_names, secrets, session, self_id, self_handle, self_name, self_profile, cursor, state, trouble, sentence,
	trouble_since, last_ok_at, sign_replies, team_id, created_at, version`
const sqlAccountByID = `SELECT ` + sqlAccountColumns + ` FROM desk_account WHERE id = $1`
const sqlAccounts = `SELECT ` + sqlAccountColumns + ` FROM desk_account WHERE state <> 'removed' ORDER BY id`
const sqlAccountInsert = `INSERT INTO desk_account (` + sqlAccountColumns + `) VALUES `
const accountArgsCount = 21
const sqlAccountUpdate = `UPDATE desk_account SET name = $1, options = $2, secret_names = $3, secrets = $4, session = $5, self_id = $6, self_handle = $7, self_name = $8,
	self_profile = $9, state = $10, sign_replies = $11, team_id = $12, version = version + 1 WHERE id = $13 AND version = $14`
const sqlAccountCursor = `UPDATE desk_account SET cursor = $1 WHERE id = $2`
const sqlAccountSession = `UPDATE desk_account SET session = $1 WHERE id = $2`
const sqlAccountTrouble = `UPDATE desk_account SET trouble = $1, sentence = $2, trouble_since = $3 WHERE id = $4`
const sqlAccountWell = `UPDATE desk_account SET trouble = '', sentence = '', trouble_since = 0, last_ok_at = $1 WHERE id = $2`

func scanAccount(row db.Scanner) (Account, error) {
	var a Account
	var since, ok, created int64
	var options, names string
	err := row.Scan(&a.ID, &a.Network, &a.Name, &options, &names, &a.secrets, &a.session, &a.Self.ID, &a.Self.Handle, &a.Self.Name, &a.Self.Profile,
		&a.Cursor, &a.State, &a.Trouble, &a.Sentence, &since, &ok, &a.SignReplies, &a.TeamID, &created, &a.Version)
	if err != nil {
		return a, err
	}
	a.TroubleSince, a.LastOK, a.CreatedAt = db.Time(since), db.Time(ok), db.Time(created)
	if err := json.Unmarshal([]byte(options), &a.Options); err != nil {
		return a, fmt.Errorf("read options of account %d: %w", a.ID, err)
	}
	if err := json.Unmarshal([]byte(names), &a.Secrets); err != nil {
		return a, fmt.Errorf("read options of account %d: %w", a.ID, err)
	}
	return a, nil
}

var errNoAccount = fault.New(fault.NotFound, "There is no such account. Look in the list of accounts under Settings.")

func (s *Service) accountTx(ctx context.Context, tx *db.Tx, id int64) (Account, error) {
	a, found, err := db.One(ctx, tx, scanAccount, sqlAccountByID, id)
	if err != nil {
		return Account{}, fmt.Errorf("read account %d: %w", id, err)
	}
	if !found {
		return Account{}, errNoAccount
	}
	return a, nil
}

// Account returns a connected account, removed ones too.
//
// Errors: fault.NotFound.
func (s *Service) Account(ctx context.Context, id int64) (a Account, err error) {
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		a, err = s.accountTx(ctx, tx, id)
		return err
	})
	return a, err
}

// AccountsTx are all accounts that are not removed, the oldest first.
func (s *Service) AccountsTx(ctx context.Context, tx *db.Tx) ([]Account, error) {
	list, err := db.Collect(ctx, tx, scanAccount, sqlAccounts)
	if err != nil {
		return nil, fmt.Errorf("read accounts: %w", err)
	}
	return list, nil
}

// Accounts is AccountsTx in a transaction of its own.
func (s *Service) Accounts(ctx context.Context) (list []Account, err error) {
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		list, err = s.AccountsTx(ctx, tx)
		return err
	})
	return list, err
}

func accountColumns(a Account) (options, names string, err error) {
	o, err := json.Marshal(a.Options)
	if err != nil {
		return "", "", fmt.Errorf("write options of an account: %w", err)
	}
	n, err := json.Marshal(a.Secrets)
	if err != nil {
		return "", "", fmt.Errorf("write options of an account: %w", err)
	}
	return string(o), string(n), nil
}

func bytesOrNull(b []byte) any {
	if b == nil {
		return nil
	}
	return b
}

func insertAccount(ctx context.Context, tx *db.Tx, a Account) error {
	options, names, err := accountColumns(a)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, sqlAccountInsert+db.Values(0, 1, accountArgsCount), a.ID, string(a.Network), a.Name, options, names, bytesOrNull(a.secrets), bytesOrNull(a.session),
		a.Self.ID, a.Self.Handle, a.Self.Name, a.Self.Profile, string(a.Cursor), string(a.State), string(a.Trouble), a.Sentence, db.Micros(a.TroubleSince),
		db.Micros(a.LastOK), a.SignReplies, a.TeamID, db.Micros(a.CreatedAt), a.Version)
	if err != nil {
		return fmt.Errorf("keep account: %w", err)
	}
	return nil
}

func updateAccount(ctx context.Context, tx *db.Tx, a *Account) (bool, error) {
	options, names, err := accountColumns(*a)
	if err != nil {
		return false, err
	}
	n, err := tx.Exec(ctx, sqlAccountUpdate, a.Name, options, names, bytesOrNull(a.secrets), bytesOrNull(a.session), a.Self.ID, a.Self.Handle, a.Self.Name,
		a.Self.Profile, string(a.State), a.SignReplies, a.TeamID, a.ID, a.Version)
	if err != nil {
		return false, fmt.Errorf("update account %d: %w", a.ID, err)
	}
	if n == 1 {
		a.Version++
	}
	return n == 1, nil
}

func saveCursor(ctx context.Context, tx *db.Tx, account int64, c network.Cursor) error {
	if _, err := tx.Exec(ctx, sqlAccountCursor, string(c), account); err != nil {
		return fmt.Errorf("keep the cursor of account %d: %w", account, err)
	}
	return nil
}
