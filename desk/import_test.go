package desk

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
)

// begin begins an import into the house's account.
func (h *house) begin(file string) Import {
	h.t.Helper()
	i, _, err := h.BeginImport(h.t.Context(), h.admin.Actor(), Archive{Import: Import{AccountID: h.account.ID, Format: "table", File: file, SHA256: "sum of " + file}})
	if err != nil {
		h.t.Fatal(err)
	}
	return i
}

// bring imports posts as one batch.
func (h *house) bring(i Import, posts ...*network.Post) (Import, []SetAside) {
	h.t.Helper()
	var items []Past
	for n, p := range posts {
		items = append(items, Past{Place: fmt.Sprintf("line %d", n+1), Post: p})
	}
	i, asides, err := h.ImportBatch(h.t.Context(), h.admin.Actor(), PastBatch{Import: i, Items: items, Position: i.Position + "x"})
	if err != nil {
		h.t.Fatal(err)
	}
	return i, asides
}

func (h *house) undo(id int64) error {
	_, err := h.UndoImport(h.t.Context(), h.admin.Actor(), id, Undoing{}, func(int64) {})
	return err
}

// years makes a post one of years ago.
func years(n int, p *network.Post) *network.Post {
	p.At = p.At.AddDate(-n, 0, 0)
	return p
}

func TestHistoryAddsToAConversationWithoutTouchingIt(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		first := h.post("ann", "My bin was not emptied")
		first.Author.Name = "Ann Gillies"
		h.takePosts(first)
		before := h.only()
		earlier := years(3, h.post("ann", "It was not emptied either, long ago"))
		earlier.Thread, earlier.ReplyTo = first.Thread, first.Ref // as a crooked archive may have it
		earlier.Author.Name = "Ann Before"
		ours := years(3, h.post("council", "It will be tomorrow"))
		ours.FromUs, ours.ReplyTo, ours.Thread = true, earlier.Ref, first.Thread
		i, _ := h.bring(h.begin("a"), earlier, ours, first)
		if i.Kept != 2 || i.Known != 1 {
			t.Errorf("%+v", i.Tally)
		}
		now := h.only()
		if now.Version != before.Version || now.Handling != before.Handling || !now.Sorted.Equal(before.Sorted) || now.Excerpt != before.Excerpt || now.LastID != before.LastID ||
			now.LastInID != before.LastInID || now.Messages != 3 || now.Who != "Ann Gillies" {
			t.Errorf("%+v\nwas\n%+v", now, before)
		}
		list := h.messages(now.ID)
		if len(list) != 3 || list[0].Body != earlier.Text || list[1].Direction != Out || list[1].State != Sent || list[2].Body != first.Text || !slices.IsSortedFunc(list, func(a, b Message) int { return int(a.ID - b.ID) }) {
			t.Errorf("%+v", list)
		}
		// An officer goes on with it, and the history is taken out all the same.
		if _, err := h.Assign(t.Context(), h.admin, now.ID, now.Version, h.admin.ID); err != nil {
			t.Fatal(err)
		}
		if err := h.undo(i.ID); err != nil {
			t.Fatal(err)
		}
		after := h.only()
		if list := h.messages(after.ID); len(list) != 1 || list[0].Body != first.Text || after.Messages != 1 || after.LastID != before.LastID || after.OfficerID != h.admin.ID {
			t.Errorf("%+v, %+v", after, list)
		}
	})
}

func TestWhatIsHeardAfterAnImportStaysWhenItIsUndone(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		old := years(2, h.post("ann", "Long ago"))
		i, _ := h.bring(h.begin("a"), old, years(2, h.post("bea", "Long ago too")))
		if rows := h.inbox(); len(rows) != 2 || rows[0].Unread || rows[0].State != Closed || !rows[0].DueAt.IsZero() {
			t.Errorf("%+v", rows)
		}
		h.takePosts(h.reply("ann", "And again today", old))
		var ann Row
		for _, row := range h.inbox() {
			if row.Who == "Ann" {
				ann = row
			}
		}
		if ann.State != Open || !ann.Unread || ann.Messages != 2 || ann.DueAt.IsZero() {
			t.Errorf("%+v", ann)
		}
		if err := h.undo(i.ID); err != nil {
			t.Fatal(err)
		}
		c := h.only()
		if list := h.messages(c.ID); c.ID != ann.ID || len(list) != 1 || list[0].Body != "And again today" || c.Messages != 1 {
			t.Errorf("%+v, %+v", c, list)
		}
		// Once an officer has answered what began in an archive, it stays.
		i, _ = h.bring(h.begin("b"), years(2, h.post("cei", "Long ago")))
		for _, row := range h.inbox() {
			if row.Who == "Cei" {
				if _, err := h.Reopen(t.Context(), h.admin, row.ID, row.Version); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := h.undo(i.ID); !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "one conversation") {
			t.Errorf("worked on: %v", err)
		}
	})
}

