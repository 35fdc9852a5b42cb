package staff_test

import (
	"context"
	"errors"
	"io/fs"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/db/dbtest"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/record"
	"mercat.scot/mercat/staff"
)

var (
	schema = []fs.FS{record.Migrations(), staff.Migrations()}
	cheap  = staff.Cost{MemoryKiB: 64, Passes: 1, Threads: 1}
	office = staff.From{Address: netip.MustParseAddr("192.0.2.17"), Agent: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}
)

const (
	adminEmail = "mairi@strathmarn.example"
	adminWords = "heather kettle orbit"
	newWords   = "lantern gravel tulip"
)

type house struct {
	*staff.Service
	db    *db.DB
	clock *dbtest.Clock
	admin staff.Officer
}

// each runs f on both engines, with an administrator who is set up.
func each(t *testing.T, f func(t *testing.T, h *house)) {
	t.Helper()
	dbtest.Each(t, schema, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		s, err := staff.New(staff.Options{DB: d, Cost: cheap, BaseURL: "https://mercat.example"})
		if err != nil {
			t.Fatal(err)
		}
		admin, err := s.CreateFirstAdministrator(t.Context(), staff.First{Email: "Mairi@Strathmarn.example ", Name: "Mairi Nic Dhòmhnaill", Password: adminWords}, nil)
		if err != nil {
			t.Fatal(err)
		}
		f(t, &house{s, d, clock, admin})
	})
}

func (h *house) add(t *testing.T, email, name string, role staff.Role, teams ...int64) staff.Officer {
	t.Helper()
	o, link, err := h.AddOfficer(t.Context(), h.admin.Actor(), staff.Person{Email: email, Name: name, Role: role}, teams)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.ChoosePassword(t.Context(), link.Token, newWords); err != nil {
		t.Fatal(err)
	}
	return h.officer(t, o.ID)
}

