package backoffice

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"mercat.scot/mercat/casework"
	"mercat.scot/mercat/open311"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/text"
	"mercat.scot/mercat/staff"
)

const (
	pullEvery  = 5 * time.Minute
	overlap    = 2 * time.Hour // of the times of which updates are asked for
	checkFor   = 30 * 24 * time.Hour
	checkMost  = 500 // requests whose status is asked for at once
	checkChunk = 50
	earlyFor   = 14 * 24 * time.Hour
	knownFor   = 120 * 24 * time.Hour // longer than the time of which updates are ever asked for
)

// Pull takes what is new from an office. It may be called as often as one likes:
// each update is taken once.
func (s *Service) Pull(ctx context.Context, id int64) error {
	var o Office
	err := s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		if o, err = readOffice(ctx, tx, id); err != nil {
			return err
		}
		return notePulled(ctx, tx, id, tx.Now)
	})
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil || o.State != Active {
		return err
	}
	key, err := s.keyOf(o)
	if err != nil {
		return err
	}
	// Updates first: they say more than the status of a request does.
	goOn, err := s.pullUpdates(ctx, &o, key)
	if err != nil || !goOn {
		return err
	}
	return s.pullStatuses(ctx, o, key)
}

// pullUpdates reads servicerequestupdates. An office that has none is asked for
// statuses alone.
func (s *Service) pullUpdates(ctx context.Context, o *Office, key string) (goOn bool, err error) {
	now := s.Now()
	from := o.PulledTo.Add(-overlap)
	if earliest := now.Add(-89 * 24 * time.Hour); from.Before(earliest) {
		from = earliest
	}
	ask := func() (Answer, error) {
		v := url.Values{"start_date": {w3c(from.Add(o.Skew))}, "end_date": {w3c(now.Add(o.Skew + time.Minute))}}
		return s.Call(ctx, Ask{URL: o.address("servicerequestupdates", v), Key: key})
	}
	a, err := ask()
	if skew, dated := a.skew(); err == nil && dated && (skew-o.Skew).Abs() > 2*time.Minute {
		o.Skew = skew // their clock was not known: ask again, in their time
		a, err = ask()
	}
	out := reached(a, err)
	var list []open311.Update
	if out.kind == nothing {
		for u, err := range open311.ReadUpdates(a.body(), london()) {
			if err != nil {
				out = outcome{kind: unreached, says: fault.Sentence(err)}
				break
			}
			if u.ID != "" && u.RequestID != "" {
				list = append(list, u)
			}
		}
	}
	out.skew, out.dated = o.Skew, err == nil && !a.Date.IsZero()
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	if out.kind == unlisted {
		out = outcome{kind: nothing, skew: out.skew, dated: out.dated}
		list = nil
	}
	// Those of one time in the order of their time: they may come in any.
	slices.SortStableFunc(list, func(x, y open311.Update) int { return x.At.Compare(y.At) })
	err = s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		current, err := readOffice(ctx, tx, o.ID)
		if err != nil {
			return err
		}
		for _, u := range list {
			if err := s.takeTx(ctx, tx, current, news{id: u.ID, remote: u.RequestID, status: u.Status, at: sane(u.At, o.Skew, tx.Now), words: u.Description}); err != nil {
				return err
			}
		}
		if err := s.healthTx(ctx, tx, current, out); err != nil || out.kind != nothing {
			return err
		}
		return notePulledTo(ctx, tx, o.ID, now)
	})
	if err != nil {
		return false, fmt.Errorf("take updates of back office %d: %w", o.ID, err)
	}
	return out.kind == nothing, nil
}

// sane is a time of another clock in ours; now when it cannot be.
func sane(at time.Time, skew time.Duration, now time.Time) time.Time {
	at = at.Add(-skew)
	if at.Year() < 2000 || at.After(now) {
		return now
	}
	return at
}

// pullStatuses asks where requests stand, by their ids.
func (s *Service) pullStatuses(ctx context.Context, o Office, key string) error {
	var pushes []Push
	err := s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		pushes, err = checkable(ctx, tx, o.ID, s.Now().Add(-checkFor), checkMost)
		return err
	})
	if err != nil {
		return err
	}
	for part := range slices.Chunk(pushes, checkChunk) {
		var ids []string
		for _, p := range part {
			ids = append(ids, p.RemoteID)
		}
		a, err := s.Call(ctx, Ask{URL: o.address("requests", url.Values{"service_request_id": {strings.Join(ids, ",")}}), Key: key})
		out := reached(a, err)
		var list []open311.Request
		if out.kind == nothing {
			for r, err := range open311.ReadRequests(a.body(), london()) {
				if err != nil {
					out = outcome{kind: unreached, says: fault.Sentence(err)}
					break
				}
				list = append(list, r)
			}
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := s.keepStatuses(ctx, o, part, list, out); err != nil || out.kind != nothing {
			return err
		}
	}
	return nil
}

