package backoffice

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/url"
	"time"

	"mercat.scot/mercat/open311"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/httpx"
)

// Ask is one call of another server.
type Ask struct {
	Post bool
	URL  string
	Form url.Values
	Key  string // sent along with what is read, "" for none
	Once string // an Idempotency-Key, for servers that know it
}

// Answer is what came back, of whatever status.
type Answer struct {
	Status int
	Body   []byte
	At     time.Time // by our clock
	Date   time.Time // by theirs; zero when they did not say
	After  time.Time // before which they want no more; zero when they did not say
}

// Call calls another server.
type Call func(ctx context.Context, a Ask) (Answer, error)

func (a Answer) body() io.Reader { return bytes.NewReader(a.Body) }

// skew is by how much their clock is ahead of ours, 0 within two minutes.
func (a Answer) skew() (by time.Duration, dated bool) {
	if a.Date.IsZero() {
		return 0, false
	}
	if by = a.Date.Sub(a.At); by.Abs() < 2*time.Minute {
		by = 0
	}
	return by, true
}

// kind is what a call came to.
type kind int

const (
	nothing   kind = iota // nothing speaks against going on
	done                  // it is there, under an id
	pending               // it is there, and its id follows
	refused               // it is not there: they did not take it
	lost                  // it is there, and will get no id
	unlisted              // whether it is there cannot be asked
	unsent                // it is not there: the call did not get through
	unreached             // the question whether it is there did not get through
	unknown               // it may be there
)

// outcome is what a call came to, with a sentence for officers.
type outcome struct {
	kind  kind
	id    string
	token string
	says  string
	empty bool // an answer of the right form, with nothing in it
	after time.Duration
	skew  time.Duration
	dated bool
}

// through reports whether the other side answers as it should.
func (o outcome) through() bool { return o.kind <= unlisted }

// judge says what an answer to a request that was sent in means.
func judge(a Answer, err error) outcome {
	if err != nil {
		o := outcome{kind: unknown, says: sentenceFor(err)}
		if neverSent(err) {
			o.kind = unsent
		}
		return o
	}
	skew, dated := a.skew()
	o := outcome{skew: skew, dated: dated}
	if !a.After.IsZero() {
		o.after = min(max(a.After.Sub(a.At), time.Minute), 6*time.Hour)
	}
	switch {
	case a.Status >= 200 && a.Status < 300:
		return o.read(a)
	case a.Status == 401 || a.Status == 403:
		o.kind, o.says, o.after = unsent, "It does not take our API key: "+troubleIn(a), 15*time.Minute
	case a.Status == 429 || a.Status == 503:
		o.kind, o.says = unsent, "It takes nothing at the moment: "+troubleIn(a)
	case a.Status == 408 || a.Status >= 500:
		o.kind, o.says = unknown, "It answered with an error of its own: "+troubleIn(a)
	default:
		o.kind, o.says = refused, troubleIn(a)
	}
	return o
}

// read reads an answer that ought to be good. A page for people, or anything
// else, may come of a request that was taken all the same.
func (o outcome) read(a Answer) outcome {
	got, err := open311.ReadAccepted(a.body())
	switch {
	case err != nil:
		o.kind, o.says = unknown, fault.Sentence(err)
	case got.ID != "":
		o.kind, o.id = done, got.ID
	case got.Token != "":
		o.kind, o.token = pending, got.Token
	default:
		if list := open311.ReadTroubles(a.body()); len(list) > 0 {
			o.kind, o.says = refused, list[0].Description
			return o
		}
		o.kind, o.empty, o.says = unknown, true, "It answered with neither an id nor a token."
	}
	return o
}

// reached says what is wrong with an answer to a question, nothing when it can be
// read.
func reached(a Answer, err error) outcome {
	switch {
	case err != nil:
		return outcome{kind: unreached, says: sentenceFor(err)}
	case a.Status >= 200 && a.Status < 300:
		return outcome{kind: nothing}
	case a.Status == 400 || a.Status == 404 || a.Status == 405 || a.Status == 501:
		return outcome{kind: unlisted, says: troubleIn(a)}
	}
	return outcome{kind: unreached, says: troubleIn(a)}
}

// troubleIn is what an answer says is wrong.
func troubleIn(a Answer) string {
	for _, t := range open311.ReadTroubles(a.body()) {
		if t.Description != "" {
			return t.Description
		}
	}
	for _, err := range open311.ReadRequests(a.body(), time.UTC) {
		if said := fault.Sentence(err); said != "" {
			return said
		}
		break
	}
	return "it did not say why."
}

// neverSent reports whether a call failed before anything of it was sent.
func neverSent(err error) bool {
	var dial *httpx.DialError
	var redirect *httpx.RedirectError
	return errors.As(err, &dial) || errors.As(err, &redirect)
}

func sentenceFor(err error) string {
	if sentence, ok := httpx.Explain(err); ok {
		return sentence
	}
	return "The call broke off."
}

// healthTx notes how it goes with an office.
func (s *Service) healthTx(ctx context.Context, tx *db.Tx, o Office, out outcome) error {
	if out.dated {
		o.Skew = out.skew
	}
	switch {
	case out.through():
		o.LastOK, o.Trouble, o.TroubleSince = tx.Now, "", time.Time{}
	default:
		if o.Trouble == "" {
			o.TroubleSince = tx.Now
		}
		o.Trouble = out.says
		if o.Trouble == "" {
			o.Trouble = "It did not answer as it should."
		}
	}
	return noteHealth(ctx, tx, o)
}
