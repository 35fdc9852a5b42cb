package directory

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"time"

	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/text"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrations are this room's tables.
func Migrations() fs.FS { return migrations }

const sqlGeneration = `SELECT generation, places FROM directory_generation WHERE id = 1`
const sqlGenerationMove = `UPDATE directory_generation SET generation = $1 WHERE id = 1`
const sqlGenerationMovePlaces = `UPDATE directory_generation SET places = $1 WHERE id = 1`

const sqlCouncil = `SELECT name, language, lat, lon, zoom, answer_within, demonstration, version FROM directory_council WHERE id = 1`
const sqlCouncilPut = `INSERT INTO directory_council (id, name, language, lat, lon, zoom, answer_within, demonstration, version)
	VALUES (1, $1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO UPDATE SET name = excluded.name, language = excluded.language,
	lat = excluded.lat, lon = excluded.lon, zoom = excluded.zoom, answer_within = excluded.answer_within,
	demonstration = excluded.demonstration, version = excluded.version`

const sqlServiceColumns = `id, name, summary, words, lgsl, lgil, team_id, public, needs_place, active, version,
	code, category, keywords, areas, hours, promised_days, promise, attributes`
const sqlServices = `SELECT ` + sqlServiceColumns + ` FROM directory_service`
const sqlServiceByID = sqlServices + ` WHERE id = $1`
const sqlServiceByCode = `SELECT id FROM directory_service WHERE code = $1`
const sqlServiceCodes = `SELECT code FROM directory_service`
const sqlServiceInsert = `INSERT INTO directory_service (id, name, folded, summary, words, lgsl, lgil, team_id, public, needs_place, active, version,
	code, category, keywords, areas, hours, promised_days, promise, attributes) VALUES `
const sqlServiceUpdate = `UPDATE directory_service SET name = $1, folded = $2, summary = $3, words = $4, lgsl = $5, lgil = $6, team_id = $7,
	public = $8, needs_place = $9, active = $10, code = $11, category = $12, keywords = $13, areas = $14, hours = $15, promised_days = $16,
	promise = $17, attributes = $18, version = version + 1 WHERE id = $19 AND version = $20`

const sqlAreas = `SELECT id, name, places, team_id, version FROM directory_area`
const sqlAreaByID = sqlAreas + ` WHERE id = $1`
const sqlAreaInsert = `INSERT INTO directory_area (id, name, folded, places, team_id, version) VALUES `
const sqlAreaUpdate = `UPDATE directory_area SET name = $1, folded = $2, places = $3, team_id = $4, version = version + 1 WHERE id = $5 AND version = $6`
const sqlAreaDelete = `DELETE FROM directory_area WHERE id = $1`

// insertRows is how many rows one INSERT holds, and keys one IN.
const insertRows = 256

// generations say which state of the directory a transaction sees.
type generations struct{ rest, places int64 }

func readGenerations(ctx context.Context, tx *db.Tx) (generations, error) {
	var g generations
	if err := tx.QueryRow(ctx, sqlGeneration).Scan(&g.rest, &g.places); err != nil {
		return generations{}, fmt.Errorf("read generation of the directory: %w", err)
	}
	return g, nil
}

// moveGeneration takes a value that was never there, so that what was read in a
// transaction that failed is never taken for what another one committed.
func moveGeneration(ctx context.Context, tx *db.Tx) error {
	if _, err := tx.Exec(ctx, sqlGenerationMove, tx.NewID()); err != nil {
		return fmt.Errorf("move generation of the directory: %w", err)
	}
	return nil
}

// readCouncil returns the profile, or what stands in its place before the
// set-up, with version 0.
func readCouncil(ctx context.Context, tx *db.Tx) (Council, error) {
	c, found, err := db.One(ctx, tx, func(row db.Scanner) (Council, error) {
		var c Council
		var within int64
		err := row.Scan(&c.Name, &c.Language, &c.Lat, &c.Lon, &c.Zoom, &within, &c.Demonstration, &c.Version)
		c.AnswerWithin = time.Duration(within) * time.Microsecond
		return c, err
	}, sqlCouncil)
	if err != nil {
		return Council{}, fmt.Errorf("read the council: %w", err)
	}
	if !found {
		return unset(), nil
	}
	return c, nil
}

func putCouncil(ctx context.Context, tx *db.Tx, c Council) error {
	_, err := tx.Exec(ctx, sqlCouncilPut, c.Name, c.Language, c.Lat, c.Lon, c.Zoom, c.AnswerWithin.Microseconds(), c.Demonstration, c.Version)
	if err != nil {
		return fmt.Errorf("write the council: %w", err)
	}
	return moveGeneration(ctx, tx)
}

func scanService(row db.Scanner) (Service, error) {
	var s Service
	var areas, hours, attributes string
	err := row.Scan(&s.ID, &s.Name, &s.Summary, &s.Words, &s.LGSL, &s.LGIL, &s.TeamID, &s.Public, &s.NeedsPlace, &s.Active, &s.Version,
		&s.Code, &s.Group, &s.Keywords, &areas, &hours, &s.PromisedDays, &s.Promise, &attributes)
	if err != nil {
		return s, err
	}
	if s.AreaIDs, err = splitIDs(areas); err != nil {
		return s, err
	}
	if s.Hours, err = unpackHours(hours); err != nil {
		return s, err
	}
	s.Attributes, err = unpackAttributes(attributes)
	return s, err
}

func readServices(ctx context.Context, tx *db.Tx) ([]Service, error) {
	list, err := db.Collect(ctx, tx, scanService, sqlServices)
	if err != nil {
		return nil, fmt.Errorf("read services: %w", err)
	}
	return list, nil
}

