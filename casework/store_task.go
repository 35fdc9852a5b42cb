package casework

import (
	"context"
	"fmt"

	"mercat.scot/mercat/platform/db"
)

const sqlTaskColumns = `id, case_id, title, team_id, officer_id, due_at, made_by, made_at, done_at, done_by, removed_at, step_id, version`
const sqlTasks = `SELECT ` + sqlTaskColumns + ` FROM casework_task WHERE case_id = $1 ORDER BY id`
const sqlTaskInsert = `INSERT INTO casework_task (` + sqlTaskColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`
const sqlTaskUpdate = `UPDATE casework_task SET title = $1, team_id = $2, officer_id = $3, due_at = $4, done_at = $5, done_by = $6, removed_at = $7, step_id = $8,
	version = $9 WHERE id = $10`
const sqlTaskQueue = `SELECT t.id, t.case_id, t.title, t.team_id, t.officer_id, t.due_at, t.made_by, t.made_at, t.done_at, t.done_by, t.removed_at, t.step_id, t.version
	FROM casework_task t JOIN casework_case c ON c.id = t.case_id WHERE t.done_at = 0 AND t.removed_at = 0 AND c.ended_at = 0`
const sqlTaskOrder = ` ORDER BY CASE WHEN t.due_at = 0 THEN 1 ELSE 0 END, t.due_at, t.id LIMIT `

const sqlLinkColumns = `case_id, other_id, kind, officer, at`
const sqlLinks = `SELECT ` + sqlLinkColumns + ` FROM casework_link WHERE case_id = $1 OR other_id = $2 ORDER BY at, case_id, other_id LIMIT 200`
const sqlLinkInsert = `INSERT INTO casework_link (` + sqlLinkColumns + `) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`
const sqlLinkDelete = `DELETE FROM casework_link WHERE case_id = $1 AND other_id = $2 AND kind = $3`

func scanTask(row db.Scanner) (Task, error) {
	var t Task
	var due, made, done, removed int64
	err := row.Scan(&t.ID, &t.CaseID, &t.Title, &t.TeamID, &t.OfficerID, &due, &t.MadeBy, &made, &done, &t.DoneBy, &removed, &t.StepID, &t.Version)
	t.DueAt, t.MadeAt, t.DoneAt, t.RemovedAt = db.Time(due), db.Time(made), db.Time(done), db.Time(removed)
	return t, err
}

// tasksOf are the tasks of a case in their order, those that were taken out
// among them.
func tasksOf(ctx context.Context, tx *db.Tx, id int64) ([]Task, error) {
	list, err := db.Collect(ctx, tx, scanTask, sqlTasks, id)
	if err != nil {
		return nil, fmt.Errorf("read the tasks of case %d: %w", id, err)
	}
	return list, nil
}

func insertTask(ctx context.Context, tx *db.Tx, t Task) error {
	_, err := tx.Exec(ctx, sqlTaskInsert, t.ID, t.CaseID, t.Title, t.TeamID, t.OfficerID, db.Micros(t.DueAt), t.MadeBy, db.Micros(t.MadeAt), db.Micros(t.DoneAt), t.DoneBy,
		db.Micros(t.RemovedAt), t.StepID, t.Version)
	if err != nil {
		return fmt.Errorf("keep a task of case %d: %w", t.CaseID, err)
	}
	return nil
}

func updateTask(ctx context.Context, tx *db.Tx, t Task) error {
	_, err := tx.Exec(ctx, sqlTaskUpdate, t.Title, t.TeamID, t.OfficerID, db.Micros(t.DueAt), db.Micros(t.DoneAt), t.DoneBy, db.Micros(t.RemovedAt), t.StepID, t.Version, t.ID)
	if err != nil {
		return fmt.Errorf("change task %d: %w", t.ID, err)
	}
	return nil
}

// taskQueue are open tasks of open cases, what is due first.
func taskQueue(ctx context.Context, tx *db.Tx, q TaskQuery, most int) ([]Task, error) {
	query, args := sqlTaskQueue, []any{}
	if q.OfficerID != 0 {
		args = append(args, q.OfficerID)
		query += fmt.Sprintf(" AND t.officer_id = $%d", len(args))
	}
	if len(q.TeamIDs) > 0 {
		teams := db.Padded(q.TeamIDs)
		query += " AND t.team_id IN " + db.In(len(args), len(teams))
		args = append(args, anys(teams)...)
	}
	args = append(args, int64(most))
	return db.Collect(ctx, tx, scanTask, query+sqlTaskOrder+fmt.Sprintf("$%d", len(args)), args...)
}

func scanLink(row db.Scanner) (Link, error) {
	var l Link
	var at int64
	err := row.Scan(&l.CaseID, &l.OtherID, &l.Kind, &l.Officer, &at)
	l.At = db.Time(at)
	return l, err
}

// linksOf are the links of a case in either direction, oldest first.
func linksOf(ctx context.Context, tx *db.Tx, id int64) ([]Link, error) {
	list, err := db.Collect(ctx, tx, scanLink, sqlLinks, id, id)
	if err != nil {
		return nil, fmt.Errorf("read the links of case %d: %w", id, err)
	}
	return list, nil
}

// insertLink reports whether the link is new.
func insertLink(ctx context.Context, tx *db.Tx, l Link) (bool, error) {
	n, err := tx.Exec(ctx, sqlLinkInsert, l.CaseID, l.OtherID, string(l.Kind), l.Officer, db.Micros(l.At))
	if err != nil {
		return false, fmt.Errorf("link case %d to case %d: %w", l.CaseID, l.OtherID, err)
	}
	return n == 1, nil
}

// deleteLink reports whether there was such a link.
func deleteLink(ctx context.Context, tx *db.Tx, l Link) (bool, error) {
	n, err := tx.Exec(ctx, sqlLinkDelete, l.CaseID, l.OtherID, string(l.Kind))
	if err != nil {
		return false, fmt.Errorf("part case %d from case %d: %w", l.CaseID, l.OtherID, err)
	}
	return n == 1, nil
}
