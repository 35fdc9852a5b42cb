package open311

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"mercat.scot/mercat/casework"
	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/text"
	"mercat.scot/mercat/staff"
)

// The statuses of updates, of the list that FixMyStreet made.
const (
	updateOpen          = "OPEN"
	updateInvestigating = "INVESTIGATING"
	updateScheduled     = "ACTION_SCHEDULED"
	updateInProgress    = "IN_PROGRESS"
	updateFixed         = "FIXED"
	updateNoAction      = "NO_FURTHER_ACTION"
	updateNotOurs       = "NOT_COUNCILS_RESPONSIBILITY"
	updateDuplicate     = "DUPLICATE"
	updateClosed        = "CLOSED"
)

// updateStatus is where a case stands, in that list.
func updateStatus(state casework.State, reason casework.Reason) string {
	switch state {
	case casework.NeedsInformation, casework.Accepted:
		return updateInvestigating
	case casework.Scheduled:
		return updateScheduled
	case casework.InProgress:
		return updateInProgress
	case casework.Done:
		if reason.Resolves() {
			return updateFixed
		}
		return updateNoAction
	case casework.NotOurs:
		return updateNotOurs
	case casework.Duplicate:
		return updateDuplicate
	case casework.Withdrawn:
		return updateClosed
	}
	return updateOpen
}

// updateWords is what everybody may read of a step.
func updateWords(state casework.State, reason casework.Reason) string {
	if label := reason.Label(); label != "" {
		return state.Label() + ": " + label
	}
	return state.Label()
}

var errNotSent = fault.New(fault.NotFound, "service_request_id was not found among the requests that this api_key sent in.")

// Updates answers what became of requests in a time, the oldest first. With a key
// the answers to people who reported by its program are among them.
//
// Errors: fault.Invalid with what is wrong.
func (s *Server) Updates(ctx context.Context, k *staff.Key, v url.Values) ([]Update, error) {
	var q query
	if err := q.times(v, s.Now()); err != nil {
		return nil, err
	}
	references := parts(v["service_request_id"])
	if len(references) > mostPage {
		return nil, fault.New(fault.Invalid, "service_request_id names more than 50 requests. Ask for fewer at once.")
	}
	to := q.cases.To
	if to.IsZero() {
		to = s.Now().Add(time.Minute)
	}
	steps, err := s.Casework.Updates(ctx, q.cases.From, to, references, mostRows)
	if err != nil {
		return nil, err
	}
	var list []Update
	for _, u := range steps {
		list = append(list, Update{ID: strconv.FormatInt(u.StepID, 10), RequestID: u.Reference, Status: updateStatus(u.State, u.Reason), At: u.At, Description: updateWords(u.State, u.Reason)})
	}
	if k != nil {
		answers, err := s.answers(ctx, *k, q.cases.From, to, references)
		if err != nil {
			return nil, err
		}
		list = append(list, answers...)
	}
	slices.SortStableFunc(list, func(a, b Update) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID, b.ID)) })
	return list[:min(len(list), mostRows)], nil
}

// answers are what people were answered who reported by a key's program.
func (s *Server) answers(ctx context.Context, k staff.Key, from, to time.Time, references []string) (list []Update, err error) {
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		list = nil
		kept, err := answersBetween(ctx, tx, text.Fold(k.Name), db.IDAt(from), db.IDAt(to), mostRows)
		if err != nil {
			return err
		}
		for _, a := range kept {
			c, err := s.Casework.CaseTx(ctx, tx, a.caseID)
			if fault.Is(err, fault.NotFound) {
				continue
			}
			if err != nil {
				return err
			}
			if len(references) > 0 && !slices.ContainsFunc(references, func(r string) bool { return strings.EqualFold(r, c.Reference) }) {
				continue
			}
			list = append(list, Update{ID: strconv.FormatInt(a.id, 10), RequestID: c.Reference, Status: updateStatus(c.State, c.Reason), At: a.at, Description: a.body})
		}
		return nil
	})
	return list, err
}

