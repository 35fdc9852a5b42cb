package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/secret"
	"mercat.scot/mercat/staff"
)

// onceFor is how long the answer to a request with an Idempotency-Key is kept.
const onceFor = 24 * time.Hour

// Once are the parameters of a request that may be sent again after its answer
// was lost.
type Once struct {
	IdempotencyKey string `header:"Idempotency-Key" minLength:"1" maxLength:"120" doc:"Names the request. The same key with the same content gives the same answer for 24 hours and does nothing twice; with other content it is refused (422)."`
}

// once does something in a transaction, with the answer beside it: whoever sends
// the request again gets the answer and nothing is done. An error is not kept,
// for it has changed nothing. Name is "" for a request without a key.
func once[T any](ctx context.Context, s *Service, k staff.Key, name, hash string, f func(ctx context.Context, tx *db.Tx) (T, int64, error)) (answer T, version int64, replayed bool, err error) {
	err = s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		var none T
		answer, replayed = none, false
		if name != "" {
			before, found, err := readDone(ctx, tx, k.ID, name)
			if err != nil {
				return err
			}
			if found && tx.Now.Sub(before.at) < onceFor {
				if before.hash != hash {
					return huma.Error422UnprocessableEntity("This Idempotency-Key belongs to another request. Use another key for each request.")
				}
				version, replayed = before.version, true
				return json.Unmarshal(before.answer, &answer)
			}
		}
		var err error
		if answer, version, err = f(ctx, tx); err != nil || name == "" {
			return err
		}
		text, err := json.Marshal(answer)
		if err != nil {
			return fmt.Errorf("keep an answer: %w", err)
		}
		return putDone(ctx, tx, k.ID, name, done{hash: hash, answer: text, version: version})
	})
	return answer, version, replayed, err
}

// requestHash is what of a request must be the same for its key to be.
func requestHash(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:%s", len(p), p) // a hash takes all that it is given
	}
	return hex.EncodeToString(h.Sum(nil))
}

// requestKey names a request for casework: by its Idempotency-Key, or as one of
// its own.
func requestKey(k staff.Key, name string) string {
	if name == "" {
		name = secret.Token(16)
	} else {
		name = requestHash(name)[:40]
	}
	return number(k.ID) + ":" + name
}
