package db

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Notify tells every node that listens on channel, when the transaction
// commits. On SQLite there is one node, and it is told by AfterCommit; Notify
// does nothing there. A payload has at most 7,900 bytes.
func (tx *Tx) Notify(ctx context.Context, channel, payload string) error {
	if tx.db.engine != Postgres {
		return nil
	}
	if _, err := tx.Exec(ctx, `SELECT pg_notify($1, $2)`, channel, payload); err != nil {
		return fmt.Errorf("notify %s: %w", channel, err)
	}
	return nil
}

// Listen calls f with each payload on a channel until ctx ends, over a
// connection of its own that it makes anew when it breaks; lost is called after
// each break, for what was said meanwhile was not heard. On SQLite it only
// waits for ctx.
func (d *DB) Listen(ctx context.Context, channel string, f func(payload string), lost func()) {
	if d.engine != Postgres {
		<-ctx.Done()
		return
	}
	for ctx.Err() == nil {
		err := d.listenOnce(ctx, channel, f)
		if ctx.Err() != nil {
			return
		}
		d.options.Log.Warn("listening to other nodes was interrupted", "error", err)
		lost()
		select {
		case <-ctx.Done():
		case <-time.After(time.Second):
		}
	}
}

func (d *DB) listenOnce(ctx context.Context, channel string, f func(payload string)) error {
	conn, err := pgx.ConnectConfig(ctx, d.connectConfig())
	if err != nil {
		return fmt.Errorf("connect to listen: %w", err)
	}
	defer func() {
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		defer cancel()
		_ = conn.Close(closing) // the server forgets the listener either way
	}()
	if _, err := conn.Exec(ctx, "LISTEN "+pgx.Identifier{channel}.Sanitize()); err != nil {
		return fmt.Errorf("listen on %s: %w", channel, err)
	}
	for {
		n, err := conn.WaitForNotification(ctx)
		if err != nil {
			return fmt.Errorf("wait for a notification: %w", err)
		}
		f(n.Payload)
	}
}
