package api

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/httpx"
	"mercat.scot/mercat/platform/text"
	"mercat.scot/mercat/record"
	"mercat.scot/mercat/staff"
)

// Endpoints are all that have not ended, the oldest first.
func (s *Service) Endpoints(ctx context.Context) (list []Endpoint, err error) {
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		list, err = readEndpoints(ctx, tx)
		return err
	})
	return list, err
}

// Endpoint returns one, with how many events are in each state.
//
// Errors: fault.NotFound.
func (s *Service) Endpoint(ctx context.Context, id int64) (e Endpoint, counts map[DeliveryState]int64, err error) {
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		if e, err = readEndpoint(ctx, tx, id); err != nil {
			return err
		}
		counts, err = countDeliveries(ctx, tx, id)
		return err
	})
	return e, counts, err
}

// AddEndpoint adds one of a name, address, kinds and whether it is told words,
// and returns its secret: the only time that anybody sees it.
//
// Errors: fault.Fields (name, url, kinds); fault.Conflict when there are many.
func (s *Service) AddEndpoint(ctx context.Context, by staff.Officer, e Endpoint) (Endpoint, string, error) {
	e, err := e.clean()
	if err != nil {
		return Endpoint{}, "", err
	}
	plain := newSecret()
	err = s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		list, err := readEndpoints(ctx, tx)
		if err != nil {
			return err
		}
		if len(list) >= maxEndpoints {
			return errMany
		}
		e = Endpoint{ID: tx.NewID(), Name: e.Name, URL: e.URL, Kinds: e.Kinds, Words: e.Words, State: Active, CreatedAt: tx.Now, CreatedBy: by.ID, Version: 1, former: []byte{}}
		if e.secret, err = s.Box.Seal([]byte(plain), place(e.ID)); err != nil {
			return err
		}
		if err := insertEndpoint(ctx, tx, e); err != nil {
			return err
		}
		return record.Append(ctx, tx, record.Entry{Actor: by.Actor(), Act: "api.webhook.added", Subject: e.Subject(), After: e.facts()})
	})
	if err != nil {
		return Endpoint{}, "", fmt.Errorf("add a webhook: %w", err)
	}
	return e, plain, nil
}

// place is for what a sealed secret is.
func place(endpoint int64) string { return "webhook:" + strconv.FormatInt(endpoint, 10) }

// secretsOf are the secrets that sign for an endpoint now, the newest first.
func (s *Service) secretsOf(e Endpoint, now time.Time) ([]string, error) {
	plain, err := s.Box.Open(e.secret, place(e.ID))
	if err != nil {
		return nil, err
	}
	list := []string{string(plain)}
	if len(e.former) > 0 && now.Before(e.FormerUntil) {
		former, err := s.Box.Open(e.former, place(e.ID))
		if err != nil {
			return nil, err
		}
		list = append(list, string(former))
	}
	return list, nil
}

// change is what every change of an endpoint by a person has in common.
func (s *Service) change(ctx context.Context, by staff.Officer, id, version int64, act string, f func(ctx context.Context, tx *db.Tx, e *Endpoint) error) (Endpoint, error) {
	var e Endpoint
	err := s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		var err error
		if e, err = readEndpoint(ctx, tx, id); err != nil {
			return err
		}
		if e.Version != version {
			return errOvertaken
		}
		before := e.facts()
		if err := f(ctx, tx, &e); err != nil {
			return err
		}
		if ok, err := updateEndpoint(ctx, tx, &e); err != nil || !ok {
			return fmt.Errorf("webhook %d changed while it was written: %w", id, err)
		}
		if e.State == Active {
			next, err := nextDue(ctx, tx, id)
			if err != nil {
				return err
			}
			if !next.IsZero() {
				if err := s.wakeTx(ctx, tx, e, next); err != nil {
					return err
				}
			}
		}
		return record.Append(ctx, tx, record.Entry{Actor: by.Actor(), Act: act, Subject: e.Subject(), Before: before, After: e.facts()})
	})
	if err != nil {
		return Endpoint{}, fmt.Errorf("change webhook %d: %w", id, err)
	}
	return e, nil
}

// EditEndpoint changes name, address, kinds and whether it is told words.
//
// Errors: fault.NotFound; fault.Conflict; fault.Fields (name, url, kinds).
func (s *Service) EditEndpoint(ctx context.Context, by staff.Officer, to Endpoint) (Endpoint, error) {
	to, err := to.clean()
	if err != nil {
		return Endpoint{}, err
	}
	return s.change(ctx, by, to.ID, to.Version, "api.webhook.edited", func(_ context.Context, _ *db.Tx, e *Endpoint) error {
		if e.URL != to.URL { // another receiver is not to blame for this one's failures
			e.Failures, e.FailingSince, e.HeldUntil = 0, time.Time{}, time.Time{}
		}
		e.Name, e.URL, e.Kinds, e.Words = to.Name, to.URL, to.Kinds, to.Words
		return nil
	})
}

