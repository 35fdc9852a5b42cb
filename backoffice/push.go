package backoffice

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/golang/geo/s2"

	"mercat.scot/mercat/casework"
	"mercat.scot/mercat/open311"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/text"
	"mercat.scot/mercat/record"
)

// PushState is how far a case is on its way.
type PushState string

const (
	Waiting PushState = "waiting" // nothing of it is there
	Asked   PushState = "asked"   // it was posted, and what came of it is not known
	Token   PushState = "token"   // it is there; its id follows
	Pushed  PushState = "pushed"  // it is there
	Refused PushState = "refused" // an officer must look
	Dropped PushState = "dropped" // it ended here before it was sent
)

// Push is a case on its way to a back office.
type Push struct {
	CaseID, OfficeID int64
	Code             string
	State            PushState
	RemoteID, Token  string
	Attempts         int64
	NextAt, AskedAt  time.Time
	Trouble          string
	Status           string // as the other side wrote it last
	StatusAt         time.Time
}

// says is where the case is, for officers.
func (p Push) says(o Office) string {
	down := ""
	if o.Trouble != "" {
		down = " It has not answered well since " + o.TroubleSince.In(london()).Format("2 January, 15:04") + "."
	}
	switch p.State {
	case Pushed:
		if p.Status != "" {
			return "In " + o.Name + " as " + p.RemoteID + ", where it is " + strings.ToLower(strings.ReplaceAll(p.Status, "_", " ")) + "." + down
		}
		return "In " + o.Name + " as " + p.RemoteID + "." + down
	case Token:
		return "Sent to " + o.Name + ", which has not given it a number yet." + down
	case Refused:
		return "Refused by " + o.Name + ": " + p.Trouble
	case Dropped:
		return "Not sent to " + o.Name + ", because it ended here first."
	}
	return "Waits to be sent to " + o.Name + "." + down
}

func london() *time.Location {
	zone, err := time.LoadLocation("Europe/London")
	if err != nil {
		return time.UTC // a machine without the table of time zones: an hour off in summer
	}
	return zone
}

const (
	leaseFor    = 3 * time.Minute // after which what a kill left is looked for
	handful     = 20              // cases of one run of the job
	maxRefusals = 6
	tokenFor    = 14 * 24 * time.Hour
	nearMetres  = 30               // of a request that may be ours
	nearTime    = 20 * time.Minute // and how far from when we asked
)

// pause is how long after an attempt the next one is.
func pause(attempts int64) time.Duration {
	return min(time.Minute<<min(max(attempts-1, 0), 10), 2*time.Hour)
}

// PushSome sends what is due to an office, and reports whether there may be more.
// It stops at the first call that did not get through: the others would not
// either.
func (s *Service) PushSome(ctx context.Context, id int64) (more bool, err error) {
	for range handful {
		var o Office
		var p Push
		var c casework.Case
		var answers map[string]casework.Answer
		found := false
		err := s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
			var err error
			found = false
			if o, err = readOffice(ctx, tx, id); err != nil || o.State != Active {
				return err
			}
			if p, found, err = duePush(ctx, tx, id, tx.Now); err != nil || !found {
				return err
			}
			if c, err = s.Casework.CaseTx(ctx, tx, p.CaseID); err != nil {
				return err
			}
			if answers, err = s.Casework.AnswersTx(ctx, tx, p.CaseID); err != nil {
				return err
			}
			// Before the call, so that a kill leaves what has to be looked for.
			claim := p
			claim.NextAt, claim.Trouble = tx.Now.Add(leaseFor), ""
			switch {
			case p.State == Waiting && c.State.Ended():
				claim.State = Dropped
			case p.State == Waiting:
				claim.State, claim.AskedAt = Asked, tx.Now
			}
			return updatePush(ctx, tx, claim)
		})
		if fault.Is(err, fault.NotFound) {
			return false, nil // it was ended
		}
		if err != nil || !found {
			return false, err
		}
		if p.State == Waiting && c.State.Ended() {
			continue
		}
		through, err := s.push(ctx, o, p, c, answers)
		if err != nil || !through {
			return false, err
		}
	}
	return true, nil
}

