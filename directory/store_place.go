package directory

import (
	"context"
	"fmt"

	"mercat.scot/mercat/platform/db"
)

const sqlPlaceColumns = `id, kind, name, within, lat, lon`
const sqlPlaces = `SELECT ` + sqlPlaceColumns + ` FROM directory_place ORDER BY id`
const sqlPlacesByKey = `SELECT ` + sqlPlaceColumns + ` FROM directory_place WHERE key IN `
const sqlPlacesCount = `SELECT COUNT(*) FROM directory_place`
const sqlPlacePut = `INSERT INTO directory_place (id, key, kind, name, within, lat, lon, source) VALUES `
const sqlPlaceTaken = ` ON CONFLICT (key) DO UPDATE SET name = excluded.name, within = excluded.within, lat = excluded.lat, lon = excluded.lon`
const sqlPlacesDeleteSource = `DELETE FROM directory_place WHERE source = $1`

// movePlaces returns the new generation of the gazetteer.
func movePlaces(ctx context.Context, tx *db.Tx) (int64, error) {
	generation := tx.NewID()
	if _, err := tx.Exec(ctx, sqlGenerationMovePlaces, generation); err != nil {
		return 0, fmt.Errorf("move generation of the gazetteer: %w", err)
	}
	return generation, nil
}

func scanPlace(row db.Scanner) (Place, error) {
	var p Place
	err := row.Scan(&p.ID, &p.Kind, &p.Name, &p.Within, &p.Lat, &p.Lon)
	return p, err
}

func readPlaces(ctx context.Context, tx *db.Tx) ([]Place, error) {
	list, err := db.Collect(ctx, tx, scanPlace, sqlPlaces)
	if err != nil {
		return nil, fmt.Errorf("read the gazetteer: %w", err)
	}
	return list, nil
}

func readPlacesByKey(ctx context.Context, tx *db.Tx, keys []string) (map[string]Place, error) {
	found := make(map[string]Place, len(keys))
	for chunk := range db.Chunks(keys, insertRows) {
		args := make([]any, len(chunk))
		for i, k := range chunk {
			args[i] = k
		}
		list, err := db.Collect(ctx, tx, scanPlace, sqlPlacesByKey+db.In(0, len(chunk)), args...)
		if err != nil {
			return nil, fmt.Errorf("read places: %w", err)
		}
		for _, p := range list {
			found[p.key()] = p
		}
	}
	return found, nil
}

func countPlaces(ctx context.Context, tx *db.Tx) (int, error) {
	var n int
	if err := tx.QueryRow(ctx, sqlPlacesCount).Scan(&n); err != nil {
		return 0, fmt.Errorf("count places: %w", err)
	}
	return n, nil
}

// putPlaces keeps places; those whose key is there already take its place and
// keep its id. It does not move the generation.
func putPlaces(ctx context.Context, tx *db.Tx, list []Place, source int64) error {
	for chunk := range db.Chunks(list, insertRows) {
		args := make([]any, 0, len(chunk)*8)
		for _, p := range chunk {
			args = append(args, p.ID, p.key(), p.Kind, p.Name, p.Within, p.Lat, p.Lon, source)
		}
		if _, err := tx.Exec(ctx, sqlPlacePut+db.Values(0, len(chunk), 8)+sqlPlaceTaken, args...); err != nil {
			return fmt.Errorf("write places: %w", err)
		}
	}
	return nil
}

// deletePlacesOf takes out what an import brought, and says how many. It does
// not move the generation.
func deletePlacesOf(ctx context.Context, tx *db.Tx, source int64) (int64, error) {
	n, err := tx.Exec(ctx, sqlPlacesDeleteSource, source)
	if err != nil {
		return 0, fmt.Errorf("delete the places of import %d: %w", source, err)
	}
	return n, nil
}
