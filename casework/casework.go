package casework

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"mercat.scot/mercat/desk"
	"mercat.scot/mercat/directory"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/live"
	"mercat.scot/mercat/platform/secret"
	"mercat.scot/mercat/platform/text"
	"mercat.scot/mercat/record"
	"mercat.scot/mercat/staff"
)

// Options are what casework stands on. All are needed but MapStyle.
type Options struct {
	DB        *db.DB
	Hub       *live.Hub
	Desk      *desk.Service
	Directory *directory.Directory
	Staff     *staff.Service
	MapStyle  func(context.Context) (string, error) // address of the map's style, "" for no map; nil is none
}

// Service is the use cases of this room. It is safe for concurrent use.
type Service struct{ Options }

// New returns a Service.
func New(o Options) *Service { return &Service{o} }

// TopicCases is announced when some case is new or changed.
const TopicCases = "cases"

// maxRead bounds what of a conversation is read into a form.
const maxRead = 100

// Filled is the form of a new case as the conversation fills it in.
type Filled struct {
	Opening
	Conversation desk.Conversation
	Photos       []desk.Media // all that the citizen sent; Opening.Photos are those chosen
	Cases        []Case       // that there are already
}

// Fill fills in the form of a case from its conversation: nothing is typed
// twice.
//
// Errors: fault.NotFound.
func (s *Service) Fill(ctx context.Context, conversation int64) (Filled, error) {
	var f Filled
	err := s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		f = Filled{}
		var err error
		if f.Conversation, err = s.Desk.ConversationTx(ctx, tx, conversation); err != nil {
			return err
		}
		messages, err := s.Desk.MessagesTx(ctx, tx, conversation, 0, maxRead)
		if err != nil {
			return err
		}
		if f.Cases, err = casesOf(ctx, tx, conversation, 10); err != nil {
			return err
		}
		c := f.Conversation
		f.Opening = Opening{FormKey: secret.Token(16), ConversationID: c.ID, ServiceID: c.ServiceID, Place: c.Place, Lat: c.Lat, Lon: c.Lon, Tell: true,
			Say: Received.Says(c.Language, "", referenceMark, "")}
		var words []string
		for _, m := range messages {
			if m.Direction != desk.In || !m.DeletedAt.IsZero() || m.Automatic != "" {
				continue
			}
			if body := strings.TrimSpace(m.Body); body != "" {
				words = append(words, body)
			}
			for _, photo := range m.Media {
				if photo.Picture() && len(f.Photos) < maxPhotos {
					f.Photos = append(f.Photos, photo)
					f.Opening.Photos = append(f.Opening.Photos, photo.ID)
				}
			}
		}
		if len(words) == 0 {
			words = []string{c.Subject}
		}
		f.Words, _ = text.Clean(strings.Join(words, "\n\n"), maxWords)
		snapshot, err := s.Directory.SnapshotTx(ctx, tx)
		if err != nil {
			return err
		}
		f.TeamID = snapshot.OwnerOf(c.ServiceID)
		if f.TeamID == 0 {
			f.TeamID = c.TeamID
		}
		return nil
	})
	if err != nil {
		return Filled{}, fmt.Errorf("fill in a case: %w", err)
	}
	return f, nil
}

