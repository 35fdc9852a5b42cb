package desk

import (
	"context"
	"fmt"
	"time"

	"mercat.scot/mercat/platform/blob"
	"mercat.scot/mercat/platform/db"
)

const sqlPhotoPlacePut = `INSERT INTO desk_photo_place (media_id, message_id, conversation_id, lat, lon, accuracy, at) VALUES ($1, $2, $3, $4, $5, $6, $7)
	ON CONFLICT DO NOTHING`
const sqlPhotoPlaces = `SELECT p.media_id, p.lat, p.lon, p.accuracy FROM desk_photo_place p JOIN desk_message m ON m.id = p.message_id
	WHERE p.conversation_id = $1 AND m.direction = 'in' AND m.deleted_at = 0 ORDER BY p.media_id LIMIT 20`
const sqlPhotoPlacesForget = `DELETE FROM desk_photo_place WHERE conversation_id = $1`
const sqlPhotoPlacesSweep = `DELETE FROM desk_photo_place WHERE at < $1 OR NOT EXISTS (SELECT 1 FROM desk_message m WHERE m.id = desk_photo_place.message_id AND m.deleted_at = 0)`

func putPhotoPlace(ctx context.Context, tx *db.Tx, m Media, conversation int64, at blob.Position) error {
	if _, err := tx.Exec(ctx, sqlPhotoPlacePut, m.ID, m.MessageID, conversation, at.Lat, at.Lon, at.Accuracy, db.Micros(tx.Now)); err != nil {
		return fmt.Errorf("note where photo %d was taken: %w", m.ID, err)
	}
	return nil
}

func photoPlacesOf(ctx context.Context, tx *db.Tx, conversation int64) ([]PhotoPlace, error) {
	scan := func(row db.Scanner) (p PhotoPlace, err error) {
		err = row.Scan(&p.MediaID, &p.Lat, &p.Lon, &p.Accuracy)
		return p, err
	}
	list, err := db.Collect(ctx, tx, scan, sqlPhotoPlaces, conversation)
	if err != nil {
		return nil, fmt.Errorf("read where the photos of conversation %d were taken: %w", conversation, err)
	}
	return list, nil
}

func forgetPhotoPlaces(ctx context.Context, tx *db.Tx, conversation int64) error {
	if _, err := tx.Exec(ctx, sqlPhotoPlacesForget, conversation); err != nil {
		return fmt.Errorf("forget where the photos of conversation %d were taken: %w", conversation, err)
	}
	return nil
}

func sweepPhotoPlaces(ctx context.Context, tx *db.Tx, before time.Time) (int64, error) {
	return tx.Exec(ctx, sqlPhotoPlacesSweep, db.Micros(before))
}
