package desk

import (
	"context"
	"fmt"
	"time"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/jobs"
)

const sqlPartColumns = `n, key, body, tried, ref, url, gone`
const sqlPartsOfMessage = `SELECT ` + sqlPartColumns + ` FROM desk_part WHERE message_id = $1 ORDER BY n`
const sqlPartTried = `UPDATE desk_part SET tried = $1 WHERE message_id = $2 AND n = $3`
const sqlPartSent = `UPDATE desk_part SET tried = $1, ref = $2, url = $3 WHERE message_id = $4 AND n = $5 AND ref = ''`
const sqlPartAddress = `UPDATE desk_part SET url = $1 WHERE message_id = $2 AND n = $3 AND url = ''`
const sqlPartGone = `UPDATE desk_part SET gone = $1 WHERE message_id = $2 AND n = $3`
const sqlPartByRef = `SELECT message_id, n FROM desk_part WHERE account_id = $1 AND ref = $2`

// sqlUnsent is the condition of the index desk_message_unsent. SQLite uses it only
// for a query that says the same, word for word, beside what it asks; without it
// every message there is would be read.
const sqlUnsent = `state IN ('queued', 'sending', 'failed', 'taking_back')`

// sqlPartsUnconfirmed are the parts of which the network may know more than we
// do. There are few: those being sent at this moment.
const sqlPartsUnconfirmed = `SELECT p.message_id, p.n, p.key FROM desk_message m JOIN desk_part p ON p.message_id = m.id
	WHERE m.account_id = $1 AND m.` + sqlUnsent + ` AND m.state <> 'taking_back' AND p.tried AND p.ref = '' ORDER BY p.message_id DESC LIMIT 1000`

func scanPart(row db.Scanner) (Part, error) {
	var p Part
	err := row.Scan(&p.N, &p.Key, &p.Body, &p.Tried, &p.Ref, &p.URL, &p.Gone)
	return p, err
}

func readParts(ctx context.Context, tx *db.Tx, message int64) ([]Part, error) {
	parts, err := db.Collect(ctx, tx, scanPart, sqlPartsOfMessage, message)
	if err != nil {
		return nil, fmt.Errorf("read the parts of message %d: %w", message, err)
	}
	return parts, nil
}

func insertParts(ctx context.Context, tx *db.Tx, m Message) error {
	args := make([]any, 0, 7*len(m.Parts))
	for _, p := range m.Parts {
		args = append(args, m.ID, p.N, m.AccountID, p.Key, p.Body, false, false)
	}
	_, err := tx.Exec(ctx, `INSERT INTO desk_part (message_id, n, account_id, key, body, tried, gone) VALUES `+db.Values(0, len(m.Parts), 7), args...)
	if err != nil {
		return fmt.Errorf("keep the parts of message %d: %w", m.ID, err)
	}
	return nil
}

func markTried(ctx context.Context, tx *db.Tx, message int64, n int) error {
	if _, err := tx.Exec(ctx, sqlPartTried, true, message, n); err != nil {
		return fmt.Errorf("mark part %d of message %d: %w", n, message, err)
	}
	return nil
}

// markSent notes what the network made of a part; false when that was known.
func markSent(ctx context.Context, tx *db.Tx, message int64, n int, sent network.Sent) (bool, error) {
	rows, err := tx.Exec(ctx, sqlPartSent, true, string(sent.Ref), sent.URL, message, n)
	if err != nil {
		return false, fmt.Errorf("note that part %d of message %d is sent: %w", n, message, err)
	}
	return rows == 1, nil
}

func markAddress(ctx context.Context, tx *db.Tx, message int64, n int, url string) error {
	if _, err := tx.Exec(ctx, sqlPartAddress, url, message, n); err != nil {
		return fmt.Errorf("note where part %d of message %d is: %w", n, message, err)
	}
	return nil
}

func markGone(ctx context.Context, tx *db.Tx, message int64, n int) error {
	if _, err := tx.Exec(ctx, sqlPartGone, true, message, n); err != nil {
		return fmt.Errorf("note that part %d of message %d is gone: %w", n, message, err)
	}
	return nil
}

// partPlace is where a part stands.
type partPlace struct {
	message int64
	n       int
	key     string
}

