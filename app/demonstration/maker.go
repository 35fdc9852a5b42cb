package demonstration

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"sync"
	"time"

	"mercat.scot/mercat/casework"
	"mercat.scot/mercat/desk"
	"mercat.scot/mercat/directory"
	"mercat.scot/mercat/network"
	"mercat.scot/mercat/network/practice"
	"mercat.scot/mercat/person"
	"mercat.scot/mercat/platform/blob"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/jobs"
	"mercat.scot/mercat/platform/live"
	"mercat.scot/mercat/platform/secret"
	"mercat.scot/mercat/staff"
)

// Options say where the history is made. The database is opened once more,
// under a clock of its own.
type Options struct {
	DB     db.Options // Now is the real clock
	Hub    *live.Hub
	Blobs  blob.Store
	Photos *blob.Photos
	Box    *secret.Box
	Triage desk.Triage
	Zone   *time.Location // of the council
	// Admin is the officer who asked for the demonstration.
	Admin staff.Officer
	// Progress is told how much of the history there is. Nil is nobody.
	Progress func(ctx context.Context, done, of int) error
}

// clock is one that is set, and otherwise stands.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if t.After(c.now) { // the record knows only one direction
		c.now = t
	}
}

// maker is a set of rooms under the other clock.
type maker struct {
	Options
	clock     *clock
	staff     *staff.Service
	directory *directory.Directory
	practice  *practice.Practice
	desk      *desk.Service
	casework  *casework.Service

	account  int64
	citizens map[string]int64
	officers map[string][]staff.Officer // by team
	talks    []conversation
	states   []state
}

// state is how far a conversation has come.
type state struct {
	ref     network.Ref // the citizen's first post
	id      int64       // of the conversation on the desk
	officer staff.Officer
	caseID  int64
}

// Make fills a council that was just set up with six weeks of history. It
// expects the seeded directory and the practice account that the set-up
// connects, and that nobody else fetches for that account meanwhile. When it
// fails, what there is stays: clear the council, then make it again.
func Make(ctx context.Context, o Options) error {
	real := o.DB.Now
	c := &clock{now: real().Add(-Days*24*time.Hour - 12*time.Hour)}
	o.DB.Now, o.DB.Twice = c.Now, false
	d, err := db.Open(ctx, o.DB)
	if err != nil {
		return fmt.Errorf("make the demonstration: %w", err)
	}
	m := &maker{Options: o, clock: c, citizens: map[string]int64{}, officers: map[string][]staff.Officer{}}
	err = m.run(ctx, d, real())
	if cerr := d.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return fmt.Errorf("make the demonstration: %w", err)
	}
	return nil
}

func (m *maker) run(ctx context.Context, d *db.DB, end time.Time) error {
	var err error
	if m.staff, err = staff.New(staff.Options{DB: d}); err != nil {
		return err
	}
	m.directory = directory.New(directory.Options{DB: d, Staff: m.staff})
	m.practice = practice.New(practice.Options{DB: d, Hub: m.Hub, Blobs: m.Blobs, Photos: m.Photos, Now: m.clock.Now})
	// It only puts. Nobody works this queue while the past is made, or what is due
	// then would be done now; afterwards the usual one finds it already done.
	queue := jobs.New(d, jobs.Options{Name: "demonstration"})
	m.desk = desk.New(desk.Options{DB: d, Queue: queue, Hub: m.Hub, Blobs: m.Blobs, Photos: m.Photos, Box: m.Box, Networks: []network.Network{m.practice},
		Staff: m.staff, Directory: m.directory, People: person.New(), Triage: m.Triage, Now: m.clock.Now})
	if err := queue.Open(); err != nil {
		return err
	}
	m.casework = casework.New(casework.Options{DB: d, Hub: m.Hub, Desk: m.desk, Directory: m.directory, Staff: m.staff})
	if err := m.findAccount(ctx); err != nil {
		return err
	}
	if err := m.engage(ctx); err != nil {
		return err
	}
	var moments []moment
	m.talks, moments = plan(end, m.Zone)
	m.states = make([]state, len(m.talks))
	for i, one := range moments {
		m.clock.set(one.at)
		if err := m.happen(ctx, one); err != nil {
			return fmt.Errorf("%s in “%s”: %w", one.what, m.talks[one.of].ask, err)
		}
		if m.Progress != nil && (i%10 == 0 || i == len(moments)-1) {
			if err := m.Progress(ctx, i+1, len(moments)); err != nil {
				return err
			}
		}
	}
	return errors.Join(m.desk.Stop(ctx), queue.HandOver(ctx))
}

