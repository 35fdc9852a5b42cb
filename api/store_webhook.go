package api

import (
	"context"
	"fmt"
	"time"

	"mercat.scot/mercat/platform/db"
)

const sqlEndpointColumns = `id, name, url, kinds, words, secret, former, former_until, state, why, failures, failing_since, held_until, wake_at, created_at, created_by, version`
const sqlEndpoints = `SELECT ` + sqlEndpointColumns + ` FROM api_endpoint WHERE state <> 'ended' ORDER BY id`
const sqlEndpointByID = `SELECT ` + sqlEndpointColumns + ` FROM api_endpoint WHERE id = $1 AND state <> 'ended'`
const sqlEndpointsEnded = `SELECT id FROM api_endpoint WHERE state = 'ended' ORDER BY id LIMIT 100`
const sqlEndpointInsert = `INSERT INTO api_endpoint (` + sqlEndpointColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`
const sqlEndpointUpdate = `UPDATE api_endpoint SET name = $1, url = $2, kinds = $3, words = $4, secret = $5, former = $6, former_until = $7, state = $8, why = $9,
	failures = $10, failing_since = $11, held_until = $12, wake_at = $13, version = version + 1 WHERE id = $14 AND version = $15`
const sqlEndpointHealth = `UPDATE api_endpoint SET failures = $1, failing_since = $2, held_until = $3, state = $4, why = $5 WHERE id = $6`
const sqlEndpointWake = `UPDATE api_endpoint SET wake_at = $1 WHERE id = $2`
const sqlEndpointDelete = `DELETE FROM api_endpoint WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM api_delivery WHERE endpoint_id = $1)`

const sqlSequenceTake = `UPDATE api_sequence SET number = number + $1 WHERE id = 1 RETURNING number`
const sqlEventColumns = `number, id, kind, at, subject, subject_id, data`
const sqlEventInsert = `INSERT INTO api_event (` + sqlEventColumns + `) VALUES `
const sqlDeliveryInsert = `INSERT INTO api_delivery (endpoint_id, number, state, attempts, next_at, tried_at, took, status, trouble, media_type, answer) VALUES `

const sqlDeliveries = `SELECT e.number, e.id, e.kind, e.at, e.subject, e.subject_id, e.data,
	d.endpoint_id, d.state, d.attempts, d.next_at, d.tried_at, d.took, d.status, d.trouble, d.media_type, d.answer
	FROM api_delivery d JOIN api_event e ON e.number = d.number WHERE d.endpoint_id = $1`
const sqlDeliveriesDue = sqlDeliveries + ` AND d.state = 'waiting' AND d.next_at <= $2 ORDER BY d.next_at, d.number LIMIT $3`
const sqlDeliveryByNumber = sqlDeliveries + ` AND d.number = $2`
const sqlDeliveriesBefore = sqlDeliveries + ` AND d.number < $2 ORDER BY d.number DESC LIMIT $3`
const sqlDeliveriesIn = sqlDeliveries + ` AND d.number < $2 AND d.state = $3 ORDER BY d.number DESC LIMIT $4`
const sqlDeliveryNext = `SELECT next_at FROM api_delivery WHERE endpoint_id = $1 AND state = 'waiting' ORDER BY next_at LIMIT 1`
const sqlDeliveryClaim = `UPDATE api_delivery SET next_at = $1 WHERE endpoint_id = $2 AND number = $3`
const sqlDeliveryNote = `UPDATE api_delivery SET state = $1, attempts = $2, next_at = $3, tried_at = $4, took = $5, status = $6, trouble = $7, media_type = $8, answer = $9
	WHERE endpoint_id = $10 AND number = $11 AND state = 'waiting'`
const sqlDeliveryReplay = `UPDATE api_delivery SET state = 'waiting', attempts = 0, next_at = $1 WHERE endpoint_id = $2 AND number = $3`
const sqlDeliveriesHurry = `UPDATE api_delivery SET next_at = $1 WHERE endpoint_id = $2 AND state = 'waiting' AND next_at > $1`
const sqlDeliveryCounts = `SELECT state, COUNT(*) FROM api_delivery WHERE endpoint_id = $1 GROUP BY state`

const sqlEventsSince = `SELECT ` + sqlEventColumns + ` FROM api_event WHERE (at, number) > ($1, $2) ORDER BY at, number LIMIT $3`
const sqlDeliveryPut = sqlDeliveryInsert + `($1, $2, 'waiting', 0, $3, 0, 0, 0, '', '', '')
	ON CONFLICT (endpoint_id, number) DO UPDATE SET state = 'waiting', attempts = 0, next_at = excluded.next_at`

const sqlDeliveriesForget = `DELETE FROM api_delivery WHERE endpoint_id = $1 AND number IN (SELECT number FROM api_delivery WHERE endpoint_id = $1 ORDER BY number LIMIT $2)`
const sqlEventsOld = `SELECT number FROM api_event WHERE at < $1 ORDER BY at, number LIMIT $2`
const sqlDeliveriesOfEvent = `DELETE FROM api_delivery WHERE number IN `
const sqlEventsDelete = `DELETE FROM api_event WHERE number IN `

func scanEndpoint(row db.Scanner) (Endpoint, error) {
	var e Endpoint
	var kinds string
	var former, since, held, wake, created int64
	err := row.Scan(&e.ID, &e.Name, &e.URL, &kinds, &e.Words, &e.secret, &e.former, &former, &e.State, &e.Why, &e.Failures, &since, &held, &wake, &created, &e.CreatedBy, &e.Version)
	e.Kinds = splitKinds(kinds)
	e.FormerUntil, e.FailingSince, e.HeldUntil, e.wakeAt, e.CreatedAt = db.Time(former), db.Time(since), db.Time(held), db.Time(wake), db.Time(created)
	return e, err
}

// some is b, and never nil: an empty column comes back as nil from one engine, and
// may not be written as NULL.
func some(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

func readEndpoints(ctx context.Context, tx *db.Tx) ([]Endpoint, error) {
	list, err := db.Collect(ctx, tx, scanEndpoint, sqlEndpoints)
	if err != nil {
		return nil, fmt.Errorf("read webhooks: %w", err)
	}
	return list, nil
}

func readEndpoint(ctx context.Context, tx *db.Tx, id int64) (Endpoint, error) {
	e, found, err := db.One(ctx, tx, scanEndpoint, sqlEndpointByID, id)
	if err != nil {
		return Endpoint{}, fmt.Errorf("read webhook %d: %w", id, err)
	}
	if !found {
		return Endpoint{}, errNoEndpoint
	}
	return e, nil
}

func insertEndpoint(ctx context.Context, tx *db.Tx, e Endpoint) error {
	_, err := tx.Exec(ctx, sqlEndpointInsert, e.ID, e.Name, e.URL, joinKinds(e.Kinds), e.Words, some(e.secret), some(e.former), db.Micros(e.FormerUntil), string(e.State), e.Why, e.Failures,
		db.Micros(e.FailingSince), db.Micros(e.HeldUntil), db.Micros(e.wakeAt), db.Micros(e.CreatedAt), e.CreatedBy, e.Version)
	if err != nil {
		return fmt.Errorf("keep a webhook: %w", err)
	}
	return nil
}

// updateEndpoint writes e over the version that it was read with, and reports
// false when that is gone.
func updateEndpoint(ctx context.Context, tx *db.Tx, e *Endpoint) (bool, error) {
	n, err := tx.Exec(ctx, sqlEndpointUpdate, e.Name, e.URL, joinKinds(e.Kinds), e.Words, some(e.secret), some(e.former), db.Micros(e.FormerUntil), string(e.State), e.Why, e.Failures,
		db.Micros(e.FailingSince), db.Micros(e.HeldUntil), db.Micros(e.wakeAt), e.ID, e.Version)
	if err != nil {
		return false, fmt.Errorf("update webhook %d: %w", e.ID, err)
	}
	e.Version++
	return n == 1, nil
}

// noteHealth writes how it goes with an endpoint. It leaves the version alone:
// whoever has the form open is not disturbed.
func noteHealth(ctx context.Context, tx *db.Tx, e Endpoint) error {
	if _, err := tx.Exec(ctx, sqlEndpointHealth, e.Failures, db.Micros(e.FailingSince), db.Micros(e.HeldUntil), string(e.State), e.Why, e.ID); err != nil {
		return fmt.Errorf("note how it goes with webhook %d: %w", e.ID, err)
	}
	return nil
}

func noteWake(ctx context.Context, tx *db.Tx, endpoint int64, at time.Time) error {
	if _, err := tx.Exec(ctx, sqlEndpointWake, db.Micros(at), endpoint); err != nil {
		return fmt.Errorf("note the job of webhook %d: %w", endpoint, err)
	}
	return nil
}

// takeNumbers returns the first of n numbers for events.
func takeNumbers(ctx context.Context, tx *db.Tx, n int) (int64, error) {
	last, _, err := db.One(ctx, tx, db.ScanID, sqlSequenceTake, n)
	if err != nil {
		return 0, fmt.Errorf("number events: %w", err)
	}
	return last - int64(n) + 1, nil
}

// rowsAtOnce bounds one INSERT.
const rowsAtOnce = 64

func insertEvents(ctx context.Context, tx *db.Tx, list []Event) error {
	for part := range db.Chunks(list, rowsAtOnce) {
		args := make([]any, 0, 7*len(part))
		for _, e := range part {
			args = append(args, e.Number, e.ID, string(e.Kind), db.Micros(e.At), e.Subject.Kind, e.Subject.ID, string(e.Data))
		}
		if _, err := tx.Exec(ctx, sqlEventInsert+db.Values(0, len(part), 7), args...); err != nil {
			return fmt.Errorf("keep events: %w", err)
		}
	}
	return nil
}

func insertDeliveries(ctx context.Context, tx *db.Tx, list []Delivery) error {
	for part := range db.Chunks(list, rowsAtOnce) {
		args := make([]any, 0, 11*len(part))
		for _, d := range part {
			args = append(args, d.EndpointID, d.Event.Number, string(Waiting), int64(0), db.Micros(d.NextAt), int64(0), int64(0), int64(0), "", "", "")
		}
		if _, err := tx.Exec(ctx, sqlDeliveryInsert+db.Values(0, len(part), 11), args...); err != nil {
			return fmt.Errorf("keep deliveries: %w", err)
		}
	}
	return nil
}

func scanEvent(row db.Scanner) (Event, error) {
	var e Event
	var at int64
	var data string
	err := row.Scan(&e.Number, &e.ID, &e.Kind, &at, &e.Subject.Kind, &e.Subject.ID, &data)
	e.At, e.Data = db.Time(at), []byte(data)
	return e, err
}

func scanDelivery(row db.Scanner) (Delivery, error) {
	var d Delivery
	var e Event
	var at, next, tried, took int64
	var data string
	err := row.Scan(&e.Number, &e.ID, &e.Kind, &at, &e.Subject.Kind, &e.Subject.ID, &data,
		&d.EndpointID, &d.State, &d.Attempts, &next, &tried, &took, &d.Status, &d.Trouble, &d.MediaType, &d.Answer)
	e.At, e.Data = db.Time(at), []byte(data)
	d.Event, d.NextAt, d.TriedAt, d.Took = e, db.Time(next), db.Time(tried), time.Duration(took)*time.Microsecond
	return d, err
}

// claimDue takes what is due, and puts its next try off until another moment.
func claimDue(ctx context.Context, tx *db.Tx, endpoint int64, until time.Time, most int) ([]Delivery, error) {
	list, err := db.Collect(ctx, tx, scanDelivery, sqlDeliveriesDue, endpoint, db.Micros(tx.Now), most)
	if err != nil {
		return nil, fmt.Errorf("read what is due to webhook %d: %w", endpoint, err)
	}
	for _, d := range list {
		if _, err := tx.Exec(ctx, sqlDeliveryClaim, db.Micros(until), endpoint, d.Event.Number); err != nil {
			return nil, fmt.Errorf("claim event %d for webhook %d: %w", d.Event.Number, endpoint, err)
		}
	}
	return list, nil
}

// nextDue is when the next event is due to an endpoint, zero for never.
func nextDue(ctx context.Context, tx *db.Tx, endpoint int64) (time.Time, error) {
	at, found, err := db.One(ctx, tx, db.ScanID, sqlDeliveryNext, endpoint)
	if err != nil {
		return time.Time{}, fmt.Errorf("look what is due next to webhook %d: %w", endpoint, err)
	}
	if !found {
		return time.Time{}, nil
	}
	return db.Time(at), nil
}

func noteDelivery(ctx context.Context, tx *db.Tx, d Delivery) error {
	_, err := tx.Exec(ctx, sqlDeliveryNote, string(d.State), d.Attempts, db.Micros(d.NextAt), db.Micros(d.TriedAt), d.Took.Microseconds(), d.Status, d.Trouble, d.MediaType, d.Answer,
		d.EndpointID, d.Event.Number)
	if err != nil {
		return fmt.Errorf("note what became of event %d: %w", d.Event.Number, err)
	}
	return nil
}

func readDelivery(ctx context.Context, tx *db.Tx, endpoint, number int64) (Delivery, error) {
	d, found, err := db.One(ctx, tx, scanDelivery, sqlDeliveryByNumber, endpoint, number)
	if err != nil {
		return Delivery{}, fmt.Errorf("read event %d of webhook %d: %w", number, endpoint, err)
	}
	if !found {
		return Delivery{}, errNoDelivery
	}
	return d, nil
}

// readDeliveries reads those below a number, newest first; state "" is all.
func readDeliveries(ctx context.Context, tx *db.Tx, endpoint, before int64, state DeliveryState, most int) (list []Delivery, err error) {
	if state == "" {
		list, err = db.Collect(ctx, tx, scanDelivery, sqlDeliveriesBefore, endpoint, before, most)
	} else {
		list, err = db.Collect(ctx, tx, scanDelivery, sqlDeliveriesIn, endpoint, before, string(state), most)
	}
	if err != nil {
		return nil, fmt.Errorf("read the deliveries of webhook %d: %w", endpoint, err)
	}
	return list, nil
}

func countDeliveries(ctx context.Context, tx *db.Tx, endpoint int64) (map[DeliveryState]int64, error) {
	type count struct {
		state DeliveryState
		n     int64
	}
	list, err := db.Collect(ctx, tx, func(row db.Scanner) (c count, err error) {
		err = row.Scan(&c.state, &c.n)
		return c, err
	}, sqlDeliveryCounts, endpoint)
	if err != nil {
		return nil, fmt.Errorf("count the deliveries of webhook %d: %w", endpoint, err)
	}
	counts := map[DeliveryState]int64{}
	for _, c := range list {
		counts[c.state] = c.n
	}
	return counts, nil
}

// replay makes an event due again, whatever became of it.
func replay(ctx context.Context, tx *db.Tx, endpoint, number int64) error {
	n, err := tx.Exec(ctx, sqlDeliveryReplay, db.Micros(tx.Now), endpoint, number)
	if err == nil && n == 0 {
		return errNoDelivery
	}
	if err != nil {
		return fmt.Errorf("replay event %d to webhook %d: %w", number, endpoint, err)
	}
	return nil
}

// hurry makes all that waits for an endpoint due now.
func hurry(ctx context.Context, tx *db.Tx, endpoint int64) error {
	if _, err := tx.Exec(ctx, sqlDeliveriesHurry, db.Micros(tx.Now), endpoint); err != nil {
		return fmt.Errorf("hurry what waits for webhook %d: %w", endpoint, err)
	}
	return nil
}

// readEventsSince reads events behind a place, oldest first.
func readEventsSince(ctx context.Context, tx *db.Tx, at time.Time, number int64, most int) ([]Event, error) {
	list, err := db.Collect(ctx, tx, scanEvent, sqlEventsSince, db.Micros(at), number, most)
	if err != nil {
		return nil, fmt.Errorf("read events: %w", err)
	}
	return list, nil
}

// putDelivery makes an event due to an endpoint, whether it was before or not.
func putDelivery(ctx context.Context, tx *db.Tx, endpoint, number int64) error {
	if _, err := tx.Exec(ctx, sqlDeliveryPut, endpoint, number, db.Micros(tx.Now)); err != nil {
		return fmt.Errorf("put event %d for webhook %d: %w", number, endpoint, err)
	}
	return nil
}

// forgetEnded removes some of what is left of endpoints that have ended, and
// reports whether there was any.
func forgetEnded(ctx context.Context, tx *db.Tx, most int) (bool, error) {
	ids, err := db.Collect(ctx, tx, db.ScanID, sqlEndpointsEnded)
	if err != nil {
		return false, fmt.Errorf("look for webhooks that have ended: %w", err)
	}
	for _, id := range ids {
		if _, err := tx.Exec(ctx, sqlDeliveriesForget, id, most); err != nil {
			return false, fmt.Errorf("forget the deliveries of webhook %d: %w", id, err)
		}
		if _, err := tx.Exec(ctx, sqlEndpointDelete, id); err != nil {
			return false, fmt.Errorf("forget webhook %d: %w", id, err)
		}
	}
	return len(ids) > 0, nil
}

// forgetOld removes some events from before a time, and reports how many.
func forgetOld(ctx context.Context, tx *db.Tx, before time.Time, most int) (int, error) {
	numbers, err := db.Collect(ctx, tx, db.ScanID, sqlEventsOld, db.Micros(before), most)
	if err != nil || len(numbers) == 0 {
		return 0, err
	}
	var args []any
	for _, n := range db.Padded(numbers) {
		args = append(args, n)
	}
	for _, statement := range []string{sqlDeliveriesOfEvent, sqlEventsDelete} {
		if _, err := tx.Exec(ctx, statement+db.In(0, len(args)), args...); err != nil {
			return 0, fmt.Errorf("forget old events: %w", err)
		}
	}
	return len(numbers), nil
}