func partByRef(ctx context.Context, tx *db.Tx, account int64, ref network.Ref) (partPlace, bool, error) {
	p, found, err := db.One(ctx, tx, func(row db.Scanner) (partPlace, error) {
		var p partPlace
		err := row.Scan(&p.message, &p.n)
		return p, err
	}, sqlPartByRef, account, string(ref))
	if err != nil {
		return partPlace{}, false, fmt.Errorf("look for a post of account %d: %w", account, err)
	}
	return p, found, nil
}

func unconfirmedParts(ctx context.Context, tx *db.Tx, account int64) ([]partPlace, error) {
	list, err := db.Collect(ctx, tx, func(row db.Scanner) (partPlace, error) {
		var p partPlace
		err := row.Scan(&p.message, &p.n, &p.key)
		return p, err
	}, sqlPartsUnconfirmed, account)
	if err != nil {
		return nil, fmt.Errorf("read the unconfirmed parts of account %d: %w", account, err)
	}
	return list, nil
}

// sender is what the way out must know of an account.
type sender struct {
	Name     string
	State    string
	Trouble  network.Trouble
	Sentence string
	Signs    bool
	// Hold is until when its network wants no more, and HoldSays why.
	Hold     time.Time
	HoldSays string
}

const sqlSender = `SELECT a.name, a.state, a.trouble, a.sentence, a.sign_replies, COALESCE(h.until, 0), COALESCE(h.sentence, '')
	FROM desk_account a LEFT JOIN desk_hold h ON h.account_id = a.id WHERE a.id = $1`

func readSender(ctx context.Context, tx *db.Tx, account int64) (sender, error) {
	var s sender
	var hold int64
	if err := tx.QueryRow(ctx, sqlSender, account).Scan(&s.Name, &s.State, &s.Trouble, &s.Sentence, &s.Signs, &hold, &s.HoldSays); err != nil {
		return s, fmt.Errorf("read account %d: %w", account, err)
	}
	s.Hold = db.Time(hold)
	return s, nil
}

const sqlHold = `INSERT INTO desk_hold (account_id, until, sentence) VALUES ($1, $2, $3)
	ON CONFLICT (account_id) DO UPDATE SET until = excluded.until, sentence = excluded.sentence`
const sqlHoldEnd = `DELETE FROM desk_hold WHERE account_id = $1`

func holdAccount(ctx context.Context, tx *db.Tx, account int64, until time.Time, sentence string) error {
	if _, err := tx.Exec(ctx, sqlHold, account, db.Micros(until), sentence); err != nil {
		return fmt.Errorf("hold account %d: %w", account, err)
	}
	return nil
}

func endHold(ctx context.Context, tx *db.Tx, account int64) error {
	if _, err := tx.Exec(ctx, sqlHoldEnd, account); err != nil {
		return fmt.Errorf("end the hold of account %d: %w", account, err)
	}
	return nil
}

const sqlLease = `SELECT token, until FROM desk_lease WHERE message_id = $1`
const sqlLeaseTake = `INSERT INTO desk_lease (message_id, token, until, seat, boot, settle) VALUES ($1, $2, $3, $4, $5, $6)
	ON CONFLICT (message_id) DO UPDATE SET token = excluded.token, until = excluded.until,
	seat = excluded.seat, boot = excluded.boot, settle = excluded.settle`
const sqlLeaseEnd = `DELETE FROM desk_lease WHERE message_id = $1 AND token = $2`

// lease is the right to call the network for a message.
type lease struct {
	token  int64
	until  time.Time
	run    jobs.Run      // who has it
	settle time.Duration // network.Description.Settle
}

func readLease(ctx context.Context, tx *db.Tx, message int64) (lease, error) {
	l, _, err := db.One(ctx, tx, func(row db.Scanner) (lease, error) {
		var l lease
		var until int64
		err := row.Scan(&l.token, &until)
		l.until = db.Time(until)
		return l, err
	}, sqlLease, message)
	if err != nil {
		return lease{}, fmt.Errorf("read the lease of message %d: %w", message, err)
	}
	return l, nil
}

func takeLease(ctx context.Context, tx *db.Tx, message int64, l lease) error {
	_, err := tx.Exec(ctx, sqlLeaseTake, message, l.token, db.Micros(l.until), l.run.Seat, l.run.Boot, l.settle.Microseconds())
	if err != nil {
		return fmt.Errorf("take the lease of message %d: %w", message, err)
	}
	return nil
}