// Open makes a case, tells the citizen unless the officer did not want that,
// and notes the reference at the conversation. The same form sent twice makes
// one case.
//
// Errors: fault.NotFound; fault.Fields (words, service, team, place).
func (s *Service) Open(ctx context.Context, by staff.Officer, n Opening) (Case, Step, error) {
	n, err := n.clean()
	if err != nil {
		return Case{}, Step{}, err
	}
	var c Case
	var step Step
	err = s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		c, step = Case{}, Step{}
		had, found, err := caseByKey(ctx, tx, n.FormKey)
		if err != nil {
			return err
		}
		if found {
			c = had
			return nil
		}
		conversation, err := s.Desk.ConversationTx(ctx, tx, n.ConversationID)
		if err != nil {
			return err
		}
		if n, err = s.check(ctx, tx, n, conversation); err != nil {
			return err
		}
		c = Case{ID: tx.NewID(), ConversationID: conversation.ID, PersonID: conversation.PersonID, Who: conversation.Who, ServiceID: n.ServiceID, Words: n.Words,
			Place: n.Place, Lat: n.Lat, Lon: n.Lon, State: Received, TeamID: n.TeamID, CreatedAt: tx.Now, ChangedAt: tx.Now, Version: 1}
		if c.Reference, err = newReference(ctx, tx); err != nil {
			return err
		}
		if err := insertCase(ctx, tx, c, n.FormKey); err != nil {
			return err
		}
		if err := insertPhotos(ctx, tx, c.ID, n.Photos); err != nil {
			return err
		}
		if err := s.Desk.SetCaseTx(ctx, tx, conversation.ID, by.Actor(), c.Reference); err != nil {
			return err
		}
		say := ""
		if n.Tell {
			if say = strings.ReplaceAll(n.Say, referenceMark, c.Reference); say == "" {
				say = Received.Says(conversation.Language, "", c.Reference, "")
			}
		}
		step, err = s.step(ctx, tx, by, c, "", "", say)
		if err != nil {
			return err
		}
		return s.noted(ctx, tx, by, "casework.case.opened", c, nil)
	})
	if err != nil {
		return Case{}, Step{}, fmt.Errorf("open a case: %w", err)
	}
	return c, step, nil
}

// check holds a form against the directory, the roster and the conversation.
func (s *Service) check(ctx context.Context, tx *db.Tx, n Opening, conversation desk.Conversation) (Opening, error) {
	snapshot, err := s.Directory.SnapshotTx(ctx, tx)
	if err != nil {
		return n, err
	}
	if _, ok := snapshot.Service(n.ServiceID); n.ServiceID != 0 && !ok {
		return n, fault.Field("service", "This service is not there any more. Choose another.")
	}
	roster, err := s.Staff.RosterTx(ctx, tx)
	if err != nil {
		return n, err
	}
	if n.TeamID == 0 {
		n.TeamID = snapshot.OwnerOf(n.ServiceID)
	}
	if n.TeamID == 0 {
		n.TeamID = conversation.TeamID
	}
	if _, ok := roster.Team(n.TeamID); !ok {
		return n, fault.Field("team", "This team is not there any more. Choose another.")
	}
	messages, err := s.Desk.MessagesTx(ctx, tx, conversation.ID, 0, maxRead)
	if err != nil {
		return n, err
	}
	var known []int64
	for _, m := range messages {
		for _, photo := range m.Media {
			known = append(known, photo.ID)
		}
	}
	n.Photos = slices.DeleteFunc(slices.Compact(slices.Sorted(slices.Values(n.Photos))), func(id int64) bool { return !slices.Contains(known, id) })
	return n, nil
}

// newReference draws until it finds one that is free: with 35 random bits the
// first one nearly always is.
func newReference(ctx context.Context, tx *db.Tx) (string, error) {
	for range 20 {
		reference := secret.ShortReference()
		taken, err := referenceTaken(ctx, tx, reference)
		if err != nil || !taken {
			return reference, err
		}
	}
	return "", errors.New("no free reference was found")
}

// step keeps what became of a case, and queues what the citizen is told of it.
func (s *Service) step(ctx context.Context, tx *db.Tx, by staff.Officer, c Case, before State, whose, say string) (Step, error) {
	st := Step{ID: tx.NewID(), CaseID: c.ID, At: tx.Now, Before: before, State: c.State, Whose: whose, OfficerID: by.ID, Officer: by.Name, Said: say}
	if say != "" {
		m, err := s.Desk.SayTx(ctx, tx, c.ConversationID, by.Actor(), fmt.Sprintf("case:%d", st.ID), say)
		if err != nil {
			return Step{}, err
		}
		st.MessageID = m.ID
	}
	return st, insertStep(ctx, tx, st)
}

