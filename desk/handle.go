package desk

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/jobs"
	"mercat.scot/mercat/platform/text"
	"mercat.scot/mercat/record"
	"mercat.scot/mercat/staff"
)

// What happens to conversations and answers, as the record calls it. The first
// group can be undone.
const (
	actAssigned = "desk.conversation.assigned"
	actHanded   = "desk.conversation.handed"
	actSnoozed  = "desk.conversation.snoozed"
	actClosed   = "desk.conversation.closed"
	actReopened = "desk.conversation.reopened"
	actService  = "desk.conversation.service"
	actUrgency  = "desk.conversation.urgency"
	actUndone   = "desk.conversation.undone"
	actJoined   = "desk.conversation.joined"

	actParted  = "desk.conversation.parted"
	actWoken   = "desk.conversation.woken"
	actCase    = "desk.conversation.case"
	actNoted   = "desk.conversation.noted"
	actQueued  = "desk.message.queued"
	actSent    = "desk.message.sent"
	actFailed  = "desk.message.failed"
	actStopped = "desk.message.stopped"
	actGivenUp = "desk.message.given_up"
	actRetried = "desk.message.retried"
)

// Change is what a use case did to a conversation, and how it is undone.
type Change struct {
	Number   int64  // of the entry in the record
	Sentence string // "Assigned to Mairi Nic Dhòmhnaill."
}

// same reports whether two handlings are the same.
func (h Handling) same(o Handling) bool {
	return h.State == o.State && h.TeamID == o.TeamID && h.OfficerID == o.OfficerID && h.ServiceID == o.ServiceID &&
		h.SnoozedUntil.Equal(o.SnoozedUntil) && h.ClosedReason == o.ClosedReason && h.DueAt.Equal(o.DueAt) && h.Urgency == o.Urgency
}

// handlings reads both sides of an entry in the record; false when it does not
// hold any.
func handlings(k record.Kept) (before, after Handling, ok bool) {
	if json.Unmarshal(k.Before, &before) != nil || json.Unmarshal(k.After, &after) != nil {
		return Handling{}, Handling{}, false
	}
	return before, after, before.State != "" && after.State != ""
}

// change does one thing to a conversation that an officer saw in a version.
type change struct {
	by           staff.Officer
	conversation int64
	version      int64
	act          string
	// do changes the handling and says what it did; with it come the officers
	// that are to be told, and what the queue is to do.
	do func(ctx context.Context, tx *db.Tx, c *Conversation, people *staff.Roster) (string, error)
	// after does what follows from the change, in the same transaction.
	after func(ctx context.Context, tx *db.Tx, before, c Conversation, people *staff.Roster) error
}

func (s *Service) change(ctx context.Context, ch change) (Change, error) {
	var done Change
	err := s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		done, err = s.changeTx(ctx, tx, ch)
		return err
	})
	if err != nil {
		return Change{}, fmt.Errorf("%s, conversation %d: %w", ch.act, ch.conversation, err)
	}
	return done, nil
}

func (s *Service) changeTx(ctx context.Context, tx *db.Tx, ch change) (Change, error) {
	c, err := s.ConversationTx(ctx, tx, ch.conversation)
	if err != nil {
		return Change{}, err
	}
	people, err := s.Staff.RosterTx(ctx, tx)
	if err != nil {
		return Change{}, err
	}
	if c.Version != ch.version {
		return Change{}, s.changedTx(ctx, tx, c, people)
	}
	was := c
	sentence, err := ch.do(ctx, tx, &c, people)
	if err != nil {
		return Change{}, err
	}
	number, err := s.keepTx(ctx, tx, &c, was.Handling, ch.by.Actor(), ch.act)
	if err != nil {
		return Change{}, err
	}
	if ch.after != nil {
		if err := ch.after(ctx, tx, was, c, people); err != nil {
			return Change{}, err
		}
	}
	return Change{Number: number, Sentence: sentence}, nil
}

// keepTx writes a handled conversation, notes it in the record and tells those
// who look. It returns the number of the entry.
func (s *Service) keepTx(ctx context.Context, tx *db.Tx, c *Conversation, before Handling, by record.Actor, act string) (int64, error) {
	if err := saveConversation(ctx, tx, c); err != nil {
		return 0, err
	}
	if err := s.correctTx(ctx, tx, *c, before, by); err != nil {
		return 0, err
	}
	number, err := record.AppendNumbered(ctx, tx, record.Entry{Actor: by, Act: act, Subject: Subject(c.ID), Before: before, After: c.Handling})
	if err != nil {
		return 0, err
	}
	return number, s.Hub.Announce(ctx, tx, TopicInbox, Topic(c.ID))
}

// changedTx says who changed a conversation, and what, since an officer saw it.
func (s *Service) changedTx(ctx context.Context, tx *db.Tx, c Conversation, people *staff.Roster) error {
	entries, err := record.About(ctx, tx, Subject(c.ID), 0, 1)
	if err != nil {
		return err
	}
	what := "It has changed meanwhile."
	if len(entries) > 0 {
		what = tells(entries[0], c, people, tx.Now)
	}
	return fault.New(fault.Conflict, what+" Look at it as it is now, then decide again.")
}