// RotateSecret draws another secret and returns it, for the only time. The one
// before it signs too for a day.
//
// Errors: fault.NotFound; fault.Conflict.
func (s *Service) RotateSecret(ctx context.Context, by staff.Officer, id, version int64) (Endpoint, string, error) {
	plain := newSecret()
	e, err := s.change(ctx, by, id, version, "api.webhook.secret_rotated", func(_ context.Context, tx *db.Tx, e *Endpoint) (err error) {
		e.former, e.FormerUntil = e.secret, tx.Now.Add(formerFor)
		e.secret, err = s.Box.Seal([]byte(plain), place(e.ID))
		return err
	})
	return e, plain, err
}

// Pause lets events wait for an endpoint.
//
// Errors: fault.NotFound; fault.Conflict.
func (s *Service) Pause(ctx context.Context, by staff.Officer, id, version int64) (Endpoint, error) {
	return s.change(ctx, by, id, version, "api.webhook.paused", func(_ context.Context, _ *db.Tx, e *Endpoint) error {
		if e.State != Active {
			return fault.New(fault.Conflict, "It is paused already.")
		}
		e.State, e.Why = Paused, ""
		return nil
	})
}

// Resume sends what has waited, and goes on.
//
// Errors: fault.NotFound; fault.Conflict.
func (s *Service) Resume(ctx context.Context, by staff.Officer, id, version int64) (Endpoint, error) {
	return s.change(ctx, by, id, version, "api.webhook.resumed", func(ctx context.Context, tx *db.Tx, e *Endpoint) error {
		if e.State == Active {
			return fault.New(fault.Conflict, "It is not paused.")
		}
		e.State, e.Why, e.Failures, e.FailingSince, e.HeldUntil, e.wakeAt = Active, "", 0, time.Time{}, time.Time{}, time.Time{}
		return hurry(ctx, tx, id)
	})
}

// End tells an endpoint nothing more, for good.
//
// Errors: fault.NotFound; fault.Conflict.
func (s *Service) End(ctx context.Context, by staff.Officer, id, version int64) (Endpoint, error) {
	return s.change(ctx, by, id, version, "api.webhook.ended", func(_ context.Context, _ *db.Tx, e *Endpoint) error {
		e.State, e.secret, e.former = Ended, []byte{}, []byte{}
		return nil
	})
}

// SendTest sends a test event to an endpoint, at once and whatever its state, and
// returns what came of it. It is tried this once.
//
// Errors: fault.NotFound.
func (s *Service) SendTest(ctx context.Context, by staff.Officer, id int64) (Delivery, error) {
	var to Endpoint
	var number int64
	err := s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		var err error
		if to, err = readEndpoint(ctx, tx, id); err != nil {
			return err
		}
		first, err := takeNumbers(ctx, tx, 1)
		if err != nil {
			return err
		}
		number = first
		e := newEvent(Test, to.Subject(), map[string]string{"webhook": to.Name})
		e.Number, e.ID, e.At = number, tx.NewID(), tx.Now
		if err := insertEvents(ctx, tx, []Event{e}); err != nil {
			return err
		}
		// Nobody else takes it: whatever the call below comes to is noted.
		if err := insertDeliveries(ctx, tx, []Delivery{{EndpointID: id, Event: e, NextAt: tx.Now.Add(leaseTime)}}); err != nil {
			return err
		}
		return record.Append(ctx, tx, record.Entry{Actor: by.Actor(), Act: "api.webhook.tested", Subject: to.Subject()})
	})
	if err != nil {
		return Delivery{}, fmt.Errorf("test webhook %d: %w", id, err)
	}
	d, err := s.Delivery(ctx, id, number)
	if err != nil {
		return Delivery{}, err
	}
	d.apply(s.send(ctx, to, d.Event), nil)
	note, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	err = s.DB.Write(note, func(ctx context.Context, tx *db.Tx) error { return noteDelivery(ctx, tx, d) })
	return d, err
}

// Delivery returns one event on its way to an endpoint.
//
// Errors: fault.NotFound.
func (s *Service) Delivery(ctx context.Context, endpoint, number int64) (d Delivery, err error) {
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		d, err = readDelivery(ctx, tx, endpoint, number)
		return err
	})
	return d, err
}

// Deliveries are those below a number (0: the newest), in a state ("" for all),
// newest first.
func (s *Service) Deliveries(ctx context.Context, endpoint, before int64, state DeliveryState, most int) (list []Delivery, err error) {
	if before <= 0 {
		before = 1<<63 - 1
	}
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		list, err = readDeliveries(ctx, tx, endpoint, before, state, most)
		return err
	})
	return list, err
}

