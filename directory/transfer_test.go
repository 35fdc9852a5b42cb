package directory_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"mercat.scot/mercat/directory"
	"mercat.scot/mercat/platform/fault"
)

func (w world) export(format string) string {
	w.t.Helper()
	var b bytes.Buffer
	if err := w.ExportServices(w.t.Context(), &b, format); err != nil {
		w.t.Fatal(err)
	}
	return b.String()
}

func (w world) bring(file string, dry bool) directory.ServicesPlan {
	w.t.Helper()
	p, err := w.ImportServices(w.t.Context(), mairi, strings.NewReader(file), dry)
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

func TestWhatIsExportedComesBackTheSame(t *testing.T) {
	for _, format := range []string{"csv", "json"} {
		var file string
		var before []directory.Service
		t.Run(format+" out", func(t *testing.T) {
			each(t, func(w world) {
				w.seeded()
				w.area("North", "Kirkbrae")
				file, before = w.export(format), w.now().Services()
				if p := w.bring(file, false); len(p.Changes)+len(p.Problems) != 0 || p.Same != len(before) {
					w.t.Errorf("brought in where it came from: %+v", p)
				}
			})
		})
		t.Run(format+" in", func(t *testing.T) {
			each(t, func(w world) {
				p := w.bring(file, true)
				if len(p.Changes) != len(before) || len(p.Problems) != 0 || len(w.now().Services()) != 0 {
					w.t.Fatalf("dry: %d changes, %v, %d services", len(p.Changes), p.Problems, len(w.now().Services()))
				}
				w.bring(file, false)
				for i, s := range w.now().Services() {
					s.ID, s.Version = before[i].ID, before[i].Version
					if !reflect.DeepEqual(s, before[i]) {
						w.t.Errorf("got %+v\nwant %+v", s, before[i])
					}
				}
			})
		})
	}
}

func TestAFileWithOneWrongLineChangesNothing(t *testing.T) {
	each(t, func(w world) {
		w.seeded()
		noise, _ := w.now().ServiceByCode("noise")
		p := w.bring("service_code,service_name,lgsl,team,public,question_code,question,datatype,values\n"+
			"noise,Din,412,,yes,,,,\n"+
			"noise,,,,,kind,What kind?,colour,\n"+
			"piers,Piers,many,Nobody,perhaps,,,,\n"+
			"trees,,,,,x,Below nothing?,string,\n"+
			"piers,Piers again,1,,no,,,,\n", false)
		got := fmt.Sprint(p.Problems)
		for _, want := range []string{"{2 \"colour\" is no kind of answer", "{4 lgsl: \"many\" is not a number", "{4 There is no team called \"Nobody\"", "{4 public: \"perhaps\" is neither", "{5 This question does not stand below", "{6 The code piers stands in line 4"} {
			if !strings.Contains(got, want) {
				w.t.Errorf("does not say %q: %s", want, got)
			}
		}
		if after, _ := w.now().ServiceByCode("noise"); !reflect.DeepEqual(after, noise) {
			w.t.Error("something was kept")
		}
		_, err := w.ImportServices(w.t.Context(), mairi, strings.NewReader("name,colour\nx,y\n"), false)
		wants(w.t, err, fault.Invalid, "no table of services")
		_, err = w.ImportServices(w.t.Context(), mairi, strings.NewReader(`[{"service_code":{}}]`), false)
		wants(w.t, err, fault.Invalid, "cannot be read as an Open311 service list")
		_, err = w.ImportServices(w.t.Context(), mairi, strings.NewReader(""), false)
		wants(w.t, err, fault.Invalid, "")
	})
}

func TestOnlyTheColumnsOfAFileChange(t *testing.T) {
	each(t, func(w world) {
		w.seeded()
		before, _ := w.now().ServiceByCode("noise")
		p := w.bring("service_code;group\nnoise;Quiet", false)
		after, _ := w.now().ServiceByCode("noise")
		if len(p.Changes) != 1 || fmt.Sprint(p.Changes[0].Fields) != "[{group Neighbourhood Quiet}]" || after.Group != "Quiet" {
			w.t.Errorf("got %+v", p)
		}
		before.Group, before.Version = after.Group, after.Version
		if !reflect.DeepEqual(before, after) {
			w.t.Errorf("got %+v", after)
		}
		acts := w.acts(after.Subject())
		if last := acts[len(acts)-1]; !strings.Contains(fmt.Sprint(acts), "directory.service.changed") {
			w.t.Errorf("the record has %v", last)
		}
	})
}

func TestADefinitionOfAnotherServerIsTaken(t *testing.T) {
	each(t, func(w world) {
		w.bring(`{"service_code": 33, "service_name": "Cans left out", "attributes": [{"variable": "true", "code": "WHISHETN", "datatype": "singlevaluelist", "required": "true",
			"datatype_description": null, "order": "1", "description": "What is the ticket?", "values": [{"key": 123, "name": "Ford"}, {"key": "124", "name": "Chrysler"}]}]}`, false)
		s, ok := w.now().ServiceByCode("33")
		if !ok || len(s.Attributes) != 1 || !s.Attributes[0].Required || s.Attributes[0].Code != "WHISHETN" || s.Attributes[0].Values[0].Key != "123" {
			w.t.Errorf("got %+v", s)
		}
	})
}

func TestTheServiceListOfARealServerIsTaken(t *testing.T) {
	file, err := os.ReadFile(filepath.Join("..", "..", "shared", "data", "open311", "bloomington_services.json"))
	if err != nil {
		t.Log("the data of a real server are not here; what is read of it is tested above")
		return
	}
	var list []any
	if err := json.Unmarshal(file, &list); err != nil {
		t.Fatal(err)
	}
	each(t, func(w world) {
		if p := w.bring(string(file), false); len(p.Problems) > 0 || len(w.now().Services()) != len(list) {
			w.t.Errorf("%d of %d services, %v", len(w.now().Services()), len(list), p.Problems)
		}
	})
}

func TestServicesAreImportedOnTheirPage(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		s.seeded()
		a := s.send("/settings/services/import", nil)
		s.says(a, 422, "Choose a CSV or JSON file")
		s.says(s.upload("/settings/services/import", "service_code,service_name\nnoise,Din\n"), 200, "Nothing is changed yet", "Would add no services, change 1", "Noise", "Din")
		s.says(s.upload("/settings/services/import", "service_code,service_name,public\nnoise,Din,sometimes\n"), 200, "Nothing was changed", "neither yes nor no")
		if got, _ := s.now().ServiceByCode("noise"); got.Name != "Noise" {
			t.Error("a look changed something")
		}
		if a := s.get("/settings/services/services.json"); a.status != 200 || !json.Valid([]byte(a.body)) || !strings.Contains(a.body, `"service_code": "noise"`) {
			t.Error(a.status)
		}
		if a := s.get("/settings/services/services.csv"); !strings.HasPrefix(a.body, "service_code,service_name,") {
			t.Error(a.status)
		}
	})
}

func FuzzImportServices(f *testing.F) {
	for _, s := range []string{"service_code,question,values\nx,Which?,\"a = b | words: c\nd\"\n", `[{"service_code":"x","attributes":[{"code":"a","values":[{}]}]}]`, "{}", "[", "service_code\n\"", "\ufeffservice_code\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(_ *testing.T, data []byte) { directory.Rehearse(data) })
}
