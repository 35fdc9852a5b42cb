package bench

import (
	"context"
	"errors"
	"fmt"
)

// insert writes what was read, so many messages to a transaction, and returns
// the seconds that it took. Preparing the statements is not counted.
func (t *twin) insert(ctx context.Context, o Options, messages int) (seconds float64, err error) {
	if err := t.prepare(ctx); err != nil {
		return 0, err
	}
	parts := t.cut(messages)
	began := o.Now()
	for part := range parts {
		tx, err := t.to.Handle().BeginTx(ctx, nil)
		if err != nil {
			return 0, fmt.Errorf("begin to insert: %w", err)
		}
		if err := t.write(ctx, tx, part); err != nil {
			return 0, errors.Join(err, tx.Rollback())
		}
		if err := tx.Commit(); err != nil {
			return 0, fmt.Errorf("commit plain rows: %w", err)
		}
	}
	seconds = o.since(began)
	t.messages += len(t.texts.rows)
	t.written += t.count()
	return seconds, nil
}
