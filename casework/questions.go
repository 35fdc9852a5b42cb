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
	"mercat.scot/mercat/platform/jobs"
	"mercat.scot/mercat/record"
	"mercat.scot/mercat/staff"
)

// asking is what a citizen was asked about a case and has not answered whole.
type asking struct {
	CaseID, ConversationID int64
	Codes                  []string // in the order in which they were numbered
	Back                   State    // to which the case goes when all is answered
	At                     time.Time
}

// repliedArgs names a message that may answer what was asked.
type repliedArgs struct {
	Conversation int64 `json:"conversation"`
	Message      int64 `json:"message"`
}

// Kind implements jobs.Args.
func (repliedArgs) Kind() string { return "casework.replied" }

// RegisterJobs registers this room's jobs; call it before the queue opens.
func (s *Service) RegisterJobs(queue *jobs.Queue) {
	s.queue = queue
	jobs.Register(queue, time.Minute, func(ctx context.Context, _ jobs.Job, args repliedArgs) error {
		return s.TakeReply(ctx, args.Conversation, args.Message)
	})
}

// Heard is told what happened at the desk, within the transaction that keeps it.
// Where something was asked, a job looks for the answer; so nothing of ours can
// hold up the desk.
func (s *Service) Heard(ctx context.Context, tx *db.Tx, list []desk.Happening) error {
	var heard []repliedArgs
	var conversations []int64
	for _, h := range list {
		if m := h.Message; !h.Opened && h.CaseRef != "" && m.Direction == desk.In && m.Automatic == "" {
			heard = append(heard, repliedArgs{m.ConversationID, m.ID})
			conversations = append(conversations, m.ConversationID)
		}
	}
	if len(heard) == 0 || s.queue == nil {
		return nil
	}
	asked, err := askingAmong(ctx, tx, conversations)
	if err != nil || len(asked) == 0 {
		return err
	}
	var put []jobs.Args
	for _, one := range heard {
		if asked[one.Conversation] {
			put = append(put, one)
		}
	}
	return s.queue.PutAll(ctx, tx, put)
}

// TakeReply looks in a citizen's message for answers to what they were asked,
// fills them in, and lets the case go on when nothing is missing any more.
// Pictures go to the case. A message is taken once, however often this is
// called.
func (s *Service) TakeReply(ctx context.Context, conversation, message int64) error {
	err := s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		list, err := askingsOf(ctx, tx, conversation)
		if err != nil || len(list) == 0 {
			return err
		}
		m, err := s.Desk.WholeMessageTx(ctx, tx, message)
		if err != nil {
			return err
		}
		if m.ConversationID != conversation || m.Direction != desk.In || !m.DeletedAt.IsZero() {
			return nil
		}
		for _, a := range list {
			if err := s.takeReplyTx(ctx, tx, a, m); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("take the answers of message %d: %w", message, err)
	}
	return nil
}