func TestABatchIsKeptOnceAndByOneProcess(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		i := h.begin("a")
		next, _ := h.bring(i, years(1, h.post("ann", "One")))
		_, _, err := h.ImportBatch(t.Context(), h.admin.Actor(), PastBatch{Import: i, Items: []Past{{Post: years(1, h.post("ann", "Two"))}}, Position: "y"})
		if !fault.Is(err, fault.Conflict) {
			t.Errorf("from the same position: %v", err)
		}
		failed := errors.New("the room above fails")
		_, _, err = h.ImportBatch(t.Context(), h.admin.Actor(), PastBatch{Import: next, Items: []Past{{Post: years(1, h.post("ann", "Three"))}}, Position: "z",
			Also: func(context.Context, *db.Tx, []Arrived) (int64, error) { return 0, failed }})
		if !errors.Is(err, failed) {
			t.Errorf("%v", err)
		}
		if again := h.begin("a"); again.ID != i.ID || again.Position != "x" || again.Kept != 1 || len(h.inbox()) != 1 {
			t.Errorf("%+v", again)
		}
	})
}

func TestWhatCannotBeKeptIsSetAside(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		good := years(1, h.post("ann", "Good"))
		nobody, future, odd := h.post("ann", "x"), h.post("ann", "x"), years(1, h.post("ann", "\x00\xff\u202e odd"))
		nobody.Author = network.Identity{}
		future.At = future.At.AddDate(73, 0, 0)
		picture, err := base64.StdEncoding.DecodeString("iVBORw0KGgoAAAANSUhEUgAAAAQAAAAECAIAAAAmkwkp")
		if err != nil {
			t.Fatal(err)
		}
		good.Media = []network.Media{{Filename: "cut.png", Data: picture}, {Filename: "run.exe", Data: []byte("MZ\x90\x00 a program")}, {Filename: "none.png"}}
		i, asides := h.bring(h.begin("a"), good, nobody, future, odd, good)
		if i.Kept != 2 || i.Known != 1 || i.Aside != 2 || len(asides) != 2 || asides[0].Place != "line 2" {
			t.Errorf("%+v, %v", i.Tally, asides)
		}
		kept, err := h.Asides(t.Context(), i.ID)
		if err != nil || !slices.Equal(kept, asides) {
			t.Errorf("%v, %v", kept, err)
		}
		for _, row := range h.inbox() {
			for _, m := range h.messages(row.ID) {
				for _, file := range m.Media {
					if file.State != "refused" || file.Sentence == "" {
						t.Errorf("%+v", file)
					}
				}
			}
		}
		if i, err = h.EndImport(t.Context(), h.admin.Actor(), i.ID); err != nil || i.State != ImportDone {
			t.Errorf("%+v, %v", i, err)
		}
		if acts := h.acts(i.Subject()); !slices.Equal(acts, []string{"desk.import.begun", "desk.import.batch", "desk.import.done"}) {
			t.Errorf("the record has %v", acts)
		}
	})
}

func TestNewsAreFoundBeforeHistory(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.takePosts(h.post("ann", "The pothole of today"))
		h.clock.Advance(time.Minute)
		h.bring(h.begin("a"), years(1, h.post("cei", "The pothole of last year")), years(20, h.post("bea", "The pothole of long ago")))
		rows, _, err := h.Inbox(t.Context(), Query{View: Everything, Words: "pothole", OfficerID: h.admin.ID})
		if err != nil {
			t.Fatal(err)
		}
		var who []string
		for _, row := range rows {
			who = append(who, row.Who)
		}
		if !slices.Equal(who, []string{"Ann", "Cei", "Bea"}) {
			t.Errorf("it finds %v", who)
		}
	})
}
