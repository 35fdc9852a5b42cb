package casework

import (
	"context"
	"fmt"
	"math"
	"time"

	"mercat.scot/mercat/platform/db"
)

// Outline is what of a case is learned from: what it was about, and how long it
// took.
type Outline struct {
	ID        int64
	ServiceID int64
	AreaID    int64
	State     State
	Reason    Reason
	CreatedAt time.Time
	EndedAt   time.Time // zero while it is open
}

// outlinesAtOnce is how many one transaction reads, so that none is long.
const outlinesAtOnce = 5_000

// Outlines are the cases opened since a time, the newest first, at most most of
// them. It is for what learns in the background: it reads rows of the table.
func (s *Service) Outlines(ctx context.Context, since time.Time, most int) ([]Outline, error) {
	var list []Outline
	at, id := int64(math.MaxInt64), int64(math.MaxInt64)
	for more := true; more && len(list) < most; {
		var part []Outline
		err := s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
			part, err = outlines(ctx, tx, since, at, id, min(outlinesAtOnce, most-len(list)))
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("read how long cases took: %w", err)
		}
		if more = len(part) == outlinesAtOnce; len(part) > 0 {
			last := part[len(part)-1]
			at, id = db.Micros(last.CreatedAt), last.ID
		}
		list = append(list, part...)
	}
	return list, nil
}