func (s *Service) takeReplyTx(ctx context.Context, tx *db.Tx, a asking, m desk.Message) error {
	fresh, err := putHeard(ctx, tx, a.CaseID, m.ID)
	if err != nil || !fresh {
		return err
	}
	c, err := caseTx(ctx, tx, a.CaseID)
	if err != nil {
		return err
	}
	if c.State.Ended() || m.At.Before(a.At.Add(-time.Hour)) { // said before it was asked; clocks differ a little
		return nil
	}
	snapshot, err := s.Directory.SnapshotTx(ctx, tx)
	if err != nil {
		return err
	}
	had, err := answersOf(ctx, tx, c.ID)
	if err != nil {
		return err
	}
	service, _ := snapshot.Service(c.ServiceID)
	var open directory.Attributes
	for _, code := range a.Codes {
		// What was answered meanwhile keeps its number, and is not answered again.
		if q, ok := service.Attributes.Attribute(code); ok {
			open = append(open, q)
		}
	}
	found := open.FindReply(m.Body, m.At.In(s.zone))
	for code := range found {
		if len(had[code].Values) > 0 {
			delete(found, code)
		}
	}
	found, _ = service.Attributes.ValidateGiven(found)
	now, different := had.merge(found, func(string, []string) Answer {
		return Answer{Origin: FromCitizen, MessageID: m.ID, Who: m.Author, At: tx.Now}
	})
	var pictures []int64
	for _, one := range m.Media {
		if strings.HasPrefix(one.ContentType, "image/") && one.State != "refused" {
			pictures = append(pictures, one.ID)
		}
	}
	if err := insertPhotos(ctx, tx, c.ID, Reported, pictures[:min(len(pictures), maxPhotos)]); err != nil {
		return err
	}
	if !different && len(pictures) == 0 {
		return nil
	}
	by := record.Actor{Kind: record.Citizen, ID: c.PersonID, Name: c.Who}
	if err := s.saveAnswersTx(ctx, tx, by, &c, service.Attributes, had, now); err != nil {
		return err
	}
	return s.goOnTx(ctx, tx, by, &c, service.Attributes, now, Asking{Language: c.Language, Reference: c.Reference}.Thanks())
}

// goOnTx lets a case that waited for answers go on when none is missing.
func (s *Service) goOnTx(ctx context.Context, tx *db.Tx, by record.Actor, c *Case, questions directory.Attributes, have answers, say string) error {
	a, asked, err := askingOf(ctx, tx, c.ID)
	if err != nil || !asked || len(questions.Missing(have.values())) > 0 {
		return err
	}
	if err := deleteAsking(ctx, tx, c.ID); err != nil {
		return err
	}
	if c.State != NeedsInformation {
		return nil
	}
	m := Moving{To: a.Back, At: c.ScheduledAt, Say: say}
	if !NeedsInformation.May(m.To) || m.To.Ended() || m.To == Scheduled && m.At.Before(tx.Now) {
		m.To = Accepted
	}
	_, err = s.MoveTx(ctx, tx, by, c, m)
	return err
}

// saveAnswersTx writes what is different, and notes it at the case.
func (s *Service) saveAnswersTx(ctx context.Context, tx *db.Tx, by record.Actor, c *Case, questions directory.Attributes, had, now answers) error {
	for code, a := range now {
		if b, there := had[code]; !there || !slices.Equal(a.Values, b.Values) || a.Origin != b.Origin {
			if err := putAnswer(ctx, tx, c.ID, a); err != nil {
				return err
			}
		}
	}
	for code := range had {
		if _, kept := now[code]; !kept {
			if err := deleteAnswer(ctx, tx, c.ID, code); err != nil {
				return err
			}
		}
	}
	e := record.Entry{Actor: by, Act: "casework.case.answered", Subject: c.Subject(), Before: had.changed(now).facts(questions), After: now.changed(had).facts(questions)}
	if c.ConversationID != 0 {
		e.About = []record.Subject{desk.Subject(c.ConversationID)}
	}
	before := *c
	if ok, err := updateCase(ctx, tx, c); err != nil || !ok {
		return errors.Join(err, errors.New("the case changed while it was written"))
	}
	if err := record.Append(ctx, tx, e); err != nil {
		return err
	}
	return s.followTx(ctx, tx, Change{Act: e.Act, By: by, Before: before, After: *c})
}

// KeepAnswersTx keeps what came with a report that was made by another way than
// the form of an officer: values as Attributes.Validate made them.
func (s *Service) KeepAnswersTx(ctx context.Context, tx *db.Tx, by record.Actor, id int64, origin Origin, values map[string][]string) error {
	for code, v := range values {
		if err := putAnswer(ctx, tx, id, Answer{Code: code, Values: v, Origin: origin, Who: by.Name, At: tx.Now}); err != nil {
			return err
		}
	}
	return nil
}