func (h *house) officer(t *testing.T, id int64) staff.Officer {
	t.Helper()
	o, err := h.Officer(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func (h *house) signIn(t *testing.T, email, password string) string {
	t.Helper()
	token, err := h.SignIn(t.Context(), email, password, office)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func (h *house) in(t *testing.T, token string) bool {
	t.Helper()
	_, ok, err := h.BySession(t.Context(), token)
	if err != nil {
		t.Fatal(err)
	}
	return ok
}

func wants(t *testing.T, err error, kind fault.Kind, words string) {
	t.Helper()
	if !fault.Is(err, kind) || !strings.Contains(fault.Sentence(err), words) {
		t.Errorf("want %s with %q, got %v", kind, words, err)
	}
}

func field(err error) string {
	var fields fault.Fields
	if errors.As(err, &fields) {
		return fields[0].Field
	}
	var one *fault.Error
	if errors.As(err, &one) {
		return one.Field
	}
	return ""
}

func TestTheFirstAdministratorIsMadeOnce(t *testing.T) {
	dbtest.Each(t, schema, func(t *testing.T, d *db.DB, _ *dbtest.Clock) {
		s, err := staff.New(staff.Options{DB: d, Cost: cheap})
		if err != nil {
			t.Fatal(err)
		}
		if needs, err := s.NeedsSetup(t.Context()); !needs || err != nil {
			t.Fatalf("a new house: %v, %v", needs, err)
		}
		var made, refused int
		var mu sync.Mutex
		var all sync.WaitGroup
		for _, who := range []string{"a", "b", "c", "d"} {
			all.Go(func() {
				_, err := s.CreateFirstAdministrator(t.Context(), staff.First{Email: who + "@strathmarn.example", Name: "Somebody", Password: adminWords}, nil)
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err == nil:
					made++
				case fault.Is(err, fault.Conflict):
					refused++
				default:
					t.Error(err)
				}
			})
		}
		all.Wait()
		if made != 1 || refused != 3 {
			t.Errorf("made %d, refused %d", made, refused)
		}
		r, err := s.Roster(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		centre, ok := r.ContactCentre()
		if !ok || len(r.Teams()) != 1 || len(centre.MemberIDs) != 1 {
			t.Errorf("contact centre: %+v", centre)
		}
	})
}

func TestWhatElseASetUpDecidesIsInTheSameTransaction(t *testing.T) {
	dbtest.Each(t, schema, func(t *testing.T, d *db.DB, _ *dbtest.Clock) {
		s, err := staff.New(staff.Options{DB: d, Cost: cheap})
		if err != nil {
			t.Fatal(err)
		}
		broken := errors.New("the council's name could not be kept")
		_, err = s.CreateFirstAdministrator(t.Context(), staff.First{Email: adminEmail, Name: "Mairi", Password: adminWords},
			func(context.Context, *db.Tx, staff.Officer) error { return broken })
		if !errors.Is(err, broken) {
			t.Error(err)
		}
		if needs, err := s.NeedsSetup(t.Context()); !needs || err != nil {
			t.Errorf("%v, %v", needs, err)
		}
	})
}

func TestARoleChangeAndDeactivationEndSessions(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		o := h.add(t, "iain@strathmarn.example", "Iain Ruadh", staff.Answers)
		p := staff.Person{Email: o.Email, Name: o.Name, FirstName: o.FirstName, Role: o.Role}
		token := h.signIn(t, o.Email, newWords)
		p.Name = "Iain Bàn"
		if err := h.EditOfficer(t.Context(), h.admin.Actor(), o.ID, o.Version, p, nil); err != nil || !h.in(t, token) {
			t.Fatalf("a new name: %v", err)
		}
		p.Role = staff.Leader
		if err := h.EditOfficer(t.Context(), h.admin.Actor(), o.ID, o.Version+1, p, nil); err != nil || h.in(t, token) {
			t.Fatalf("a new role: %v", err)
		}
		token = h.signIn(t, o.Email, newWords)
		if err := h.Deactivate(t.Context(), h.admin.Actor(), o.ID, o.Version+2); err != nil || h.in(t, token) {
			t.Fatalf("deactivated: %v", err)
		}
		if err := h.Reactivate(t.Context(), h.admin.Actor(), o.ID, o.Version+3); err != nil || h.in(t, token) {
			t.Fatalf("reactivated: %v", err)
		}
		h.signIn(t, o.Email, newWords)
	})
}

func TestALinkWorksOnceAndForADay(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		o, invitation, err := h.AddOfficer(t.Context(), h.admin.Actor(), staff.Person{Email: "iain@strathmarn.example", Name: "Iain Ruadh", Role: staff.Answers}, nil)
		if err != nil || invitation.Purpose != staff.Invitation || o.FirstName != "Iain" {
			t.Fatalf("%+v, %v", invitation, err)
		}
		replaced, err := h.ResetLink(t.Context(), h.admin.Actor(), o.ID)
		if err != nil || replaced.Purpose != staff.Invitation {
			t.Fatalf("%+v, %v", replaced, err)
		}
		_, err = h.ChoosePassword(t.Context(), invitation.Token, newWords)
		wants(t, err, fault.Gone, "newer one")
		_, err = h.ChoosePassword(t.Context(), replaced.Token, "short")
		if field(err) != "password" {
			t.Errorf("short: %v", err)
		}
		if _, err = h.ChoosePassword(t.Context(), replaced.Token, newWords); err != nil {
			t.Fatal(err)
		}
		_, err = h.ChoosePassword(t.Context(), replaced.Token, newWords)
		wants(t, err, fault.Gone, "used")

		h.signIn(t, o.Email, newWords)
		reset, err := h.ResetLink(t.Context(), h.admin.Actor(), o.ID)
		if err != nil || reset.Purpose != staff.Reset {
			t.Fatalf("%+v, %v", reset, err)
		}
		h.clock.Advance(24 * time.Hour)
		_, err = h.ChoosePassword(t.Context(), reset.Token, adminWords)
		wants(t, err, fault.Gone, "a day")
		if reset, err = h.ResetLink(t.Context(), h.admin.Actor(), o.ID); err != nil {
			t.Fatal(err)
		}
		token := h.signIn(t, o.Email, newWords)
		if _, err = h.ChoosePassword(t.Context(), reset.Token, adminWords); err != nil || h.in(t, token) {
			t.Errorf("the session outlived the reset: %v", err)
		}
		h.signIn(t, o.Email, adminWords)
	})
}

