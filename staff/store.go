package staff

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/text"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrations are this room's tables.
func Migrations() fs.FS { return migrations }

const sqlOfficerColumns = `id, email, name, first_name, role, active, password = '', single_keys, theme, signature, created_at, version`
const sqlOfficers = `SELECT ` + sqlOfficerColumns + ` FROM staff_officer`
const sqlOfficerByID = `SELECT ` + sqlOfficerColumns + ` FROM staff_officer WHERE id = $1`
const sqlOfficerAny = `SELECT COUNT(*) FROM (SELECT 1 FROM staff_officer LIMIT 1) AS one`
const sqlOfficerPassword = `SELECT id, password, active FROM staff_officer WHERE email = $1`
const sqlOfficerPasswordByID = `SELECT password FROM staff_officer WHERE id = $1`
const sqlOfficerInsert = `INSERT INTO staff_officer (id, email, name, first_name, role, active, password, single_keys, theme, signature, created_at, version)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 1)`
const sqlOfficerUpdate = `UPDATE staff_officer SET email = $1, name = $2, first_name = $3, role = $4, active = $5, single_keys = $6, theme = $7, signature = $8, version = version + 1
	WHERE id = $9 AND version = $10`
const sqlOfficerSetPassword = `UPDATE staff_officer SET password = $1 WHERE id = $2`
const sqlOfficerRenewPassword = `UPDATE staff_officer SET password = $1 WHERE id = $2 AND password = $3`

const sqlGeneration = `SELECT generation FROM staff_generation WHERE id = 1`
const sqlGenerationMove = `UPDATE staff_generation SET generation = $1 WHERE id = 1`

const sqlTeams = `SELECT id, name, purpose, contact_centre, created_at, version FROM staff_team`
const sqlTeamByID = sqlTeams + ` WHERE id = $1`
const sqlTeamInsert = `INSERT INTO staff_team (id, name, folded, purpose, contact_centre, created_at, version) VALUES ($1, $2, $3, $4, $5, $6, 1)`
const sqlTeamUpdate = `UPDATE staff_team SET name = $1, folded = $2, purpose = $3, contact_centre = $4, version = version + 1 WHERE id = $5 AND version = $6`
const sqlTeamUnmark = `UPDATE staff_team SET contact_centre = FALSE, version = version + 1 WHERE contact_centre RETURNING id`
const sqlMembers = `SELECT team_id, officer_id FROM staff_member ORDER BY team_id, officer_id`
const sqlMembersOfTeam = `SELECT officer_id FROM staff_member WHERE team_id = $1 ORDER BY officer_id`
const sqlMemberInsert = `INSERT INTO staff_member (team_id, officer_id) VALUES ($1, $2) ON CONFLICT DO NOTHING`
const sqlMembersOfTeamDelete = `DELETE FROM staff_member WHERE team_id = $1`
const sqlMemberDelete = `DELETE FROM staff_member WHERE team_id = $1 AND officer_id = $2`
const sqlTeamTouch = `UPDATE staff_team SET version = version + 1 WHERE id = $1`
const sqlOfficerTouch = `UPDATE staff_officer SET version = version + 1 WHERE id = $1`

func scanOfficer(row db.Scanner) (Officer, error) {
	var o Officer
	var created int64
	err := row.Scan(&o.ID, &o.Email, &o.Name, &o.FirstName, &o.Role, &o.Active, &o.Invited,
		&o.Settings.SingleKeys, &o.Settings.Theme, &o.Settings.Signature, &created, &o.Version)
	o.CreatedAt = db.Time(created)
	return o, err
}

func readOfficers(ctx context.Context, tx *db.Tx) ([]Officer, error) {
	list, err := db.Collect(ctx, tx, scanOfficer, sqlOfficers)
	if err != nil {
		return nil, fmt.Errorf("read officers: %w", err)
	}
	return list, nil
}

// readOfficer returns false when there is none.
func readOfficer(ctx context.Context, tx *db.Tx, id int64) (Officer, bool, error) {
	o, err := scanOfficer(tx.QueryRow(ctx, sqlOfficerByID, id))
	if errors.Is(err, sql.ErrNoRows) {
		return Officer{}, false, nil
	}
	if err != nil {
		return Officer{}, false, fmt.Errorf("read officer %d: %w", id, err)
	}
	return o, true, nil
}

func anyOfficer(ctx context.Context, tx *db.Tx) (bool, error) {
	var n int
	if err := tx.QueryRow(ctx, sqlOfficerAny).Scan(&n); err != nil {
		return false, fmt.Errorf("look for officers: %w", err)
	}
	return n > 0, nil
}

