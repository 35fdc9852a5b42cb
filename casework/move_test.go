package casework

import (
	"errors"
	"testing"
	"time"

	"mercat.scot/mercat/platform/fault"
)

func TestEveryStateIsReachedAndEveryEndCanBeTakenUpAgain(t *testing.T) {
	reached := map[State]bool{}
	for from, next := range moves() {
		for _, to := range next {
			reached[to] = true
			if from == to {
				t.Errorf("%s moves to itself", from)
			}
			if to.Verb(from) == "" || to.Verb(from) == string(to) {
				t.Errorf("no word for going from %s to %s", from, to)
			}
			if from != "" && to != Received && (Saying{From: from, To: to, Reference: "MC-1"}).Says() == "" {
				t.Errorf("nothing to say about going from %s to %s", from, to)
			}
		}
	}
	for _, s := range States() {
		if !reached[s] {
			t.Errorf("%s is never reached", s)
		}
		if len(s.Next()) == 0 {
			t.Errorf("%s leads nowhere", s)
		}
		if s.Ended() {
			for _, to := range s.Next() {
				if to.Ended() {
					t.Errorf("%s goes to %s without being taken up", s, to)
				}
			}
		}
	}
}

func TestAMoveAsksForWhatItsStateNeeds(t *testing.T) {
	now := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	for name, one := range map[string]struct {
		m     Moving
		field string
	}{
		"done without a reason":          {Moving{To: Done}, "reason"},
		"done with another's reason":     {Moving{To: Done, Reason: NoReply}, "reason"},
		"withdrawn without a reason":     {Moving{To: Withdrawn}, "reason"},
		"not ours and nobody's":          {Moving{To: NotOurs, Whose: " "}, "whose"},
		"a duplicate of nothing":         {Moving{To: Duplicate}, "into"},
		"a duplicate of itself":          {Moving{To: Duplicate, IntoID: 7}, "into"},
		"no day":                         {Moving{To: Scheduled}, "at"},
		"a day long past":                {Moving{To: Scheduled, At: now.AddDate(-1, 0, 0)}, "at"},
		"a day that a slip of a pen set": {Moving{To: Scheduled, At: now.AddDate(200, 0, 0)}, "at"},
	} {
		c := Case{ID: 7, State: Received, Version: 3}
		err := c.move(one.m, now)
		var wrong *fault.Error
		if !errors.As(err, &wrong) || wrong.Field != one.field || c.State != Received {
			t.Errorf("%s: %v, %s", name, err, c.State)
		}
	}
}

func TestWhatAStepDidIsPutBackWhole(t *testing.T) {
	now := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	for _, from := range States() {
		for _, to := range from.Next() {
			c := Case{ID: 7, State: from, Reopened: 2}
			if from.Ended() {
				c.EndedAt = now
			}
			switch from {
			case Done:
				c.Reason = Fixed
			case NotOurs:
				c.Whose = "Scottish Water"
			case Duplicate:
				c.IntoID = 9
			case Scheduled:
				c.ScheduledAt = now
			}
			before := c
			m := Moving{To: to, Whose: "The landlord", IntoID: 8, At: now.AddDate(0, 0, 3)}
			if reasons := ReasonsFor(to); len(reasons) > 0 {
				m.Reason = reasons[0]
			}
			if err := c.move(m, now); err != nil {
				t.Fatalf("%s to %s: %v", from, to, err)
			}
			if from.Ended() != (c.Reopened == 3) {
				t.Errorf("%s to %s: taken up %d times", from, to, c.Reopened)
			}
			c.putBack(Step{Before: from, Was: before.was()}, now)
			if c != before {
				t.Errorf("%s to %s is put back as %+v, not %+v", from, to, c, before)
			}
		}
	}
}
