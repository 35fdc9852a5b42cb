package open311

import (
	"context"
	"io/fs"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"mercat.scot/mercat/directory"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/db/dbtest"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/record"
	"mercat.scot/mercat/staff"
)

// FuzzSubmissions looks whether any form makes the reader fail otherwise than by
// saying so, or lets through what may not be kept.
func FuzzSubmissions(f *testing.F) {
	d := dbtest.Open(f, db.SQLite, []fs.FS{record.Migrations(), staff.Migrations(), directory.Migrations()}, dbtest.NewClock())
	people, err := staff.New(staff.Options{DB: d, Cost: staff.Cost{MemoryKiB: 64, Passes: 1, Threads: 1}})
	must(f, err)
	council := directory.New(directory.Options{DB: d, Staff: people})
	must(f, d.Write(f.Context(), func(ctx context.Context, tx *db.Tx) error {
		_, err := council.AddServicesTx(ctx, tx, record.Mercat("test"), []directory.Service{{Name: "Potholes", Code: "potholes", Public: true, Active: true, NeedsPlace: true,
			Attributes: directory.Attributes{{Code: "depth", Description: "How deep?", Variable: true, Required: true, Datatype: directory.Number}}}})
		return err
	}))
	snapshot, err := council.Snapshot(f.Context())
	must(f, err)
	for _, s := range []string{"service_code=potholes&lat=57.4&long=-5.4&attribute[DEPTH]=12&description=A+hole", "service_code=potholes&lat=NaN&long=1e400", "attribute[[a]]=1&attribute[x][]=%00",
		"service_code=potholes&address_string=%ff&media_url=http://a/b&media_url[]=//x&email=a@b", "service_code=potholes&attribute[depth][0]=1&attribute[depth][1]=2"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, form string) {
		v, err := url.ParseQuery(form)
		if err != nil {
			return
		}
		n, err := readSubmission(v, form, snapshot)
		if err != nil {
			if fault.Of(err) == "" {
				t.Fatalf("%v is not for people", err)
			}
			return
		}
		p := n.post("request-1", "somebody", "A program")
		for _, s := range []string{p.Text, p.Author.Name, p.Contact.Email, n.Account, n.Name} {
			if !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
				t.Fatalf("%q may not be kept", s)
			}
		}
		if len(n.clean["depth"]) != 1 || n.Located && (n.Lat < -90 || n.Lat > 90 || n.Lon < -180 || n.Lon > 180) || len(n.Media) > maxMedia {
			t.Fatalf("%+v went through", n)
		}
		if again := digestOf(v); again != n.digest {
			t.Fatal("the same form has two digests")
		}
	})
}
