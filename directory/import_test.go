package directory_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"mercat.scot/mercat/directory"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/db/dbtest"
	"mercat.scot/mercat/platform/fault"
)

func TestATableOfPlacesIsImportedOnce(t *testing.T) {
	each(t, func(w world) {
		w.seeded()
		n := len(w.now().Places())
		elsewhere := directory.New(directory.Options{DB: w.db}) // another node
		if _, err := elsewhere.Snapshot(t.Context()); err != nil {
			t.Fatal(err)
		}
		table := "\uFEFFName,Kind,Within,Lat,Lon,Note\r\nShore Path,street,Port Ellan,56.1,-2.8,x\r\nHigh Street,street,Port Ellan,56.11,-2.81,\r\n\"Wynd, the\",street,,56.1,-2.9,\r\n"
		first, err := w.ImportPlaces(t.Context(), mairi, strings.NewReader(table))
		if err != nil || first.Added != 2 || first.Moved != 1 || first.Same != 0 || first.Wrong != 0 {
			t.Errorf("%+v, %v", first, err)
		}
		if s, err := elsewhere.Snapshot(t.Context()); err != nil || len(s.Places()) != n+2 || len(s.FindPlaces("shore path", 2)) != 1 {
			t.Errorf("the other node does not see them: %v", err)
		}
		again, err := w.ImportPlaces(t.Context(), mairi, strings.NewReader(table))
		if err != nil || again.Added+again.Moved != 0 || again.Same != 3 || len(w.now().Places()) != n+2 {
			t.Errorf("%+v, %v", again, err)
		}
		if removed, err := w.UndoImport(t.Context(), mairi, first.ID); err != nil || removed != 2 || len(w.now().Places()) != n {
			t.Errorf("%d, %v", removed, err)
		}
		_, err = w.UndoImport(t.Context(), mairi, first.ID)
		wants(t, err, fault.NotFound, "not there any more")
		_, err = w.UndoImport(t.Context(), mairi, 0)
		wants(t, err, fault.NotFound, "not there any more")
	})
}

func TestLinesThatAreWrongAreToldAndTheOthersKept(t *testing.T) {
	each(t, func(w world) {
		table := "lat;lon;name;type\n56,1;-2,8;Shore;street\n;;Nowhere;street\n56.1;-2.8;;street\n99;-2.8;North;ward\n56.1;-2.8;Kind;\n56.1;-2.8;B\xffd;street\n\n0;0;Gulf;street\n56.1;-2.8;" + strings.Repeat("x", 200) + ";street\n56.2;-2.8;Pier;street\n"
		got, err := w.ImportPlaces(t.Context(), mairi, strings.NewReader(table))
		if err != nil || got.Added != 2 || got.Wrong != 7 {
			t.Fatalf("%+v, %v", got, err)
		}
		var told []string
		for _, p := range got.Problems {
			told = append(told, fmt.Sprint(p.Line, " ", p.Sentence))
		}
		want := []string{"3 the latitude and longitude are not two", "4 the name is missing", "5 the latitude and longitude are not a position",
			"6 the kind is missing", "7 the letters cannot be read", "9 the latitude", "10 the name is longer"}
		for i := range want {
			if !strings.HasPrefix(told[i], want[i]) {
				t.Errorf("%q, want %q", told[i], want[i])
			}
		}
	})
}

func TestWhatIsNoTableIsRefusedWhole(t *testing.T) {
	w := oneWorld(t)
	for table, words := range map[string]string{
		"":                                 "This is no table of places",
		"\n\n":                             "This is no table of places",
		"hello":                            "This is no table of places",
		"name,kind,lat\nShore,street,56\n": "does not name lon",
		"PK\x03\x04rest":                   "workbook or an archive",
		"\xff\xfen\x00a\x00":               "UTF-16",
		"name,kind,lat,lon\nx" + strings.Repeat("\ny,street,56,-3", 200_000): "more than 200,000 lines",
	} {
		_, err := w.ImportPlaces(t.Context(), mairi, strings.NewReader(table))
		if sentence := fault.Sentence(err); !strings.Contains(sentence, words) {
			t.Errorf("%.20q: %v, want %q", table, err, words)
		}
	}
	if n := len(w.now().Places()); n != 0 {
		t.Errorf("%d places were kept", n)
	}
}

// oneWorld is the room on the engine that needs no server.
func oneWorld(t *testing.T) world {
	t.Helper()
	clock := dbtest.NewClock()
	return newWorld(t, dbtest.Open(t, db.SQLite, schema, clock), clock)
}

func FuzzImportPlaces(f *testing.F) {
	for _, seed := range []string{"name,kind,within,lat,lon\nShore,street,Port Ellan,56.1,-2.8\n", "name;kind;lat;lon\n\"a;b\nc\";x;1,5;2\n", "\uFEFFname\tkind\tlat\tlon\n",
		"name,kind,lat,lon\n\"open", "name,kind,lat,lon\na,b,NaN,Inf\n", "name,kind,lat,lon\n\x00,\xff,1e308,-1e308\n", ",,,\n"} {
		f.Add(seed)
	}
	clock := dbtest.NewClock()
	d := directory.New(directory.Options{DB: dbtest.Open(f, db.SQLite, schema, clock)})
	f.Fuzz(func(t *testing.T, table string) {
		first, err := d.ImportPlaces(t.Context(), mairi, strings.NewReader(table))
		if err != nil {
			if fault.Sentence(err) == "" {
				t.Errorf("no sentence for people: %v", err)
			}
			return
		}
		again, err := d.ImportPlaces(t.Context(), mairi, strings.NewReader(table))
		if err != nil || again.Added != 0 {
			t.Errorf("%+v, then %+v, %v", first, again, err)
		}
		if first.Added > 0 {
			if _, err := d.UndoImport(t.Context(), mairi, first.ID); err != nil {
				t.Error(err)
			}
		}
		if _, err := d.Snapshot(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
}