// tells says in a sentence what an entry of the record is about.
func tells(k record.Kept, c Conversation, people *staff.Roster, now time.Time) string {
	before, after, _ := handlings(k)
	who, when := k.Actor.Name, ago(now, k.At)
	name := func(officer int64) string {
		if n := people.Name(officer); n != "" {
			return n
		}
		return "nobody"
	}
	team := func(id int64) string { t, _ := people.Team(id); return t.Name }
	did := "has changed it"
	switch k.Act {
	case actAssigned:
		if did = "has given it to " + name(after.OfficerID); after.OfficerID == k.Actor.ID {
			did = "has taken it"
		} else if after.OfficerID == 0 {
			did = "has given it back to the team"
		}
	case actHanded:
		did = "has handed it to " + team(after.TeamID)
	case actSnoozed:
		did = "has set it aside"
	case actClosed:
		did = "has closed it"
	case actReopened:
		did = "has reopened it"
	case actService:
		did = "has changed what it is about"
	case actUrgency:
		did = "has changed how urgent it is"
	case actUndone:
		did = "has undone the last change"
	case actQueued:
		if did = "has answered"; before.State != Closed && after.State == Closed {
			did = "has answered and closed it"
		}
	case actStopped, actGivenUp:
		did = "has stopped an answer"
	case actJoined, actParted:
		did = "has changed who the person is"
	case actSent, actFailed:
		return fmt.Sprintf("An answer in it was %s, %s.", map[string]string{actSent: "sent", actFailed: "not sent"}[k.Act], when)
	case actWoken:
		return "It has come back, " + when + "."
	default:
		if k.Actor.Kind != record.Officer {
			return fmt.Sprintf("%s has written again, %s.", c.Who, when)
		}
	}
	return fmt.Sprintf("%s %s, %s.", who, did, when)
}

// Assign gives a conversation to an officer, 0 for nobody. Version is the one
// that the person saw.
//
// Errors: fault.NotFound; fault.Conflict; fault.Invalid (officer).
func (s *Service) Assign(ctx context.Context, by staff.Officer, conversation, version, officer int64) (Change, error) {
	return s.change(ctx, change{by: by, conversation: conversation, version: version, act: actAssigned,
		do: func(_ context.Context, _ *db.Tx, c *Conversation, people *staff.Roster) (string, error) {
			if officer == 0 {
				return "Given back to the team.", c.assign(0)
			}
			o, ok := people.Officer(officer)
			if !ok || !o.Active || !o.Role.MayAnswer() {
				return "", fault.Field("officer", "Choose somebody who works here and may answer.")
			}
			return fmt.Sprintf("Assigned to %s.", o.Name), c.assign(officer)
		},
		after: func(ctx context.Context, tx *db.Tx, _, c Conversation, _ *staff.Roster) error {
			return s.notifyTx(ctx, tx, notice{kind: noticeAssigned, conversation: c.ID, message: c.LastID,
				body: fmt.Sprintf("%s gave you a conversation with %s.", by.Name, c.Who)}, by.ID, officer)
		}})
}

// Hand gives a conversation to another team, with a note that says why.
//
// Errors: fault.NotFound; fault.Conflict; fault.Invalid (team).
func (s *Service) Hand(ctx context.Context, by staff.Officer, conversation, version, team int64, note string) (Change, error) {
	note, err := worded(note)
	if err != nil {
		return Change{}, err
	}
	return s.change(ctx, change{by: by, conversation: conversation, version: version, act: actHanded,
		do: func(_ context.Context, _ *db.Tx, c *Conversation, people *staff.Roster) (string, error) {
			t, ok := people.Team(team)
			if !ok {
				return "", fault.Field("team", "Choose the team that should have it.")
			}
			return fmt.Sprintf("Handed to %s.", t.Name), c.hand(team)
		},
		after: func(ctx context.Context, tx *db.Tx, before, c Conversation, people *staff.Roster) error {
			if note != "" {
				if _, err := s.noteTx(ctx, tx, by, c, note, people); err != nil {
					return err
				}
			}
			t, _ := people.Team(team)
			told := []int64{before.OfficerID}
			if len(t.MemberIDs) <= toldOfTeam {
				told = append(told, t.MemberIDs...)
			}
			return s.notifyTx(ctx, tx, notice{kind: noticeHanded, conversation: c.ID, message: c.LastID,
				body: fmt.Sprintf("%s handed a conversation with %s to %s.", by.Name, c.Who, t.Name)}, by.ID, told...)
		}})
}

// toldOfTeam is how large a team may be for each in it to be told when
// something is handed to it; larger ones work from their list.
const toldOfTeam = 20