func (m *maker) findAccount(ctx context.Context) error {
	accounts, err := m.desk.Accounts(ctx)
	if err != nil {
		return err
	}
	for _, a := range accounts {
		if a.Network == practice.Kind {
			m.account = a.ID
			return nil
		}
	}
	return errors.New("there is no practice account")
}

// engage brings the cast on stage: teams, officers, who owns what, places, and
// the citizens.
func (m *maker) engage(ctx context.Context) error {
	by := m.Admin.Actor()
	services, err := m.directory.Snapshot(ctx)
	if err != nil {
		return err
	}
	teams, err := m.staff.Teams(ctx)
	if err != nil || len(teams) == 0 {
		return errors.Join(err, errors.New("there is no contact centre"))
	}
	council := services.Council()
	council.Lat, council.Lon, council.Zoom = middleLat, middleLon, zoom
	if err := m.directory.SaveCouncil(ctx, by, council); err != nil {
		return err
	}
	var areas []directory.Area
	gaelicTeam := int64(0)
	for _, t := range cast() {
		id := teams[0].ID
		if t.name != contactCentre {
			made, err := m.staff.AddTeam(ctx, by, staff.Team{Name: t.name, Purpose: t.purpose})
			if err != nil {
				return err
			}
			id = made.ID
		}
		if t.name == gaelic {
			gaelicTeam = id
		}
		for _, o := range t.officers {
			role := staff.Answers
			if o.leader {
				role = staff.Leader
			}
			made, link, err := m.staff.AddOfficer(ctx, by, staff.Person{Name: o.name, Email: o.email, Role: role}, []int64{id})
			if err != nil {
				return err
			}
			// Nobody knows these words: the made-up people do not sign in.
			if _, err := m.staff.ChoosePassword(ctx, link.Token, secret.Token(24)); err != nil {
				return err
			}
			m.officers[t.name] = append(m.officers[t.name], made)
		}
		for _, name := range t.services {
			for _, s := range services.Services() {
				if s.Name == name {
					s.TeamID = id
					if err := m.directory.SaveService(ctx, by, s); err != nil {
						return err
					}
				}
			}
		}
		for name, places := range t.areas {
			areas = append(areas, directory.Area{Name: name, Places: places, TeamID: id})
		}
	}
	err = m.desk.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if _, err := m.directory.AddPlacesTx(ctx, tx, by, gazetteer()); err != nil {
			return err
		}
		if _, err := m.directory.AddAreasTx(ctx, tx, by, areas); err != nil {
			return err
		}
		_, err := m.desk.AddRuleTx(ctx, tx, by, desk.Rule{Name: "Gàidhlig", Words: "tha, cuin, tapadh leibh, leabharlann, sgoil", TeamID: gaelicTeam, Active: true})
		return err
	})
	if err != nil {
		return err
	}
	for _, name := range citizens() {
		c, err := m.practice.AddCitizen(ctx, name, "")
		if err != nil {
			return err
		}
		m.citizens[name] = c.ID
	}
	return nil
}

// happen lets one moment come to pass.
func (m *maker) happen(ctx context.Context, one moment) error {
	c, s := m.talks[one.of], &m.states[one.of]
	switch one.what {
	case says:
		return m.say(ctx, c, s)
	case tells:
		return m.hear(ctx, c, s, c.tells)
	case thanks:
		return m.hear(ctx, c, s, c.thanks)
	case assigns:
		return m.assign(ctx, c, s)
	case asks:
		return m.answer(ctx, s, c.asksOn)
	case answers:
		return m.answer(ctx, s, c.reply)
	case notes:
		_, err := m.desk.Note(ctx, s.officer, s.id, c.note)
		return err
	case opens:
		return m.open(ctx, s)
	case moves:
		return m.move(ctx, s, casework.InProgress, "")
	case ends:
		if c.job == "scottish water" {
			return m.move(ctx, s, casework.NotOurs, "Scottish Water")
		}
		return m.move(ctx, s, casework.Done, "")
	case snoozes:
		return m.handle(ctx, s, func(now desk.Conversation) error {
			_, err := m.desk.Snooze(ctx, s.officer, s.id, now.Version, m.clock.Now().Add(5*24*time.Hour))
			return err
		})
	case closes:
		return m.handle(ctx, s, func(now desk.Conversation) error {
			_, err := m.desk.Close(ctx, s.officer, s.id, now.Version, "Answered")
			return err
		})
	}
	return fmt.Errorf("%q cannot happen", one.what)
}