// AnswersTx are the answers about a case, by code.
func (s *Service) AnswersTx(ctx context.Context, tx *db.Tx, id int64) (map[string]Answer, error) {
	return answersOf(ctx, tx, id)
}

// Asked is what a case's service asks, and what is known of it.
type Asked struct {
	Questions directory.Attributes // of the service, remarks left out
	Answers   map[string]Answer
	Missing   directory.Attributes // required ones without an answer
	Since     time.Time            // when the citizen was asked; zero when nothing is open
}

func (s *Service) askedTx(ctx context.Context, tx *db.Tx, c Case) (Asked, error) {
	snapshot, err := s.Directory.SnapshotTx(ctx, tx)
	if err != nil {
		return Asked{}, err
	}
	have, err := answersOf(ctx, tx, c.ID)
	if err != nil {
		return Asked{}, err
	}
	open, _, err := askingOf(ctx, tx, c.ID)
	if err != nil {
		return Asked{}, err
	}
	service, _ := snapshot.Service(c.ServiceID)
	return Asked{service.Attributes.Asked(), have, service.Attributes.Missing(have.values()), open.At}, nil
}

// Answer writes answers as an officer gives them; those that are left empty are
// taken away. A case that waited for them goes on when none is missing.
//
// Errors: fault.NotFound; fault.Conflict; fault.Fields (directory.AnswerField of
// each code).
func (s *Service) Answer(ctx context.Context, by staff.Officer, id, version int64, values map[string][]string) (Case, error) {
	return s.answering(ctx, by, id, version, func(questions directory.Attributes, had answers, now time.Time) (answers, error) {
		clean, wrong := questions.ValidateGiven(values)
		if len(wrong) > 0 {
			return nil, wrong
		}
		for _, q := range questions.Asked() {
			if _, given := clean[q.Code]; !given {
				clean[q.Code] = nil
			}
		}
		next, _ := had.merge(clean, func(string, []string) Answer { return Answer{Origin: FromOfficer, Who: by.Name, At: now} })
		return next, nil
	})
}

// UndoAnswer puts an answer back to what it was before.
//
// Errors: fault.NotFound; fault.Conflict.
func (s *Service) UndoAnswer(ctx context.Context, by staff.Officer, id, version int64, code string) (Case, error) {
	return s.answering(ctx, by, id, version, func(_ directory.Attributes, had answers, _ time.Time) (answers, error) {
		a, there := had[code]
		if !there {
			return nil, fault.New(fault.NotFound, "There is no such answer any more. Look at the case as it is now.")
		}
		next, _ := had.merge(nil, nil)
		delete(next, code)
		if a.Was != nil {
			next[code] = *a.Was
		}
		return next, nil
	})
}

func (s *Service) answering(ctx context.Context, by staff.Officer, id, version int64, change func(directory.Attributes, answers, time.Time) (answers, error)) (Case, error) {
	var c Case
	err := s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		var err error
		if c, err = caseTx(ctx, tx, id); err != nil {
			return err
		}
		if c.Version != version {
			return changedBy(ctx, tx, c)
		}
		snapshot, err := s.Directory.SnapshotTx(ctx, tx)
		if err != nil {
			return err
		}
		had, err := answersOf(ctx, tx, id)
		if err != nil {
			return err
		}
		service, _ := snapshot.Service(c.ServiceID)
		now, err := change(service.Attributes, had, tx.Now)
		if err != nil {
			return err
		}
		if len(now.changed(had)) == 0 && len(had.changed(now)) == 0 {
			return nil
		}
		if err := s.saveAnswersTx(ctx, tx, by.Actor(), &c, service.Attributes, had, now); err != nil {
			return err
		}
		return s.goOnTx(ctx, tx, by.Actor(), &c, service.Attributes, now, "")
	})
	if err != nil {
		return Case{}, fmt.Errorf("answer about case %d: %w", id, err)
	}
	return c, nil
}
