package network

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Trouble is what kind of trouble a network is in.
type Trouble string

const (
	Unreachable Trouble = "unreachable" // no connection, cut off, time-out: try again
	Refused     Trouble = "refused"     // the network said no for good to this post: do not try again
	Revoked     Trouble = "revoked"     // sign-in no longer works: stop until an administrator acts
	Limited     Trouble = "limited"     // too many requests: try again at RetryAt
	Broken      Trouble = "broken"      // 5xx, or an answer that makes no sense: try again
	Missing     Trouble = "missing"     // the post, or the one it answers, is gone
)

// Error is what adapters return.
type Error struct {
	Trouble  Trouble
	Sentence string    // for people: what is wrong, and what to do
	RetryAt  time.Time // when Limited; zero means "as you think fit"
	Cause    error
}

func (e *Error) Error() string {
	if e.Cause != nil {
		return fmt.Sprintf("%s: %s: %v", e.Trouble, e.Sentence, e.Cause)
	}
	return fmt.Sprintf("%s: %s", e.Trouble, e.Sentence)
}

func (e *Error) Unwrap() error { return e.Cause }

// Temporary reports whether the same call can succeed later without anybody
// doing anything.
func (e *Error) Temporary() bool {
	return e.Trouble == Unreachable || e.Trouble == Limited || e.Trouble == Broken
}

// TroubleOf returns the trouble of err. Errors that no adapter classified are
// Broken, so that they are tried again rather than dropped; the end of a
// context is Unreachable.
func TroubleOf(err error) Trouble {
	var e *Error
	if errors.As(err, &e) {
		return e.Trouble
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return Unreachable
	}
	return Broken
}

// Limits on what one post may carry into Mercat. Adapters cut at these and add
// a Notice; they never drop silently.
const (
	MaxText        = 100_000  // runes of text kept
	MaxHTML        = 1 << 20  // bytes of HTML kept
	MaxRaw         = 1 << 20  // bytes of the original kept
	MaxMedia       = 20       // files of one post
	MaxMediaBytes  = 40 << 20 // bytes of one file
	MaxMentions    = 50
	MaxNameRunes   = 200
	MaxWord        = 1_000 // runes without a space, after which a break may be shown
	OldestSaneYear = 2000  // a date before it, or more than a day ahead, is replaced by the time of receipt, with a Notice
)