// credentials are what sign-in looks at.
type credentials struct {
	id     int64
	hash   string
	active bool
}

// readCredentials returns the zero value when no officer has the address.
func readCredentials(ctx context.Context, tx *db.Tx, email string) (credentials, error) {
	var c credentials
	err := tx.QueryRow(ctx, sqlOfficerPassword, email).Scan(&c.id, &c.hash, &c.active)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return credentials{}, fmt.Errorf("read credentials: %w", err)
	}
	return c, nil
}

func readPassword(ctx context.Context, tx *db.Tx, officer int64) (string, error) {
	var hash string
	if err := tx.QueryRow(ctx, sqlOfficerPasswordByID, officer).Scan(&hash); err != nil {
		return "", fmt.Errorf("read password of officer %d: %w", officer, err)
	}
	return hash, nil
}

func insertOfficer(ctx context.Context, tx *db.Tx, o Officer, password string) error {
	_, err := tx.Exec(ctx, sqlOfficerInsert, o.ID, o.Email, o.Name, o.FirstName, string(o.Role), o.Active, password,
		o.Settings.SingleKeys, o.Settings.Theme, o.Settings.Signature, db.Micros(o.CreatedAt))
	if err != nil {
		return fmt.Errorf("insert officer: %w", err)
	}
	return moveGeneration(ctx, tx)
}

// updateOfficer writes o over the version that it was read with.
func updateOfficer(ctx context.Context, tx *db.Tx, o Officer) error {
	n, err := tx.Exec(ctx, sqlOfficerUpdate, o.Email, o.Name, o.FirstName, string(o.Role), o.Active,
		o.Settings.SingleKeys, o.Settings.Theme, o.Settings.Signature, o.ID, o.Version)
	if err != nil {
		return fmt.Errorf("update officer %d: %w", o.ID, err)
	}
	if n != 1 {
		return fmt.Errorf("update officer %d: version %d is gone", o.ID, o.Version)
	}
	return moveGeneration(ctx, tx)
}

func setPassword(ctx context.Context, tx *db.Tx, officer int64, hash string) error {
	if _, err := tx.Exec(ctx, sqlOfficerSetPassword, hash, officer); err != nil {
		return fmt.Errorf("set password of officer %d: %w", officer, err)
	}
	return moveGeneration(ctx, tx)
}

// renewPassword puts a hash of the same password in place of the one that was
// checked, unless another has been set since.
func renewPassword(ctx context.Context, tx *db.Tx, officer int64, old, hash string) error {
	if _, err := tx.Exec(ctx, sqlOfficerRenewPassword, hash, officer, old); err != nil {
		return fmt.Errorf("renew password of officer %d: %w", officer, err)
	}
	return nil
}

func readGeneration(ctx context.Context, tx *db.Tx) (int64, error) {
	var n int64
	if err := tx.QueryRow(ctx, sqlGeneration).Scan(&n); err != nil {
		return 0, fmt.Errorf("read generation of staff: %w", err)
	}
	return n, nil
}

// moveGeneration takes a value that was never there, so that what was read in a
// transaction that failed is never taken for what another one committed.
func moveGeneration(ctx context.Context, tx *db.Tx) error {
	if _, err := tx.Exec(ctx, sqlGenerationMove, tx.NewID()); err != nil {
		return fmt.Errorf("move generation of staff: %w", err)
	}
	return nil
}

func scanTeam(row db.Scanner) (Team, error) {
	var t Team
	var created int64
	err := row.Scan(&t.ID, &t.Name, &t.Purpose, &t.ContactCentre, &created, &t.Version)
	t.CreatedAt = db.Time(created)
	return t, err
}

func scanPair(row db.Scanner) (pair [2]int64, err error) {
	err = row.Scan(&pair[0], &pair[1])
	return pair, err
}

func readTeams(ctx context.Context, tx *db.Tx) ([]Team, error) {
	teams, err := db.Collect(ctx, tx, scanTeam, sqlTeams)
	if err != nil {
		return nil, fmt.Errorf("read teams: %w", err)
	}
	pairs, err := db.Collect(ctx, tx, scanPair, sqlMembers)
	if err != nil {
		return nil, fmt.Errorf("read members: %w", err)
	}
	members := map[int64][]int64{}
	for _, p := range pairs {
		members[p[0]] = append(members[p[0]], p[1])
	}
	for i := range teams {
		teams[i].MemberIDs = members[teams[i].ID]
	}
	return teams, nil
}

