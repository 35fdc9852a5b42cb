package webform

import (
	"context"
	"time"

	"mercat.scot/mercat/platform/blob"
	"mercat.scot/mercat/platform/db"
)

const sqlFileColumns = `id, post_id, form_hash, blob_key, thumb_key, content_type, filename, alt, width, height, size, placed, lat, lon, accuracy`
const sqlFileInsert = `INSERT INTO webform_file (` + sqlFileColumns + `, made_at)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`
const sqlFile = `SELECT ` + sqlFileColumns + ` FROM webform_file WHERE id = $1`
const sqlFilesOfForm = `SELECT ` + sqlFileColumns + ` FROM webform_file WHERE form_hash = $1 AND post_id = 0 ORDER BY id LIMIT $2`
const sqlFilesOfPosts = `SELECT ` + sqlFileColumns + ` FROM webform_file WHERE post_id IN `
const sqlFileGive = `UPDATE webform_file SET post_id = $1, placed = FALSE, lat = 0, lon = 0, accuracy = 0 WHERE id = $2 AND post_id = 0`
const sqlFilesLet = `UPDATE webform_file SET post_id = 0, form_hash = '' WHERE post_id = $1`
const sqlFilesLoose = `SELECT ` + sqlFileColumns + ` FROM webform_file WHERE post_id = 0 AND made_at < $1 ORDER BY made_at LIMIT 100`
const sqlFileClaim = `UPDATE webform_file SET form_hash = '' WHERE id = $1`
const sqlFileDrop = `DELETE FROM webform_file WHERE id = $1 AND post_id = 0`

func scanFile(row db.Scanner) (file, error) {
	var f file
	var placed bool
	var at blob.Position
	err := row.Scan(&f.id, &f.post, &f.formHash, &f.key, &f.thumb, &f.contentType, &f.name, &f.alt, &f.width, &f.height, &f.size,
		&placed, &at.Lat, &at.Lon, &at.Accuracy)
	if placed {
		f.position = &at
	}
	return f, err
}

func insertFile(ctx context.Context, tx *db.Tx, f file) error {
	var at blob.Position
	if f.position != nil {
		at = *f.position
	}
	_, err := tx.Exec(ctx, sqlFileInsert, f.id, f.post, f.formHash, string(f.key), string(f.thumb), f.contentType, f.name, f.alt, f.width, f.height, f.size,
		f.position != nil, at.Lat, at.Lon, at.Accuracy, db.Micros(tx.Now))
	return err
}

func readFile(ctx context.Context, tx *db.Tx, id int64) (file, bool, error) {
	return db.One(ctx, tx, scanFile, sqlFile, id)
}

// filesOfForm are those that wait in a form that was not sent yet.
func filesOfForm(ctx context.Context, tx *db.Tx, hash string) ([]file, error) {
	return db.Collect(ctx, tx, scanFile, sqlFilesOfForm, hash, 10*maxPhotos)
}

// withFiles gives each post its files.
func withFiles(ctx context.Context, tx *db.Tx, posts []post) ([]post, error) {
	if len(posts) == 0 {
		return posts, nil
	}
	at := make(map[int64]int, len(posts))
	ids := make([]int64, len(posts))
	for i, p := range posts {
		at[p.id], ids[i] = i, p.id
	}
	ids = db.Padded(ids)
	args := make([]any, len(ids))
	for i, id := range ids {
		args[i] = id
	}
	files, err := db.Collect(ctx, tx, scanFile, sqlFilesOfPosts+db.In(0, len(args))+` ORDER BY id`, args...)
	for _, f := range files {
		p := &posts[at[f.post]]
		p.files = append(p.files, f)
	}
	return posts, err
}

// giveFile makes a waiting file one of a post. Where a photo was taken is
// forgotten with it.
func giveFile(ctx context.Context, tx *db.Tx, id, post int64) error {
	_, err := tx.Exec(ctx, sqlFileGive, post, id)
	return err
}

// looseFilesOf lets go of a post's files: the next Sweep removes them.
func looseFilesOf(ctx context.Context, tx *db.Tx, post int64) error {
	_, err := tx.Exec(ctx, sqlFilesLet, post)
	return err
}

// takeLooseFiles returns some of the files made before a moment that no post
// has, and takes them from their forms, so that none can be sent any more.
func takeLooseFiles(ctx context.Context, tx *db.Tx, before time.Time) ([]file, error) {
	list, err := db.Collect(ctx, tx, scanFile, sqlFilesLoose, db.Micros(before))
	if err != nil {
		return nil, err
	}
	for _, f := range list {
		if _, err := tx.Exec(ctx, sqlFileClaim, f.id); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func dropFiles(ctx context.Context, tx *db.Tx, ids []int64) error {
	for _, id := range ids {
		if _, err := tx.Exec(ctx, sqlFileDrop, id); err != nil {
			return err
		}
	}
	return nil
}
