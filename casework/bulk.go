package casework

import (
	"context"
	"fmt"
	"strings"
	"time"

	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/staff"
)

// maxBulk is how many cases can be changed at once.
const maxBulk = 200

// Seen is a case as somebody saw it when they chose it.
type Seen struct{ ID, Version int64 }

// Bulk is what is done to many cases: one of its parts.
type Bulk struct {
	Assign  bool
	TeamID  int64 // 0 leaves each with its team
	Officer int64
	Due     bool
	DueAt   time.Time
	Move    Moving // when To is set
	Tell    bool   // the citizens are told of the move, in the usual words
}

// BulkOutcome is what became of a bulk act.
type BulkOutcome struct {
	Batch    int64 // for undoing it; 0 when nothing changed
	Done     int
	Changed  []string // references of those that somebody else changed meanwhile
	Refused  []string // of those to which it does not apply
	Why      string   // of the first that was refused
	Vanished int
}

// Sentence says it in words; did is such as "moved".
func (o BulkOutcome) Sentence(did string) string {
	parts := []string{fmt.Sprintf("%d %s", o.Done, did)}
	if n := len(o.Changed); n > 0 {
		were := "were"
		if n == 1 {
			were = "was"
		}
		parts = append(parts, fmt.Sprintf("%d %s changed by others meanwhile and left alone (%s)", n, were, few(o.Changed)))
	}
	if n := len(o.Refused); n > 0 {
		parts = append(parts, fmt.Sprintf("%d left as before (%s)", n, few(o.Refused)))
	}
	s := strings.Join(parts, ", ") + "."
	if o.Why != "" {
		s += " " + o.Why
	}
	return s
}

func few(references []string) string {
	if len(references) > 5 {
		return strings.Join(references[:5], ", ") + " and others"
	}
	return strings.Join(references, ", ")
}

// Bulk does one thing to many cases in one transaction. Those that somebody has
// changed since they were chosen are left alone, and so are those to which it
// does not apply; the others are changed.
//
// Errors: fault.Invalid (case, team, officer, due, state, and those of a move).
func (s *Service) Bulk(ctx context.Context, by staff.Officer, chosen []Seen, b Bulk) (BulkOutcome, error) {
	switch {
	case len(chosen) == 0:
		return BulkOutcome{}, fault.Field("case", "Choose at least one case: press x on its row, or tick its box.")
	case len(chosen) > maxBulk:
		return BulkOutcome{}, fault.Field("case", fmt.Sprintf("Choose at most %d cases at once.", maxBulk))
	}
	if b.Move.To == Duplicate {
		return BulkOutcome{}, fault.Field("state", "Join cases one by one, so that each is joined into the right one.")
	}
	var out BulkOutcome
	err := s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		out = BulkOutcome{}
		if err := s.checkBulk(ctx, tx, b); err != nil {
			return err
		}
		batch := tx.NewID()
		if err := addBatch(ctx, tx, batch, by.ID); err != nil {
			return err
		}
		ids := make([]int64, len(chosen))
		for i, c := range chosen {
			ids[i] = c.ID
		}
		found, err := casesByID(ctx, tx, ids)
		if err != nil {
			return err
		}
		done := map[int64]bool{}
		for _, seen := range chosen {
			c, ok := found[seen.ID]
			switch {
			case done[seen.ID]:
			case !ok:
				out.Vanished++
			case c.Version != seen.Version:
				out.Changed = append(out.Changed, c.Reference)
			default:
				if err := s.bulkOne(ctx, tx, by, batch, c, b, &out); err != nil {
					return err
				}
			}
			done[seen.ID] = true
		}
		if out.Done > 0 {
			out.Batch = batch
		}
		return nil
	})
	if err != nil {
		return BulkOutcome{}, fmt.Errorf("change %d cases: %w", len(chosen), err)
	}
	return out, nil
}