// Body is what is sent of an event to an endpoint, as it would be now.
func (s *Service) Body(ctx context.Context, to Endpoint, e Event) (string, error) {
	var words map[string]string
	var err error
	if to.Words {
		if words, err = s.wordsOf(ctx, e); err != nil {
			return "", err
		}
	}
	body, err := e.payload(words)
	return string(body), err
}

// Replay sends an event again, under the same id.
//
// Errors: fault.NotFound.
func (s *Service) Replay(ctx context.Context, by staff.Officer, endpoint, number int64) error {
	err := s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		e, err := readEndpoint(ctx, tx, endpoint)
		if err != nil {
			return err
		}
		if err := replay(ctx, tx, endpoint, number); err != nil {
			return err
		}
		if e.State == Active {
			if err := s.wakeTx(ctx, tx, e, tx.Now); err != nil {
				return err
			}
		}
		return record.Append(ctx, tx, record.Entry{Actor: by.Actor(), Act: "api.webhook.replayed", Subject: e.Subject(), After: map[string]any{"event": number}})
	})
	if err != nil {
		return fmt.Errorf("replay event %d to webhook %d: %w", number, endpoint, err)
	}
	return nil
}

// replayAtOnce bounds one transaction of ReplaySince.
const replayAtOnce = 500

// ReplaySince sends every event since a moment again that the endpoint wants by
// now, also those from before it was there, and returns how many. When it is
// broken off, what it has put so far is sent.
//
// Errors: fault.NotFound; fault.Invalid (since).
func (s *Service) ReplaySince(ctx context.Context, by staff.Officer, endpoint int64, since time.Time) (int, error) {
	if since.IsZero() || since.After(s.Now()) {
		return 0, fault.Field("since", "Enter a day and time that has passed, such as yesterday evening.")
	}
	total := 0
	at, number := since.Add(-time.Microsecond), int64(1<<62)
	for {
		var found, put int
		var lastAt time.Time
		var last int64
		err := s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
			put = 0
			e, err := readEndpoint(ctx, tx, endpoint)
			if err != nil {
				return err
			}
			list, err := readEventsSince(ctx, tx, at, number, replayAtOnce)
			if err != nil {
				return err
			}
			for _, event := range list {
				lastAt, last = event.At, event.Number
				if !e.Wants(event.Kind) {
					continue
				}
				put++
				if err := putDelivery(ctx, tx, endpoint, event.Number); err != nil {
					return err
				}
			}
			if found = len(list); found < replayAtOnce {
				facts := map[string]any{"since": since, "events": total + put}
				if err := record.Append(ctx, tx, record.Entry{Actor: by.Actor(), Act: "api.webhook.replayed", Subject: e.Subject(), After: facts}); err != nil {
					return err
				}
			}
			if put == 0 || e.State != Active {
				return nil
			}
			return s.wakeTx(ctx, tx, e, tx.Now)
		})
		if err != nil {
			return total, fmt.Errorf("replay to webhook %d: %w", endpoint, err)
		}
		total += put
		if found < replayAtOnce {
			return total, nil
		}
		at, number = lastAt, last
	}
}

// maxExcerpt is how much of an answer is kept, in runes.
const maxExcerpt = 500

// excerpt is how an answer begins, fit to be shown.
func excerpt(body []byte) string {
	out, _ := text.Clean(string(body), maxExcerpt)
	return out
}

// sentenceFor is what people are told of a call that got no answer.
func sentenceFor(err error) string {
	if sentence, ok := httpx.Explain(err); ok {
		return sentence
	}
	if sentence := fault.Sentence(err); sentence != "" {
		return sentence
	}
	return "It could not be reached."
}

// wordsOf are what people wrote, as it stands now. What is no longer there has
// none.
func (s *Service) wordsOf(ctx context.Context, e Event) (map[string]string, error) {
	words := map[string]string{}
	put := func(key, value string) {
		if value != "" {
			words[key] = value
		}
	}
	err := s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		clear(words)
		switch e.Subject.Kind {
		case "case":
			c, err := s.Casework.CaseTx(ctx, tx, e.Subject.ID)
			if err != nil {
				return err
			}
			put("words", c.Words)
			put("place", c.Place)
			put("who", c.Who)
		case "conversation":
			c, err := s.Desk.ConversationTx(ctx, tx, e.Subject.ID)
			if err != nil {
				return err
			}
			put("subject", c.Subject)
			put("who", c.Who)
		case "message":
			m, err := s.Desk.MessageTx(ctx, tx, e.Subject.ID)
			if err != nil {
				return err
			}
			if m.DeletedAt.IsZero() {
				put("subject", m.Subject)
				put("body", m.Body)
				put("author", m.Author)
			}
		}
		return nil
	})
	if fault.Is(err, fault.NotFound) {
		return nil, nil
	}
	return words, err
}
