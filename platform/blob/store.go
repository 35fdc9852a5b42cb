package blob

import (
	"context"
	"encoding/hex"
	"io"

	"mercat.scot/mercat/platform/fault"
)

// Key names a file: its SHA-256 in 64 lower-case hexadecimal digits.
type Key string

// ParseKey returns s as a Key; what cannot be one is fault.NotFound.
func ParseKey(s string) (Key, error) {
	if len(s) == 64 {
		if raw, err := hex.DecodeString(s); err == nil && hex.EncodeToString(raw) == s {
			return Key(s), nil
		}
	}
	return "", missing()
}

func missing() *fault.Error { return fault.New(fault.NotFound, "This file is no longer here.") }

// Store keeps files by content. All methods are safe for concurrent use, also
// by several processes.
//
// A file is deleted by whoever knows that nothing refers to it. Since the same
// content may be put again at that moment, delete only what has been without
// reference for longer than any upload takes.
type Store interface {
	// Put keeps what r holds and returns once it would survive a power cut. It is
	// idempotent. More than max bytes is fault.TooLarge, a full disk fault.Down;
	// an error of r is returned wrapped. After an error nothing is kept.
	Put(ctx context.Context, r io.Reader, max int64) (key Key, size int64, err error)
	// Open opens a file. One that is not there is fault.NotFound.
	Open(ctx context.Context, key Key) (body io.ReadSeekCloser, size int64, err error)
	// Has reports whether a file is there.
	Has(ctx context.Context, key Key) (bool, error)
	// Delete removes a file. It is idempotent.
	Delete(ctx context.Context, key Key) error
}
