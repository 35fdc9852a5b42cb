package person

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"slices"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/db"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrations are this room's tables.
func Migrations() fs.FS { return migrations }

const sqlPersonColumns = `id, name, created_at, version`
const sqlPersonByID = `SELECT ` + sqlPersonColumns + ` FROM person_person WHERE id = $1`
const sqlPersonsByID = `SELECT ` + sqlPersonColumns + ` FROM person_person WHERE id IN `
const sqlPersonInsert = `INSERT INTO person_person (id, name, created_at, version) VALUES `
const sqlPersonRename = `UPDATE person_person SET name = $1, version = version + 1 WHERE id = $2`
const sqlPersonsTouch = `UPDATE person_person SET version = version + 1 WHERE id IN ($1, $2)`

const sqlHandleColumns = `id, network, identity, person_id, handle, name, profile, avatar, first_at`

// sqlHandlesByIdentity joins handles to a list of identities, the rest of which
// stands between the two parts. With IN, PostgreSQL reads the whole table while
// it has no statistics of it.
const sqlHandlesByIdentity = `SELECT ` + sqlHandleColumns + ` FROM (VALUES (CAST($2 AS TEXT))`
const sqlHandlesByIdentityEnd = `) AS wanted CROSS JOIN person_handle WHERE network = $1 AND identity = wanted.column1`
const sqlHandlesByID = `SELECT ` + sqlHandleColumns + ` FROM person_handle WHERE id IN `
const sqlHandlesOfPerson = `SELECT ` + sqlHandleColumns + ` FROM person_handle WHERE person_id = $1 ORDER BY first_at, id`
const sqlHandlesOfPersons = `SELECT ` + sqlHandleColumns + ` FROM person_handle WHERE person_id IN `
const sqlHandlesOldestFirst = ` ORDER BY first_at, id`
const sqlHandleInsert = `INSERT INTO person_handle (` + sqlHandleColumns + `) VALUES `
const sqlHandleUpdate = `UPDATE person_handle SET handle = $1, name = $2, profile = $3, avatar = $4 WHERE id = $5`
const sqlHandlesMoveAll = `UPDATE person_handle SET person_id = $1 WHERE person_id = $2`
const sqlHandlesMove = `UPDATE person_handle SET person_id = $1 WHERE person_id = $2 AND id IN `

const sqlWordInsert = `INSERT INTO person_word (folded, handle_id) VALUES `
const sqlWordsDelete = `DELETE FROM person_word WHERE handle_id = $1`

// The inner query bounds what a beginning of one letter reads.
const sqlPersonsByWord = `SELECT h.person_id FROM (
		SELECT folded, handle_id FROM person_word WHERE folded >= $1 AND folded < $2 ORDER BY folded, handle_id LIMIT 1000
	) AS w JOIN person_handle h ON h.id = w.handle_id
	WHERE h.person_id <> $3 GROUP BY h.person_id ORDER BY MIN(w.folded), h.person_id LIMIT $4`

// insertRows is how many rows one INSERT holds, and keys one IN.
const insertRows = 256

func scanPerson(row db.Scanner) (Person, error) {
	var p Person
	var created int64
	err := row.Scan(&p.ID, &p.Name, &created, &p.Version)
	p.CreatedAt = db.Time(created)
	return p, err
}

// readPerson returns false when there is none.
func readPerson(ctx context.Context, tx *db.Tx, id int64) (Person, bool, error) {
	p, found, err := db.One(ctx, tx, scanPerson, sqlPersonByID, id)
	if err != nil {
		return Person{}, false, fmt.Errorf("read person %d: %w", id, err)
	}
	return p, found, nil
}

func readPersons(ctx context.Context, tx *db.Tx, ids []int64) (map[int64]Person, error) {
	found := make(map[int64]Person, len(ids))
	for chunk := range db.Chunks(ids, insertRows) {
		list, err := db.Collect(ctx, tx, scanPerson, sqlPersonsByID+db.In(0, len(chunk)), anys(chunk)...)
		if err != nil {
			return nil, fmt.Errorf("read persons: %w", err)
		}
		for _, p := range list {
			found[p.ID] = p
		}
	}
	return found, nil
}

func insertPersons(ctx context.Context, tx *db.Tx, list []Person) error {
	for chunk := range db.Chunks(list, insertRows) {
		args := make([]any, 0, len(chunk)*4)
		for _, p := range chunk {
			args = append(args, p.ID, p.Name, db.Micros(p.CreatedAt), p.Version)
		}
		if _, err := tx.Exec(ctx, sqlPersonInsert+db.Values(0, len(chunk), 4), args...); err != nil {
			return fmt.Errorf("insert persons: %w", err)
		}
	}
	return nil
}

func renamePerson(ctx context.Context, tx *db.Tx, id int64, name string) error {
	if _, err := tx.Exec(ctx, sqlPersonRename, name, id); err != nil {
		return fmt.Errorf("rename person %d: %w", id, err)
	}
	return nil
}

