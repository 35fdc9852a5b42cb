package app

import (
	"testing"

	"mercat.scot/mercat/desk"
	"mercat.scot/mercat/directory"
	"mercat.scot/mercat/network/practice"
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

// An officer says once what a message is about; the next one like it is read so,
// also after a restart, and no more when the officer takes it back.
func TestWhatOfficersCorrectIsLearnedAtOnce(t *testing.T) {
	each(t, func(t *testing.T, c Config) {
		r := start(t, c)
		d := r.at(t, r.setUp(t))
		admin, err := r.staff.OfficerByEmail(t.Context(), adminEmail)
		if err != nil {
			t.Fatal(err)
		}
		snapshot, err := r.directory.Snapshot(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		named := func(name string) int64 {
			for _, s := range snapshot.Services() {
				if s.Name == name {
					return s.ID
				}
			}
			t.Fatalf("there is no service %q", name)
			return 0
		}
		parks := named("Parks, play areas and grass")
		reads := func(r *running, text string) int64 {
			list, err := r.desk.Triage(t.Context(), []string{text})
			if err != nil {
				t.Fatal(err)
			}
			return list[0].ServiceID
		}
		const next = "A deep hole in the Braes Path, somebody will fall"
		before := reads(r, next)
		if before == parks {
			t.Fatal("it is read as parks without having learned anything")
		}
		citizens, err := r.practice.Citizens(t.Context())
		if err != nil || len(citizens) == 0 {
			t.Fatalf("no citizens: %v", err)
		}
		if _, err := r.practice.Say(t.Context(), practice.Saying{Citizen: citizens[0].ID, Text: "There is a big hole in the Braes Path by the burn"}); err != nil {
			t.Fatal(err)
		}
		row := d.row("Braes Path by the burn")
		change, err := r.desk.SetService(t.Context(), admin, row.ID, row.Version, parks)
		if err != nil {
			t.Fatal(err)
		}
		eventually(t, "the next one is read as the officer said", func() bool { return reads(r, next) == parks })
		if got := reads(r, "The street light outside number 9 is out"); got != named("Street lights") {
			t.Errorf("something else is read as %s", snapshot.ServiceName(got))
		}
		if err := r.stop(); err != nil {
			t.Fatal(err)
		}
		again := start(t, c)
		eventually(t, "it is known after a restart", func() bool { return reads(again, next) == parks })
		if _, err := again.desk.Undo(t.Context(), admin, row.ID, change.Number); err != nil {
			t.Fatal(err)
		}
		eventually(t, "what is taken back is forgotten", func() bool { return reads(again, next) == before })
	})
}

// Who says only how urgent a message is says nothing of its service.
func TestUrgencyAloneTeachesNoService(t *testing.T) {
	each(t, func(t *testing.T, c Config) {
		r := start(t, c)
		d := r.at(t, r.setUp(t))
		citizens, err := r.practice.Citizens(t.Context())
		if err != nil || len(citizens) == 0 {
			t.Fatalf("no citizens: %v", err)
		}
		const said = "The street light outside number 12 flickers again"
		if _, err := r.practice.Say(t.Context(), practice.Saying{Citizen: citizens[0].ID, Text: said}); err != nil {
			t.Fatal(err)
		}
		row := d.row("number 12 flickers")
		if _, err := r.desk.SetUrgency(t.Context(), d.officer, row.ID, row.Version, desk.Danger); err != nil {
			t.Fatal(err)
		}
		services, urgencies, err := r.lessons(t.Context())
		if err != nil || len(services) != 0 || len(urgencies) != 1 {
			t.Errorf("learned of services %+v, of urgency %+v, %v", services, urgencies, err)
		}
	})
}

// What may cost a life is not left among the rest, thanks wait for nobody, and
// a question is never taken for thanks.
func TestUrgencyAndThanksAreRead(t *testing.T) {
	r := start(t, testConfig(t, db.SQLite))
	r.setUp(t)
	for text, want := range map[string]desk.Reading{
		"There is a strong smell of gas in our stair and an old lady has collapsed":     {Urgency: desk.Danger},
		"A child has fallen into the burn at the park and is trapped, please send help": {Urgency: desk.Danger},
		"Power line down across the pavement, sparks everywhere":                        {Urgency: desk.Danger},
		"The street light outside number 12 is out":                                     {},
		"When is the library open on Saturday?":                                         {},
		"Thank you so much, brilliant work by the crew today 👏":                         {NoNeed: true},
		"Good morning everyone, beautiful sunrise":                                      {NoNeed: true},
		"Thanks, and when will the other one be done?":                                  {},
	} {
		list, err := r.desk.Triage(t.Context(), []string{text})
		if err != nil {
			t.Fatal(err)
		}
		if got := list[0]; got.Urgency != want.Urgency || got.NoNeed != want.NoNeed {
			t.Errorf("%q: urgency %d, needs no answer %v; want %d, %v", text, got.Urgency, got.NoNeed, want.Urgency, want.NoNeed)
		}
	}
	list, err := r.desk.Triage(t.Context(), []string{"Mae twll mawr yn y ffordd ger yr ysgol"})
	if err != nil || list[0].Language != "cy" {
		t.Errorf("Welsh is read as %q, %v", list[0].Language, err)
	}
}