func TestALinkOfSomebodyDeactivatedIsDead(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		o, link, err := h.AddOfficer(t.Context(), h.admin.Actor(), staff.Person{Email: "iain@strathmarn.example", Name: "Iain", Role: staff.Reader}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := h.Deactivate(t.Context(), h.admin.Actor(), o.ID, o.Version); err != nil {
			t.Fatal(err)
		}
		_, _, err = h.FollowLink(t.Context(), link.Token)
		wants(t, err, fault.Gone, "")
		_, err = h.ResetLink(t.Context(), h.admin.Actor(), o.ID)
		wants(t, err, fault.Invalid, "deactivated")
	})
}

func TestThereIsAlwaysAnAdministrator(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		err := h.Deactivate(t.Context(), h.admin.Actor(), h.admin.ID, h.admin.Version)
		wants(t, err, fault.Invalid, "only administrator")
		p := staff.Person{Email: h.admin.Email, Name: h.admin.Name, Role: staff.Leader}
		err = h.EditOfficer(t.Context(), h.admin.Actor(), h.admin.ID, h.admin.Version, p, nil)
		wants(t, err, fault.Invalid, "only administrator")
		h.add(t, "iain@strathmarn.example", "Iain", staff.Administrator)
		if err := h.Deactivate(t.Context(), h.admin.Actor(), h.admin.ID, h.admin.Version); err != nil {
			t.Error(err)
		}
	})
}

func TestWhoComesSecondIsToldWhatChanged(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		o := h.add(t, "iain@strathmarn.example", "Iain Ruadh", staff.Answers)
		h.signIn(t, o.Email, newWords)
		p := staff.Person{Email: o.Email, Name: o.Name, Role: staff.Leader}
		if err := h.EditOfficer(t.Context(), h.admin.Actor(), o.ID, o.Version, p, nil); err != nil {
			t.Fatal(err)
		}
		err := h.EditOfficer(t.Context(), h.admin.Actor(), o.ID, o.Version, p, nil)
		wants(t, err, fault.Conflict, "Mairi Nic Dhòmhnaill changed this meanwhile (role)")

		team, err := h.AddTeam(t.Context(), h.admin.Actor(), staff.Team{Name: "Roads"})
		if err != nil {
			t.Fatal(err)
		}
		o = h.officer(t, o.ID)
		if err := h.EditOfficer(t.Context(), h.admin.Actor(), o.ID, o.Version, p, []int64{team.ID}); err != nil {
			t.Fatal(err)
		}
		err = h.EditTeam(t.Context(), h.admin.Actor(), team)
		wants(t, err, fault.Conflict, "teams")
		if teams, err := h.TeamsOf(t.Context(), o.ID); err != nil || !slices.Equal(teams, []int64{team.ID}) {
			t.Errorf("%v, %v", teams, err)
		}
	})
}

func TestAnEmailAddressAndATeamNameAreUsedOnce(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		_, _, err := h.AddOfficer(t.Context(), h.admin.Actor(), staff.Person{Email: "MAIRI@strathmarn.example", Name: "Another", Role: staff.Reader}, nil)
		if field(err) != "email" {
			t.Errorf("%v", err)
		}
		_, err = h.AddTeam(t.Context(), h.admin.Actor(), staff.Team{Name: "CONTACT  centre"})
		if field(err) != "name" {
			t.Errorf("%v", err)
		}
	})
}