// touchPersons tells whoever has these persons open to change them.
func touchPersons(ctx context.Context, tx *db.Tx, one, other int64) error {
	if _, err := tx.Exec(ctx, sqlPersonsTouch, one, other); err != nil {
		return fmt.Errorf("touch persons %d and %d: %w", one, other, err)
	}
	return nil
}

func scanHandle(row db.Scanner) (Handle, error) {
	var h Handle
	var first int64
	err := row.Scan(&h.ID, &h.Network, &h.Identity.ID, &h.PersonID, &h.Identity.Handle, &h.Identity.Name,
		&h.Identity.Profile, &h.Identity.AvatarURL, &first)
	h.FirstAt = db.Time(first)
	return h, err
}

// readHandles returns handles by the identities' keys.
func readHandles(ctx context.Context, tx *db.Tx, kind network.Kind, keys []string) (map[string]Handle, error) {
	found := make(map[string]Handle, len(keys))
	for some := range slices.Chunk(keys, insertRows) {
		padded := db.Padded(some)
		query := sqlHandlesByIdentity
		if len(padded) > 1 {
			query += "," + db.Values(2, len(padded)-1, 1)
		}
		list, err := db.Collect(ctx, tx, scanHandle, query+sqlHandlesByIdentityEnd, append([]any{string(kind)}, anys(padded)...)...)
		if err != nil {
			return nil, fmt.Errorf("read handles on %s: %w", kind, err)
		}
		for _, h := range list {
			found[h.Identity.ID] = h
		}
	}
	return found, nil
}

func readHandlesByID(ctx context.Context, tx *db.Tx, ids []int64) (map[int64]Handle, error) {
	found := make(map[int64]Handle, len(ids))
	for chunk := range db.Chunks(ids, insertRows) {
		list, err := db.Collect(ctx, tx, scanHandle, sqlHandlesByID+db.In(0, len(chunk)), anys(chunk)...)
		if err != nil {
			return nil, fmt.Errorf("read handles: %w", err)
		}
		for _, h := range list {
			found[h.ID] = h
		}
	}
	return found, nil
}

func readHandlesOf(ctx context.Context, tx *db.Tx, person int64) ([]Handle, error) {
	list, err := db.Collect(ctx, tx, scanHandle, sqlHandlesOfPerson, person)
	if err != nil {
		return nil, fmt.Errorf("read handles of person %d: %w", person, err)
	}
	return list, nil
}

// readHandlesOfMany returns handles by person, the oldest first.
func readHandlesOfMany(ctx context.Context, tx *db.Tx, persons []int64) (map[int64][]Handle, error) {
	found := make(map[int64][]Handle, len(persons))
	for chunk := range db.Chunks(persons, insertRows) {
		list, err := db.Collect(ctx, tx, scanHandle, sqlHandlesOfPersons+db.In(0, len(chunk))+sqlHandlesOldestFirst, anys(chunk)...)
		if err != nil {
			return nil, fmt.Errorf("read handles of persons: %w", err)
		}
		for _, h := range list {
			found[h.PersonID] = append(found[h.PersonID], h)
		}
	}
	return found, nil
}

// insertHandles keeps new handles and the words that they are found by.
func insertHandles(ctx context.Context, tx *db.Tx, list []Handle) error {
	var words []word
	for chunk := range db.Chunks(list, insertRows) {
		args := make([]any, 0, len(chunk)*9)
		for _, h := range chunk {
			args = append(args, h.ID, string(h.Network), h.Identity.ID, h.PersonID, h.Identity.Handle, h.Identity.Name,
				h.Identity.Profile, h.Identity.AvatarURL, db.Micros(h.FirstAt))
			words = append(words, h.words()...)
		}
		if _, err := tx.Exec(ctx, sqlHandleInsert+db.Values(0, len(chunk), 9), args...); err != nil {
			return fmt.Errorf("insert handles: %w", err)
		}
	}
	return insertWords(ctx, tx, words)
}

func insertWords(ctx context.Context, tx *db.Tx, words []word) error {
	for chunk := range db.Chunks(words, insertRows) {
		args := make([]any, 0, len(chunk)*2)
		for _, w := range chunk {
			args = append(args, w.folded, w.handle)
		}
		if _, err := tx.Exec(ctx, sqlWordInsert+db.Values(0, len(chunk), 2), args...); err != nil {
			return fmt.Errorf("insert words of handles: %w", err)
		}
	}
	return nil
}

func updateHandle(ctx context.Context, tx *db.Tx, h Handle) error {
	if _, err := tx.Exec(ctx, sqlHandleUpdate, h.Identity.Handle, h.Identity.Name, h.Identity.Profile, h.Identity.AvatarURL, h.ID); err != nil {
		return fmt.Errorf("update handle %d: %w", h.ID, err)
	}
	if _, err := tx.Exec(ctx, sqlWordsDelete, h.ID); err != nil {
		return fmt.Errorf("update words of handle %d: %w", h.ID, err)
	}
	return insertWords(ctx, tx, h.words())
}