// push brings one case a step further. through reports that the other side
// answers.
func (s *Service) push(ctx context.Context, o Office, p Push, c casework.Case, answers map[string]casework.Answer) (through bool, err error) {
	key, err := s.keyOf(o)
	if err != nil {
		return false, err
	}
	var out outcome
	switch p.State {
	case Token:
		out = s.askToken(ctx, o, p, key)
	case Asked:
		if out = s.look(ctx, o, p, c); out.kind == nothing {
			out = s.post(ctx, o, p, c, answers, key)
		}
	default:
		out = s.post(ctx, o, p, c, answers, key)
	}
	if ctx.Err() != nil {
		return false, ctx.Err() // it is looked for when its lease has run out
	}
	return out.through(), s.keep(ctx, o.ID, p.CaseID, out)
}

// mark begins the last line of the words of a case that was handed over.
const mark = "Mercat "

var markForm = regexp.MustCompile(`(?m)^` + mark + `([A-Z0-9-]{8,20})$`)

// referencesIn are the cases of this Mercat, or of others, as which words were
// handed over.
func referencesIn(words string) []string {
	var list []string
	for _, m := range markForm.FindAllStringSubmatch(words, 20) {
		list = append(list, m[1])
	}
	return list
}

func (s *Service) keyOf(o Office) (string, error) {
	if len(o.key) == 0 {
		return "", nil
	}
	plain, err := s.Box.Open(o.key, keyPlace(o.ID))
	return string(plain), err
}

// post sends a case in.
func (s *Service) post(ctx context.Context, o Office, p Push, c casework.Case, answers map[string]casework.Answer, key string) outcome {
	words, _ := text.Clean(c.Words, 3_900)
	v := url.Values{"service_code": {p.Code}, "description": {words + "\n\n" + mark + c.Reference}}
	set := func(name, value string) {
		if value != "" {
			v.Set(name, value)
		}
	}
	set("api_key", key)
	set("jurisdiction_id", o.Jurisdiction)
	set("address_string", c.Place)
	if c.Located() {
		v.Set("lat", strconv.FormatFloat(c.Lat, 'f', 6, 64))
		v.Set("long", strconv.FormatFloat(c.Lon, 'f', 6, 64))
	}
	if first, last, _ := strings.Cut(c.Who, " "); o.Person {
		set("first_name", first)
		set("last_name", last)
	}
	for code, a := range answers {
		if len(a.Values) == 1 {
			v.Set("attribute["+code+"]", a.Values[0])
		}
		if len(a.Values) > 1 {
			v["attribute["+code+"][]"] = a.Values
		}
	}
	return judge(s.Call(ctx, Ask{Post: true, URL: o.address("requests", nil), Form: v, Key: key, Once: "mercat-" + strconv.FormatInt(c.ID, 10)}))
}

// askToken asks which request a token became.
func (s *Service) askToken(ctx context.Context, o Office, p Push, key string) outcome {
	out := judge(s.Call(ctx, Ask{URL: o.address("tokens/"+url.PathEscape(p.Token), nil), Key: key}))
	switch late := s.Now().Sub(p.AskedAt) >= tokenFor; {
	case out.kind == refused && late:
		out.kind, out.says = lost, "it gave a token, and no number within a fortnight. Look there, and send it again if it is not there."
	case out.kind == refused, out.kind == pending, out.kind == unknown && out.empty: // not yet
		return outcome{kind: pending, token: p.Token, skew: out.skew, dated: out.dated}
	}
	return out
}

// look looks for a request of which the answer was lost.
func (s *Service) look(ctx context.Context, o Office, p Push, c casework.Case) outcome {
	from, to := p.AskedAt.Add(o.Skew-2*time.Hour), s.Now().Add(o.Skew+2*time.Hour)
	if earliest := to.Add(-89 * 24 * time.Hour); from.Before(earliest) {
		from = earliest
	}
	v := url.Values{"service_code": {p.Code}, "start_date": {w3c(from)}, "end_date": {w3c(to)}}
	a, err := s.Call(ctx, Ask{URL: o.address("requests", v)})
	if out := reached(a, err); out.kind != nothing {
		return out
	}
	skew, dated := a.skew()
	best, distance := "", nearTime
	for r, err := range open311.ReadRequests(a.body(), london()) {
		if err != nil {
			return outcome{kind: unknown, says: fault.Sentence(err)}
		}
		if strings.Contains(r.Description, c.Reference) {
			return outcome{kind: done, id: r.ID, skew: skew, dated: dated}
		}
		if r.Description != "" || r.ID == "" || !r.Located || !c.Located() || metres(r.Lat, r.Lon, c.Lat, c.Lon) > nearMetres {
			continue
		}
		apart := r.RequestedAt.Add(-skew).Sub(p.AskedAt).Abs()
		if apart >= distance {
			continue
		}
		ours, err := s.known(ctx, o.ID, r.ID)
		if err != nil {
			return outcome{kind: unknown, says: "We could not look for it among the cases that are there."}
		}
		if !ours {
			best, distance = r.ID, apart
		}
	}
	if best != "" {
		return outcome{kind: done, id: best, skew: skew, dated: dated}
	}
	return outcome{kind: nothing}
}

