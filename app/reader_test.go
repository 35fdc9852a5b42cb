package app

import (
	"testing"

	"mercat.scot/mercat/directory"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/triage"
)

// What people write, and the service of the directory that it is about. None of
// these texts was learned from.
func TestMessagesAreReadAsTheServicesOfTheDirectory(t *testing.T) {
	r := start(t, testConfig(t, db.SQLite))
	r.setUp(t)
	snapshot, err := r.directory.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{
		"There is a massive pothole at the junction of Kirk Wynd and the A832, my tyre is burst": "Potholes and road surface",
		"The lamp post outside number 12 has been out for three weeks, it is pitch black":        "Street lights",
		"Somebody dumped a sofa and six bags of rubbish in the layby":                            "Fly-tipping",
		"Nobody came for the brown bin again this morning":                                       "Missed bins",
		"Roads are like an ice rink, when will the gritter come up the brae":                     "Winter gritting and snow",
		"The drain is blocked and the whole street is under water":                               "Flooding and blocked drains",
		"Why has my council tax gone up when I live alone, how do I get the discount":            "Council tax",
		"Is the library open on Saturday":                                                        "Libraries",
		"Are the schools closed tomorrow because of the snow":                                    "School closures",
		"Neighbours have a party every night until four, cannot sleep for the noise":             "Noise",
		"I want to object to the planning application for forty houses behind the church":        "Planning",
		"A tree has come down in the storm and blocks the footpath":                              "Trees and hedges",
	}
	var list []string
	for text := range texts {
		list = append(list, text)
	}
	readings, err := r.desk.Triage(t.Context(), list)
	if err != nil {
		t.Fatal(err)
	}
	for i, text := range list {
		if got := snapshot.ServiceName(readings[i].ServiceID); got != texts[text] {
			t.Errorf("%q is read as %q (%.2f, by %q), not as %q", text, got, readings[i].Sure, readings[i].Led, texts[text])
		}
		if len(readings[i].Others) == 0 {
			t.Errorf("%q could be nothing else", text)
		}
	}
	thanks, err := r.desk.Triage(t.Context(), []string{"Thank you, have a lovely weekend everybody", ""})
	if err != nil || thanks[0].ServiceID != 0 || thanks[1].ServiceID != 0 {
		t.Errorf("thanks are read as %+v, %v", thanks, err)
	}
}

// Every class of the model has a service among those that come with Mercat, and
// a service that the council renames keeps its class.
func TestEveryClassHasItsServices(t *testing.T) {
	r := start(t, testConfig(t, db.SQLite))
	r.setUp(t)
	snapshot, err := r.directory.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	known := knownServices(snapshot)
	for class, list := range classServices {
		if len(known[class]) != len(list) {
			t.Errorf("%s: %d of %d services are there", class, len(known[class]), len(list))
		}
	}
	for _, class := range triage.Services {
		if class != triage.None && class != "water_sewage" && len(known[class]) == 0 {
			t.Errorf("%s has no service", class)
		}
	}
	admin, err := r.staff.OfficerByEmail(t.Context(), adminEmail)
	if err != nil {
		t.Fatal(err)
	}
	var pothole directory.Service
	for _, s := range snapshot.Services() {
		if s.LGSL == 557 {
			pothole = s
		}
	}
	pothole.Name = "Holes"
	if err := r.directory.SaveService(t.Context(), admin.Actor(), pothole); err != nil {
		t.Fatal(err)
	}
	if snapshot, err = r.directory.Snapshot(t.Context()); err != nil || knownServices(snapshot)["potholes_roads"][0] != pothole.ID {
		t.Errorf("renamed, it is lost: %v", err)
	}
}
