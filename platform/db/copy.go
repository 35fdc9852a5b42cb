package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
)

// CopyTo writes a consistent copy of an SQLite database into a new file, beside
// readers and writers. On PostgreSQL it fails: its own tools do it better.
func (d *DB) CopyTo(ctx context.Context, path string) (err error) {
	if d.engine != SQLite {
		return errors.New("copy the database: only SQLite is copied by Mercat itself")
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return fmt.Errorf("copy the database: %w", err)
	}
	// A connection of its own: the readers may not write, not even elsewhere, and
	// on the writer's everybody would wait until the copy is done.
	address := (&url.URL{Scheme: "file", Path: d.file}).String()
	own, err := sql.Open("sqlite", address+"?_pragma=busy_timeout(15000)")
	if err != nil {
		return fmt.Errorf("copy the database: %w", err)
	}
	defer func() { err = errors.Join(err, own.Close()) }()
	if _, err := own.ExecContext(ctx, `VACUUM INTO $1`, abs); err != nil {
		return fmt.Errorf("copy the database: %w", err)
	}
	return nil
}