// endLease gives a lease back and reports whether it still was ours.
func endLease(ctx context.Context, tx *db.Tx, message, token int64) (bool, error) {
	n, err := tx.Exec(ctx, sqlLeaseEnd, message, token)
	if err != nil {
		return false, fmt.Errorf("end the lease of message %d: %w", message, err)
	}
	return n == 1, nil
}

const sqlPartsDoubted = `UPDATE desk_part SET tried = TRUE WHERE tried = FALSE AND ref = ''
	AND message_id IN (SELECT id FROM desk_message WHERE ` + sqlUnsent + ` AND state <> 'taking_back')`

// doubtUnsent takes all that is not sent for tried.
func doubtUnsent(ctx context.Context, tx *db.Tx) error {
	if _, err := tx.Exec(ctx, sqlPartsDoubted); err != nil {
		return fmt.Errorf("take what is not sent for tried: %w", err)
	}
	return nil
}

const sqlLeasesLeft = `SELECT message_id, until, settle FROM desk_lease WHERE seat = $1 AND boot <> $2`

// One process serves SQLite: leases of other seats came with a copy of the file.
const sqlLeasesLeftSQLite = `SELECT message_id, until, settle FROM desk_lease WHERE seat <> 0 AND NOT (seat = $1 AND boot = $2)`
const sqlLeaseLeft = `UPDATE desk_lease SET until = $2, seat = 0 WHERE message_id = $1`

// sqlLeasesAhead ends leases that were taken by a clock which has gone back since:
// none is longer than this.
const sqlLeasesAhead = `UPDATE desk_lease SET until = $1 WHERE until > $1`

// sqlSendAhead lets go what was put off by such a clock. What was received before
// the clock went back, by the clock as it is, may wait for longer by its network's
// wish.
const sqlSendAhead = `UPDATE desk_message SET send_at = $1, retry_at = 0, version = version + 1
	WHERE ` + sqlUnsent + ` AND state <> 'failed' AND received_at > $2 AND (send_at > $2 OR retry_at > $3)`

// comeBack undoes what a clock has done that was ahead: nothing waits for a time
// that it gave. It says how many messages that concerned.
func comeBack(ctx context.Context, tx *db.Tx) (int64, error) {
	if _, err := tx.Exec(ctx, sqlLeasesAhead, db.Micros(tx.Now.Add(leaseTime))); err != nil {
		return 0, fmt.Errorf("end leases of a clock that was ahead: %w", err)
	}
	// Put off to before now, so that the sweep takes them for overdue.
	n, err := tx.Exec(ctx, sqlSendAhead, db.Micros(tx.Now.Add(-2*lostAfter)), db.Micros(tx.Now.Add(clockSlack)), db.Micros(tx.Now.Add(clockSlack+retryPause(99))))
	if err != nil {
		return 0, fmt.Errorf("let go what a clock that was ahead put off: %w", err)
	}
	return n, nil
}

// leftLease is a lease whose holder is gone.
type leftLease struct {
	message int64
	until   time.Time
	settle  time.Duration
}

// leasesLeft are the leases that earlier runs of a seat still hold.
func leasesLeft(ctx context.Context, tx *db.Tx, now jobs.Run) ([]leftLease, error) {
	query := sqlLeasesLeft
	if tx.Engine() == db.SQLite {
		query = sqlLeasesLeftSQLite
	}
	list, err := db.Collect(ctx, tx, func(row db.Scanner) (leftLease, error) {
		var l leftLease
		var until, settle int64
		err := row.Scan(&l.message, &until, &settle)
		l.until, l.settle = db.Time(until), time.Duration(settle)*time.Microsecond
		return l, err
	}, query, now.Seat, now.Boot)
	if err != nil {
		return nil, fmt.Errorf("look for the leases of an earlier run: %w", err)
	}
	return list, nil
}

// shortenLease makes a lease end sooner, and nobody's.
func shortenLease(ctx context.Context, tx *db.Tx, message int64, until time.Time) error {
	if _, err := tx.Exec(ctx, sqlLeaseLeft, message, db.Micros(until)); err != nil {
		return fmt.Errorf("shorten the lease of message %d: %w", message, err)
	}
	return nil
}

const sqlUnsentBefore = `SELECT id FROM desk_message WHERE conversation_id = $1 AND id < $2 AND direction = 'out'
	AND state IN ('queued', 'sending') ORDER BY id LIMIT 1`
