package open311

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"mercat.scot/mercat/casework"
	"mercat.scot/mercat/desk"
	"mercat.scot/mercat/network"
	"mercat.scot/mercat/network/georeport"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/text"
	"mercat.scot/mercat/staff"
)

// How long the same request again is the same request.
const (
	sameFor  = 30 * time.Minute // when all that it holds is the same: a phone that lost its network
	namedFor = 24 * time.Hour   // when it brings the same Idempotency-Key
)

var (
	errSwitchedOff = fault.New(fault.Down, "This council takes no requests by Open311 at the moment. Keep the request and send it again later, or send the person to the council’s own form.")
	errOtherWords  = fault.Field("Idempotency-Key", "This Idempotency-Key belongs to another request. Use another key for each request.")
)

// Key finds whose key a token is, and whether it may send requests in.
//
// Errors: fault.Forbidden, as the specification has it for every reason;
// fault.TooMany.
func (s *Server) Key(ctx context.Context, token string) (staff.Key, error) {
	k, err := s.Staff.Authenticate(ctx, token)
	switch {
	case fault.Is(err, fault.SignIn):
		return k, fault.New(fault.Forbidden, "api_key is missing or not good: it may be mistyped, revoked, or past its last day.")
	case err != nil:
		return k, err
	case !k.May(staff.WriteOpen311):
		return k, fault.Newf(fault.Forbidden, "This api_key may not do this: it lacks the scope %s.", staff.WriteOpen311)
	}
	return k, nil
}

// account is the desk's account through which requests come in.
//
// Errors: fault.Down when there is none, or it is paused.
func (s *Server) account(ctx context.Context) (desk.Account, error) {
	list, err := s.Desk.Accounts(ctx)
	if err != nil {
		return desk.Account{}, err
	}
	for _, a := range list {
		if a.Network == georeport.Kind && a.State == desk.Active {
			return a, nil
		}
	}
	return desk.Account{}, errSwitchedOff
}

// Submit takes a service request in: a conversation and its case, in one
// transaction. The same request again, in the time in which a phone that lost
// its network sends it again, is the case that there is.
//
// Errors: fault.Down when no requests are taken; fault.NotFound for a service;
// fault.Fields with all that is wrong.
func (s *Server) Submit(ctx context.Context, k staff.Key, v url.Values, name string) (Accepted, error) {
	account, err := s.account(ctx)
	if err != nil {
		return Accepted{}, err
	}
	snapshot, err := s.Directory.Snapshot(ctx)
	if err != nil {
		return Accepted{}, err
	}
	n, err := readSubmission(v, name, snapshot)
	if err != nil {
		return Accepted{}, err
	}
	ref := network.Ref("request-" + strconv.FormatInt(s.DB.NewID(), 10))
	author := n.author(k, ref)
	post := n.post(ref, author, k.Name)
	post.At = s.Now()
	arrival, err := s.Desk.Prepare(ctx, account.ID, post, n.service.ID)
	if err != nil {
		return Accepted{}, err
	}
	var c casework.Case
	err = s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		id, again, err := s.beforeTx(ctx, tx, k, n)
		if err != nil {
			return err
		}
		if again {
			c, err = s.Casework.CaseTx(ctx, tx, id)
			return err
		}
		c, err = s.receiveTx(ctx, tx, k, n, arrival, ref, author)
		return err
	})
	if err != nil {
		return Accepted{}, fmt.Errorf("take a service request in: %w", err)
	}
	return Accepted{ID: c.Reference, ServiceNotice: s.notice(c, n.service.Promise), AccountID: n.Account}, nil
}

// beforeTx looks for the same request of the same key.
func (s *Server) beforeTx(ctx context.Context, tx *db.Tx, k staff.Key, n Submission) (id int64, again bool, err error) {
	if err := forgetOnce(ctx, tx, tx.Now.Add(-namedFor)); err != nil {
		return 0, false, err
	}
	before, found, err := readOnce(ctx, tx, k.ID, n.onceName())
	if err != nil || !found {
		return 0, false, err
	}
	if n.Name != "" {
		if before.digest != n.digest {
			return 0, false, errOtherWords
		}
		return before.caseID, true, nil
	}
	return before.caseID, tx.Now.Sub(before.at) < sameFor, nil
}

func (s *Server) receiveTx(ctx context.Context, tx *db.Tx, k staff.Key, n Submission, arrival *desk.Arrival, ref network.Ref, author string) (casework.Case, error) {
	m, err := s.Desk.ArriveTx(ctx, tx, arrival)
	if err != nil {
		return casework.Case{}, err
	}
	conversation, err := s.Desk.ConversationTx(ctx, tx, m.ConversationID)
	if err != nil {
		return casework.Case{}, err
	}
	r := casework.Report{Key: strconv.FormatInt(k.ID, 10) + ":" + string(ref), Source: casework.FromOpen311, ServiceID: n.service.ID,
		Words: cmp.Or(n.Description, n.service.Name), Place: n.place(), Lat: n.Lat, Lon: n.Lon, PersonID: conversation.PersonID, Who: conversation.Who,
		Language: conversation.Language, ConversationID: conversation.ID}
	for _, media := range m.Media {
		r.Photos = append(r.Photos, media.ID)
	}
	c, _, err := s.Casework.ReportTx(ctx, tx, k.Actor(), r)
	if err != nil {
		return c, err
	}
	if err := s.Casework.KeepAnswersTx(ctx, tx, k.Actor(), c.ID, casework.FromProgram, n.clean); err != nil {
		return c, err
	}
	if err := insertRequest(ctx, tx, sent{caseID: c.ID, keyID: k.ID, keyName: text.Fold(k.Name), author: author, thread: ref, conversation: conversation.ID}); err != nil {
		return c, err
	}
	return c, putOnce(ctx, tx, k.ID, n.onceName(), once{digest: n.digest, caseID: c.ID})
}

// onceName is how a request is known when it comes again.
func (n Submission) onceName() string {
	if n.Name == "" {
		return "digest:" + n.digest
	}
	sum := sha256.Sum256([]byte(n.Name))
	return "key:" + hex.EncodeToString(sum[:])
}

// author is the person as the desk knows them: by their account in the other
// program, or as somebody new. An email address is no proof of who it is, so it
// joins nobody; officers can.
func (n Submission) author(k staff.Key, ref network.Ref) string {
	if n.Account == "" {
		return string(ref)
	}
	sum := sha256.Sum256([]byte(text.Fold(k.Name) + "\n" + n.Account))
	return "account-" + hex.EncodeToString(sum[:16])
}

// notice is what the person may be told at once.
func (s *Server) notice(c casework.Case, promise string) string {
	var parts []string
	if promise != "" {
		parts = append(parts, strings.TrimRight(promise, ".")+".")
	}
	if !c.HalfAt.IsZero() && !c.MostAt.IsZero() {
		day := func(t time.Time) string { return t.In(s.zone).Format("2 January 2006") }
		parts = append(parts, "Half of these are done by "+day(c.HalfAt)+", and nine in ten by "+day(c.MostAt)+".")
	}
	if s.BaseURL != "" {
		parts = append(parts, "Follow it, and tell us more, at "+strings.TrimSuffix(s.BaseURL, "/")+c.TrackPath())
	}
	return strings.Join(parts, " ")
}
