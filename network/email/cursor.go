package email

import (
	"fmt"
	"time"

	"github.com/emersion/go-imap/v2"

	"mercat.scot/mercat/network"
)

// lookBack is how far the first fetch goes back.
const lookBack = 30 * 24 * time.Hour

// cursor is how far the folder has been read. While until is set, only mail
// that arrived since since is taken of the UIDs below it.
type cursor struct {
	validity uint32
	next     imap.UID
	until    imap.UID
	since    time.Time
}

// String is the cursor as it is stored.
func (c cursor) String() string {
	if c.until == 0 {
		return fmt.Sprintf("1/%d/%d", c.validity, c.next)
	}
	return fmt.Sprintf("1/%d/%d/%d/%d", c.validity, c.next, c.until, c.since.Unix())
}

// readCursor reads a stored cursor; one that it does not understand counts as
// none.
func readCursor(s network.Cursor) (c cursor, ok bool) {
	var since int64
	if n, err := fmt.Sscanf(string(s)+"\n", "1/%d/%d/%d/%d\n", &c.validity, &c.next, &c.until, &since); n == 4 && err == nil {
		c.since = time.Unix(since, 0).UTC()
	} else {
		c = cursor{}
		if n, err := fmt.Sscanf(string(s)+"\n", "1/%d/%d\n", &c.validity, &c.next); n != 2 || err != nil {
			return cursor{}, false
		}
	}
	if c.validity == 0 || c.next == 0 || c.String() != string(s) {
		return cursor{}, false
	}
	return c, true
}

// at returns the cursor for a folder as it stands now: c itself, or the
// beginning when there is none or the folder's UIDs were given anew.
func (c cursor) at(folder *imap.SelectData, now time.Time) cursor {
	if c.validity != 0 && c.validity == folder.UIDValidity {
		return c
	}
	begin := cursor{validity: folder.UIDValidity, next: 1, until: folder.UIDNext, since: now.Add(-lookBack)}
	if begin.until == 0 { // an old server that does not say
		begin.until = 1<<32 - 1
	}
	return begin
}

// mayHaveMore reports whether a fetch from c could find something.
func (c cursor) mayHaveMore(folder *imap.SelectData) bool {
	return c.validity != folder.UIDValidity || c.until != 0 || folder.UIDNext == 0 || folder.UIDNext > c.next
}
