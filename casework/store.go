package casework

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"strings"

	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/text"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrations are this room's tables.
func Migrations() fs.FS { return migrations }

// searchIndex is the full-text index over cases.
const searchIndex = db.TextIndex("casework_text")

const sqlCaseColumns = `id, reference, track, source, conversation_id, person_id, who, language, service_id, area_id, words, place, asset, lat, lon,
	cell, tile, state, reason, whose, into_id, team_id, officer_id, due_at, scheduled_at, half_at, most_at, me_too, reopened,
	unfixed, fixed, cost, quiet, hidden, created_at, changed_at, ended_at, version`
const sqlCaseByID = `SELECT ` + sqlCaseColumns + ` FROM casework_case WHERE id = $1`
const sqlCaseByKey = `SELECT ` + sqlCaseColumns + ` FROM casework_case WHERE form_key = $1`
const sqlCasesOfConversation = `SELECT ` + sqlCaseColumns + ` FROM casework_case WHERE conversation_id = $1
	OR id IN (SELECT case_id FROM casework_conversation WHERE conversation_id = $1) ORDER BY id DESC LIMIT $2`
const sqlReferenceTaken = `SELECT id FROM casework_case WHERE reference = $1`
const sqlCaseInsert = `INSERT INTO casework_case (` + sqlCaseColumns + `, form_key)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27,
	$28, $29, $30, $31, $32, $33, $34, $35, $36, $37, $38, $39)`
const sqlCaseUpdate = `UPDATE casework_case SET track = $1, person_id = $2, who = $3, language = $4, service_id = $5, area_id = $6, words = $7, place = $8, asset = $9,
	lat = $10, lon = $11, cell = $12, tile = $13, state = $14, reason = $15, whose = $16, into_id = $17, team_id = $18,
	officer_id = $19, due_at = $20, scheduled_at = $21, half_at = $22, most_at = $23, me_too = $24, reopened = $25, unfixed = $26,
	fixed = $27, cost = $28, quiet = $29, hidden = $30, changed_at = $31, ended_at = $32,
	version = version + 1 WHERE id = $33 AND version = $34`
const sqlStepColumns = `id, case_id, at, before, state, reason, whose, reason_before, into_before, scheduled_before, by_kind, officer_id, officer, said,
	message_id, undone_at`
