package directory_test

import (
	"context"
	"io/fs"
	"reflect"
	"strings"
	"testing"
	"time"

	"mercat.scot/mercat/directory"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/db/dbtest"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/record"
	"mercat.scot/mercat/staff"
)

var (
	schema = []fs.FS{record.Migrations(), staff.Migrations(), directory.Migrations()}
	mairi  = record.Actor{Kind: record.Officer, ID: 7, Name: "Mairi Nic Dhòmhnaill"}
)

// world is the room on one engine.
type world struct {
	t *testing.T
	*directory.Directory
	db    *db.DB
	clock *dbtest.Clock
	staff *staff.Service
}

func newWorld(t *testing.T, d *db.DB, clock *dbtest.Clock) world {
	t.Helper()
	people, err := staff.New(staff.Options{DB: d, Cost: staff.Cost{MemoryKiB: 64, Passes: 1, Threads: 1}})
	if err != nil {
		t.Fatal(err)
	}
	return world{t, directory.New(directory.Options{DB: d, Staff: people}), d, clock, people}
}

func each(t *testing.T, f func(w world)) {
	t.Helper()
	dbtest.Each(t, schema, func(t *testing.T, d *db.DB, clock *dbtest.Clock) { f(newWorld(t, d, clock)) })
}

func (w world) write(f func(ctx context.Context, tx *db.Tx) error) error {
	w.clock.Advance(time.Minute)
	return w.db.Write(w.t.Context(), f)
}

func (w world) must(f func(ctx context.Context, tx *db.Tx) error) {
	w.t.Helper()
	if err := w.write(f); err != nil {
		w.t.Fatal(err)
	}
}