func (m *maker) say(ctx context.Context, c conversation, s *state) error {
	saying := practice.Saying{Citizen: m.citizens[c.citizen], Private: c.private, Text: c.ask}
	if c.picture {
		p, err := m.practice.TakePicture(ctx, bytes.NewReader(sketch(len(c.ask))), "the place.png")
		if err != nil {
			return err
		}
		p.Alt = "A made-up picture of the place"
		saying.Pictures = []practice.Picture{p}
	}
	ref, err := m.practice.Say(ctx, saying)
	if err != nil {
		return err
	}
	if err := m.desk.FetchNow(ctx, m.account); err != nil {
		return err
	}
	now, err := m.desk.ConversationOf(ctx, m.account, ref)
	s.ref, s.id = ref, now.ID
	return err
}

func (m *maker) hear(ctx context.Context, c conversation, s *state, words string) error {
	if _, err := m.practice.Say(ctx, practice.Saying{Citizen: m.citizens[c.citizen], ReplyTo: s.ref, Private: c.private, Text: words}); err != nil {
		return err
	}
	return m.desk.FetchNow(ctx, m.account)
}

func (m *maker) now(ctx context.Context, s *state) (desk.Conversation, error) {
	return m.desk.ConversationOf(ctx, m.account, s.ref)
}

// handle does something to a conversation as it is now; what somebody else did
// already is no error.
func (m *maker) handle(ctx context.Context, s *state, f func(now desk.Conversation) error) error {
	now, err := m.now(ctx, s)
	if err != nil {
		return err
	}
	if err := f(now); err != nil && !fault.Is(err, fault.Conflict) {
		return err
	}
	return nil
}

func (m *maker) assign(ctx context.Context, c conversation, s *state) error {
	team := c.team
	if team == "" {
		team = contactCentre
	}
	list := m.officers[team]
	s.officer = list[len(c.ask)%len(list)]
	return m.handle(ctx, s, func(now desk.Conversation) error {
		_, err := m.desk.Assign(ctx, s.officer, s.id, now.Version, s.officer.ID)
		return err
	})
}

func (m *maker) answer(ctx context.Context, s *state, words string) error {
	now, err := m.now(ctx, s)
	if err != nil {
		return err
	}
	sent, err := m.desk.Reply(ctx, s.officer, desk.Reply{ConversationID: s.id, Body: words, SeenID: now.LastID})
	if err != nil {
		return err
	}
	return m.deliver(ctx, sent.ID)
}

// deliver lets the undo window pass.
func (m *maker) deliver(ctx context.Context, message int64) error {
	m.clock.set(m.clock.Now().Add(desk.UndoWindow + time.Second))
	return m.desk.SendNow(ctx, message)
}

func (m *maker) open(ctx context.Context, s *state) error {
	f, err := m.casework.Fill(ctx, s.id)
	if err != nil {
		return err
	}
	c, step, err := m.casework.Open(ctx, s.officer, f.Opening)
	if err != nil {
		return err
	}
	s.caseID = c.ID
	return m.deliver(ctx, step.MessageID)
}

func (m *maker) move(ctx context.Context, s *state, to casework.State, whose string) error {
	w, err := m.casework.Whole(ctx, s.caseID)
	if err != nil {
		return err
	}
	moving := casework.Moving{To: to, Whose: whose, Say: casework.Saying{Language: w.Conversation.Language, From: w.State, To: to, Reference: w.Reference, Whose: whose}.Says()}
	if to == casework.Done {
		moving.Reason = casework.Fixed
	}
	_, step, err := m.casework.Move(ctx, s.officer, s.caseID, w.Version, moving)
	if err != nil {
		return err
	}
	return m.deliver(ctx, step.MessageID)
}

// sketch draws a picture that nobody takes for a photo.
func sketch(seed int) []byte {
	img := image.NewRGBA(image.Rect(0, 0, 640, 480))
	sky, ground := color.RGBA{196, 210, 219, 255}, color.RGBA{96, 99, 101, 255}
	for y := range 480 {
		for x := range 640 {
			c := sky
			if y > 220+(x*seed/40)%60 {
				c = ground
			}
			dx, dy := x-320-(seed*7)%90, (y-370)*3
			if dx*dx+dy*dy < 110*110 {
				c = color.RGBA{38, 36, 34, 255}
			}
			img.SetRGBA(x, y, c)
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		return nil // a buffer takes everything
	}
	return b.Bytes()
}