func (s *Service) known(ctx context.Context, office int64, remote string) (found bool, err error) {
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		_, found, err = pushByRemote(ctx, tx, office, remote)
		return err
	})
	return found, err
}

func metres(lat, lon, lat2, lon2 float64) float64 {
	const earth = 6_371_000
	d := s2.LatLngFromDegrees(lat, lon).Distance(s2.LatLngFromDegrees(lat2, lon2)).Radians() * earth
	if math.IsNaN(d) {
		return math.Inf(1)
	}
	return d
}

func w3c(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// keep notes what came of a call, and takes the updates that came before the id.
func (s *Service) keep(ctx context.Context, office, id int64, out outcome) error {
	err := s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		o, err := readOffice(ctx, tx, office)
		if err != nil {
			return err
		}
		p, found, err := pushOf(ctx, tx, id)
		if err != nil || !found || p.State == Pushed {
			return err
		}
		if other, taken, err := pushByRemote(ctx, tx, office, out.id); err != nil {
			return err
		} else if out.kind == done && taken && other.CaseID != id {
			out.kind, out.says = lost, "it gave the number "+out.id+", which belongs to another case already."
		}
		p.apply(out, tx.Now)
		if err := updatePush(ctx, tx, p); err != nil {
			return err
		}
		if err := s.healthTx(ctx, tx, o, out); err != nil {
			return err
		}
		if p.State != Pushed && p.State != Refused {
			return nil
		}
		c, err := s.Casework.CaseTx(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := record.Append(ctx, tx, record.Entry{Actor: o.Actor(), Act: p.act(), Subject: c.Subject(),
			About: []record.Subject{o.Subject()}, After: map[string]any{"office": o.Name, "id": p.RemoteID, "code": p.Code}}); err != nil {
			return err
		}
		return s.takeEarlyTx(ctx, tx, o, p)
	})
	if err != nil {
		return fmt.Errorf("keep what back office %d made of case %d: %w", office, id, err)
	}
	return nil
}

func (p Push) act() string {
	if p.State == Refused {
		return "backoffice.case.refused_by_back_office"
	}
	return "backoffice.case.handed_to_back_office"
}

// apply is what an outcome makes of a push.
func (p *Push) apply(out outcome, now time.Time) {
	p.Trouble = out.says
	switch out.kind {
	case done:
		p.State, p.RemoteID, p.Token, p.Trouble, p.Attempts = Pushed, out.id, "", "", 0
	case pending:
		p.Attempts++
		p.State, p.Token, p.NextAt = Token, out.token, now.Add(pause(p.Attempts))
	case refused:
		p.Attempts++
		if p.State, p.NextAt = Waiting, now.Add(pause(2*p.Attempts)); p.Attempts >= maxRefusals {
			p.State = Refused
		}
	case lost:
		p.State = Refused
	case unlisted: // posting it again might make it twice
		p.Attempts++
		if p.NextAt = now.Add(pause(2 * p.Attempts)); p.Attempts >= maxRefusals {
			p.State, p.Trouble = Refused, "it cannot be found out whether it is there, because its requests cannot be listed. Look there, and send it again if it is not."
		}
	case unsent:
		if p.State == Asked { // nothing of it is there, so it can be posted without being looked for
			p.State = Waiting
		}
		p.NextAt = now.Add(cmp.Or(out.after, 2*time.Minute))
	case unreached: // when it was looked for: whether it is there is not known still
		p.NextAt = now.Add(cmp.Or(out.after, 2*time.Minute))
	case unknown:
		p.Attempts++
		p.NextAt = now.Add(pause(p.Attempts))
	}
}
