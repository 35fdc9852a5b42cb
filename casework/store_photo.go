package casework

import (
	"context"
	"fmt"

	"mercat.scot/mercat/platform/db"
)

const sqlPhotoColumns = `n, media_id, phase, alt, added_by, added_at, released, removed_at, content`
const sqlPhotos = `SELECT ` + sqlPhotoColumns + ` FROM casework_photo WHERE case_id = $1 ORDER BY n`
const sqlPhotoInsert = `INSERT INTO casework_photo (case_id, n, media_id, phase) SELECT CAST($1 AS BIGINT), COALESCE(MAX(n) + 1, 0), CAST($2 AS BIGINT), CAST($3 AS TEXT) FROM casework_photo WHERE case_id = $4`
const sqlPhotoAdd = `INSERT INTO casework_photo (case_id, ` + sqlPhotoColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`
const sqlPhotoChange = `UPDATE casework_photo SET phase = $1, alt = $2, released = $3, removed_at = $4 WHERE case_id = $5 AND n = $6`

func scanPhoto(row db.Scanner) (Photo, error) {
	var p Photo
	var added, removed int64
	err := row.Scan(&p.N, &p.MediaID, &p.Phase, &p.Alt, &p.AddedBy, &added, &p.Released, &removed, &p.content)
	p.AddedAt, p.Removed = db.Time(added), db.Time(removed)
	return p, err
}

// allPhotosOf are the photos of a case, those that were taken out among them.
func allPhotosOf(ctx context.Context, tx *db.Tx, id int64) ([]Photo, error) {
	list, err := db.Collect(ctx, tx, scanPhoto, sqlPhotos, id)
	if err != nil {
		return nil, fmt.Errorf("read the photos of case %d: %w", id, err)
	}
	return list, nil
}

// photosOf are the photos of a case, and apart those that were taken out.
func photosOf(ctx context.Context, tx *db.Tx, id int64) (there, out []Photo, err error) {
	list, err := allPhotosOf(ctx, tx, id)
	for _, p := range list {
		if p.Removed.IsZero() {
			there = append(there, p)
		} else {
			out = append(out, p)
		}
	}
	return there, out, err
}

// insertPhotos keeps pictures of the conversation as ones of the case.
func insertPhotos(ctx context.Context, tx *db.Tx, id int64, phase Phase, media []int64) error {
	for _, m := range media {
		if _, err := tx.Exec(ctx, sqlPhotoInsert, id, m, string(phase), id); err != nil {
			return fmt.Errorf("keep the photos of case %d: %w", id, err)
		}
	}
	return nil
}

func insertPhoto(ctx context.Context, tx *db.Tx, id int64, p Photo) error {
	_, err := tx.Exec(ctx, sqlPhotoAdd, id, p.N, p.MediaID, string(p.Phase), p.Alt, p.AddedBy, db.Micros(p.AddedAt), p.Released, db.Micros(p.Removed), p.content)
	if err != nil {
		return fmt.Errorf("keep a photo of case %d: %w", id, err)
	}
	return nil
}

func updatePhoto(ctx context.Context, tx *db.Tx, id int64, p Photo) error {
	if _, err := tx.Exec(ctx, sqlPhotoChange, string(p.Phase), p.Alt, p.Released, db.Micros(p.Removed), id, p.N); err != nil {
		return fmt.Errorf("change a photo of case %d: %w", id, err)
	}
	return nil
}
