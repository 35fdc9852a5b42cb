package practice

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"time"

	"mercat.scot/mercat/platform/db"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrations are this room's tables.
func Migrations() fs.FS { return migrations }

const sqlFault = `SELECT kind, lasts, since FROM practice_fault WHERE id = 1`
const sqlFaultSet = `UPDATE practice_fault SET kind = $1, lasts = $2, since = $3 WHERE id = 1`

const sqlAccounts = `SELECT handle, name FROM practice_account ORDER BY joined_at, handle`
const sqlAccount = `SELECT handle, name FROM practice_account WHERE handle = $1`
const sqlAccountPut = `INSERT INTO practice_account (handle, name, joined_at) VALUES ($1, $2, $3)
	ON CONFLICT (handle) DO UPDATE SET name = excluded.name`

const sqlCitizens = `SELECT id, name, handle, about FROM practice_citizen ORDER BY joined_at, id`
const sqlCitizen = `SELECT id, name, handle, about FROM practice_citizen WHERE id = $1`
const sqlCitizensLeave = `DELETE FROM practice_citizen WHERE joined_at > 0`
const sqlCitizenInsert = `INSERT INTO practice_citizen (id, name, handle, about, joined_at) VALUES ($1, $2, $3, $4, $5)`

const sqlLast = `SELECT COALESCE(MAX(seq), 0) FROM practice_post`
const sqlNews = `SELECT COUNT(*) FROM (SELECT 1 FROM practice_post WHERE seq > $1 AND author <> $2 AND (handle = $3 OR handle = '') ORDER BY seq LIMIT 1) AS one`

const sqlPostInsert = `INSERT INTO practice_post (id, number, seq, author, citizen, handle, addressee, sent_key, visibility, reply_to, thread,
	body, warning, language, posted_at, edited_at, deleted_at)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 0, 0)`
const sqlPostEdit = `UPDATE practice_post SET seq = $1, body = $2, edited_at = $3 WHERE id = $4`
const sqlPostDelete = `UPDATE practice_post SET seq = $1, body = '', warning = '', deleted_at = $2 WHERE id = $3`

const sqlPictureInsert = `INSERT INTO practice_picture (post, position, full_key, full_type, thumb_key, thumb_type, width, height, bytes, alt, name)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`
const sqlPicturesDelete = `DELETE FROM practice_picture WHERE post = $1`
const sqlPictureColumns = `SELECT post, full_key, full_type, thumb_key, thumb_type, width, height, bytes, alt, name FROM practice_picture WHERE post `

const sqlPosts = `SELECT p.id, p.number, p.seq, p.author, p.citizen, p.handle, p.addressee, COALESCE(p.sent_key, ''), p.visibility, p.reply_to, p.thread,
	p.body, p.warning, p.language, p.posted_at, p.edited_at, p.deleted_at, COALESCE(c.name, a.name, ''), COALESCE(c.handle, p.handle)
	FROM practice_post p
	LEFT JOIN practice_citizen c ON c.id = p.citizen
	LEFT JOIN practice_account a ON a.handle = p.handle AND p.citizen = 0 `
const sqlPostByID = sqlPosts + `WHERE p.id = $1`
const sqlPostByKey = sqlPosts + `WHERE p.author = $1 AND p.sent_key = $2`
const sqlPostsAfter = sqlPosts + `WHERE p.seq > $1 AND p.author <> $2 AND (p.handle = $3 OR p.handle = '') ORDER BY p.seq LIMIT $4`

// Around a post, as an account sees it.
const sqlAroundReach = `WHERE p.thread = $1 AND p.deleted_at = 0 AND (p.visibility <> 'direct' OR p.handle = $2 OR p.handle = '') `
const sqlAroundBefore = sqlPosts + sqlAroundReach + `AND p.number <= $3 ORDER BY p.number DESC LIMIT $4`
const sqlAroundAfter = sqlPosts + sqlAroundReach + `AND p.number > $3 ORDER BY p.number LIMIT $4`

