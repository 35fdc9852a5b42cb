package casework

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"mercat.scot/mercat/desk"
	"mercat.scot/mercat/directory"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/jobs"
	"mercat.scot/mercat/platform/live"
	"mercat.scot/mercat/platform/secret"
	"mercat.scot/mercat/platform/text"
	"mercat.scot/mercat/record"
	"mercat.scot/mercat/staff"
)

// Options are what casework stands on. All are needed but MapStyle and Citizen.
type Options struct {
	DB        *db.DB
	Hub       *live.Hub
	Desk      *desk.Service
	Directory *directory.Directory
	Staff     *staff.Service
	MapStyle  func(context.Context) (string, error) // address of the map's style, "" for no map; nil is none
	Citizen
	Honest
	Workdays Workdays // nil counts Monday to Friday, whatever day it is
	Expect   Expect   // nil knows nothing
	// Follow are told of every change of a case in the transaction that makes it,
	// so that what a higher room keeps of cases is never behind. What they return
	// as an error undoes the change.
	Follow []func(context.Context, *db.Tx, Change) error
	Beside
	// FollowPast are told of cases that come in with another program's list, by
	// the batch: before has them as they were and is nil when they are new; after
	// is nil when they are taken out again.
	FollowPast []func(ctx context.Context, tx *db.Tx, before, after []Case) error
}

// Change is what happened to a case.
type Change struct {
	Act    string // as on the record: "casework.case.moved"
	By     record.Actor
	Before Case // the zero value when the case is new
	After  Case
	Step   Step // the zero value when the state stayed
}

// Service is the use cases of this room. It is safe for concurrent use.
type Service struct {
	Options
	citizens
	points *points     // for the map
	queue  *jobs.Queue // nil until RegisterJobs
}

// New returns a Service.
func New(o Options) *Service { return &Service{Options: o, citizens: newCitizens(), points: &points{}} }

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
	Remarks      directory.Attributes
	Questions    directory.Attributes // what the service asks
	Found        map[string]Answer    // what of it stands in the conversation
	Sure         string               // how surely the place is known, as a sentence; "" without a place
	photoSure    string               // the same, when it is that of a photo
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
		wordings, err := wordingsOf(ctx, tx, c.ServiceID)
		if err != nil {
			return err
		}
		f.Opening = Opening{FormKey: secret.Token(16), ConversationID: c.ID, ServiceID: c.ServiceID, Place: c.Place, Lat: c.Lat, Lon: c.Lon, Tell: true,
			Say: wordings.Says(Saying{Language: c.Language, To: Received, Reference: referenceMark})}
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
		if err := s.fillPhotoPlace(ctx, tx, &f, snapshot, messages); err != nil {
			return err
		}
		s.fillAnswers(&f, snapshot, messages)
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
		c = Case{ID: tx.NewID(), Source: FromDesk, ConversationID: conversation.ID, PersonID: conversation.PersonID, Who: conversation.Who,
			Language: conversation.Language, ServiceID: n.ServiceID, Words: n.Words, Place: n.Place, Asset: n.Asset, Lat: n.Lat, Lon: n.Lon, State: Received,
			TeamID: n.TeamID, CreatedAt: tx.Now, ChangedAt: tx.Now, Version: 1}
		if err := s.foreseeTx(ctx, tx, &c); err != nil {
			return err
		}
		if err := addCase(ctx, tx, &c, n.FormKey); err != nil {
			return err
		}
		if err := insertPhotos(ctx, tx, c.ID, Reported, n.Photos); err != nil {
			return err
		}
		if err := s.Desk.ForgetPhotoPlacesTx(ctx, tx, conversation.ID); err != nil {
			return err
		}
		if err := s.Desk.SetCaseTx(ctx, tx, conversation.ID, by.Actor(), c.Reference); err != nil {
			return err
		}
		asks, err := s.openAnswersTx(ctx, tx, by, c, n)
		if err != nil {
			return err
		}
		say := ""
		if n.Tell {
			if say = strings.ReplaceAll(n.Say, referenceMark, c.Reference); say == "" {
				if say, err = s.wordsTx(ctx, tx, c, Saying{To: Received}); err != nil {
					return err
				}
			}
		}
		first := say
		if asks { // one message, not two
			say = ""
		}
		step, err = s.step(ctx, tx, by.Actor(), c, Case{}, say)
		if err != nil {
			return err
		}
		if err := s.noted(ctx, tx, Change{Act: "casework.case.opened", By: by.Actor(), After: c, Step: step}); err != nil || !asks {
			return err
		}
		step, err = s.askTx(ctx, tx, by.Actor(), &c, first)
		return err
	})
	if err != nil {
		return Case{}, Step{}, fmt.Errorf("open a case: %w", err)
	}
	return c, step, nil
}

