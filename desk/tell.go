package desk

import (
	"encoding/json"
	"strings"
	"time"

	"mercat.scot/mercat/platform/web/ui"
	"mercat.scot/mercat/record"
)

// An entry of the record in words. What a conversation's handling was before
// and after says what was done, whatever the act is called; so a new act needs
// no words of its own here.

// teller knows what ids are called.
type teller interface {
	officerName(id int64) string
	team(id int64) string
	service(id int64) string
	clock(t time.Time) string
}

// sides are what an entry says of a conversation's handling; ok is false when
// it says nothing of it.
func sides(k record.Kept) (before, after Handling, why string, ok bool) {
	var wrapped struct {
		Handling *Handling `json:"handling"`
		State    State     `json:"state"`
		Why      string    `json:"sent_to_team_because"`
	}
	if json.Unmarshal(k.After, &wrapped) != nil {
		return before, after, "", false
	}
	switch {
	case wrapped.Handling != nil:
		after = *wrapped.Handling
	case wrapped.State != "":
		if json.Unmarshal(k.After, &after) != nil {
			return before, after, "", false
		}
	default:
		return before, after, "", false
	}
	var was struct {
		Handling *Handling `json:"handling"`
	}
	if json.Unmarshal(k.Before, &was) == nil && was.Handling != nil {
		before = *was.Handling
	} else if json.Unmarshal(k.Before, &before) != nil {
		return before, after, "", false
	}
	switch after.State {
	case Open, Waiting, Snoozed, Closed:
		return before, after, wrapped.Why, true
	}
	return before, after, "", false // the state is of something else
}

// tell says in a sentence without its full stop what an entry did to a
// conversation, or "" when a reader of the thread need not know.
func tell(k record.Kept, t teller) string {
	before, after, why, ok := sides(k)
	if !ok {
		return ""
	}
	var said []string
	say := func(s string) { said = append(said, s) }
	if before.State == "" { // it is new
		if after.TeamID != 0 {
			return join("Sent to "+t.team(after.TeamID), why)
		}
		return ""
	}
	if after.TeamID != before.TeamID && after.TeamID != 0 {
		say("handed to " + t.team(after.TeamID))
	}
	switch {
	case after.OfficerID == before.OfficerID, after.OfficerID == 0 && after.TeamID != before.TeamID:
	case after.OfficerID == 0:
		say("given back to the team")
	case k.Actor.Kind == record.Officer && k.Actor.ID == after.OfficerID:
		say("taken")
	default:
		say("assigned to " + t.officerName(after.OfficerID))
	}
	switch {
	case after.State == before.State && !(after.State == Snoozed && !after.SnoozedUntil.Equal(before.SnoozedUntil)):
	case after.State == Closed:
		say(join("closed", after.ClosedReason))
	case after.State == Snoozed:
		say("set aside until " + t.clock(after.SnoozedUntil))
	case after.State == Open && k.Actor.Kind == record.Officer:
		say("opened again")
	case after.State == Open && before.State == Snoozed && strings.HasSuffix(k.Act, "woken"):
		say("opened again: its time has come")
	case after.State == Open && before.State != Waiting:
		say("opened again: the citizen wrote")
	}
	if after.ServiceID != before.ServiceID {
		if name := t.service(after.ServiceID); name != "" {
			say("about " + name)
		} else {
			say("about no known service")
		}
	}
	if len(said) == 0 {
		return ""
	}
	line := strings.Join(said, ", ")
	line = strings.ToUpper(line[:1]) + line[1:]
	if k.Actor.Kind == record.Officer {
		who := t.officerName(k.Actor.ID)
		if who == "somebody" {
			who = k.Actor.Name
		}
		line += " by " + who
	}
	return line
}

func join(s, why string) string {
	if why == "" {
		return s
	}
	return s + ": " + why
}

func (n names) service(id int64) string { return n.dir.ServiceName(id) }

func (n names) clock(t time.Time) string { return ui.Exact(t, n.zone) }
