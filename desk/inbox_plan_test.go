package desk

import (
	"strings"
	"testing"

	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/db/dbtest"
)

func TestEveryViewHasItsIndex(t *testing.T) {
	dbtest.Each(t, inboxMigrations(), func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		look := func(name, query string, args []any, index string) {
			t.Helper()
			plan := dbtest.Plan(t, d, query, args...)
			for _, line := range strings.Split(plan, "\n") {
				whole := strings.Contains(line, "Seq Scan") || strings.Contains(line, "SCAN desk_") && !strings.Contains(line, "INDEX")
				if whole {
					t.Errorf("%s reads a whole table: %s\n%s", name, query, plan)
					return
				}
			}
			if !strings.Contains(plan, index) {
				t.Errorf("%s does not use %s: %s\n%s", name, index, query, plan)
			}
		}
		for _, c := range []struct {
			q     Query
			index string
		}{
			{Query{View: Mine}, "desk_conversation_officer"},
			{Query{View: MyTeams}, "desk_conversation_team"},
			{Query{View: Unassigned}, "desk_conversation_officer"},
			{Query{View: Unassigned, ServiceID: 3}, "desk_conversation_service"},
			{Query{View: OnCitizen}, "desk_conversation_state"},
			{Query{View: Late}, "desk_conversation_due"},
			{Query{View: Late, Place: "kirk"}, "desk_conversation_due"},
			{Query{View: Pressing}, "desk_conversation_urgent"},
			{Query{View: Pressing, ServiceID: 3}, "desk_conversation_urgent"},
			{Query{View: Aside}, "desk_conversation_state"},
			{Query{View: Everything}, "desk_conversation_sorted"},
			{Query{View: Everything, State: Closed}, "desk_conversation_state"},
			{Query{View: Everything, ServiceID: 3}, "desk_conversation_service"},
			{Query{View: Everything, TeamID: 3, State: Open}, "desk_conversation_team"},
			{Query{View: Everything, AccountID: 3}, "desk_conversation_account"},
			{Query{View: Everything, accounts: []int64{3, 4}, Place: "kirk"}, "desk_conversation_account"},
		} {
			c.q.OfficerID, c.q.TeamIDs, c.q.Limit = 7, []int64{1, 2}, 50
			conditions, fits := c.q.conditions(clock.Now())
			if !fits {
				t.Fatalf("%+v cannot fit", c.q)
			}
			spans, rest := c.q.plan(conditions)
			query, args := c.q.keysQuery(spans, rest, Key{Sorted: clock.Now(), ID: 9}, clock.Now(), 51)
			look(string(c.q.View), query, args, c.index)
		}
		look("the counts", sqlViewCounts, []any{7, db.Micros(clock.Now()), 100}, "desk_conversation_")
		look("the rows", sqlInboxRows+db.In(1, 2), []any{7, 1, 2}, "")
		look("what is overdue", sqlOverdue, []any{1, 2}, "desk_message_unsent")
		look("what a clock put off", sqlSendAhead, []any{1, 2, 3}, "desk_message_unsent")
		look("what is in doubt", sqlPartsDoubted, nil, "desk_message_unsent")
		look("what is unconfirmed", sqlPartsUnconfirmed, []any{1}, "")
		look("what failed", sqlInboxFailed+db.In(0, 2), []any{1, 2}, "desk_message_")
		look("what is held", sqlInboxHeld+db.In(0, 2), []any{1, 2}, "desk_message_")
		look("messages", sqlMessagesNewest, []any{1, 60}, "desk_message_conversation")
		look("older messages", sqlMessagesBefore, []any{1, 5, 60}, "desk_message_conversation")
		look("other conversations", sqlOthers, []any{1, 2, 20}, "desk_conversation_person")
		look("media", sqlMediaOf+db.In(0, 2), []any{1, 2}, "desk_media_message")
		look("parts", sqlPartsOf+db.In(0, 2), []any{1, 2}, "")
		look("revisions", sqlRevisionsOf+db.In(0, 2), []any{1, 2}, "")
		dbtest.LooksLikeATextIndex(t, d, string(searchIndex))
		look("corrections of the service", sqlLessonsCorrected, []any{100}, "desk_reading_corrected")
		look("corrections of the urgency", sqlLessonsUrged, []any{100}, "desk_reading_urged")
		look("readings that were left", sqlLessonsLeft, []any{100}, "desk_reading_at")
		look("how triage does", sqlReads, []any{readsSpan.Microseconds(), db.Micros(clock.Now())}, "desk_reading_at")
		look("messages since", sqlMessagesSince+db.In(1, 2), []any{5, 1, 2}, "desk_message_")
	})
}
