package db_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/db/dbtest"
)

func TestADatabaseThatIsUnwellIsToldFromWhatItRefuses(t *testing.T) {
	for _, c := range []struct {
		err          error
		unwell, full bool
	}{
		{nil, false, false},
		{errors.New("anything"), false, false},
		{context.Canceled, false, false},
		{context.DeadlineExceeded, false, false},
		{&pgconn.PgError{Code: "53100"}, true, true},
		{&pgconn.PgError{Code: "57P01"}, true, false},
		{&pgconn.PgError{Code: "57014"}, false, false}, // a query was cancelled
		{&pgconn.PgError{Code: "25006"}, true, false},
		{&pgconn.PgError{Code: "23505"}, false, false},
		{&pgconn.PgError{Code: "22P02"}, false, false},
		{io.ErrUnexpectedEOF, true, false},
		{&net.OpError{Op: "read", Err: syscall.ECONNRESET}, true, false},
		{syscall.ENOSPC, true, true},
	} {
		wrapped := c.err
		if wrapped != nil {
			wrapped = fmt.Errorf("take in: %w", c.err)
		}
		if got, full := db.Unwell(wrapped), db.Full(wrapped); got != c.unwell || full != c.full {
			t.Errorf("%v: unwell %v, full %v", c.err, got, full)
		}
	}
}

func TestWhatATableRefusesIsNoTroubleOfTheDatabase(t *testing.T) {
	dbtest.Each(t, nil, func(t *testing.T, d *db.DB, _ *dbtest.Clock) {
		write := func(statement string) error {
			return d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
				_, err := tx.Exec(ctx, statement)
				return err
			})
		}
		if err := write(`CREATE TABLE bins (id BIGINT PRIMARY KEY CHECK (id > 0))`); err != nil {
			t.Fatal(err)
		}
		if err := write(`INSERT INTO bins (id) VALUES (-1)`); err == nil || db.Unwell(err) || db.Full(err) {
			t.Errorf("got %v", err)
		}
	})
}