// readService returns false when there is none.
func readService(ctx context.Context, tx *db.Tx, id int64) (Service, bool, error) {
	s, found, err := db.One(ctx, tx, scanService, sqlServiceByID, id)
	if err != nil {
		return Service{}, false, fmt.Errorf("read service %d: %w", id, err)
	}
	return s, found, nil
}

func insertServices(ctx context.Context, tx *db.Tx, list []Service) error {
	for chunk := range db.Chunks(list, insertRows) {
		args := make([]any, 0, len(chunk)*20)
		for _, s := range chunk {
			args = append(args, s.ID, s.Name, text.Fold(s.Name), s.Summary, s.Words, s.LGSL, s.LGIL, s.TeamID, s.Public, s.NeedsPlace, s.Active, s.Version,
				s.Code, s.Group, s.Keywords, joinIDs(s.AreaIDs), packHours(s.Hours), s.PromisedDays, s.Promise, packAttributes(s.Attributes))
		}
		if _, err := tx.Exec(ctx, sqlServiceInsert+db.Values(0, len(chunk), 20), args...); err != nil {
			return fmt.Errorf("insert services: %w", err)
		}
	}
	return moveGeneration(ctx, tx)
}

// serviceCodes are the codes that are taken.
func serviceCodes(ctx context.Context, tx *db.Tx) (map[string]bool, error) {
	list, err := db.Collect(ctx, tx, func(row db.Scanner) (code string, err error) {
		err = row.Scan(&code)
		return code, err
	}, sqlServiceCodes)
	if err != nil {
		return nil, fmt.Errorf("read the codes of services: %w", err)
	}
	taken := make(map[string]bool, len(list))
	for _, code := range list {
		taken[code] = true
	}
	return taken, nil
}

// serviceOfCode is the service that has a code, 0 for none.
func serviceOfCode(ctx context.Context, tx *db.Tx, code string) (int64, error) {
	id, _, err := db.One(ctx, tx, db.ScanID, sqlServiceByCode, code)
	if err != nil {
		return 0, fmt.Errorf("look for the service of a code: %w", err)
	}
	return id, nil
}

// updateService writes s over the version that it was read with.
func updateService(ctx context.Context, tx *db.Tx, s Service) error {
	n, err := tx.Exec(ctx, sqlServiceUpdate, s.Name, text.Fold(s.Name), s.Summary, s.Words, s.LGSL, s.LGIL, s.TeamID, s.Public, s.NeedsPlace, s.Active,
		s.Code, s.Group, s.Keywords, joinIDs(s.AreaIDs), packHours(s.Hours), s.PromisedDays, s.Promise, packAttributes(s.Attributes), s.ID, s.Version)
	if err == nil && n != 1 {
		err = fmt.Errorf("version %d is gone", s.Version)
	}
	if err != nil {
		return fmt.Errorf("update service %d: %w", s.ID, err)
	}
	return moveGeneration(ctx, tx)
}

func scanArea(row db.Scanner) (Area, error) {
	var a Area
	err := row.Scan(&a.ID, &a.Name, &a.Places, &a.TeamID, &a.Version)
	return a, err
}

func readAreas(ctx context.Context, tx *db.Tx) ([]Area, error) {
	list, err := db.Collect(ctx, tx, scanArea, sqlAreas)
	if err != nil {
		return nil, fmt.Errorf("read areas: %w", err)
	}
	return list, nil
}

// readArea returns false when there is none.
func readArea(ctx context.Context, tx *db.Tx, id int64) (Area, bool, error) {
	a, found, err := db.One(ctx, tx, scanArea, sqlAreaByID, id)
	if err != nil {
		return Area{}, false, fmt.Errorf("read area %d: %w", id, err)
	}
	return a, found, nil
}

func insertAreas(ctx context.Context, tx *db.Tx, list []Area) error {
	for chunk := range db.Chunks(list, insertRows) {
		args := make([]any, 0, len(chunk)*6)
		for _, a := range chunk {
			args = append(args, a.ID, a.Name, text.Fold(a.Name), a.Places, a.TeamID, a.Version)
		}
		if _, err := tx.Exec(ctx, sqlAreaInsert+db.Values(0, len(chunk), 6), args...); err != nil {
			return fmt.Errorf("insert areas: %w", err)
		}
	}
	return moveGeneration(ctx, tx)
}

// updateArea writes a over the version that it was read with.
func updateArea(ctx context.Context, tx *db.Tx, a Area) error {
	n, err := tx.Exec(ctx, sqlAreaUpdate, a.Name, text.Fold(a.Name), a.Places, a.TeamID, a.ID, a.Version)
	if err == nil && n != 1 {
		err = fmt.Errorf("version %d is gone", a.Version)
	}
	if err != nil {
		return fmt.Errorf("update area %d: %w", a.ID, err)
	}
	return moveGeneration(ctx, tx)
}

func deleteArea(ctx context.Context, tx *db.Tx, id int64) error {
	if _, err := tx.Exec(ctx, sqlAreaDelete, id); err != nil {
		return fmt.Errorf("delete area %d: %w", id, err)
	}
	return moveGeneration(ctx, tx)
}

// ClearTx removes the council, its services, areas and places. It is for taking
// a demonstration away, where nothing is real; nothing else may call it.
func ClearTx(ctx context.Context, tx *db.Tx) error {
	if err := db.Empty(ctx, tx, "directory_area", "directory_service", "directory_place", "directory_council"); err != nil {
		return err
	}
	for _, move := range []string{sqlGenerationMove, sqlGenerationMovePlaces} {
		if _, err := tx.Exec(ctx, move, tx.NewID()); err != nil {
			return fmt.Errorf("move generation of the directory: %w", err)
		}
	}
	return nil
}
