package archive

import (
	"bufio"
	"errors"
	"io"
)

// lines reads a file line by line and knows where it is. A line that is longer
// than it may be is cut and costs no memory.
type lines struct {
	in     *bufio.Reader
	offset int64 // of the next line
	number int64 // of the last line, from 1
	buffer []byte
}

func newLines(in io.Reader, from Position) *lines {
	return &lines{in: bufio.NewReaderSize(in, 64<<10), offset: from.Offset, number: from.Line}
}

// next returns the next line with its end, at most most bytes of it, and
// whether that is all of it. The bytes are good until the next call. At the end
// of the file it returns io.EOF and no line.
func (l *lines) next(most int) (line []byte, whole bool, err error) {
	l.buffer = l.buffer[:0]
	whole = true
	read := false
	for {
		piece, err := l.in.ReadSlice('\n')
		l.offset += int64(len(piece))
		read = read || len(piece) > 0
		if room := most - len(l.buffer); len(piece) > room {
			piece, whole = piece[:room], false
		}
		l.buffer = append(l.buffer, piece...)
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, io.EOF) && read, err == nil:
			l.number++
			return l.buffer, whole, nil
		default:
			return nil, true, err
		}
	}
}