func TestTheContactCentreCanMoveButNotVanish(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		teams, err := h.Teams(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		old := teams[0]
		old.ContactCentre = false
		if err := h.EditTeam(t.Context(), h.admin.Actor(), old); field(err) != "contact_centre" {
			t.Errorf("%v", err)
		}
		roads, err := h.AddTeam(t.Context(), h.admin.Actor(), staff.Team{Name: "Roads", MemberIDs: []int64{h.admin.ID, h.admin.ID}})
		if err != nil {
			t.Fatal(err)
		}
		roads.ContactCentre = true
		if err := h.EditTeam(t.Context(), h.admin.Actor(), roads); err != nil {
			t.Fatal(err)
		}
		r, err := h.Roster(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if centre, _ := r.ContactCentre(); centre.ID != roads.ID || len(centre.MemberIDs) != 1 || len(r.Teams()) != 2 {
			t.Errorf("%+v", centre)
		}
	})
}

func TestAPasswordIsChangedOnlyByWhoKnowsIt(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		here, there := h.signIn(t, adminEmail, adminWords), h.signIn(t, adminEmail, adminWords)
		in, _, err := h.BySession(t.Context(), here)
		if err != nil {
			t.Fatal(err)
		}
		if err := h.ChangePassword(t.Context(), h.admin, in.Session.ID, "not this one", newWords); field(err) != "current" {
			t.Errorf("%v", err)
		}
		if err := h.ChangePassword(t.Context(), h.admin, in.Session.ID, adminWords, "mairi nic dhomhnaill"); field(err) != "password" {
			t.Errorf("%v", err)
		}
		if err := h.ChangePassword(t.Context(), h.admin, in.Session.ID, adminWords, newWords); err != nil {
			t.Fatal(err)
		}
		if !h.in(t, here) || h.in(t, there) {
			t.Error("only the session in which it was changed should last")
		}
		h.signIn(t, adminEmail, newWords)
	})
}

func TestARolledBackChangeIsNotRemembered(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		broken := errors.New("broken")
		err := h.db.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			if _, err := tx.Exec(ctx, `UPDATE staff_officer SET name = 'Somebody else'`); err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, `UPDATE staff_generation SET generation = $1`, tx.NewID()); err != nil {
				return err
			}
			if list, err := h.OfficersTx(ctx, tx); err != nil || list[0].Name != "Somebody else" {
				t.Errorf("inside: %+v, %v", list, err)
			}
			return broken
		})
		if !errors.Is(err, broken) {
			t.Fatal(err)
		}
		if o := h.officer(t, h.admin.ID); o.Name != "Mairi Nic Dhòmhnaill" {
			t.Errorf("remembered %q", o.Name)
		}
	})
}

func TestEverythingIsInTheRecordAndNoSecret(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		o := h.add(t, "iain@strathmarn.example", "Iain Ruadh", staff.Answers)
		token := h.signIn(t, o.Email, newWords)
		link, err := h.ResetLink(t.Context(), h.admin.Actor(), o.ID)
		if err != nil {
			t.Fatal(err)
		}
		o = h.officer(t, o.ID)
		if err := h.SaveAccount(t.Context(), o.ID, o.Version, "Iain Ruadh", "Iain", staff.Settings{Theme: staff.ThemeDark, Signature: "Iain, roads"}); err != nil {
			t.Fatal(err)
		}
		err = h.db.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			entries, err := record.About(ctx, tx, o.Subject(), 0, 100)
			var acts []string
			for _, e := range entries {
				acts = append(acts, e.Act)
				for _, hidden := range []string{token, link.Token, newWords, "argon2"} {
					if strings.Contains(string(e.Before)+string(e.After), hidden) {
						t.Errorf("%s holds a secret", e.Act)
					}
				}
			}
			slices.Reverse(acts)
			want := []string{"staff.officer.added", "staff.password.chosen", "staff.session.began", "staff.link.made", "staff.officer.changed"}
			if !slices.Equal(acts, want) {
				t.Errorf("acts %v", acts)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if report, err := record.Verify(t.Context(), h.db, nil); err != nil || !report.Whole() {
			t.Errorf("%+v, %v", report, err)
		}
	})
}