func moveAllHandles(ctx context.Context, tx *db.Tx, from, into int64) error {
	if _, err := tx.Exec(ctx, sqlHandlesMoveAll, into, from); err != nil {
		return fmt.Errorf("move handles of person %d to %d: %w", from, into, err)
	}
	return nil
}

// moveHandles fails when one of the handles is not from's.
func moveHandles(ctx context.Context, tx *db.Tx, from, into int64, handles []int64) error {
	moved := int64(0)
	for chunk := range db.Chunks(handles, insertRows) {
		n, err := tx.Exec(ctx, sqlHandlesMove+db.In(2, len(chunk)), append([]any{into, from}, anys(chunk)...)...)
		if err != nil {
			return fmt.Errorf("move handles of person %d to %d: %w", from, into, err)
		}
		moved += n
	}
	if moved != int64(len(handles)) {
		return fmt.Errorf("move handles of person %d to %d: %d of %d were there", from, into, moved, len(handles))
	}
	return nil
}

func readPersonsByWord(ctx context.Context, tx *db.Tx, begins string, never int64, limit int) ([]int64, error) {
	ids, err := db.Collect(ctx, tx, db.ScanID, sqlPersonsByWord, begins, begins+lastRune, never, limit)
	if err != nil {
		return nil, fmt.Errorf("find persons: %w", err)
	}
	return ids, nil
}

func anys[T any](list []T) []any {
	args := make([]any, len(list))
	for i, one := range list {
		args[i] = one
	}
	return args
}

const sqlJoinColumns = `id, from_id, from_name, into_id, handles, reason, officer_id, officer, at, undone_at`
const sqlJoinByID = `SELECT ` + sqlJoinColumns + ` FROM person_join WHERE id = $1`
const sqlJoinHolding = `SELECT ` + sqlJoinColumns + ` FROM person_join WHERE from_id = $1 AND undone_at = 0`
const sqlJoinsInto = `SELECT ` + sqlJoinColumns + ` FROM person_join WHERE into_id = $1 AND undone_at = 0 ORDER BY id DESC`
const sqlJoinInsert = `INSERT INTO person_join (` + sqlJoinColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0)`
const sqlJoinUndo = `UPDATE person_join SET undone_at = $1 WHERE id = $2`

func scanJoin(row db.Scanner) (Join, error) {
	var j Join
	var at, undone int64
	var handles string
	if err := row.Scan(&j.ID, &j.From, &j.FromName, &j.Into, &handles, &j.Reason, &j.OfficerID, &j.Officer, &at, &undone); err != nil {
		return Join{}, err
	}
	j.At, j.UndoneAt = db.Time(at), db.Time(undone)
	if err := json.Unmarshal([]byte(handles), &j.Handles); err != nil {
		return Join{}, fmt.Errorf("read handles of join %d: %w", j.ID, err)
	}
	return j, nil
}

// readJoin returns false when there is none.
func readJoin(ctx context.Context, tx *db.Tx, id int64) (Join, bool, error) {
	j, found, err := db.One(ctx, tx, scanJoin, sqlJoinByID, id)
	if err != nil {
		return Join{}, false, fmt.Errorf("read join %d: %w", id, err)
	}
	return j, found, nil
}

// readJoinOf returns the join by which a person is joined into another.
func readJoinOf(ctx context.Context, tx *db.Tx, from int64) (Join, bool, error) {
	j, found, err := db.One(ctx, tx, scanJoin, sqlJoinHolding, from)
	if err != nil {
		return Join{}, false, fmt.Errorf("read the join of person %d: %w", from, err)
	}
	return j, found, nil
}

func readJoins(ctx context.Context, tx *db.Tx, into int64) ([]Join, error) {
	list, err := db.Collect(ctx, tx, scanJoin, sqlJoinsInto, into)
	if err != nil {
		return nil, fmt.Errorf("read joins into person %d: %w", into, err)
	}
	return list, nil
}

func insertJoin(ctx context.Context, tx *db.Tx, j Join) error {
	handles, err := json.Marshal(j.Handles)
	if err != nil {
		return fmt.Errorf("insert join: %w", err)
	}
	_, err = tx.Exec(ctx, sqlJoinInsert, j.ID, j.From, j.FromName, j.Into, string(handles), j.Reason, j.OfficerID, j.Officer, db.Micros(j.At))
	if err != nil {
		return fmt.Errorf("insert join: %w", err)
	}
	return nil
}

func undoJoin(ctx context.Context, tx *db.Tx, j Join) error {
	if _, err := tx.Exec(ctx, sqlJoinUndo, db.Micros(j.UndoneAt), j.ID); err != nil {
		return fmt.Errorf("undo join %d: %w", j.ID, err)
	}
	return nil
}
