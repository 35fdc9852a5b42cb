package db

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"

	"mercat.scot/mercat/platform/fault"
)

//go:embed migrations/*.sql
var own embed.FS

// Migration is one numbered step forward.
type Migration struct {
	Number int
	Name   string
	SQL    string
}

const sqlMigrationTable = `CREATE TABLE IF NOT EXISTS db_migration (
	number BIGINT PRIMARY KEY, name TEXT NOT NULL, sum TEXT NOT NULL, applied_at BIGINT NOT NULL)`
const sqlMigrationsApplied = `SELECT number, name, sum FROM db_migration ORDER BY number`
const sqlMigrationInsert = `INSERT INTO db_migration (number, name, sum, applied_at) VALUES ($1, $2, $3, $4)`

var fileName = regexp.MustCompile(`^(\d{4})_([a-z0-9_]+)(\.sqlite|\.postgres)?\.sql$`)

// List collects the migrations of several sources for an engine, in the order
// of their numbers. It fails when two share a number.
func List(engine Engine, sources ...fs.FS) ([]Migration, error) {
	var list []Migration
	seen := map[int]string{}
	for _, source := range append([]fs.FS{own}, sources...) {
		files, err := fs.Glob(source, "migrations/*.sql")
		if err != nil {
			return nil, fmt.Errorf("list migrations: %w", err)
		}
		for _, file := range files {
			m := fileName.FindStringSubmatch(path.Base(file))
			if m == nil {
				return nil, fmt.Errorf("migration %s: the name must look like 0050_desk.sql", file)
			}
			if m[3] != "" && m[3] != "."+string(engine) {
				continue
			}
			body, err := fs.ReadFile(source, file)
			if err != nil {
				return nil, fmt.Errorf("read migration %s: %w", file, err)
			}
			number, err := strconv.Atoi(m[1])
			if err != nil {
				return nil, fmt.Errorf("migration %s: %w", file, err)
			}
			if other, taken := seen[number]; taken {
				return nil, fmt.Errorf("migrations %s and %s share a number", other, file)
			}
			seen[number] = file
			list = append(list, Migration{Number: number, Name: m[2], SQL: translate(engine, string(body))})
		}
	}
	sort.Slice(list, func(i, j int) bool { return list[i].Number < list[j].Number })
	return list, nil
}

var blob = regexp.MustCompile(`\bBLOB\b`)

// translate turns the shared dialect of migrations into the engine's.
func translate(engine Engine, body string) string {
	if engine == Postgres {
		return blob.ReplaceAllString(body, "BYTEA")
	}
	return body
}

func (m Migration) sum() string {
	h := sha256.Sum256([]byte(m.SQL))
	return hex.EncodeToString(h[:8])
}

// Migrate applies what is missing, each step in a transaction of its own, and
// returns what it applied. Two processes may call it at once.
//
// Errors: fault.Conflict when the database is newer than this program, or when
// an applied migration was changed afterwards.
func (d *DB) Migrate(ctx context.Context, sources ...fs.FS) ([]Migration, error) {
	return d.MigrateSome(ctx, func(Migration) bool { return true }, sources...)
}

// MigrateSome is Migrate for those steps alone that wanted says: so that a
// database can be given the form that another one had.
func (d *DB) MigrateSome(ctx context.Context, wanted func(Migration) bool, sources ...fs.FS) ([]Migration, error) {
	list, err := List(d.engine, sources...)
	if err != nil {
		return nil, err
	}
	conn, err := d.write.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("migrate: %w", err)
	}
	defer conn.Close()
	if d.engine == Postgres {
		// A session lock, so that two nodes that start together do not collide.
		if _, err := conn.ExecContext(ctx, `SELECT pg_advisory_lock(7311700)`); err != nil {
			return nil, fmt.Errorf("migrate: wait for another node: %w", err)
		}
		defer func() {
			// When unlocking fails the connection is gone, and its lock with it.
			_, _ = conn.ExecContext(context.WithoutCancel(ctx), `SELECT pg_advisory_unlock(7311700)`)
		}()
	}
	if _, err := conn.ExecContext(ctx, sqlMigrationTable); err != nil {
		return nil, fmt.Errorf("migrate: %w", err)
	}
	missing, err := d.missing(ctx, conn, list)
	if err != nil {
		return nil, err
	}
	missing = slices.DeleteFunc(missing, func(m Migration) bool { return !wanted(m) })
	for _, m := range missing {
		if err := d.apply(ctx, conn, m); err != nil {
			return nil, fmt.Errorf("migration %04d %s: %w", m.Number, m.Name, err)
		}
	}
	return missing, nil
}

