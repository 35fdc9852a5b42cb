package staff

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/secret"
	"mercat.scot/mercat/record"
)

var (
	errNoKey    = fault.New(fault.NotFound, "There is no such key. Look in the list of keys.")
	errBadKey   = fault.New(fault.SignIn, "The API key is missing or not good: it may be mistyped, revoked, or past its last day. Send it as “Authorization: Bearer mk_…”, or ask an administrator for another.")
	errKeyRate  = fault.New(fault.TooMany, "This key has made more requests than it may in a minute. Wait a little, then go on more slowly.")
	errManyKeys = fault.Newf(fault.Conflict, "There are %d keys already. Revoke those that nobody uses, then make this one.", maxKeys)
)

// AddKey makes a key of a name, scopes, rate and last day, and returns the token
// with it: the only time that anybody sees it.
//
// Errors: fault.Fields (name, scopes, per_minute, expires); fault.Conflict.
func (s *Service) AddKey(ctx context.Context, by Officer, k Key) (Key, string, error) {
	k, err := k.clean(s.db.Now())
	if err != nil {
		return Key{}, "", err
	}
	token, prefix := newToken()
	k.Prefix, k.CreatedBy, k.UsedAt, k.RevokedAt = prefix, by.ID, time.Time{}, time.Time{}
	err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		good, err := countGoodKeys(ctx, tx)
		if err != nil {
			return err
		}
		if good >= maxKeys {
			return errManyKeys
		}
		k.ID, k.CreatedAt = tx.NewID(), tx.Now
		if err := insertKey(ctx, tx, k, secret.HashToken(token)); err != nil {
			return err
		}
		return record.Append(ctx, tx, record.Entry{Actor: by.Actor(), Act: "staff.key.added", Subject: k.Subject(), After: k.facts()})
	})
	if err != nil {
		return Key{}, "", fmt.Errorf("add a key: %w", err)
	}
	return k, token, nil
}

// RevokeKey ends a key for good. One that has ended already stays so.
//
// Errors: fault.NotFound.
func (s *Service) RevokeKey(ctx context.Context, by Officer, id int64) (Key, error) {
	var k Key
	err := s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		var found bool
		var err error
		if k, found, err = readKey(ctx, tx, id); err != nil {
			return err
		}
		if !found {
			return errNoKey
		}
		revoked, err := revokeKey(ctx, tx, id)
		if err != nil || !revoked {
			return err
		}
		k.RevokedAt = tx.Now
		return record.Append(ctx, tx, record.Entry{Actor: by.Actor(), Act: "staff.key.revoked", Subject: k.Subject(), Before: k.facts()})
	})
	if err != nil {
		return Key{}, fmt.Errorf("revoke key %d: %w", id, err)
	}
	return k, nil
}

// Keys are all keys, those that are good first and the newest first among them.
func (s *Service) Keys(ctx context.Context) (list []Key, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		list, err = readKeys(ctx, tx)
		return err
	})
	now := s.db.Now()
	slices.SortStableFunc(list, func(a, b Key) int {
		switch {
		case a.Good(now) == b.Good(now):
			return 0
		case a.Good(now):
			return -1
		}
		return 1
	})
	return list, err
}

// Key returns one by id.
//
// Errors: fault.NotFound.
func (s *Service) Key(ctx context.Context, id int64) (Key, error) {
	var k Key
	err := s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		var found bool
		var err error
		if k, found, err = readKey(ctx, tx, id); err == nil && !found {
			err = errNoKey
		}
		return err
	})
	return k, err
}

// Authenticate finds the key that a token belongs to, and counts the request
// against its rate. Whoever calls it goes on to ask Key.May. Nothing else tells
// who a program is: a cookie counts for nothing where a key is asked for.
//
// Errors: fault.SignIn, the same for every reason; fault.TooMany.
func (s *Service) Authenticate(ctx context.Context, token string) (Key, error) {
	if !looksLikeToken(token) {
		return Key{}, errBadKey
	}
	var k Key
	var found bool
	err := s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		k, found, err = readKeyByToken(ctx, tx, secret.HashToken(token))
		return err
	})
	now := s.db.Now()
	if err == nil && (!found || !k.Good(now)) {
		err = errBadKey
	}
	if err != nil {
		return Key{}, err
	}
	if !s.rates.take(k, now) {
		return Key{}, errKeyRate
	}
	if k.stale(now) {
		err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error { return touchKey(ctx, tx, k.ID) })
	}
	return k, err
}

// rates are how fast each key is used, for this process alone: with n nodes a
// key may make up to n times as many requests.
type rates struct {
	mu    sync.Mutex
	byKey map[int64]*rate.Limiter
}

// take counts a request, and reports whether it may go on.
func (r *rates) take(k Key, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	l := r.byKey[k.ID]
	if l == nil {
		if r.byKey == nil || len(r.byKey) >= 2*maxKeys { // keys come and go
			r.byKey = map[int64]*rate.Limiter{}
		}
		l = rate.NewLimiter(rate.Limit(float64(k.PerMinute)/60), k.PerMinute)
		r.byKey[k.ID] = l
	}
	return l.AllowN(now, 1)
}
