package record_test

import (
	"context"
	"io/fs"
	"strings"
	"testing"
	"time"

	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/db/dbtest"
	"mercat.scot/mercat/record"
)

var schema = []fs.FS{record.Migrations()}

func entry(act string, id int64) record.Entry {
	return record.Entry{
		Actor: record.Actor{Kind: record.Officer, ID: 7, Name: "Mairi Nic Dhòmhnaill"}, Act: act,
		Subject: record.Subject{Kind: "conversation", ID: id}, About: []record.Subject{{Kind: "case", ID: 9}},
		Before: map[string]any{"team": 1}, After: map[string]any{"team": 2},
	}
}

func write(t *testing.T, d *db.DB, entries ...record.Entry) {
	t.Helper()
	if err := d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error { return record.Append(ctx, tx, entries...) }); err != nil {
		t.Fatal(err)
	}
}

func TestAnUntouchedRecordIsWhole(t *testing.T) {
	dbtest.Each(t, schema, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		for i := range 30 {
			clock.Advance(time.Minute)
			write(t, d, entry("desk.assigned", int64(i)), entry("desk.closed", int64(i)))
		}
		many := make([]record.Entry, 200)
		for i := range many {
			many[i] = entry("desk.intake", int64(i))
		}
		write(t, d, many...)
		r, err := record.Verify(t.Context(), d, nil)
		if err != nil || !r.Whole() || r.Entries != 260 || len(r.Head) != 64 {
			t.Errorf("%+v, %v", r, err)
		}
	})
}

func TestTamperingIsFoundAtTheFirstBrokenLink(t *testing.T) {
	for name, c := range map[string]struct {
		tamper string
		broken int64
		why    string
	}{
		"changed":       {`UPDATE record_entry SET after = '{"team":3}' WHERE number = 4`, 4, "changed"},
		"back-dated":    {`UPDATE record_entry SET at = at - 1 WHERE number = 5`, 5, "changed"},
		"other actor":   {`UPDATE record_entry SET actor_name = 'Someone else' WHERE number = 2`, 2, "changed"},
		"left out":      {`DELETE FROM record_entry WHERE number = 3`, 3, "missing"},
		"end cut off":   {`DELETE FROM record_entry WHERE number >= 9`, 9, "ends at entry 8"},
		"head put back": {`UPDATE record_head SET number = 8`, 10, "head"},
	} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, schema, func(t *testing.T, d *db.DB, _ *dbtest.Clock) {
				for i := range 10 {
					write(t, d, entry("desk.assigned", int64(i)))
				}
				err := d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error { _, err := tx.Exec(ctx, c.tamper); return err })
				if err != nil {
					t.Fatal(err)
				}
				r, err := record.Verify(t.Context(), d, nil)
				if err != nil || r.Broken != c.broken || !strings.Contains(r.Why, c.why) {
					t.Errorf("%+v, %v", r, err)
				}
			})
		})
	}
}

func TestWhatIsAboutAThingIsFoundNewestFirst(t *testing.T) {
	dbtest.Each(t, schema, func(t *testing.T, d *db.DB, _ *dbtest.Clock) {
		write(t, d, entry("desk.assigned", 1), entry("desk.closed", 2), entry("desk.closed", 1))
		err := d.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			one, err := record.About(ctx, tx, record.Subject{Kind: "conversation", ID: 1}, 0, 10)
			if err != nil {
				return err
			}
			if len(one) != 2 || one[0].Act != "desk.closed" || one[1].Act != "desk.assigned" || one[0].Actor.ID != 7 {
				t.Errorf("conversation 1: %+v", one)
			}
			about, err := record.About(ctx, tx, record.Subject{Kind: "case", ID: 9}, 3, 1)
			if len(about) != 1 || about[0].Number != 2 {
				t.Errorf("case 9: %+v", about)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
