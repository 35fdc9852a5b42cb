package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
)

// Unwell reports whether err says that the database itself could not work at the
// time: its disk is full, its server stops or cannot be reached. Then nothing
// was wrong with what was to be read or written, nothing of it was kept, but for
// a commit whose answer was lost, and the same may succeed later.
func Unwell(err error) bool {
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return false
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		// Classes 08, connection; 53, insufficient resources; 57P, operator
		// intervention but for a cancelled query; 58, system error; and a server that
		// only reads, such as a replica.
		for _, class := range []string{"08", "53", "57P", "58", "25006"} {
			if strings.HasPrefix(pg.Code, class) {
				return true
			}
		}
		return false
	}
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		const busy, locked, readOnly, ioError, full, cannotOpen = 5, 6, 8, 10, sqliteFull, 14
		switch lite.Code() & 0xff {
		case busy, locked, readOnly, ioError, full, cannotOpen:
			return true
		}
		return false
	}
	var connect *pgconn.ConnectError
	var network *net.OpError
	return Full(err) || pgconn.SafeToRetry(err) /* nothing was sent */ || errors.As(err, &connect) || errors.As(err, &network) || errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed)
}

// Full reports whether err says that there is no room on the database's disk.
// Nothing was kept then.
func Full(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code == "53100"
	}
	var lite *sqlite.Error
	return errors.As(err, &lite) && (lite.Code()&0xff == sqliteFull || lite.Code() == ioErrorWrite) || errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

const (
	sqliteFull   = 13
	ioErrorWrite = 10 | 3<<8 // what SQLite says of some writes on a full disk
)