const sqlUnsentAfter = `SELECT id, send_at, retry_at FROM desk_message WHERE conversation_id = $1 AND id > $2 AND direction = 'out'
	AND state IN ('queued', 'sending') ORDER BY id LIMIT 1`

// unsentBefore reports whether an earlier answer of the conversation is still
// to be sent.
func unsentBefore(ctx context.Context, tx *db.Tx, m Message) (bool, error) {
	_, found, err := db.One(ctx, tx, db.ScanID, sqlUnsentBefore, m.ConversationID, m.ID)
	if err != nil {
		return false, fmt.Errorf("look for answers before message %d: %w", m.ID, err)
	}
	return found, nil
}

// due is a message that is to be sent, and not before when.
type due struct {
	id int64
	at time.Time
}

func scanDue(row db.Scanner) (due, error) {
	var d due
	var send, retry int64
	err := row.Scan(&d.id, &send, &retry)
	d.at = db.Time(max(send, retry))
	return d, err
}

// unsentAfter is the next answer of a conversation that waits.
func unsentAfter(ctx context.Context, tx *db.Tx, m Message) (due, bool, error) {
	d, found, err := db.One(ctx, tx, scanDue, sqlUnsentAfter, m.ConversationID, m.ID)
	if err != nil {
		return due{}, false, fmt.Errorf("look for answers after message %d: %w", m.ID, err)
	}
	return d, found, nil
}

// sqlOverdue finds what a lost job has left: due for a while, not behind an
// earlier answer, and with nobody on it.
const sqlOverdue = `SELECT m.id, m.state FROM desk_message m
	WHERE m.` + sqlUnsent + ` AND m.state <> 'failed' AND m.send_at < $1 AND m.retry_at < $1
	AND NOT EXISTS (SELECT 1 FROM desk_lease l WHERE l.message_id = m.id AND l.until > $2)
	AND (m.state = 'taking_back' OR NOT EXISTS (SELECT 1 FROM desk_message e WHERE e.conversation_id = m.conversation_id AND e.id < m.id
		AND e.direction = 'out' AND e.state IN ('queued', 'sending')))
	ORDER BY m.send_at LIMIT 500`

type leftOver struct {
	id    int64
	state MessageState
}

func readOverdue(ctx context.Context, tx *db.Tx, before, now time.Time) ([]leftOver, error) {
	list, err := db.Collect(ctx, tx, func(row db.Scanner) (leftOver, error) {
		var o leftOver
		err := row.Scan(&o.id, &o.state)
		return o, err
	}, sqlOverdue, db.Micros(before), db.Micros(now))
	if err != nil {
		return nil, fmt.Errorf("look for answers that are overdue: %w", err)
	}
	return list, nil
}

const sqlResume = `UPDATE desk_message SET retry_at = 0, version = version + 1 WHERE account_id = $1 AND state IN ('queued', 'sending') AND retry_at <> 0`
const sqlPendingOfAccount = `SELECT id, send_at, retry_at FROM desk_message WHERE account_id = $1 AND state IN ('queued', 'sending') ORDER BY id LIMIT 500`

// endWaiting makes what waits for an account due, and returns the first of it.
func endWaiting(ctx context.Context, tx *db.Tx, account int64) ([]due, error) {
	if _, err := tx.Exec(ctx, sqlResume, account); err != nil {
		return nil, fmt.Errorf("resume the answers of account %d: %w", account, err)
	}
	list, err := db.Collect(ctx, tx, scanDue, sqlPendingOfAccount, account)
	if err != nil {
		return nil, fmt.Errorf("read the answers of account %d: %w", account, err)
	}
	return list, nil
}

const sqlSaid = `SELECT message_id FROM desk_said WHERE conversation_id = $1 AND key = $2`
const sqlSay = `INSERT INTO desk_said (conversation_id, key, message_id) VALUES ($1, $2, $3)`

func saidBefore(ctx context.Context, tx *db.Tx, conversation int64, key string) (int64, error) {
	id, _, err := db.One(ctx, tx, db.ScanID, sqlSaid, conversation, key)
	if err != nil {
		return 0, fmt.Errorf("look whether it was said in conversation %d: %w", conversation, err)
	}
	return id, nil
}

func noteSaid(ctx context.Context, tx *db.Tx, conversation int64, key string, message int64) error {
	if _, err := tx.Exec(ctx, sqlSay, conversation, key, message); err != nil {
		return fmt.Errorf("note what is said in conversation %d: %w", conversation, err)
	}
	return nil
}