// Move brings a case into another state. Say is what the citizen is told, ""
// for nothing.
//
// Errors: fault.NotFound; fault.Conflict; fault.Invalid (whose).
func (s *Service) Move(ctx context.Context, by staff.Officer, id, version int64, to State, whose, say string) (Case, Step, error) {
	say, _ = text.Clean(say, maxSay)
	var step Step
	c, err := s.change(ctx, by, id, version, "casework.case.moved", func(ctx context.Context, tx *db.Tx, c *Case) error {
		before, was := c.State, c.Whose
		if err := c.move(to, whose, tx.Now); err != nil {
			return err
		}
		var err error
		step, err = s.step(ctx, tx, by, *c, before, was, say)
		return err
	})
	return c, step, err
}

// Undo takes a step back: what was not sent yet is not sent. When the citizen
// has been told already, the case is put back and a further message is owed;
// told reports that.
//
// Errors: fault.NotFound; fault.Conflict when the case has moved on.
func (s *Service) Undo(ctx context.Context, by staff.Officer, id, step int64) (c Case, told bool, err error) {
	err = s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		st, err := stepTx(ctx, tx, step, id)
		if err != nil {
			return err
		}
		if c, err = caseTx(ctx, tx, id); err != nil {
			return err
		}
		if c.State != st.State || !st.UndoneAt.IsZero() || st.Before == "" {
			return fault.New(fault.Conflict, "The case has been changed again since. Look at it as it is now.")
		}
		told = false
		if st.MessageID != 0 {
			stopped, err := s.Desk.UnsayTx(ctx, tx, st.MessageID, by.Actor())
			if err != nil {
				return err
			}
			told = !stopped
		}
		before := c.facts()
		c.State, c.Whose, c.EndedAt = st.Before, st.Whose, time.Time{}
		if c.State.Ended() {
			c.EndedAt = tx.Now
		}
		if ok, err := updateCase(ctx, tx, &c); err != nil || !ok {
			return errors.Join(err, errors.New("the case changed while it was written"))
		}
		if err := markUndone(ctx, tx, st.ID); err != nil {
			return err
		}
		return s.noted(ctx, tx, by, "casework.case.undone", c, before)
	})
	if err != nil {
		return Case{}, false, fmt.Errorf("undo a step of case %d: %w", id, err)
	}
	return c, told, nil
}

// Assign gives a case to a team, and to an officer of it or to nobody.
//
// Errors: fault.NotFound; fault.Conflict; fault.Invalid (team, officer).
func (s *Service) Assign(ctx context.Context, by staff.Officer, id, version, team, officer int64) (Case, error) {
	return s.change(ctx, by, id, version, "casework.case.assigned", func(ctx context.Context, tx *db.Tx, c *Case) error {
		roster, err := s.Staff.RosterTx(ctx, tx)
		if err != nil {
			return err
		}
		if _, ok := roster.Team(team); !ok {
			return fault.Field("team", "Choose a team from the list.")
		}
		if o, ok := roster.Officer(officer); officer != 0 && (!ok || !o.Active) {
			return fault.Field("officer", "This person does not work here any more. Choose another.")
		}
		c.TeamID, c.OfficerID = team, officer
		return nil
	})
}

// Edit changes what a case is about. The citizen is not told.
//
// Errors: fault.NotFound; fault.Conflict; fault.Fields (words, service, place).
func (s *Service) Edit(ctx context.Context, by staff.Officer, id, version int64, n Opening) (Case, error) {
	n.FormKey = "edit"
	n, err := n.clean()
	if err != nil {
		return Case{}, err
	}
	return s.change(ctx, by, id, version, "casework.case.edited", func(ctx context.Context, tx *db.Tx, c *Case) error {
		snapshot, err := s.Directory.SnapshotTx(ctx, tx)
		if err != nil {
			return err
		}
		if _, ok := snapshot.Service(n.ServiceID); n.ServiceID != 0 && !ok {
			return fault.Field("service", "This service is not there any more. Choose another.")
		}
		c.ServiceID, c.Words, c.Place, c.Lat, c.Lon = n.ServiceID, n.Words, n.Place, n.Lat, n.Lon
		return nil
	})
}