// Snooze sets a conversation aside until a time, when it opens by itself.
//
// Errors: fault.NotFound; fault.Conflict; fault.Invalid (until).
func (s *Service) Snooze(ctx context.Context, by staff.Officer, conversation, version int64, until time.Time) (Change, error) {
	until = until.UTC().Truncate(time.Microsecond)
	return s.change(ctx, change{by: by, conversation: conversation, version: version, act: actSnoozed,
		do: func(_ context.Context, tx *db.Tx, c *Conversation, _ *staff.Roster) (string, error) {
			if c.OfficerID == 0 {
				c.OfficerID = by.ID // whoever sets it aside is told when it comes back
			}
			return "Set aside. It comes back by itself.", c.snooze(until, tx.Now)
		},
		after: func(ctx context.Context, tx *db.Tx, _, c Conversation, _ *staff.Roster) error {
			return s.putWake(ctx, tx, c)
		}})
}

// putWake puts the job that brings a conversation back.
func (s *Service) putWake(ctx context.Context, tx *db.Tx, c Conversation) error {
	if c.State != Snoozed {
		return nil
	}
	return s.Queue.Put(ctx, tx, wakeArgs{Conversation: c.ID, Until: db.Micros(c.SnoozedUntil)}, jobs.At(c.SnoozedUntil))
}

// Close closes a conversation with a reason.
//
// Errors: fault.NotFound; fault.Conflict; fault.Invalid (reason).
func (s *Service) Close(ctx context.Context, by staff.Officer, conversation, version int64, reason string) (Change, error) {
	if len(reason) > 8*maxReason {
		reason = reason[:8*maxReason] // still too long for the rule, which says so
	}
	reason, _ = text.CleanLine(reason, maxReason+1)
	return s.change(ctx, change{by: by, conversation: conversation, version: version, act: actClosed,
		do: func(_ context.Context, _ *db.Tx, c *Conversation, _ *staff.Roster) (string, error) {
			return "Closed.", c.close(reason)
		}})
}

// Reopen opens a conversation that is closed, waiting or set aside.
//
// Errors: fault.NotFound; fault.Conflict.
func (s *Service) Reopen(ctx context.Context, by staff.Officer, conversation, version int64) (Change, error) {
	return s.change(ctx, change{by: by, conversation: conversation, version: version, act: actReopened,
		do: func(_ context.Context, _ *db.Tx, c *Conversation, _ *staff.Roster) (string, error) {
			return "Reopened.", c.reopen()
		}})
}

// SetService says what a conversation is about, 0 for "don't know".
//
// Errors: fault.NotFound; fault.Conflict; fault.Invalid (service).
func (s *Service) SetService(ctx context.Context, by staff.Officer, conversation, version, service int64) (Change, error) {
	return s.change(ctx, change{by: by, conversation: conversation, version: version, act: actService,
		do: func(ctx context.Context, tx *db.Tx, c *Conversation, _ *staff.Roster) (string, error) {
			if c.ServiceID == service {
				return "", fault.New(fault.Conflict, "It is about that already.")
			}
			c.ServiceID = service
			if service == 0 {
				return "The service is taken off.", nil
			}
			snapshot, err := s.Directory.SnapshotTx(ctx, tx)
			if err != nil {
				return "", err
			}
			found, ok := snapshot.Service(service)
			if !ok {
				return "", fault.Field("service", "Choose a service from the list.")
			}
			return fmt.Sprintf("It is about %s now.", found.Name), nil
		}})
}

// SetUrgency says how much haste a conversation has.
//
// Errors: fault.NotFound; fault.Conflict; fault.Invalid (urgency).
func (s *Service) SetUrgency(ctx context.Context, by staff.Officer, conversation, version int64, u Urgency) (Change, error) {
	return s.change(ctx, change{by: by, conversation: conversation, version: version, act: actUrgency,
		do: func(ctx context.Context, tx *db.Tx, c *Conversation, _ *staff.Roster) (string, error) {
			snapshot, err := s.Directory.SnapshotTx(ctx, tx)
			if err != nil {
				return "", err
			}
			says := map[Urgency]string{Usual: "It is not urgent.", Urgent: "It is urgent.", Danger: "Marked as danger to life. It stands first under Urgent."}
			return says[u], c.press(u, tx.Now, answerWithin(snapshot))
		}})
}

// SetCaseTx notes the reference of a conversation's newest case, for lists.
//
// Errors: fault.NotFound.
func (s *Service) SetCaseTx(ctx context.Context, tx *db.Tx, conversation int64, by record.Actor, reference string) error {
	c, err := s.ConversationTx(ctx, tx, conversation)
	if err != nil {
		return err
	}
	before := c.CaseRef
	if before == reference {
		return nil
	}
	c.CaseRef = reference
	if err := saveConversation(ctx, tx, &c); err != nil {
		return err
	}
	err = record.Append(ctx, tx, record.Entry{Actor: by, Act: actCase, Subject: Subject(c.ID),
		Before: map[string]any{"case": before}, After: map[string]any{"case": reference}})
	if err != nil {
		return err
	}
	return s.Hub.Announce(ctx, tx, TopicInbox, Topic(c.ID))
}
