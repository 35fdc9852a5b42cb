package directory

import (
	"context"
	"errors"
	"io/fs"
	"testing/fstest"

	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/record"
	"mercat.scot/mercat/staff"
)

// Options are what a Directory needs.
type Options struct {
	DB    *db.DB
	Staff *staff.Service
}

// Directory is the use cases of this room. It is safe for concurrent use.
type Directory struct{ Options }

// New returns a Directory.
func New(o Options) *Directory { return &Directory{o} }

var errSkeleton = errors.New("directory: not written yet")

// Migrations are this room's tables.
func Migrations() fs.FS { return fstest.MapFS{} }

// SetCouncilTx writes the council's profile, at set-up.
func (d *Directory) SetCouncilTx(ctx context.Context, tx *db.Tx, by record.Actor, c Council) error {
	return errSkeleton
}

// SeedTx fills an empty directory with the services that every council has,
// from the Local Government Service List, owned by the contact centre.
func (d *Directory) SeedTx(ctx context.Context, tx *db.Tx, by record.Actor) error { return errSkeleton }

// AddServicesTx, AddAreasTx and AddPlacesTx add many at once; ids are made and
// returned in order.
func (d *Directory) AddServicesTx(ctx context.Context, tx *db.Tx, by record.Actor, list []Service) ([]int64, error) {
	return nil, errSkeleton
}

// AddAreasTx adds areas.
func (d *Directory) AddAreasTx(ctx context.Context, tx *db.Tx, by record.Actor, list []Area) ([]int64, error) {
	return nil, errSkeleton
}

// AddPlacesTx adds places to the gazetteer.
func (d *Directory) AddPlacesTx(ctx context.Context, tx *db.Tx, by record.Actor, list []Place) ([]int64, error) {
	return nil, errSkeleton
}

// SnapshotTx returns the whole directory as the transaction sees it. It reads
// one row unless something changed.
func (d *Directory) SnapshotTx(ctx context.Context, tx *db.Tx) (*Snapshot, error) {
	return nil, errSkeleton
}

// Snapshot is SnapshotTx in a transaction of its own.
func (d *Directory) Snapshot(ctx context.Context) (*Snapshot, error) { return nil, errSkeleton }