// change is what every change of a case has in common.
func (s *Service) change(ctx context.Context, by staff.Officer, id, version int64, act string, f func(context.Context, *db.Tx, *Case) error) (Case, error) {
	var c Case
	err := s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		var err error
		if c, err = caseTx(ctx, tx, id); err != nil {
			return err
		}
		if c.Version != version {
			return changedBy(ctx, tx, c)
		}
		before := c.facts()
		if err := f(ctx, tx, &c); err != nil {
			return err
		}
		if ok, err := updateCase(ctx, tx, &c); err != nil || !ok {
			return errors.Join(err, errors.New("the case changed while it was written"))
		}
		return s.noted(ctx, tx, by, act, c, before)
	})
	if err != nil {
		return Case{}, fmt.Errorf("change case %d: %w", id, err)
	}
	return c, nil
}

// changedBy tells the loser who was quicker.
func changedBy(ctx context.Context, tx *db.Tx, c Case) error {
	list, err := record.About(ctx, tx, c.Subject(), 0, 1)
	if err != nil {
		return err
	}
	who := "Somebody"
	if len(list) > 0 {
		who = list[0].Actor.Name
	}
	return fault.Newf(fault.Conflict, "%s changed this case meanwhile: it is %s now. What you entered is not saved. Look at it as it is, then decide again.", who, strings.ToLower(c.State.Label()))
}

func (s *Service) noted(ctx context.Context, tx *db.Tx, by staff.Officer, act string, c Case, before map[string]any) error {
	e := record.Entry{Actor: by.Actor(), Act: act, Subject: c.Subject(), About: []record.Subject{desk.Subject(c.ConversationID), {Kind: "person", ID: c.PersonID}}, After: c.facts()}
	if before != nil {
		e.Before = before
	}
	if err := record.Append(ctx, tx, e); err != nil {
		return err
	}
	return s.Hub.Announce(ctx, tx, TopicCases, desk.Topic(c.ConversationID))
}

// Whole is a case with all that stands on its page.
type Whole struct {
	Case
	Conversation desk.Conversation
	Photos       []int64
	Steps        []Step
	Acts         []record.Kept // newest first, 50 at most
}

// Whole reads a case for its page.
//
// Errors: fault.NotFound.
func (s *Service) Whole(ctx context.Context, id int64) (Whole, error) {
	var w Whole
	err := s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		w = Whole{}
		var err error
		if w.Case, err = caseTx(ctx, tx, id); err != nil {
			return err
		}
		if w.Conversation, err = s.Desk.ConversationTx(ctx, tx, w.ConversationID); err != nil {
			return err
		}
		if w.Photos, err = photosOf(ctx, tx, id); err != nil {
			return err
		}
		if w.Steps, err = stepsOf(ctx, tx, id); err != nil {
			return err
		}
		w.Acts, err = record.About(ctx, tx, w.Subject(), 0, 50)
		return err
	})
	if err != nil {
		return Whole{}, fmt.Errorf("read case %d: %w", id, err)
	}
	return w, nil
}

// Of returns the cases of a conversation, newest first, 10 at most.
func (s *Service) Of(ctx context.Context, conversation int64) (list []Case, err error) {
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		list, err = casesOf(ctx, tx, conversation, 10)
		return err
	})
	return list, err
}

// Told is a step as the citizen may see it on a tracking page.
type Told struct {
	At        time.Time
	Reference string
	State     State
	Whose     string
}

// Told returns what became of the cases of the conversation that a network
// knows by a token, oldest first. An unknown token has none.
func (s *Service) Told(ctx context.Context, token string) ([]Told, error) {
	var list []Told
	err := s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		list = nil
		c, err := s.Desk.ConversationByTokenTx(ctx, tx, token)
		if fault.Is(err, fault.NotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		cases, err := casesOf(ctx, tx, c.ID, 10)
		if err != nil {
			return err
		}
		for _, one := range cases {
			steps, err := stepsOf(ctx, tx, one.ID)
			if err != nil {
				return err
			}
			for _, st := range steps {
				if st.UndoneAt.IsZero() {
					t := Told{At: st.At, Reference: one.Reference, State: st.State}
					if st.State == NotOurs {
						t.Whose = one.Whose
					}
					list = append(list, t)
				}
			}
		}
		slices.SortStableFunc(list, func(a, b Told) int { return a.At.Compare(b.At) })
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the steps for a tracking page: %w", err)
	}
	return list, nil
}
