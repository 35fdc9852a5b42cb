package person

import (
	"context"
	"errors"
	"io/fs"
	"testing/fstest"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/record"
)

// People is the use cases of this room. It is safe for concurrent use.
type People struct{}

// New returns the use cases. They run in their callers' transactions.
func New() *People { return &People{} }

var errSkeleton = errors.New("person: not written yet")

// Migrations are this room's tables.
func Migrations() fs.FS { return fstest.MapFS{} }

// ResolveTx returns, by Identity.ID, the handle of each identity on a network,
// making handles and persons that are new and noting names that changed.
func (p *People) ResolveTx(ctx context.Context, tx *db.Tx, kind network.Kind, who []network.Identity) (map[string]Handle, error) {
	return nil, errSkeleton
}

// PersonTx returns a person with their handles, the oldest first.
//
// Errors: fault.NotFound.
func (p *People) PersonTx(ctx context.Context, tx *db.Tx, id int64) (Person, []Handle, error) {
	return Person{}, nil, errSkeleton
}

// HandlesTx returns handles by id; those that are not there are left out.
func (p *People) HandlesTx(ctx context.Context, tx *db.Tx, ids []int64) (map[int64]Handle, error) {
	return nil, errSkeleton
}

// JoinTx moves every handle of from to into, for a reason. The caller moves
// what it keeps by person.
//
// Errors: fault.NotFound, fault.Invalid (reason, person).
func (p *People) JoinTx(ctx context.Context, tx *db.Tx, by record.Actor, from, into int64, reason string) (Join, error) {
	return Join{}, errSkeleton
}

// UndoJoinTx gives the moved handles back to the person they came from. Joins
// made later than this one that moved the same handles must be undone first.
//
// Errors: fault.NotFound, fault.Conflict.
func (p *People) UndoJoinTx(ctx context.Context, tx *db.Tx, by record.Actor, id int64) (Join, error) {
	return Join{}, errSkeleton
}

// JoinsTx returns the joins into a person that hold, newest first.
func (p *People) JoinsTx(ctx context.Context, tx *db.Tx, person int64) ([]Join, error) {
	return nil, errSkeleton
}

// FindTx returns persons whose name, or the name or address of one of whose
// handles, begins with words (folded), at most limit, never the one named.
func (p *People) FindTx(ctx context.Context, tx *db.Tx, words string, never int64, limit int) ([]Found, error) {
	return nil, errSkeleton
}

// Found is a person with the handles by which people recognise them.
type Found struct {
	Person  Person
	Handles []Handle
}
