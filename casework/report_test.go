package casework_test

import (
	"context"
	"math"
	"testing"

	"mercat.scot/mercat/casework"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/record"
)

func TestAReportFromAnotherProgramMakesOneCase(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		crm := record.Actor{Kind: record.Program, ID: 7, Name: "Lagan CRM"}
		report := func(r casework.Report) (c casework.Case, again bool, err error) {
			err = h.db.Write(t.Context(), func(ctx context.Context, tx *db.Tx) (err error) {
				c, again, err = h.ReportTx(ctx, tx, crm, r)
				return err
			})
			return c, again, err
		}
		r := casework.Report{Key: "7:1", Source: casework.FromAPI, ServiceID: h.service, Words: "A pothole", Place: "Tolbooth Wynd, Kirkbrae", Lat: 57.41, Lon: -5.42}
		c, again, err := report(r)
		must(t, err)
		if again || c.TeamID != h.roads.ID || c.State != casework.Received || c.ConversationID != 0 || c.Track == "" {
			t.Errorf("%+v", c)
		}
		if same, again, err := report(r); err != nil || !again || same.ID != c.ID {
			t.Errorf("the same again: %+v, %v", same, err)
		}
		r.Source = casework.FromOpen311
		if other, again, err := report(r); err != nil || again || other.ID == c.ID {
			t.Errorf("the same key from elsewhere: %v", err)
		}
		w, err := h.Whole(t.Context(), c.ID)
		must(t, err)
		if len(w.Steps) != 1 || w.Steps[0].Officer != "Lagan CRM" || w.Steps[0].By != record.Program || w.Acts[0].Actor != crm {
			t.Errorf("%+v", w.Steps)
		}
		moved, _, err := h.Move(t.Context(), h.admin, c.ID, c.Version, casework.Moving{To: casework.Accepted, Say: "Nobody can be told this."})
		must(t, err)
		if moved.State != casework.Accepted || len(h.said()) != 0 {
			t.Errorf("%+v, said %v", moved, h.said())
		}
		for name, bad := range map[string]casework.Report{
			"words":   {Key: "x", Words: " "},
			"lat":     {Key: "x", Words: "A pothole", Lat: math.NaN()},
			"service": {Key: "x", Words: "A pothole", ServiceID: 5},
			"team":    {Key: "x", Words: "A pothole", TeamID: 5},
		} {
			if _, _, err := report(bad); !fault.Is(err, fault.Invalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}
