package staff

import (
	"slices"
	"time"

	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/text"
	"mercat.scot/mercat/record"
)

// Team is a group of officers to whom conversations are sent.
type Team struct {
	ID      int64
	Name    string
	Purpose string
	// ContactCentre: what no rule takes goes to this team. Exactly one has it.
	ContactCentre bool
	MemberIDs     []int64 // sorted
	CreatedAt     time.Time
	Version       int64
}

const (
	maxTeamName = 80
	maxPurpose  = 300
	maxMembers  = 2000
)

// Subject is the team as a thing that something happens to.
func (t Team) Subject() record.Subject { return record.Subject{Kind: "team", ID: t.ID} }

// Has reports whether an officer is in the team.
func (t Team) Has(officer int64) bool { return slices.Contains(t.MemberIDs, officer) }

// clean makes a team as entered fit to be kept, or says what is wrong.
func (t Team) clean() (Team, error) {
	var wrong fault.Fields
	if t.Name = line(&wrong, "name", t.Name, maxTeamName); text.Fold(t.Name) == "" {
		wrong.Add("name", "Enter the team’s name.")
	}
	t.Purpose, _ = text.Clean(t.Purpose, 20*maxPurpose)
	short(&wrong, "purpose", t.Purpose, maxPurpose)
	t.MemberIDs = slices.Compact(slices.Sorted(slices.Values(t.MemberIDs)))
	if len(t.MemberIDs) > maxMembers {
		wrong.Add("members", "A team can have 2,000 people at most.")
	}
	return t, wrong.Err()
}

// change puts what was entered in place of what was, and says what became
// different. The contact centre's mark can be given, not taken away: another
// team must get it.
func (t *Team) change(to Team) (before, after facts, err error) {
	if t.ContactCentre && !to.ContactCentre {
		return nil, nil, fault.Field("contact_centre", "One team must take what no rule sends elsewhere. To change it, edit the other team and make that one the contact centre.")
	}
	before, after = facts{}, facts{}
	if t.Name != to.Name {
		before["name"], after["name"] = t.Name, to.Name
	}
	if t.Purpose != to.Purpose {
		before["purpose"], after["purpose"] = t.Purpose, to.Purpose
	}
	if t.ContactCentre != to.ContactCentre {
		before["contact_centre"], after["contact_centre"] = t.ContactCentre, to.ContactCentre
	}
	if !slices.Equal(t.MemberIDs, to.MemberIDs) {
		before["members"], after["members"] = t.MemberIDs, to.MemberIDs
	}
	t.Name, t.Purpose, t.ContactCentre, t.MemberIDs = to.Name, to.Purpose, to.ContactCentre, to.MemberIDs
	return before, after, nil
}