func readFault(ctx context.Context, tx *db.Tx) (Fault, error) {
	var f Fault
	var lasts, since int64
	if err := tx.QueryRow(ctx, sqlFault).Scan(&f.Kind, &lasts, &since); err != nil {
		return Fault{}, fmt.Errorf("read fault: %w", err)
	}
	f.Lasts, f.Since = time.Duration(lasts)*time.Microsecond, db.Time(since)
	return f, nil
}

func writeFault(ctx context.Context, tx *db.Tx, f Fault) error {
	if _, err := tx.Exec(ctx, sqlFaultSet, string(f.Kind), f.Lasts.Microseconds(), db.Micros(tx.Now)); err != nil {
		return fmt.Errorf("write fault: %w", err)
	}
	return nil
}

func scanAccount(row db.Scanner) (account, error) {
	var a account
	err := row.Scan(&a.handle, &a.name)
	return a, err
}

func readAccounts(ctx context.Context, tx *db.Tx) ([]account, error) {
	list, err := db.Collect(ctx, tx, scanAccount, sqlAccounts)
	if err != nil {
		return nil, fmt.Errorf("read accounts: %w", err)
	}
	return list, nil
}

func findAccount(ctx context.Context, tx *db.Tx, handle string) (account, bool, error) {
	a, found, err := db.One(ctx, tx, scanAccount, sqlAccount, handle)
	if err != nil {
		return account{}, false, fmt.Errorf("read account: %w", err)
	}
	return a, found, nil
}

func putAccount(ctx context.Context, tx *db.Tx, a account) error {
	if _, err := tx.Exec(ctx, sqlAccountPut, a.handle, a.name, db.Micros(tx.Now)); err != nil {
		return fmt.Errorf("write account: %w", err)
	}
	return nil
}

// lastSeq is the number of the last thing that happened. In a Write the next
// one is one more.
func lastSeq(ctx context.Context, tx *db.Tx) (int64, error) {
	var n int64
	if err := tx.QueryRow(ctx, sqlLast).Scan(&n); err != nil {
		return 0, fmt.Errorf("read the last sequence number: %w", err)
	}
	return n, nil
}

func scanPost(row db.Scanner) (post, error) {
	var m post
	var at, edited, deleted int64
	err := row.Scan(&m.id, &m.number, &m.seq, &m.author, &m.citizen, &m.handle, &m.addressee, &m.key, &m.visibility, &m.replyTo, &m.thread,
		&m.body, &m.warning, &m.language, &at, &edited, &deleted, &m.name, &m.authorHandle)
	m.at, m.edited, m.deleted = db.Time(at), db.Time(edited), db.Time(deleted)
	return m, err
}

func readPosts(ctx context.Context, tx *db.Tx, query string, args ...any) ([]post, error) {
	list, err := db.Collect(ctx, tx, scanPost, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read posts: %w", err)
	}
	return list, addPictures(ctx, tx, list)
}

func findPost(ctx context.Context, tx *db.Tx, query string, args ...any) (post, bool, error) {
	m, found, err := db.One(ctx, tx, scanPost, query, args...)
	if err != nil {
		return post{}, false, fmt.Errorf("read post: %w", err)
	}
	if !found {
		return post{}, false, nil
	}
	one := []post{m}
	err = addPictures(ctx, tx, one)
	return one[0], true, err
}

// keptPicture is a picture with the post that has it.
type keptPicture struct {
	post int64
	Picture
}

func scanPicture(row db.Scanner) (keptPicture, error) {
	var k keptPicture
	err := row.Scan(&k.post, &k.Full, &k.FullType, &k.Thumb, &k.ThumbType, &k.Width, &k.Height, &k.Bytes, &k.Alt, &k.Name)
	return k, err
}

func addPictures(ctx context.Context, tx *db.Tx, list []post) error {
	if len(list) == 0 {
		return nil
	}
	at := make(map[int64]int, len(list))
	ids := make([]int64, len(list))
	for i, m := range list {
		at[m.id], ids[i] = i, m.id
	}
	ids = db.Padded(ids)
	args := make([]any, len(ids))
	for i, id := range ids {
		args[i] = id
	}
	pictures, err := db.Collect(ctx, tx, scanPicture, sqlPictureColumns+`IN `+db.In(0, len(ids))+` ORDER BY post, position`, args...)
	if err != nil {
		return fmt.Errorf("read pictures: %w", err)
	}
	for _, k := range pictures {
		m := &list[at[k.post]]
		m.pictures = append(m.pictures, k.Picture)
	}
	return nil
}

