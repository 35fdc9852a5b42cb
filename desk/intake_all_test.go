package desk

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/db/dbtest"
)

func (h *house) batch(cursor string, posts int) network.Batch {
	b := network.Batch{Cursor: network.Cursor(cursor)}
	for range posts {
		b.Events = append(b.Events, network.Event{Post: h.post("ailsa", "The lamp is out in Tolbooth Wynd.")})
	}
	return b
}

func (h *house) cursor() network.Cursor {
	h.t.Helper()
	a, err := h.Account(h.t.Context(), h.account.ID)
	if err != nil {
		h.t.Fatal(err)
	}
	return a.Cursor
}

func TestBatchesAreKeptInTheirOrder(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		var kept []string
		err := h.IntakeAll(t.Context(), h.account.ID, func(yield func(network.Batch, error) bool) {
			for i := range 20 {
				if !yield(h.batch(fmt.Sprint(i), 70), nil) { // more than one statement holds
					return
				}
			}
		}, func(b network.Batch) {
			kept = append(kept, string(b.Cursor))
			if at := h.cursor(); at < b.Cursor && len(at) == len(b.Cursor) {
				t.Errorf("%s is told as kept while the cursor is %s", b.Cursor, at)
			}
		})
		if err != nil || len(kept) != 20 || kept[0] != "0" || kept[19] != "19" || h.cursor() != "19" {
			t.Errorf("%v, %v, %s", kept, err, h.cursor())
		}
		if n := len(h.counted()); n != 20*70 {
			t.Errorf("%d conversations", n)
		}
	})
}

// counted are the ids of all conversations.
func (h *house) counted() (ids []int64) {
	h.t.Helper()
	err := h.db.Read(h.t.Context(), func(ctx context.Context, tx *db.Tx) (err error) {
		ids, err = db.Collect(ctx, tx, db.ScanID, `SELECT id FROM desk_conversation`)
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return ids
}

func TestNothingBehindABatchThatIsMissingIsKept(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		gone := errors.New("the network has gone")
		asked := 0
		err := h.IntakeAll(t.Context(), h.account.ID, func(yield func(network.Batch, error) bool) {
			if yield(h.batch("1", 3), nil) {
				asked++
				yield(network.Batch{}, gone)
			}
		}, func(network.Batch) {})
		if !errors.Is(err, gone) || asked != 1 || h.cursor() != "1" || len(h.counted()) != 3 {
			t.Errorf("%v, %d, %s", err, asked, h.cursor())
		}
		// A batch that cannot be kept ends it, though the next is read already.
		if err := h.IntakeAll(t.Context(), 12345, func(yield func(network.Batch, error) bool) {
			for i := range 5 {
				if !yield(h.batch(fmt.Sprint(i), 1), nil) {
					return
				}
			}
		}, func(network.Batch) { t.Error("it is told as kept") }); err == nil {
			t.Error("there is no such account")
		}
		if n := len(h.counted()); n != 3 {
			t.Errorf("%d conversations", n)
		}
	})
}

func TestASecondMessageInManyConversationsIsKeptInEach(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		var first []*network.Post
		for i := range 150 {
			first = append(first, h.post(fmt.Sprintf("citizen%d", i), "The bin was not collected."))
		}
		h.takePosts(first...)
		var second []*network.Post
		for i, p := range first {
			second = append(second, h.reply(fmt.Sprintf("citizen%d", i), fmt.Sprintf("Still not, says number %d.", i), p))
		}
		h.takePosts(second...)
		err := h.db.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			list, err := db.Collect(ctx, tx, scanConversation, `SELECT `+sqlConversationColumns+` FROM desk_conversation`)
			for _, c := range list {
				number, _ := strings.CutPrefix(c.Who, "Citizen")
				if c.Messages != 2 || c.Version != 2 || !strings.Contains(c.Excerpt, "number "+number+".") {
					t.Errorf("%+v", c)
				}
			}
			if len(list) != 150 {
				t.Errorf("%d conversations", len(list))
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
}

func TestWhatComesInIsLookedUpByAnIndex(t *testing.T) {
	dbtest.Each(t, inboxMigrations(), func(t *testing.T, d *db.DB, _ *dbtest.Clock) {
		more := ", ($3), ($4)"
		for name, query := range map[string]string{
			"messages": sqlMessagesByRef + more + sqlMessagesByRefEnd, "parts": sqlPartsByRef + more + sqlPartsByRefEnd,
			"whose": sqlWhoseByRef + more + sqlWhoseByRefEnd, "gone": sqlGoneByRef + more + sqlGoneByRefEnd,
			"threads": sqlConversationsByHandle + sqlConversationsByHandleEnd,
		} {
			args := []any{int64(1), "a", "b", "c"}
			if name == "threads" {
				args = []any{int64(1), int64(2), "b"}
			}
			plan := dbtest.Plan(t, d, query, args...)
			for _, line := range strings.Split(plan, "\n") {
				if strings.Contains(line, "Seq Scan on desk_") || strings.Contains(line, "SCAN desk_") || strings.Contains(line, "SCAN m") || strings.Contains(line, "SCAN p") {
					t.Errorf("%s reads a whole table:\n%s", name, plan)
				}
			}
		}
		args := make([]any, 2*conversationUpdateArgsCount)
		for i := range args {
			args[i] = ""
			if c := i % conversationUpdateArgsCount; c == 0 || c >= 6 && c <= 8 || c >= 12 && c <= 19 || c >= 22 {
				args[i] = int64(i)
			}
		}
		plan := dbtest.Plan(t, d, sqlConversationsUpdate+","+db.Values(conversationUpdateArgsCount, 1, conversationUpdateArgsCount)+sqlConversationsUpdateWhere, args...)
		if strings.Contains(plan, "Seq Scan on desk_") || strings.Contains(plan, "SCAN desk_") {
			t.Errorf("updating reads a whole table:\n%s", plan)
		}
	})
}