// Missing lists the migrations that Migrate would apply.
func (d *DB) Missing(ctx context.Context, sources ...fs.FS) ([]Migration, error) {
	list, err := List(d.engine, sources...)
	if err != nil {
		return nil, err
	}
	conn, err := d.write.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("look for migrations: %w", err)
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, sqlMigrationTable); err != nil {
		return nil, fmt.Errorf("look for migrations: %w", err)
	}
	return d.missing(ctx, conn, list)
}

func (d *DB) missing(ctx context.Context, conn *sql.Conn, list []Migration) ([]Migration, error) {
	rows, err := conn.QueryContext(ctx, sqlMigrationsApplied)
	if err != nil {
		return nil, fmt.Errorf("read applied migrations: %w", err)
	}
	defer rows.Close()
	applied := map[int]string{}
	for rows.Next() {
		var number int
		var name, sum string
		if err := rows.Scan(&number, &name, &sum); err != nil {
			return nil, fmt.Errorf("read applied migrations: %w", err)
		}
		applied[number] = sum
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read applied migrations: %w", err)
	}
	var missing []Migration
	for _, m := range list {
		sum, done := applied[m.Number]
		if done && sum != m.sum() {
			return nil, fault.Newf(fault.Conflict, "Migration %04d (%s) was applied in another form. Use the version of Mercat that made this database.", m.Number, m.Name)
		}
		if !done {
			missing = append(missing, m)
		}
		delete(applied, m.Number)
	}
	for number := range applied {
		return nil, fault.Newf(fault.Conflict, "The database is newer than this version of Mercat (it holds migration %04d). Use the newer version.", number)
	}
	return missing, nil
}

func (d *DB) apply(ctx context.Context, conn *sql.Conn, m Migration) error {
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after a commit this does nothing
	for _, statement := range Statements(m.SQL) {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("%w, in: %.120s", err, statement)
		}
	}
	sum, name, now := m.sum(), m.Name, Micros(d.Now())
	insert := sqlMigrationInsert
	if d.engine == SQLite {
		insert = numbered(insert)
	}
	if _, err := tx.ExecContext(ctx, insert, m.Number, name, sum, now); err != nil {
		return err
	}
	return tx.Commit()
}

var dollarTag = regexp.MustCompile(`\$[A-Za-z_]*\$`)

// Statements cuts a script into statements. A statement ends with a semicolon
// at the end of a line, outside of dollar quotes and of BEGIN … END.
func Statements(script string) []string {
	var out []string
	var b strings.Builder
	dollar, block := "", false // the tag of the open dollar quote; inside a trigger's body
	for line := range strings.SplitSeq(script, "\n") {
		trimmed := strings.TrimSpace(line)
		if b.Len() == 0 && (trimmed == "" || strings.HasPrefix(trimmed, "--")) {
			continue
		}
		b.WriteString(line)
		b.WriteByte('\n')
		for _, tag := range dollarTag.FindAllString(line, -1) {
			switch dollar {
			case "":
				dollar = tag
			case tag:
				dollar = ""
			}
		}
		upper := strings.ToUpper(trimmed)
		if dollar == "" && strings.HasSuffix(upper, "BEGIN") {
			block = true
		}
		if block && (upper == "END;" || upper == "END") {
			block = false
		}
		code, _, _ := strings.Cut(trimmed, " --")
		if dollar == "" && !block && strings.HasSuffix(strings.TrimSpace(code), ";") {
			out = append(out, strings.TrimSpace(b.String()))
			b.Reset()
		}
	}
	if rest := strings.TrimSpace(b.String()); rest != "" {
		out = append(out, rest)
	}
	return out
}