// Answered keeps an answer of the desk for the program by which the person
// reported. The same key again keeps nothing.
func (s *Server) Answered(ctx context.Context, out network.Outgoing) error {
	return s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		r, found, err := requestByThread(ctx, tx, out.Thread)
		if err != nil {
			return err
		}
		if !found {
			return &network.Error{Trouble: network.Missing, Sentence: "The request that this answers is no longer known, so no program would fetch the answer. Reach the person in another way."}
		}
		return insertAnswer(ctx, tx, kept{id: tx.NewID(), key: out.Key, caseID: r.caseID, keyName: r.keyName, body: out.Text, at: tx.Now})
	})
}

// TakeBack removes the words of an answer.
func (s *Server) TakeBack(ctx context.Context, key string) error {
	return s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error { return emptyAnswer(ctx, tx, key) })
}

// TakeUpdate puts what a person says about their request into its conversation.
// The same update_id of the same request again changes nothing. The status that
// comes along is shown to the officer, and moves nothing: closed is not fixed.
//
// Errors: fault.NotFound for a request that this program did not send;
// fault.Fields with all that is wrong; fault.Down when nothing is taken.
func (s *Server) TakeUpdate(ctx context.Context, k staff.Key, v url.Values) (Update, error) {
	account, err := s.account(ctx)
	if err != nil {
		return Update{}, err
	}
	reference, _ := text.CleanLine(v.Get("service_request_id"), 60)
	n := Submission{}
	var wrong fault.Fields
	n.readPerson(v, &wrong)
	n.readWords(v, &wrong)
	name, _ := text.CleanLine(v.Get("update_id"), 200)
	status, _ := text.CleanLine(v.Get("status"), 60)
	if n.Description == "" && len(n.Media) == 0 && status == "" {
		wrong.Add("description", "description was not provided. Say in a few words what is new.")
	}
	if err := wrong.Err(); err != nil {
		return Update{}, err
	}
	r, c, err := s.sentBy(ctx, k, reference)
	if err != nil {
		return Update{}, err
	}
	sum := sha256.Sum256([]byte(r.keyName + "\n" + c.Reference + "\n" + cmp.Or(name, digestOf(v))))
	post := network.Post{Ref: network.Ref("update-" + hex.EncodeToString(sum[:16])), Thread: r.thread, ReplyTo: r.thread, Visibility: network.Direct,
		Author: network.Identity{ID: r.author, Handle: k.Name, Name: cmp.Or(n.who(), c.Who)}, Text: n.Description, At: s.saneTime(v.Get("updated_datetime"), c.CreatedAt)}
	if status != "" {
		post.Fields = []network.Field{{Code: "status", Question: "What the other program says of it", Answer: status}}
	}
	for _, address := range n.Media {
		post.Media = append(post.Media, network.Media{URL: address})
	}
	arrival, err := s.Desk.Prepare(ctx, account.ID, post, 0)
	if err != nil {
		return Update{}, err
	}
	u := Update{RequestID: c.Reference, Status: updateStatus(c.State, c.Reason), At: post.At}
	err = s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		m, err := s.Desk.ArriveTx(ctx, tx, arrival)
		u.ID = strconv.FormatInt(m.ID, 10)
		return err
	})
	if err != nil {
		return Update{}, fmt.Errorf("take an update in: %w", err)
	}
	return u, nil
}

// sentBy is a request that a key's program sent in, with its case.
//
// Errors: fault.NotFound.
func (s *Server) sentBy(ctx context.Context, k staff.Key, reference string) (r sent, c casework.Case, err error) {
	id, found, err := s.Casework.ByReference(ctx, reference)
	if err != nil || !found {
		return r, c, cmp.Or[error](err, errNotSent)
	}
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		var err error
		if r, found, err = requestOfCase(ctx, tx, id); err != nil {
			return err
		}
		if !found || r.keyName != text.Fold(k.Name) {
			return errNotSent
		}
		c, err = s.Casework.CaseTx(ctx, tx, id)
		return err
	})
	return r, c, err
}

// saneTime is when something was said, as another clock has it; now when that
// cannot be.
func (s *Server) saneTime(written string, notBefore time.Time) time.Time {
	now := s.Now()
	at, ok := ParseTime(written, time.UTC)
	if !ok || at.After(now) || at.Before(notBefore) {
		return now
	}
	return at
}
