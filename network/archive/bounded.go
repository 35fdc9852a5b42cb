package archive

import (
	"errors"
	"io"
)

// errTooLong ends what reads from a bounded reader.
var errTooLong = errors.New("longer than it may be")

// bounded ends a parser that swallows more than it may at once: what is granted
// is used up by reading, and then it is refused.
type bounded struct {
	in   io.Reader
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if b.left <= 0 {
		return 0, errTooLong
	}
	n, err := b.in.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}