// readTeam returns false when there is none.
func readTeam(ctx context.Context, tx *db.Tx, id int64) (Team, bool, error) {
	t, err := scanTeam(tx.QueryRow(ctx, sqlTeamByID, id))
	if errors.Is(err, sql.ErrNoRows) {
		return Team{}, false, nil
	}
	if err == nil {
		t.MemberIDs, err = db.Collect(ctx, tx, db.ScanID, sqlMembersOfTeam, id)
	}
	if err != nil {
		return Team{}, false, fmt.Errorf("read team %d: %w", id, err)
	}
	return t, true, nil
}

// insertTeam keeps a team and its members.
func insertTeam(ctx context.Context, tx *db.Tx, t Team) error {
	if _, err := tx.Exec(ctx, sqlTeamInsert, t.ID, t.Name, text.Fold(t.Name), t.Purpose, t.ContactCentre, db.Micros(t.CreatedAt)); err != nil {
		return fmt.Errorf("insert team: %w", err)
	}
	if err := insertMembers(ctx, tx, t); err != nil {
		return err
	}
	return moveGeneration(ctx, tx)
}

// updateTeam writes t and its members over the version that it was read with.
func updateTeam(ctx context.Context, tx *db.Tx, t Team) error {
	n, err := tx.Exec(ctx, sqlTeamUpdate, t.Name, text.Fold(t.Name), t.Purpose, t.ContactCentre, t.ID, t.Version)
	if err != nil {
		return fmt.Errorf("update team %d: %w", t.ID, err)
	}
	if n != 1 {
		return fmt.Errorf("update team %d: version %d is gone", t.ID, t.Version)
	}
	if _, err := tx.Exec(ctx, sqlMembersOfTeamDelete, t.ID); err != nil {
		return fmt.Errorf("replace members of team %d: %w", t.ID, err)
	}
	if err := insertMembers(ctx, tx, t); err != nil {
		return err
	}
	return moveGeneration(ctx, tx)
}

func insertMembers(ctx context.Context, tx *db.Tx, t Team) error {
	for _, officer := range t.MemberIDs {
		if _, err := tx.Exec(ctx, sqlMemberInsert, t.ID, officer); err != nil {
			return fmt.Errorf("insert member %d of team %d: %w", officer, t.ID, err)
		}
	}
	return nil
}

// unmarkContactCentre takes the mark from whichever team has it and names it, 0
// for none.
func unmarkContactCentre(ctx context.Context, tx *db.Tx) (int64, error) {
	ids, err := db.Collect(ctx, tx, db.ScanID, sqlTeamUnmark)
	if err != nil {
		return 0, fmt.Errorf("move the contact centre: %w", err)
	}
	if len(ids) == 0 {
		return 0, nil
	}
	return ids[0], nil
}

// joinTeams makes an officer who was a member of some teams one of others. Who
// has one of these teams open to change it is told.
func joinTeams(ctx context.Context, tx *db.Tx, officer int64, had, wants []int64) error {
	for _, team := range missing(had, wants) {
		if err := changeMember(ctx, tx, [2]string{sqlMemberDelete, sqlTeamTouch}, team, officer); err != nil {
			return fmt.Errorf("take officer %d out of team %d: %w", officer, team, err)
		}
	}
	for _, team := range missing(wants, had) {
		if err := changeMember(ctx, tx, [2]string{sqlMemberInsert, sqlTeamTouch}, team, officer); err != nil {
			return fmt.Errorf("put officer %d in team %d: %w", officer, team, err)
		}
	}
	return moveGeneration(ctx, tx)
}

func changeMember(ctx context.Context, tx *db.Tx, change [2]string, team, officer int64) error {
	if _, err := tx.Exec(ctx, change[0], team, officer); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, change[1], team)
	return err
}

// missing are those of a that are not in b.
func missing(a, b []int64) []int64 {
	var list []int64
	for _, id := range a {
		if !slices.Contains(b, id) {
			list = append(list, id)
		}
	}
	return list
}

// touchOfficers tells whoever has these officers open to change them.
func touchOfficers(ctx context.Context, tx *db.Tx, ids []int64) error {
	for _, id := range ids {
		if _, err := tx.Exec(ctx, sqlOfficerTouch, id); err != nil {
			return fmt.Errorf("touch officer %d: %w", id, err)
		}
	}
	return nil
}