// insertPost gives a post its id and numbers and writes it.
func insertPost(ctx context.Context, tx *db.Tx, m post) (post, error) {
	last, err := lastSeq(ctx, tx)
	if err != nil {
		return post{}, err
	}
	m.id, m.number, m.seq, m.at = tx.NewID(), last+1, last+1, tx.Now
	if m.replyTo == 0 {
		m.thread = m.id
	}
	key := sql.NullString{String: m.key, Valid: m.key != ""}
	if _, err := tx.Exec(ctx, sqlPostInsert, m.id, m.number, m.seq, m.author, m.citizen, m.handle, m.addressee, key, string(m.visibility),
		m.replyTo, m.thread, m.body, m.warning, m.language, db.Micros(m.at)); err != nil {
		return post{}, fmt.Errorf("write post: %w", err)
	}
	for i, k := range m.pictures {
		if _, err := tx.Exec(ctx, sqlPictureInsert, m.id, int64(i), string(k.Full), k.FullType, string(k.Thumb), k.ThumbType,
			int64(k.Width), int64(k.Height), k.Bytes, k.Alt, k.Name); err != nil {
			return post{}, fmt.Errorf("write picture: %w", err)
		}
	}
	return m, nil
}

func editPost(ctx context.Context, tx *db.Tx, id int64, body string) error {
	last, err := lastSeq(ctx, tx)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, sqlPostEdit, last+1, body, db.Micros(tx.Now), id); err != nil {
		return fmt.Errorf("edit post: %w", err)
	}
	return nil
}

// deletePost empties a post and keeps its place, so that who has read as far as
// it learns that it is gone.
func deletePost(ctx context.Context, tx *db.Tx, id int64) error {
	last, err := lastSeq(ctx, tx)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, sqlPicturesDelete, id); err != nil {
		return fmt.Errorf("delete pictures: %w", err)
	}
	if _, err := tx.Exec(ctx, sqlPostDelete, last+1, db.Micros(tx.Now), id); err != nil {
		return fmt.Errorf("delete post: %w", err)
	}
	return nil
}

// hasNews reports whether Fetch would find something behind a number.
func hasNews(ctx context.Context, tx *db.Tx, self account, after int64) (bool, error) {
	var n int64
	if err := tx.QueryRow(ctx, sqlNews, after, self.identity().ID, self.handle).Scan(&n); err != nil {
		return false, fmt.Errorf("look for news: %w", err)
	}
	return n > 0, nil
}

func scanCitizen(row db.Scanner) (Citizen, error) {
	var c Citizen
	err := row.Scan(&c.ID, &c.Name, &c.Handle, &c.About)
	return c, err
}

func readCitizens(ctx context.Context, tx *db.Tx) ([]Citizen, error) {
	list, err := db.Collect(ctx, tx, scanCitizen, sqlCitizens)
	if err != nil {
		return nil, fmt.Errorf("read citizens: %w", err)
	}
	return list, nil
}

func findCitizen(ctx context.Context, tx *db.Tx, id int64) (Citizen, bool, error) {
	c, found, err := db.One(ctx, tx, scanCitizen, sqlCitizen, id)
	if err != nil {
		return Citizen{}, false, fmt.Errorf("read citizen: %w", err)
	}
	return c, found, nil
}

func insertCitizen(ctx context.Context, tx *db.Tx, c Citizen) error {
	if _, err := tx.Exec(ctx, sqlCitizenInsert, c.ID, c.Name, c.Handle, c.About, db.Micros(tx.Now)); err != nil {
		return fmt.Errorf("write citizen: %w", err)
	}
	return nil
}

// ClearTx removes everything that was said here, and everybody who joined. It is
// for taking a demonstration away, where nothing is real; nothing else may call
// it.
func ClearTx(ctx context.Context, tx *db.Tx) error {
	if err := db.Empty(ctx, tx, "practice_picture", "practice_post"); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, sqlCitizensLeave); err != nil {
		return fmt.Errorf("let the citizens leave: %w", err)
	}
	return nil
}
