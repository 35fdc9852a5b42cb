package app

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"mercat.scot/mercat/casework"
	"mercat.scot/mercat/directory"
	"mercat.scot/mercat/open311"
	"mercat.scot/mercat/platform/db"
)

// TestOtherProgramsReadWhatIsPublicByOpen311 asks the server as programs do, and
// reads its answers with the reader that is held to real servers' answers.
func TestOtherProgramsReadWhatIsPublicByOpen311(t *testing.T) {
	each(t, func(t *testing.T, c Config) {
		r := start(t, c)
		r.setUp(t)
		var ids []int64
		references := map[string]string{}
		write(t, r, func(ctx context.Context, tx *db.Tx) (err error) {
			ids, err = r.directory.AddServicesTx(ctx, tx, operator(), []directory.Service{
				{Name: "Potholes", Code: "potholes", Public: true, Active: true, Attributes: directory.Attributes{{Code: "depth", Description: "How deep?", Variable: true, Required: true, Datatype: directory.Number}}},
				{Name: "Staff", Code: "staff", Active: true},
			})
			return err
		})
		write(t, r, func(ctx context.Context, tx *db.Tx) error {
			for i, n := range []casework.Report{
				{Key: "near", Source: casework.FromAPI, ServiceID: ids[0], Words: "Ring Tam on 07700 900123", Lat: 56.05, Lon: -3.95},
				{Key: "far", Source: casework.FromAPI, ServiceID: ids[0], Words: "Another", Lat: 56.2, Lon: -3.5},
				{Key: "inside", Source: casework.FromAPI, ServiceID: ids[1], Words: "Nobody may know", Lat: 56.05, Lon: -3.95},
			} {
				one, _, err := r.casework.ReportTx(ctx, tx, operator(), n)
				if err != nil {
					return err
				}
				references[n.Key] = one.Reference
				if i == 1 {
					if _, err := r.casework.MoveTx(ctx, tx, operator(), &one, casework.Moving{To: casework.Done, Reason: casework.Fixed}); err != nil {
						return err
					}
				}
			}
			return nil
		})
		b := r.browser(t)
		ask := func(path string) string {
			t.Helper()
			a := b.get("/open311/v2/" + path)
			if a.status != http.StatusOK {
				t.Fatalf("%s: %d %s", path, a.status, a.body)
			}
			return a.body
		}
		found := func(query string) string {
			t.Helper()
			var keys []string
			for _, format := range []string{"xml", "json"} {
				keys = keys[:0]
				body := ask("requests." + format + "?" + query)
				if strings.Contains(body, "Tam") || strings.Contains(body, "07700") {
					t.Errorf("a citizen's words are public: %s", body)
				}
				for one, err := range open311.ReadRequests(strings.NewReader(body), time.UTC) {
					if err != nil {
						t.Fatal(err)
					}
					for key, reference := range references {
						if reference == one.ID {
							keys = append(keys, key+" "+string(one.Status))
						}
					}
				}
			}
			return strings.Join(keys, ", ")
		}
		for query, want := range map[string]string{
			"":                       "far closed, near open",
			"status=open":            "near open",
			"status=closed":          "far closed",
			"status=open,closed":     "far closed, near open",
			"service_code=potholes":  "far closed, near open",
			"service_code=none":      "",
			"service_code=staff":     "",
			"page_size=1":            "far closed",
			"page_size=1&page=2":     "near open",
			"page_size=1&page=3":     "",
			"lat=56.0501&long=-3.95": "near open",
			"lat=56.1&long=-3.7&radius=25000&status=open":                                  "near open",
			"bbox=-3.96,56.04,-3.94,56.06":                                                 "near open",
			"bbox=-4,56,-3,57":                                                             "far closed, near open",
			"end_date=2010-01-01T00:00:00Z":                                                "",
			"updated_after=2010-01-01T00:00:00Z&status=open":                               "near open",
			"service_request_id=" + references["near"] + "," + references["inside"] + ",x": "near open",
			"status=&service_code=&start_date=":                                            "far closed, near open",
		} {
			if got := found(query); got != want {
				t.Errorf("%q finds %q, wanted %q", query, got, want)
			}
		}
		for path, want := range map[string]int{
			"requests.xml?status=half":           400,
			"requests.json?start_date=yesterday": 400,
			"requests.xml?start_date=2010-01-01T00:00:00Z&end_date=" + url.QueryEscape("2010-06-01T00:00:00+01:00"): 400,
			"requests.xml?lat=1":                        400,
			"requests.xml?bbox=1,2":                     400,
			"requests.xml?page=0":                       400,
			"requests/MC-0000-0000.json":                404,
			"requests/" + references["inside"] + ".xml": 404,
			"services/none.xml":                         404,
			"services/staff.json":                       404,
			"nothing.xml":                               404,
		} {
			a := b.get("/open311/v2/" + path)
			troubles := open311.ReadTroubles(strings.NewReader(a.body))
			if a.status != want || len(troubles) != 1 || troubles[0].Description == "" {
				t.Errorf("%s: %d %s", path, a.status, a.body)
			}
		}
		for _, format := range []string{"xml", "json"} {
			d, err := open311.ReadDefinition(strings.NewReader(ask("services/potholes." + format)))
			if err != nil || len(d.Attributes) != 1 || d.Attributes[0].Code != "depth" || !d.Attributes[0].Required {
				t.Errorf("the definition is %+v, %v", d, err)
			}
			services := map[string]bool{}
			for s, err := range open311.ReadServices(strings.NewReader(ask("services." + format))) {
				if err != nil {
					t.Fatal(err)
				}
				services[s.Code] = true
			}
			if !services["potholes"] || services["staff"] {
				t.Errorf("the services are %v", services)
			}
			if one := ask("requests/" + references["far"] + "." + format + "?extensions=true"); !strings.Contains(one, "extended_attributes") {
				t.Errorf("%s", one)
			}
			discovery, err := open311.ReadDiscovery(strings.NewReader(b.get("/open311/discovery."+format).body), time.UTC)
			if err != nil || len(discovery.Endpoints) != 1 || !strings.HasSuffix(discovery.Endpoints[0].URL, "/open311/v2") {
				t.Errorf("discovery is %+v, %v", discovery, err)
			}
		}
	})
}

func write(t *testing.T, r *running, f func(context.Context, *db.Tx) error) {
	t.Helper()
	if err := r.DB().Write(t.Context(), f); err != nil {
		t.Fatal(err)
	}
}