const sqlSteps = `SELECT ` + sqlStepColumns + ` FROM casework_step WHERE case_id = $1 ORDER BY id LIMIT 500`
const sqlStepByID = `SELECT ` + sqlStepColumns + ` FROM casework_step WHERE id = $1 AND case_id = $2`
const sqlStepInsert = `INSERT INTO casework_step (` + sqlStepColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`
const sqlStepUndone = `UPDATE casework_step SET undone_at = $1 WHERE id = $2`

func scanCase(row db.Scanner) (Case, error) {
	var c Case
	var cell, tile, due, scheduled, half, most, created, changed, ended int64
	err := row.Scan(&c.ID, &c.Reference, &c.Track, &c.Source, &c.ConversationID, &c.PersonID, &c.Who, &c.Language, &c.ServiceID, &c.AreaID, &c.Words, &c.Place,
		&c.Asset, &c.Lat, &c.Lon, &cell, &tile, &c.State, &c.Reason, &c.Whose, &c.IntoID, &c.TeamID, &c.OfficerID, &due, &scheduled, &half, &most, &c.MeToo,
		&c.Reopened, &c.Unfixed, &c.Fixed, &c.Cost, &c.Quiet, &c.Hidden, &created, &changed, &ended, &c.Version)
	c.DueAt, c.ScheduledAt, c.HalfAt, c.MostAt = db.Time(due), db.Time(scheduled), db.Time(half), db.Time(most)
	c.CreatedAt, c.ChangedAt, c.EndedAt = db.Time(created), db.Time(changed), db.Time(ended)
	return c, err
}

// values are the columns of a case in the order of sqlCaseColumns.
func (c Case) values() []any {
	cell, tile := c.cells()
	return []any{c.ID, c.Reference, c.Track, string(c.Source), c.ConversationID, c.PersonID, c.Who, c.Language, c.ServiceID, c.AreaID, c.Words, c.Place,
		c.Asset, c.Lat, c.Lon, cell, tile, string(c.State), string(c.Reason), c.Whose, c.IntoID, c.TeamID, c.OfficerID, db.Micros(c.DueAt),
		db.Micros(c.ScheduledAt), db.Micros(c.HalfAt), db.Micros(c.MostAt), c.MeToo, c.Reopened, c.Unfixed, c.Fixed, c.Cost, c.Quiet, c.Hidden,
		db.Micros(c.CreatedAt), db.Micros(c.ChangedAt), db.Micros(c.EndedAt), c.Version}
}

// changeable are those of values that sqlCaseUpdate writes.
func (c Case) changeable() []any {
	v := c.values()
	list := append([]any{v[2]}, v[5:34]...)
	return append(list, v[35], v[36])
}

func scanStep(row db.Scanner) (Step, error) {
	var s Step
	var at, scheduled, undone int64
	err := row.Scan(&s.ID, &s.CaseID, &at, &s.Before, &s.State, &s.Reason, &s.Was.Whose, &s.Was.Reason, &s.Was.IntoID, &scheduled, &s.By, &s.OfficerID, &s.Officer,
		&s.Said, &s.MessageID, &undone)
	s.At, s.Was.ScheduledAt, s.UndoneAt = db.Time(at), db.Time(scheduled), db.Time(undone)
	return s, err
}

var errNoCase = fault.New(fault.NotFound, "There is no such case. Look for it in the list of cases.")

func caseTx(ctx context.Context, tx *db.Tx, id int64) (Case, error) {
	c, found, err := db.One(ctx, tx, scanCase, sqlCaseByID, id)
	if err != nil {
		return Case{}, fmt.Errorf("read case %d: %w", id, err)
	}
	if !found {
		return Case{}, errNoCase
	}
	return c, nil
}

func caseByKey(ctx context.Context, tx *db.Tx, key string) (Case, bool, error) {
	c, found, err := db.One(ctx, tx, scanCase, sqlCaseByKey, key)
	if err != nil {
		return Case{}, false, fmt.Errorf("look for the case of a form: %w", err)
	}
	return c, found, nil
}

func casesOf(ctx context.Context, tx *db.Tx, conversation int64, limit int) ([]Case, error) {
	list, err := db.Collect(ctx, tx, scanCase, sqlCasesOfConversation, conversation, limit)
	if err != nil {
		return nil, fmt.Errorf("read the cases of conversation %d: %w", conversation, err)
	}
	return list, nil
}

func referenceTaken(ctx context.Context, tx *db.Tx, reference string) (bool, error) {
	_, found, err := db.One(ctx, tx, db.ScanID, sqlReferenceTaken, reference)
	if err != nil {
		return false, fmt.Errorf("look for a reference: %w", err)
	}
	return found, nil
}

func insertCase(ctx context.Context, tx *db.Tx, c Case, key string) error {
	_, err := tx.Exec(ctx, sqlCaseInsert, append(c.values(), key)...)
	if err != nil {
		return fmt.Errorf("keep a case: %w", err)
	}
	return searchIndex.Add(ctx, tx, c.ID, c.searchText())
}

// searchText is what of a case can be found by its words; the reference also
// without hyphens.
func (c Case) searchText() string {
	return text.Searchable(c.Reference+" "+strings.ReplaceAll(c.Reference, "-", "")+"\n"+c.Who+"\n"+c.Place+"\n"+c.Words, 2_000)
}

func updateCase(ctx context.Context, tx *db.Tx, c *Case) (bool, error) {
	c.ChangedAt = tx.Now
	n, err := tx.Exec(ctx, sqlCaseUpdate, append(c.changeable(), c.ID, c.Version)...)
	if err != nil {
		return false, fmt.Errorf("update case %d: %w", c.ID, err)
	}
	if n == 0 {
		return false, nil
	}
	c.Version++
	return true, searchIndex.Put(ctx, tx, c.ID, c.searchText())
}

func stepsOf(ctx context.Context, tx *db.Tx, id int64) ([]Step, error) {
	list, err := db.Collect(ctx, tx, scanStep, sqlSteps, id)
	if err != nil {
		return nil, fmt.Errorf("read the steps of case %d: %w", id, err)
	}
	return list, nil
}

func stepTx(ctx context.Context, tx *db.Tx, id, of int64) (Step, error) {
	s, found, err := db.One(ctx, tx, scanStep, sqlStepByID, id, of)
	if err != nil {
		return Step{}, fmt.Errorf("read step %d: %w", id, err)
	}
	if !found {
		return Step{}, fault.New(fault.NotFound, "There is no such step of this case.")
	}
	return s, nil
}

// values are the columns of a step in the order of sqlStepColumns.
func (s Step) values() []any {
	return []any{s.ID, s.CaseID, db.Micros(s.At), string(s.Before), string(s.State), string(s.Reason), s.Was.Whose, string(s.Was.Reason),
		s.Was.IntoID, db.Micros(s.Was.ScheduledAt), string(s.By), s.OfficerID, s.Officer, s.Said, s.MessageID, db.Micros(s.UndoneAt)}
}

func insertStep(ctx context.Context, tx *db.Tx, s Step) error {
	_, err := tx.Exec(ctx, sqlStepInsert, s.values()...)
	if err != nil {
		return fmt.Errorf("keep a step of case %d: %w", s.CaseID, err)
	}
	return nil
}

func markUndone(ctx context.Context, tx *db.Tx, step int64) error {
	if _, err := tx.Exec(ctx, sqlStepUndone, db.Micros(tx.Now), step); err != nil {
		return fmt.Errorf("note that step %d is undone: %w", step, err)
	}
	return nil
}

const sqlSearchable = `SELECT id, reference, who, place, words FROM casework_case WHERE id > $1 ORDER BY id LIMIT $2`

// Reindex builds the full-text index anew, after cases came in by another way
// than through this package.
func Reindex(ctx context.Context, d *db.DB) error {
	scan := func(row db.Scanner) (c Case, err error) {
		err = row.Scan(&c.ID, &c.Reference, &c.Who, &c.Place, &c.Words)
		return c, err
	}
	return searchIndex.Rebuild(ctx, d, func(ctx context.Context, tx *db.Tx, after int64, most int) ([]db.Indexed, error) {
		list, err := db.Collect(ctx, tx, scan, sqlSearchable, after, most)
		out := make([]db.Indexed, len(list))
		for i, c := range list {
			out[i] = db.Indexed{ID: c.ID, Folded: c.searchText()}
		}
		return out, err
	})
}