// addCase keeps a new case, with a reference and a private page of its own.
func addCase(ctx context.Context, tx *db.Tx, c *Case, key string) (err error) {
	if c.Reference, err = newReference(ctx, tx); err != nil {
		return err
	}
	c.Track = secret.LongReference()
	return insertCase(ctx, tx, *c, key)
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

// step keeps what became of a case, and queues what the citizen is told of it:
// nothing when there is no conversation to say it in, or when they want no more.
func (s *Service) step(ctx context.Context, tx *db.Tx, by record.Actor, c, before Case, say string) (Step, error) {
	st := Step{ID: tx.NewID(), CaseID: c.ID, At: tx.Now, Before: before.State, State: c.State, Reason: c.Reason, Was: before.was(), By: by.Kind, Officer: by.Name}
	if by.Kind == record.Officer {
		st.OfficerID = by.ID
	}
	if say != "" && c.ConversationID != 0 && !c.Quiet {
		var err error
		if say, err = s.finishTx(ctx, tx, &c, c.ConversationID, say, false); err != nil {
			return Step{}, err
		}
		m, err := s.Desk.SayTx(ctx, tx, c.ConversationID, by, fmt.Sprintf("case:%d", st.ID), say)
		if err != nil {
			return Step{}, err
		}
		st.Said, st.MessageID = say, m.ID
	}
	return st, insertStep(ctx, tx, st)
}

// Move brings a case into another state.
//
// Errors: fault.NotFound; fault.Conflict; fault.Invalid (reason, whose, into, at,
// photos, tasks).
func (s *Service) Move(ctx context.Context, by staff.Officer, id, version int64, m Moving) (Case, Step, error) {
	var c Case
	var step Step
	err := s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		if c, err = caseTx(ctx, tx, id); err != nil {
			return err
		}
		if c.Version != version {
			return changedBy(ctx, tx, c)
		}
		open, err := openTasks(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := askTasks(open, m.To, m.Tasks); err != nil {
			return err
		}
		if step, err = s.MoveTx(ctx, tx, by.Actor(), &c, m); err != nil {
			return err
		}
		if c.State.Ended() {
			if err := s.endTasksTx(ctx, tx, by.Actor(), c, open, m.Tasks, step.ID); err != nil {
				return err
			}
		}
		_, err = s.addPhotosTx(ctx, tx, by.Actor(), c, m.Photos)
		return err
	})
	if err != nil {
		return Case{}, Step{}, fmt.Errorf("move case %d: %w", id, err)
	}
	return c, step, nil
}

// MoveTx is Move within a transaction that has read the case, for what moves a
// case without an officer: a citizen's answer, a back office, a rule.
//
// Errors: fault.Conflict; fault.Invalid (reason, whose, into, at).
func (s *Service) MoveTx(ctx context.Context, tx *db.Tx, by record.Actor, c *Case, m Moving) (Step, error) {
	return s.moveFromTx(ctx, tx, by, *c, c, m)
}

// moveFromTx is MoveTx of a case of which something else has changed already:
// before is the case without that.
func (s *Service) moveFromTx(ctx context.Context, tx *db.Tx, by record.Actor, before Case, c *Case, m Moving) (Step, error) {
	m.Say, _ = text.Clean(m.Say, maxSay)
	if err := c.move(m, tx.Now); err != nil {
		return Step{}, err
	}
	if c.State == Duplicate {
		if err := joinable(ctx, tx, c.IntoID); err != nil {
			return Step{}, err
		}
	}
	step, err := s.step(ctx, tx, by, *c, before, m.Say)
	if err != nil {
		return Step{}, err
	}
	if err := s.tellOthersTx(ctx, tx, by, *c, before, step, m.Say); err != nil {
		return Step{}, err
	}
	if err := s.saveTx(ctx, tx, Change{Act: "casework.case.moved", By: by, Before: before, Step: step}, c); err != nil {
		return Step{}, err
	}
	return step, nil
}

// saveTx writes a changed case, notes it and tells those who follow.
func (s *Service) saveTx(ctx context.Context, tx *db.Tx, ch Change, c *Case) error {
	if ok, err := updateCase(ctx, tx, c); err != nil || !ok {
		return errors.Join(err, errors.New("the case changed while it was written"))
	}
	ch.After = *c
	if err := s.countJoinTx(ctx, tx, ch); err != nil {
		return err
	}
	return s.noted(ctx, tx, ch)
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
		c.ServiceID, c.Words, c.Place, c.Asset, c.Lat, c.Lon = n.ServiceID, n.Words, n.Place, n.Asset, n.Lat, n.Lon
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
		before := c
		if err := f(ctx, tx, &c); err != nil {
			return err
		}
		return s.saveTx(ctx, tx, Change{Act: act, By: by.Actor(), Before: before}, &c)
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

// noted puts what happened to a case on the record, and tells those who follow.
func (s *Service) noted(ctx context.Context, tx *db.Tx, ch Change) error {
	e := record.Entry{Actor: ch.By, Act: ch.Act, Subject: ch.After.Subject(), After: ch.After.facts()}
	if ch.After.ConversationID != 0 {
		e.About = append(e.About, desk.Subject(ch.After.ConversationID))
	}
	if ch.After.PersonID != 0 {
		e.About = append(e.About, record.Subject{Kind: "person", ID: ch.After.PersonID})
	}
	if ch.Before.ID != 0 {
		e.Before = ch.Before.facts()
	}
	if err := record.Append(ctx, tx, e); err != nil {
		return err
	}
	if err := countTx(ctx, tx, ch.Before, ch.After); err != nil {
		return err
	}
	return s.followTx(ctx, tx, ch)
}

// followTx tells those who follow, and the browsers.
func (s *Service) followTx(ctx context.Context, tx *db.Tx, ch Change) error {
	topics := []string{TopicCases}
	if ch.After.ConversationID != 0 {
		topics = append(topics, desk.Topic(ch.After.ConversationID))
	}
	for _, follow := range s.Follow {
		if err := follow(ctx, tx, ch); err != nil {
			return err
		}
	}
	return s.Hub.Announce(ctx, tx, topics...)
}
