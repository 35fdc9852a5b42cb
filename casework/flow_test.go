package casework_test

import (
	"context"
	"io/fs"
	"strings"
	"testing"
	"time"

	"mercat.scot/mercat/casework"
	"mercat.scot/mercat/platform/db"
)

func TestTheFlowIsKeptAsCasesLive(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		made := h.several(3)
		move := func(i int, m casework.Moving) casework.Step {
			t.Helper()
			h.clock.Advance(time.Minute)
			w, err := h.Whole(t.Context(), made[i].ID)
			must(t, err)
			_, step, err := h.Move(t.Context(), h.admin, w.ID, w.Version, m)
			must(t, err)
			return step
		}
		move(0, casework.Moving{To: casework.Done, Reason: casework.Fixed})
		move(1, casework.Moving{To: casework.Done, Reason: casework.NoMoney})
		h.clock.Advance(8 * 24 * time.Hour)
		move(1, casework.Moving{To: casework.InProgress})
		step := move(2, casework.Moving{To: casework.Withdrawn, Reason: casework.NoReply})
		f, err := h.Flows(t.Context())
		must(t, err)
		if f.Total != (casework.Flow{Opened: 3, Closed: 2, Resolved: 1, Unsolved: 1, Reopened: 1, Waiting: 1}) {
			t.Errorf("in total %+v", f.Total)
		}
		if len(f.Services) != 1 || f.Services[0].ID != h.service || f.Services[0].Waiting != 1 || f.Ages[1].Count != 1 || f.Ages[0].Count != 0 {
			t.Errorf("by service %+v, by age %+v", f.Services, f.Ages)
		}
		_, _, err = h.Undo(t.Context(), h.admin, made[2].ID, step.ID)
		must(t, err)
		f, err = h.Flows(t.Context())
		must(t, err)
		if f.Total.Closed != 1 || f.Total.Waiting != 2 {
			t.Errorf("after the undo %+v", f.Total)
		}
		// What is kept is what counting all cases gives.
		kept := h.flowRows()
		file, err := fs.ReadFile(casework.Migrations(), "migrations/0166_flow.sql")
		must(t, err)
		fill := string(file)[strings.Index(string(file), "INSERT INTO"):]
		must(t, h.db.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			if _, err := tx.Exec(ctx, `DELETE FROM casework_flow`); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, strings.TrimSuffix(strings.TrimSpace(fill), ";"))
			return err
		}))
		if counted := h.flowRows(); counted != kept {
			t.Errorf("kept:\n%s\ncounted:\n%s", kept, counted)
		}
	})
}

func (h *house) flowRows() string {
	h.t.Helper()
	var rows []string
	must(h.t, h.db.Read(h.t.Context(), func(ctx context.Context, tx *db.Tx) (err error) {
		rows, err = db.Collect(ctx, tx, func(row db.Scanner) (s string, err error) {
			err = row.Scan(&s)
			return s, err
		}, `SELECT day || ' ' || service_id || ' ' || opened || ' ' || closed || ' ' || resolved || ' ' || unresolved || ' ' || reopened FROM casework_flow
			WHERE opened <> 0 OR closed <> 0 OR reopened <> 0 ORDER BY 1`)
		return err
	}))
	return strings.Join(rows, "\n")
}
