package record

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"time"

	"mercat.scot/mercat/platform/db"
)

// Append writes entries to the record, in the transaction of what they tell.
func Append(ctx context.Context, tx *db.Tx, entries ...Entry) error {
	_, err := appendAll(ctx, tx, entries)
	return err
}

// AppendNumbered is Append for one entry of which the caller must know the
// number.
func AppendNumbered(ctx context.Context, tx *db.Tx, e Entry) (number int64, err error) {
	return appendAll(ctx, tx, []Entry{e})
}

// appendAll writes entries and returns the number of the last.
func appendAll(ctx context.Context, tx *db.Tx, entries []Entry) (int64, error) {
	if len(entries) == 0 {
		return 0, nil
	}
	number, hash, err := readHead(ctx, tx)
	if err != nil {
		return 0, err
	}
	kept := make([]Kept, 0, len(entries))
	for _, e := range entries {
		number++
		k, err := e.keep(tx.Now, number, hash)
		if err != nil {
			return 0, err
		}
		hash = k.Hash
		kept = append(kept, k)
	}
	if err := insertEntries(ctx, tx, kept); err != nil {
		return 0, err
	}
	return number, moveHead(ctx, tx, number, hash)
}

// Numbered returns one entry, and false when there is none.
func Numbered(ctx context.Context, tx *db.Tx, number int64) (Kept, bool, error) {
	list, err := readEntries(ctx, tx, sqlEntryNumbered, number)
	if err != nil || len(list) == 0 {
		return Kept{}, false, err
	}
	return list[0], true, nil
}

// Report is what Verify found.
type Report struct {
	Entries int64     // how many were read
	First   time.Time // when the first and the last were written
	Last    time.Time
	Head    string // the last hash in hexadecimal: note it elsewhere
	// Broken is the number of the first entry that does not fit, 0 when the
	// chain is whole; Why says what is wrong with it.
	Broken int64
	Why    string
}

// Whole reports whether the chain is unbroken.
func (r Report) Whole() bool { return r.Broken == 0 }

// page is how many entries are read at a time.
const page = 1000

// Verify reads the whole record on one snapshot and checks every link.
func Verify(ctx context.Context, d *db.DB, progress func(done, of int64)) (Report, error) {
	var r Report
	err := d.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		number, hash, err := readHead(ctx, tx)
		if err != nil {
			return err
		}
		c := chain{}
		for c.broken == 0 {
			list, err := readEntries(ctx, tx, sqlEntriesAfter, c.number, page)
			if err != nil {
				return err
			}
			if len(list) == 0 {
				break
			}
			for _, k := range list {
				if !c.add(k) {
					break
				}
			}
			if progress != nil {
				progress(c.number, number)
			}
		}
		c.end(number, hash)
		r = Report{Entries: c.number, First: c.first, Last: c.last, Head: hex.EncodeToString(c.hash), Broken: c.broken, Why: c.why}
		return nil
	})
	if err != nil {
		return Report{}, fmt.Errorf("verify the record: %w", err)
	}
	return r, nil
}

// chain is the checking of a record, link by link.
type chain struct {
	number      int64
	hash        []byte
	first, last time.Time
	broken      int64
	why         string
}

func (c *chain) add(k Kept) bool {
	switch {
	case k.Number != c.number+1:
		c.broken, c.why = c.number+1, fmt.Sprintf("entry %d is missing: entry %d follows entry %d", c.number+1, k.Number, c.number)
	case !bytes.Equal(k.link(c.hash), k.Hash):
		c.broken, c.why = k.Number, fmt.Sprintf("entry %d (%s, %s) was changed, or one before it was: its hash does not fit", k.Number, k.Act, k.At.Format(time.RFC3339))
	default:
		if c.number == 0 {
			c.first = k.At
		}
		c.number, c.hash, c.last = k.Number, k.Hash, k.At
		return true
	}
	return false
}

func (c *chain) end(number int64, hash []byte) {
	if c.broken != 0 {
		return
	}
	if number > c.number {
		c.broken, c.why = c.number+1, fmt.Sprintf("the record ends at entry %d, but %d were written", c.number, number)
	} else if number < c.number || !bytes.Equal(hash, c.hash) {
		c.broken, c.why = c.number, "the last entry is not the one that the head names"
	}
}

// About returns what the record says about a subject, newest first, below
// before (0 for the newest).
func About(ctx context.Context, tx *db.Tx, s Subject, before int64, limit int) ([]Kept, error) {
	if before <= 0 {
		before = 1<<63 - 1
	}
	return readEntries(ctx, tx, sqlEntriesAbout, s.Kind, s.ID, before, limit)
}

// Latest returns the newest entries below before (0 for the newest).
func Latest(ctx context.Context, tx *db.Tx, before int64, limit int) ([]Kept, error) {
	if before <= 0 {
		before = 1<<63 - 1
	}
	return readEntries(ctx, tx, sqlEntriesBefore, before, limit)
}
