package app

import (
	"context"
	"io"

	"mercat.scot/mercat/directory"
)

// ExportServices writes the services as "csv" or as Open311 "json".
func (o *Office) ExportServices(ctx context.Context, w io.Writer, format string) error {
	return directory.New(directory.Options{DB: o.db, Staff: o.staff}).ExportServices(ctx, w, format)
}

// ImportServices brings services in from a file, and says what changes. With dry
// nothing is kept.
//
// Errors: fault.Invalid when it is no such file.
func (o *Office) ImportServices(ctx context.Context, file io.Reader, dry bool) (directory.ServicesPlan, error) {
	return directory.New(directory.Options{DB: o.db, Staff: o.staff}).ImportServices(ctx, operator(), file, dry)
}