func (s *Service) keepStatuses(ctx context.Context, o Office, part []Push, list []open311.Request, out outcome) error {
	err := s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		current, err := readOffice(ctx, tx, o.ID)
		if err != nil {
			return err
		}
		if out.kind != nothing {
			return s.healthTx(ctx, tx, current, out)
		}
		for _, p := range part {
			if err := noteChecked(ctx, tx, p.CaseID, tx.Now); err != nil {
				return err
			}
		}
		for _, r := range list {
			p, found, err := pushByRemote(ctx, tx, o.ID, r.ID)
			if err != nil {
				return err
			}
			// Only whether it is open: of what lies between, updates say more.
			if !found || r.RawStatus == "" || p.closed() == (r.Status == open311.Closed) {
				continue
			}
			at := r.UpdatedAt
			if at.IsZero() {
				at = tx.Now.Add(o.Skew)
			}
			if p.closed() && sane(at, o.Skew, tx.Now).Before(p.StatusAt) {
				continue // it is open still in a list that is older than the update
			}
			n := news{id: "status:" + r.ID + ":" + string(r.Status) + ":" + strconv.FormatInt(at.Unix(), 10), remote: r.ID, status: string(r.Status), at: sane(at, o.Skew, tx.Now), words: r.StatusNotes, now: true}
			if err := s.takeTx(ctx, tx, current, n); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("take statuses of back office %d: %w", o.ID, err)
	}
	return nil
}

// closed reports whether the other side said last that it is closed.
func (p Push) closed() bool {
	m, _ := moving(p.Status, casework.Case{State: casework.Received})
	return m.To.Ended()
}

// news is something that a back office says of a request.
type news struct {
	id, remote, status string
	at                 time.Time
	words              string
	now                bool // it is so now, whatever was said before
}

// takeTx takes news once. Those of a request that is not known here wait for it
// while something is on its way there.
func (s *Service) takeTx(ctx context.Context, tx *db.Tx, o Office, n news) error {
	n.id, _ = text.CleanLine(n.id, 200)
	p, found, err := pushByRemote(ctx, tx, o.ID, n.remote)
	if err != nil {
		return err
	}
	if !found {
		under, err := underWay(ctx, tx, o.ID)
		if err != nil || !under {
			return err
		}
	}
	fresh, err := insertPulled(ctx, tx, o.ID, n, p.CaseID)
	if err != nil || !fresh || !found {
		return err
	}
	return s.applyTx(ctx, tx, o, p, n)
}

// takeEarlyTx takes what came before its request was known.
func (s *Service) takeEarlyTx(ctx context.Context, tx *db.Tx, o Office, p Push) error {
	if p.RemoteID == "" {
		return nil
	}
	list, err := earlyNews(ctx, tx, o.ID, p.RemoteID)
	if err != nil {
		return err
	}
	for _, n := range list {
		if err := claimNews(ctx, tx, o.ID, n.id, p.CaseID); err != nil {
			return err
		}
		if p, _, err = pushOf(ctx, tx, p.CaseID); err != nil {
			return err
		}
		if err := s.applyTx(ctx, tx, o, p, n); err != nil {
			return err
		}
	}
	return nil
}

// applyTx does with a case what its back office says. What is older than what was
// taken already moves nothing; its words are kept all the same.
func (s *Service) applyTx(ctx context.Context, tx *db.Tx, o Office, p Push, n news) error {
	c, err := s.Casework.CaseTx(ctx, tx, p.CaseID)
	if err != nil {
		return err
	}
	if !n.at.Before(p.StatusAt) || n.now {
		if m, ok := moving(n.status, c); ok {
			if err := s.Casework.MoveByOfficeTx(ctx, tx, o.Actor(), &c, m); err != nil {
				return err
			}
		}
		if n.status != "" {
			p.Status, _ = text.CleanLine(n.status, 60)
			p.StatusAt = n.at
			if err := updatePush(ctx, tx, p); err != nil {
				return err
			}
		}
	}
	words, _ := text.Clean(n.words, 4_000)
	if words == "" || c.ConversationID == 0 {
		return nil
	}
	_, err = s.Desk.NoteTx(ctx, tx, staff.Key{ID: o.ID, Name: o.Name}.Officer(), c.ConversationID, o.Name+" says: "+words)
	return err
}