func (w world) now() *directory.Snapshot {
	w.t.Helper()
	s, err := w.Snapshot(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

func (w world) seeded() {
	w.t.Helper()
	w.must(func(ctx context.Context, tx *db.Tx) error {
		if err := w.SetCouncilTx(ctx, tx, mairi, directory.Council{Name: "Strathmarn Council", Lat: 56.2, Lon: -3.0}); err != nil {
			return err
		}
		if err := w.SeedTx(ctx, tx, mairi); err != nil {
			return err
		}
		_, err := w.AddPlacesTx(ctx, tx, mairi, strathmarn())
		return err
	})
}

// strathmarn is a made-up council's gazetteer.
func strathmarn() []directory.Place {
	return []directory.Place{
		{Kind: "settlement", Name: "Kirkbrae", Lat: 56.20, Lon: -3.00},
		{Kind: "settlement", Name: "Inverlochty", Lat: 56.30, Lon: -3.20},
		{Kind: "settlement", Name: "Port Ellan", Lat: 56.10, Lon: -2.80},
		{Kind: "settlement", Name: "St Monans", Lat: 56.15, Lon: -2.76},
		{Kind: "street", Name: "High Street", Within: "Inverlochty", Lat: 56.301, Lon: -3.201},
		{Kind: "street", Name: "High Street", Within: "Kirkbrae", Lat: 56.201, Lon: -3.001},
		{Kind: "street", Name: "High Street", Within: "Port Ellan", Lat: 56.101, Lon: -2.801},
		{Kind: "street", Name: "Tolbooth Wynd", Within: "Kirkbrae", Lat: 56.2015, Lon: -3.0015},
		{Kind: "street", Name: "King's Road", Within: "Kirkbrae", Lat: 56.203, Lon: -3.004},
		{Kind: "street", Name: "Shore", Within: "Port Ellan", Lat: 56.099, Lon: -2.799},
		{Kind: "school", Name: "Kirkbrae Primary School", Within: "Kirkbrae", Lat: 56.205, Lon: -3.005},
		{Kind: "postcode", Name: "KY98 3ab", Within: "Kirkbrae", Lat: 56.2016, Lon: -3.0016},
		{Kind: "postcode", Name: "KY98", Lat: 56.21, Lon: -3.01},
		{Kind: "ward", Name: "Kirkbrae and the Neuk", Lat: 56.2, Lon: -2.95},
	}
}

func wants(t *testing.T, err error, kind fault.Kind, words string) {
	t.Helper()
	if !fault.Is(err, kind) || !strings.Contains(fault.Sentence(err), words) {
		t.Errorf("want %s with %q, got %v", kind, words, err)
	}
}

func TestTheCouncilHasAProfileFromTheSetUpOn(t *testing.T) {
	each(t, func(w world) {
		if c := w.now().Council(); c.Name != "" || c.AnswerWithin != 24*time.Hour || c.Version != 0 {
			t.Errorf("before: %+v", c)
		}
		w.must(func(ctx context.Context, tx *db.Tx) error {
			return w.SetCouncilTx(ctx, tx, mairi, directory.Council{Name: " Strathmarn  Council", Lat: 56.2, Lon: -3})
		})
		want := directory.Council{Name: "Strathmarn Council", Language: "en-GB", Lat: 56.2, Lon: -3, Zoom: 11, AnswerWithin: 24 * time.Hour, Version: 1}
		if c := w.now().Council(); c != want {
			t.Errorf("after: %+v", c)
		}
		err := w.write(func(ctx context.Context, tx *db.Tx) error {
			return w.SetCouncilTx(ctx, tx, mairi, directory.Council{Language: "english", Lat: 200})
		})
		wants(t, err, fault.Invalid, "Enter the council’s name.")
	})
}

func TestASeededDirectoryKnowsWhatResidentsWriteAbout(t *testing.T) {
	each(t, func(w world) {
		w.seeded()
		s := w.now()
		if n := len(s.Services()); n < 35 {
			t.Errorf("%d services", n)
		}
		again := w.write(func(ctx context.Context, tx *db.Tx) error { return w.SeedTx(ctx, tx, mairi) })
		if again != nil || len(w.now().Services()) != len(s.Services()) {
			t.Errorf("seeded twice: %v, %d services", again, len(w.now().Services()))
		}
		for _, service := range s.Services() {
			if !service.Active || service.TeamID != 0 || service.Summary == "" || service.Words == "" || s.OwnerOf(service.ID) != 0 {
				t.Errorf("%+v", service)
			}
			if got, _ := s.Service(service.ID); !reflect.DeepEqual(got, service) || s.ServiceName(service.ID) != service.Name {
				t.Errorf("by id: %+v", got)
			}
		}
	})
}

func TestASnapshotIsReadAgainOnlyAfterAChange(t *testing.T) {
	each(t, func(w world) {
		w.seeded()
		first := w.now()
		if w.now() != first {
			t.Error("read twice without a change")
		}
		failed := w.write(func(ctx context.Context, tx *db.Tx) error {
			if _, err := w.AddServicesTx(ctx, tx, mairi, []directory.Service{{Name: "Ghosts", Active: true}}); err != nil {
				return err
			}
			if s, err := w.SnapshotTx(ctx, tx); err != nil || len(s.Services()) != len(first.Services())+1 {
				t.Errorf("inside: %v", err)
			}
			return context.Canceled
		})
		if failed == nil || len(w.now().Services()) != len(first.Services()) {
			t.Error("a transaction that failed left its services in the snapshot")
		}
		w.must(func(ctx context.Context, tx *db.Tx) error {
			_, err := w.AddServicesTx(ctx, tx, mairi, []directory.Service{{Name: "Ferry piers", Words: "pier; linkspan\npier", Active: true}})
			return err
		})
		s := w.now()
		if s == first || len(s.Services()) != len(first.Services())+1 {
			t.Errorf("%d services", len(s.Services()))
		}
		if got := s.ServiceName(s.Read("The linkspan is stuck").ServiceID); got != "Ferry piers" {
			t.Errorf("read %q", got)
		}
	})
}

func TestNamesOfServicesAndAreasAreTakenOnce(t *testing.T) {
	each(t, func(w world) {
		w.seeded()
		err := w.write(func(ctx context.Context, tx *db.Tx) error {
			_, err := w.AddServicesTx(ctx, tx, mairi, []directory.Service{{Name: "NOISE"}})
			return err
		})
		wants(t, err, fault.Invalid, "There is already a service of this name")
		err = w.write(func(ctx context.Context, tx *db.Tx) error {
			_, err := w.AddServicesTx(ctx, tx, mairi, []directory.Service{{Name: "Ferries", TeamID: 42}})
			return err
		})
		wants(t, err, fault.Invalid, "This team is not there any more")
		err = w.write(func(ctx context.Context, tx *db.Tx) error {
			_, err := w.AddAreasTx(ctx, tx, mairi, []directory.Area{{Name: "East"}, {Name: "ÉAST"}})
			return err
		})
		wants(t, err, fault.Invalid, "There is already an area of this name")
	})
}

func TestAPlaceAddedTwiceIsOnePlace(t *testing.T) {
	each(t, func(w world) {
		w.seeded()
		n := len(w.now().Places())
		moved := directory.Place{Kind: "Street", Name: "tolbooth wynd", Within: "KIRKBRAE", Lat: 56.3, Lon: -3.1}
		var first, second []int64
		add := func(ids *[]int64, p ...directory.Place) {
			w.must(func(ctx context.Context, tx *db.Tx) (err error) {
				*ids, err = w.AddPlacesTx(ctx, tx, mairi, p)
				return err
			})
		}
		add(&first, moved, moved)
		add(&second, moved)
		if len(w.now().Places()) != n || len(first) != 2 || first[0] != first[1] || first[0] != second[0] {
			t.Errorf("%d places of %d, ids %v and %v", len(w.now().Places()), n, first, second)
		}
		if p := w.now().FindPlaces("tolb", 5); len(p) != 1 || p[0].Lat != 56.3 || p[0].ID != first[0] {
			t.Errorf("%+v", p)
		}
		err := w.write(func(ctx context.Context, tx *db.Tx) error {
			_, err := w.AddPlacesTx(ctx, tx, mairi, []directory.Place{{Kind: "street", Name: "Nowhere"}})
			return err
		})
		wants(t, err, fault.Invalid, `Place 1, "Nowhere": the latitude and longitude are not a position`)
	})
}
