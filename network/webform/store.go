package webform

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"mercat.scot/mercat/platform/db"
)

const sqlFormBySlug = `SELECT account_id, slug, title, intro, seen_at, released FROM webform_form WHERE slug = $1`
const sqlFormTaken = `SELECT account_id FROM webform_form WHERE slug = $1 AND account_id <> $2 AND released = FALSE AND seen_at > $3`
const sqlFormYield = `DELETE FROM webform_form WHERE slug = $1 AND account_id <> $2`
const sqlFormPut = `INSERT INTO webform_form (account_id, slug, title, intro, seen_at, released) VALUES ($1, $2, $3, $4, $5, FALSE)
	ON CONFLICT (account_id) DO UPDATE SET slug = $2, title = $3, intro = $4, seen_at = $5, released = FALSE`
const sqlFormReleased = `SELECT COUNT(*) FROM webform_form WHERE account_id = $1 AND released = TRUE`
const sqlFormRelease = `UPDATE webform_form SET released = TRUE WHERE account_id = $1`

const sqlThreadColumns = `id, account_id, short_reference, reference_hash, sealed_reference, conversation, service_id, subject, name, email, phone, language, first_post, created_at`
const sqlThreadInsert = `INSERT INTO webform_thread (` + sqlThreadColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`
const sqlThread = `SELECT ` + sqlThreadColumns + ` FROM webform_thread WHERE id = $1`
const sqlThreadByReference = `SELECT ` + sqlThreadColumns + ` FROM webform_thread WHERE reference_hash = $1`
const sqlThreadShortTaken = `SELECT id FROM webform_thread WHERE short_reference = $1`
const sqlThreadConversation = `UPDATE webform_thread SET conversation = $1 WHERE id = $2`

const sqlSequenceNext = `UPDATE webform_sequence SET last = last + 1 WHERE id = 1`
const sqlSequenceLast = `SELECT last FROM webform_sequence WHERE id = 1`

const sqlPostColumns = `id, seq, thread_id, account_id, direction, reply_to, form_hash, form_digest, send_key, body, cleaned,
	place_words, place_point, lat, lon, accuracy, at, deleted_at, answers`
const sqlPostInsert = `INSERT INTO webform_post (` + sqlPostColumns + `)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)`
const sqlPost = `SELECT ` + sqlPostColumns + ` FROM webform_post WHERE id = $1`
const sqlPostByForm = `SELECT ` + sqlPostColumns + ` FROM webform_post WHERE form_hash = $1`
const sqlPostByKey = `SELECT ` + sqlPostColumns + ` FROM webform_post WHERE account_id = $1 AND send_key = $2`
const sqlPostsAfter = `SELECT ` + sqlPostColumns + ` FROM webform_post
	WHERE account_id = $1 AND direction = 'in' AND seq > $2 ORDER BY seq LIMIT $3`
const sqlPostNewer = `SELECT seq FROM webform_post WHERE account_id = $1 AND direction = 'in' AND seq > $2 ORDER BY seq LIMIT 1`
const sqlPostsOfThread = `SELECT ` + sqlPostColumns + ` FROM webform_post WHERE thread_id = $1 ORDER BY seq DESC LIMIT $2`
const sqlPostLast = `SELECT id FROM webform_post WHERE thread_id = $1 AND direction = $2 AND deleted_at = 0 ORDER BY seq DESC LIMIT 1`
const sqlPostTakeBack = `UPDATE webform_post SET deleted_at = $1, body = '' WHERE id = $2 AND deleted_at = 0`
const sqlThreadState = `SELECT COUNT(*), COALESCE(MAX(seq), 0), COALESCE(MAX(deleted_at), 0) FROM webform_post WHERE thread_id = $1`

func scanForm(row db.Scanner) (knownForm, error) {
	var f knownForm
	var seen int64
	err := row.Scan(&f.account, &f.slug, &f.title, &f.intro, &seen, &f.released)
	f.seen = db.Time(seen)
	return f, err
}

// knownForm is a form with when some connection last read what it took.
type knownForm struct {
	form
	seen     time.Time
	released bool
}

// open reports whether somebody reads what the form takes.
func (f knownForm) open(now time.Time) bool { return !f.released && now.Sub(f.seen) <= openFor }

func readForm(ctx context.Context, tx *db.Tx, slug string) (knownForm, bool, error) {
	return db.One(ctx, tx, scanForm, sqlFormBySlug, slug)
}

// slugTaken reports whether another account is in use under this address.
func slugTaken(ctx context.Context, tx *db.Tx, f form) (bool, error) {
	_, taken, err := db.One(ctx, tx, db.ScanID, sqlFormTaken, f.slug, f.account, db.Micros(tx.Now.Add(-openFor)))
	return taken, err
}

// putForm makes a form known under its address, and notes that it is read.
func putForm(ctx context.Context, tx *db.Tx, f form) error {
	if _, err := tx.Exec(ctx, sqlFormYield, f.slug, f.account); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, sqlFormPut, f.account, f.slug, f.title, f.intro, db.Micros(tx.Now))
	return err
}

// formReleased reports whether the form was closed, by another process perhaps.
func formReleased(ctx context.Context, tx *db.Tx, account int64) (bool, error) {
	n, err := db.ScanID(tx.QueryRow(ctx, sqlFormReleased, account))
	return n > 0, err
}

func releaseForm(ctx context.Context, tx *db.Tx, account int64) error {
	_, err := tx.Exec(ctx, sqlFormRelease, account)
	return err
}

func scanThread(row db.Scanner) (thread, error) {
	var t thread
	var created int64
	err := row.Scan(&t.id, &t.account, &t.short, &t.referenceHash, &t.sealed, &t.conversation, &t.service, &t.subject,
		&t.contact.Name, &t.contact.Email, &t.contact.Phone, &t.language, &t.first, &created)
	t.created = db.Time(created)
	return t, err
}

func insertThread(ctx context.Context, tx *db.Tx, t thread) error {
	_, err := tx.Exec(ctx, sqlThreadInsert, t.id, t.account, t.short, t.referenceHash, t.sealed, t.conversation, t.service, t.subject,
		t.contact.Name, t.contact.Email, t.contact.Phone, string(t.language), t.first, db.Micros(t.created))
	return err
}

func readThread(ctx context.Context, tx *db.Tx, id int64) (thread, bool, error) {
	return db.One(ctx, tx, scanThread, sqlThread, id)
}

func threadByReference(ctx context.Context, tx *db.Tx, hash string) (thread, bool, error) {
	return db.One(ctx, tx, scanThread, sqlThreadByReference, hash)
}

func shortTaken(ctx context.Context, tx *db.Tx, short string) (bool, error) {
	_, taken, err := db.One(ctx, tx, db.ScanID, sqlThreadShortTaken, short)
	return taken, err
}

func setConversation(ctx context.Context, tx *db.Tx, thread int64, token string) error {
	_, err := tx.Exec(ctx, sqlThreadConversation, token, thread)
	return err
}

func scanPost(row db.Scanner) (post, error) {
	var p post
	var direction string
	var form, key sql.NullString
	var answers string
	var at, deleted int64
	err := row.Scan(&p.id, &p.seq, &p.thread, &p.account, &direction, &p.replyTo, &form, &p.digest, &key, &p.body, &p.cleaned,
		&p.place.words, &p.place.point, &p.place.lat, &p.place.lon, &p.place.accuracy, &at, &deleted, &answers)
	if err == nil {
		p.answers, err = readAnswersColumn(answers)
	}
	p.out, p.formHash, p.key = direction == "out", form.String, key.String
	p.at, p.deleted = db.Time(at), db.Time(deleted)
	return p, err
}

// insertPost gives the post its number and keeps it with its files.
func insertPost(ctx context.Context, tx *db.Tx, p post) error {
	if _, err := tx.Exec(ctx, sqlSequenceNext); err != nil {
		return err
	}
	if err := tx.QueryRow(ctx, sqlSequenceLast).Scan(&p.seq); err != nil {
		return err
	}
	direction := "in"
	if p.out {
		direction = "out"
	}
	answers, err := answersColumn(p.answers)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, sqlPostInsert, p.id, p.seq, p.thread, p.account, direction, p.replyTo, orNull(p.formHash), p.digest, orNull(p.key),
		p.body, p.cleaned, p.place.words, p.place.point, p.place.lat, p.place.lon, p.place.accuracy, db.Micros(p.at), db.Micros(p.deleted), answers); err != nil {
		return err
	}
	for _, f := range p.files {
		if err := giveFile(ctx, tx, f.id, p.id); err != nil {
			return err
		}
	}
	return nil
}

func orNull(s string) sql.NullString { return sql.NullString{String: s, Valid: s != ""} }

func readPost(ctx context.Context, tx *db.Tx, id int64) (post, bool, error) {
	return db.One(ctx, tx, scanPost, sqlPost, id)
}

func postByForm(ctx context.Context, tx *db.Tx, hash string) (post, bool, error) {
	return db.One(ctx, tx, scanPost, sqlPostByForm, hash)
}

func postByKey(ctx context.Context, tx *db.Tx, account int64, key string) (post, bool, error) {
	return db.One(ctx, tx, scanPost, sqlPostByKey, account, key)
}

func postsAfter(ctx context.Context, tx *db.Tx, account, seq int64, limit int) ([]post, error) {
	list, err := db.Collect(ctx, tx, scanPost, sqlPostsAfter, account, seq, limit)
	if err != nil {
		return nil, err
	}
	return withFiles(ctx, tx, list)
}

// postsOfThread returns the newest posts of a thread, oldest first.
func postsOfThread(ctx context.Context, tx *db.Tx, thread int64, limit int) ([]post, error) {
	list, err := db.Collect(ctx, tx, scanPost, sqlPostsOfThread, thread, limit)
	if err != nil {
		return nil, err
	}
	slices.Reverse(list)
	return withFiles(ctx, tx, list)
}

func anyAfter(ctx context.Context, tx *db.Tx, account, seq int64) (bool, error) {
	_, found, err := db.One(ctx, tx, db.ScanID, sqlPostNewer, account, seq)
	return found, err
}

func lastSeq(ctx context.Context, tx *db.Tx) (int64, error) {
	return db.ScanID(tx.QueryRow(ctx, sqlSequenceLast))
}

// lastOfThread is the newest post in a direction that is still there, or 0.
func lastOfThread(ctx context.Context, tx *db.Tx, thread int64, direction string) (int64, error) {
	id, _, err := db.One(ctx, tx, db.ScanID, sqlPostLast, thread, direction)
	return id, err
}

// takeBack marks a post as removed and lets go of its words and files. It
// reports whether there was something to remove.
func takeBack(ctx context.Context, tx *db.Tx, id int64) (bool, error) {
	n, err := tx.Exec(ctx, sqlPostTakeBack, db.Micros(tx.Now), id)
	if err != nil || n == 0 {
		return false, err
	}
	return true, looseFilesOf(ctx, tx, id)
}

// state changes with everything that the page of a thread shows of its posts.
type state struct{ posts, seq, deleted int64 }

func threadState(ctx context.Context, tx *db.Tx, thread int64) (state, error) {
	var s state
	err := tx.QueryRow(ctx, sqlThreadState, thread).Scan(&s.posts, &s.seq, &s.deleted)
	return s, err
}
