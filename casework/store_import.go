package casework

import (
	"context"
	"fmt"

	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
)

const sqlImportColumns = `id, name, file, size, sha256, mapping, position, state, read, kept, ended, known, aside, actor, began_at, ended_at`
const sqlImportPut = `INSERT INTO casework_import (` + sqlImportColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
	ON CONFLICT (id) DO UPDATE SET position = excluded.position, state = excluded.state, read = excluded.read, kept = excluded.kept, ended = excluded.ended,
	known = excluded.known, aside = excluded.aside, ended_at = excluded.ended_at`
const sqlImportByID = `SELECT ` + sqlImportColumns + ` FROM casework_import WHERE id = $1`
const sqlImportOfFile = `SELECT ` + sqlImportColumns + ` FROM casework_import WHERE sha256 = $1 AND name = $2 AND mapping = $3 AND state <> 'undone'`
const sqlImports = `SELECT ` + sqlImportColumns + ` FROM casework_import ORDER BY id DESC LIMIT 200`
const sqlAsidePut = `INSERT INTO casework_import_aside (import_id, n, place, reason) VALUES ($1, $2, $3, $4)`
const sqlAsides = `SELECT place, reason FROM casework_import_aside WHERE import_id = $1 ORDER BY n`
const sqlImportedPut = `INSERT INTO casework_imported (case_id, import_id, version) VALUES `
const sqlImportedConflict = ` ON CONFLICT (case_id) DO UPDATE SET version = excluded.version`
const sqlKnownByKey = `SELECT ` + sqlCaseColumns + `, form_key, (SELECT i.version FROM casework_imported AS i WHERE i.case_id = casework_case.id)
	FROM casework_case WHERE form_key IN `
const sqlReferencesTaken = `SELECT reference FROM casework_case WHERE reference IN `
const sqlCasesInsert = `INSERT INTO casework_case (` + sqlCaseColumns + `, form_key) VALUES `
const sqlStepsInsert = `INSERT INTO casework_step (` + sqlStepColumns + `) VALUES `
const sqlImportWorked = `SELECT c.id FROM casework_imported AS i JOIN casework_case AS c ON c.id = i.case_id WHERE i.import_id = $1 AND (c.version <> i.version OR ` + sqlBeside + `) LIMIT 1`
const sqlImportedOf = `SELECT case_id FROM casework_imported WHERE import_id = $1 ORDER BY case_id LIMIT 250`
const sqlImportedGone = `DELETE FROM casework_imported WHERE case_id IN `

func scanImport(row db.Scanner) (Import, error) {
	var i Import
	var began, ended int64
	err := row.Scan(&i.ID, &i.Name, &i.File, &i.Size, &i.SHA256, &i.Mapping, &i.Position, &i.State, &i.Read, &i.Kept, &i.Ended, &i.Known, &i.Aside, &i.Actor, &began, &ended)
	i.BeganAt, i.EndedAt = db.Time(began), db.Time(ended)
	return i, err
}

func putImport(ctx context.Context, tx *db.Tx, i Import) error {
	_, err := tx.Exec(ctx, sqlImportPut, i.ID, i.Name, i.File, i.Size, i.SHA256, i.Mapping, i.Position, string(i.State), i.Read, i.Kept, i.Ended, i.Known, i.Aside,
		i.Actor, db.Micros(i.BeganAt), db.Micros(i.EndedAt))
	if err != nil {
		return fmt.Errorf("note how far an import is: %w", err)
	}
	return nil
}

func importTx(ctx context.Context, tx *db.Tx, id int64) (Import, error) {
	i, found, err := db.One(ctx, tx, scanImport, sqlImportByID, id)
	if err != nil {
		return Import{}, fmt.Errorf("read import %d: %w", id, err)
	}
	if !found {
		return Import{}, fault.New(fault.NotFound, "There is no such import. List them: mercat import list.")
	}
	return i, nil
}

func importOfFile(ctx context.Context, tx *db.Tx, i Import) (Import, bool, error) {
	had, found, err := db.One(ctx, tx, scanImport, sqlImportOfFile, i.SHA256, i.Name, i.Mapping)
	if err != nil {
		return Import{}, false, fmt.Errorf("look for an earlier import: %w", err)
	}
	return had, found, nil
}

// putAside keeps why a row was set aside, n of its import before it.
func putAside(ctx context.Context, tx *db.Tx, i Import, n int64, r Row) error {
	if n >= maxAsides {
		return nil
	}
	if _, err := tx.Exec(ctx, sqlAsidePut, i.ID, n, r.Place, r.Wrong); err != nil {
		return fmt.Errorf("set a row aside: %w", err)
	}
	return nil
}

// rowsKnown are the cases that rows have already, by their keys.
func rowsKnown(ctx context.Context, tx *db.Tx, i Import, rows []Row) (map[string]imported, error) {
	var keys []string
	for _, r := range rows {
		if r.Wrong == "" && len(r.Ref) <= maxRef {
			keys = append(keys, i.key(r.Ref))
		}
	}
	known := map[string]imported{}
	if len(keys) == 0 {
		return known, nil
	}
	scan := func(row db.Scanner) (keyed, error) {
		var k keyed
		var written *int64
		c, err := scanCase(scanMore{row, []any{&k.key, &written}})
		if k.Case = c; written != nil {
			k.written = *written
		}
		return k, err
	}
	padded := db.Padded(keys)
	args := make([]any, len(padded))
	for n, key := range padded {
		args[n] = key
	}
	list, err := db.Collect(ctx, tx, scan, sqlKnownByKey+db.In(0, len(args)), args...)
	if err != nil {
		return nil, fmt.Errorf("look for requests that are known: %w", err)
	}
	for _, k := range list {
		known[k.key] = k.imported
	}
	return known, nil
}

type keyed struct {
	imported
	key string
}

// scanMore scans a row that has further columns behind those that are scanned.
type scanMore struct {
	db.Scanner
	more []any
}

// Scan implements db.Scanner.
func (s scanMore) Scan(into ...any) error { return s.Scanner.Scan(append(into, s.more...)...) }

func referencesTaken(ctx context.Context, tx *db.Tx, list []string) (map[string]bool, error) {
	padded := db.Padded(list)
	args := make([]any, len(padded))
	for n, one := range padded {
		args[n] = one
	}
	scan := func(row db.Scanner) (s string, err error) {
		err = row.Scan(&s)
		return s, err
	}
	found, err := db.Collect(ctx, tx, scan, sqlReferencesTaken+db.In(0, len(args)), args...)
	if err != nil {
		return nil, fmt.Errorf("look for references: %w", err)
	}
	taken := map[string]bool{}
	for _, one := range found {
		taken[one] = true
	}
	return taken, nil
}

// insertAtOnce bounds the rows of one statement: SQLite takes 32,766 arguments.
const insertAtOnce = 256

// insertCases keeps many new cases, each with the key of its row.
func insertCases(ctx context.Context, tx *db.Tx, cases []Case, keys []string) error {
	indexed := make([]db.Indexed, len(cases))
	for n, c := range cases {
		indexed[n] = db.Indexed{ID: c.ID, Folded: c.searchText()}
	}
	at := 0
	for some := range db.Chunks(cases, insertAtOnce) {
		var args []any
		for _, c := range some {
			args = append(append(args, c.values()...), keys[at])
			at++
		}
		if _, err := tx.Exec(ctx, sqlCasesInsert+db.Values(0, len(some), len(args)/len(some)), args...); err != nil {
			return fmt.Errorf("keep imported cases: %w", err)
		}
	}
	return searchIndex.AddAll(ctx, tx, indexed)
}

func insertSteps(ctx context.Context, tx *db.Tx, steps []Step) error {
	for some := range db.Chunks(steps, insertAtOnce) {
		var args []any
		for _, st := range some {
			args = append(args, st.values()...)
		}
		if _, err := tx.Exec(ctx, sqlStepsInsert+db.Values(0, len(some), len(args)/len(some)), args...); err != nil {
			return fmt.Errorf("keep imported steps: %w", err)
		}
	}
	return nil
}

func noteImported(ctx context.Context, tx *db.Tx, id int64, cases []Case) error {
	for some := range db.Chunks(cases, insertAtOnce) {
		var args []any
		for _, c := range some {
			args = append(args, c.ID, id, c.Version)
		}
		if _, err := tx.Exec(ctx, sqlImportedPut+db.Values(0, len(some), 3)+sqlImportedConflict, args...); err != nil {
			return fmt.Errorf("note which cases an import brought: %w", err)
		}
	}
	return nil
}