func (s *Service) checkBulk(ctx context.Context, tx *db.Tx, b Bulk) error {
	if !b.Assign {
		return nil
	}
	roster, err := s.Staff.RosterTx(ctx, tx)
	if err != nil {
		return err
	}
	if _, ok := roster.Team(b.TeamID); b.TeamID != 0 && !ok {
		return fault.Field("team", "Choose a team from the list.")
	}
	if o, ok := roster.Officer(b.Officer); b.Officer != 0 && (!ok || !o.Active) {
		return fault.Field("officer", "This person does not work here any more. Choose another.")
	}
	return nil
}

// bulkOne changes one of many. What does not apply to it is no error.
func (s *Service) bulkOne(ctx context.Context, tx *db.Tx, by staff.Officer, batch int64, c Case, b Bulk, out *BulkOutcome) error {
	before, step := c, int64(0)
	var err error
	switch {
	case b.Move.To != "":
		var st Step
		m := b.Move
		var open []Task
		if open, err = openTasks(ctx, tx, c.ID); err != nil {
			return err
		}
		if askTasks(open, m.To, "") != nil {
			out.refuse(c, "It has tasks that are not done: open it to say what becomes of them.")
			return nil
		}
		if b.Tell {
			if m.Say, err = s.wordsTx(ctx, tx, c, Saying{From: c.State, To: m.To, Reason: m.Reason, Whose: m.Whose, At: m.At}); err != nil {
				return err
			}
		}
		st, err = s.MoveTx(ctx, tx, by.Actor(), &c, m)
		step = st.ID
	case b.Assign:
		if c.OfficerID = b.Officer; b.TeamID != 0 {
			c.TeamID = b.TeamID
		}
		err = s.saveTx(ctx, tx, Change{Act: "casework.case.assigned", By: by.Actor(), Before: before}, &c)
	case b.Due:
		if err = c.setDue(b.DueAt, tx.Now); err == nil {
			err = s.saveTx(ctx, tx, Change{Act: "casework.case.due_set", By: by.Actor(), Before: before}, &c)
		}
	}
	if kind := fault.Of(err); err != nil && (kind == fault.Conflict || kind == fault.Invalid) {
		out.refuse(c, fault.Sentence(err))
		return nil
	}
	if err != nil {
		return err
	}
	out.Done++
	return addToBatch(ctx, tx, batch, before, c.Version, step)
}

// refuse notes a case to which the act does not apply, and why the first did not.
func (o *BulkOutcome) refuse(c Case, why string) {
	if o.Refused = append(o.Refused, c.Reference); o.Why == "" {
		o.Why = why
	}
}

// UndoBulk takes a bulk act back, of those cases that nobody has changed since.
// told is how many citizens had been told already.
//
// Errors: fault.NotFound; fault.Conflict when it was undone before.
func (s *Service) UndoBulk(ctx context.Context, by staff.Officer, batch int64) (out BulkOutcome, told int, err error) {
	err = s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		out, told = BulkOutcome{}, 0
		rows, err := batchOf(ctx, tx, batch, by.ID)
		if err != nil {
			return err
		}
		for _, row := range rows {
			c, err := caseTx(ctx, tx, row.caseID)
			if err != nil {
				return err
			}
			if c.Version != row.version {
				out.Changed = append(out.Changed, c.Reference)
				continue
			}
			if row.step != 0 {
				was, err := s.undoTx(ctx, tx, by, &c, row.step)
				if err != nil {
					return err
				}
				if was {
					told++
				}
			} else {
				before := c
				c.TeamID, c.OfficerID, c.DueAt = row.team, row.officer, row.due
				if err := s.saveTx(ctx, tx, Change{Act: "casework.case.put_back", By: by.Actor(), Before: before}, &c); err != nil {
					return err
				}
			}
			out.Done++
		}
		return markBatchUndone(ctx, tx, batch)
	})
	if err != nil {
		return BulkOutcome{}, 0, fmt.Errorf("undo a change of many cases: %w", err)
	}
	return out, told, nil
}

// bulkKept is for how long a bulk act can be undone.
const bulkKept = 24 * time.Hour