const sqlAnswerable = `SELECT ` + sqlMessageColumns + ` FROM desk_message WHERE conversation_id = $1 AND direction = 'in' AND deleted_at = 0
	ORDER BY id DESC LIMIT 1`

// answerable is the citizen's newest message that is still there, or the newest
// when they deleted all.
func answerable(ctx context.Context, tx *db.Tx, c Conversation) (Message, error) {
	if c.LastInID == 0 {
		return Message{}, nil
	}
	newest, err := messageTx(ctx, tx, c.LastInID)
	if err != nil || newest.DeletedAt.IsZero() {
		return newest, err
	}
	m, found, err := db.One(ctx, tx, scanMessage, sqlAnswerable, c.ID)
	if err != nil {
		return Message{}, fmt.Errorf("read what conversation %d asks: %w", c.ID, err)
	}
	if !found {
		return newest, nil
	}
	return m, nil
}

const sqlNewer = `SELECT ` + sqlMessageColumns + ` FROM desk_message WHERE conversation_id = $1 AND id > $2 AND direction IN ('in', 'out')
	AND state <> 'cancelled' ORDER BY id DESC LIMIT 50`

func messagesSince(ctx context.Context, tx *db.Tx, conversation, message int64) ([]Message, error) {
	list, err := db.Collect(ctx, tx, scanMessage, sqlNewer, conversation, message)
	if err != nil {
		return nil, fmt.Errorf("read what is new in conversation %d: %w", conversation, err)
	}
	return list, nil
}

const sqlAncestors = `SELECT ref FROM (SELECT ref, id FROM desk_message WHERE conversation_id = $1 AND id < $2 AND ref <> '' AND ref NOT LIKE 'page:%' AND direction IN ('in', 'out')
	ORDER BY id DESC LIMIT 30) newest ORDER BY id`

func ancestorsOf(ctx context.Context, tx *db.Tx, m Message) ([]network.Ref, error) {
	refs, err := db.Collect(ctx, tx, func(row db.Scanner) (network.Ref, error) {
		var ref network.Ref
		err := row.Scan(&ref)
		return ref, err
	}, sqlAncestors, m.ConversationID, m.ID)
	if err != nil {
		return nil, fmt.Errorf("read what stands before message %d: %w", m.ID, err)
	}
	return refs, nil
}

const sqlNewestSaid = `SELECT ` + sqlMessageColumns + ` FROM desk_message WHERE conversation_id = $1 AND direction IN ('in', 'out')
	AND state <> 'cancelled' ORDER BY id DESC LIMIT 1`

// newestSaid is the newest message of a conversation, notes and what was never
// sent apart.
func newestSaid(ctx context.Context, tx *db.Tx, conversation int64) (Message, bool, error) {
	m, found, err := db.One(ctx, tx, scanMessage, sqlNewestSaid, conversation)
	if err != nil {
		return Message{}, false, fmt.Errorf("read the newest of conversation %d: %w", conversation, err)
	}
	return m, found, nil
}

const sqlOtherByRef = `SELECT id FROM desk_message WHERE account_id = $1 AND ref = $2 AND id <> $3`
const sqlForgetMedia = `DELETE FROM desk_media WHERE message_id = $1`
const sqlForgetRevisions = `DELETE FROM desk_revision WHERE message_id = $1`
const sqlForget = `DELETE FROM desk_message WHERE id = $1 AND direction = 'out'`

// otherByRef is another message that has a post's identity, 0 for none.
func otherByRef(ctx context.Context, tx *db.Tx, m Message, ref network.Ref) (int64, error) {
	id, _, err := db.One(ctx, tx, db.ScanID, sqlOtherByRef, m.AccountID, string(ref), m.ID)
	if err != nil {
		return 0, fmt.Errorf("look for doubles of message %d: %w", m.ID, err)
	}
	return id, nil
}

// forgetDouble removes a copy of our own answer that was fetched before we knew
// its identity. The answer itself stays.
func forgetDouble(ctx context.Context, tx *db.Tx, id int64) error {
	for _, query := range []string{sqlForgetMedia, sqlForgetRevisions, sqlForget} {
		if _, err := tx.Exec(ctx, query, id); err != nil {
			return fmt.Errorf("remove double %d: %w", id, err)
		}
	}
	return searchIndex.Delete(ctx, tx, id)
}
