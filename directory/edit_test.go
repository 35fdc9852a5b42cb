package directory_test

import (
	"context"
	"reflect"
	"testing"

	"mercat.scot/mercat/directory"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/record"
)

var ewan = record.Actor{Kind: record.Officer, ID: 8, Name: "Ewan Reid"}

func (w world) service(name string) directory.Service {
	w.t.Helper()
	for _, s := range w.now().Services() {
		if s.Name == name {
			return s
		}
	}
	w.t.Fatalf("no service %q", name)
	return directory.Service{}
}

func (w world) acts(s record.Subject) []string {
	w.t.Helper()
	var acts []string
	err := w.db.Read(w.t.Context(), func(ctx context.Context, tx *db.Tx) error {
		list, err := record.About(ctx, tx, s, 0, 20)
		acts = nil
		for _, k := range list {
			acts = append(acts, k.Act+" "+string(k.Before)+" "+string(k.After))
		}
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return acts
}

func TestTheLoserOfTwoChangesIsToldWhoChangedWhat(t *testing.T) {
	each(t, func(w world) {
		w.seeded()
		mine, theirs := w.service("Noise"), w.service("Noise")
		theirs.Summary, theirs.Public = "Loud things.", false
		if err := w.SaveService(t.Context(), ewan, theirs); err != nil {
			t.Fatal(err)
		}
		mine.Name = "Noise and nuisance"
		err := w.SaveService(t.Context(), mairi, mine)
		wants(t, err, fault.Conflict, "Ewan Reid changed this meanwhile (whether it is on the form, summary).")
		if s := w.service("Noise"); s.Summary != "Loud things." || s.Version != 2 {
			t.Errorf("%+v", s)
		}
		if acts := w.acts(mine.Subject()); len(acts) != 2 || acts[0] != `directory.service.changed {"public":true,"summary":"Loud music, alarms, building works, barking."} {"public":false,"summary":"Loud things."}` {
			t.Errorf("%q", acts)
		}

		council := w.now().Council()
		changed := council
		changed.Name = "Strathmarn and Isles"
		if err := w.SaveCouncil(t.Context(), ewan, changed); err != nil {
			t.Fatal(err)
		}
		wants(t, w.SaveCouncil(t.Context(), mairi, council), fault.Conflict, "Ewan Reid changed this meanwhile (name).")
	})
}

func TestSavingWithoutAChangeIsNotRecorded(t *testing.T) {
	each(t, func(w world) {
		w.seeded()
		s := w.service("Noise")
		if err := w.SaveService(t.Context(), mairi, s); err != nil {
			t.Fatal(err)
		}
		if acts := w.acts(s.Subject()); len(acts) != 1 || w.service("Noise").Version != 1 {
			t.Errorf("%q", acts)
		}
	})
}

func TestAServiceIsCheckedBeforeItIsKept(t *testing.T) {
	each(t, func(w world) {
		w.seeded()
		s := w.service("Noise")
		s.Name, s.LGSL = " ", -1
		wants(t, w.SaveService(t.Context(), mairi, s), fault.Invalid, "Enter the service’s name.")
		s = w.service("Noise")
		s.Name = "LIBRARIES"
		wants(t, w.SaveService(t.Context(), mairi, s), fault.Invalid, "already a service of this name")
		s = w.service("Noise")
		s.TeamID = 42
		wants(t, w.SaveService(t.Context(), mairi, s), fault.Invalid, "This team is not there any more")
		wants(t, w.SaveService(t.Context(), mairi, directory.Service{ID: 42, Name: "Gone"}), fault.NotFound, "no such service")
		added, err := w.AddService(t.Context(), mairi, directory.Service{Name: "Ferries", Words: "ferry,  Ferry, slip\n", Active: true})
		if err != nil || added.Words != "ferry, slip" || added.Version != 1 || !reflect.DeepEqual(w.service("Ferries"), added) {
			t.Errorf("%+v, %v", added, err)
		}
	})
}

func TestADeletedAreaComesBackAsItWas(t *testing.T) {
	each(t, func(w world) {
		w.seeded()
		a, err := w.AddArea(t.Context(), mairi, directory.Area{Name: "East Neuk", Places: "Port Ellan, St Monans"})
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.DeleteArea(t.Context(), mairi, a.ID, a.Version+1)
		wants(t, err, fault.Conflict, "Mairi Nic Dhòmhnaill changed this meanwhile")
		if _, err := w.DeleteArea(t.Context(), mairi, a.ID, a.Version); err != nil || len(w.now().Areas()) != 0 {
			t.Fatal(err, w.now().Areas())
		}
		wants(t, w.SaveArea(t.Context(), mairi, a), fault.NotFound, "no such area")
		back, err := w.RestoreArea(t.Context(), mairi, a.ID)
		if err != nil || back.Name != a.Name || back.Places != a.Places || back.ID != a.ID || back.Version != a.Version+1 {
			t.Errorf("%+v, %v", back, err)
		}
		_, err = w.RestoreArea(t.Context(), mairi, a.ID)
		wants(t, err, fault.NotFound, "no such area")
		back.Places = "Port Ellan"
		if err := w.SaveArea(t.Context(), mairi, back); err != nil {
			t.Error(err)
		}
		if acts := w.acts(a.Subject()); len(acts) != 4 {
			t.Errorf("%q", acts)
		}
	})
}
