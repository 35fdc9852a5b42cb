package casework

import "slices"

// Reason is why a case ended. Closed is not fixed: a reason says whether what
// was asked for was done.
type Reason string

const (
	Fixed         Reason = "fixed"
	Advised       Reason = "advised"
	MadeSafe      Reason = "made_safe"
	NothingFound  Reason = "nothing_found"
	BelowStandard Reason = "below_standard"
	NoMoney       Reason = "no_money"

	ByCitizen Reason = "by_citizen"
	NoReply   Reason = "no_reply"
	Mistake   Reason = "mistake"

	// Unknown is that of cases from other programs and of older ones.
	Unknown Reason = ""
)

// reasonRow is one row of the table of reasons.
type reasonRow struct {
	reason   Reason
	of       State
	label    string
	resolves bool
}

// reasonTable has the reasons in the order in which they are offered.
func reasonTable() []reasonRow {
	return []reasonRow{
		{Fixed, Done, "Fixed", true},
		{Advised, Done, "Answered, or advice given", true},
		{MadeSafe, Done, "Made safe only, not repaired", false},
		{NothingFound, Done, "Looked, and found nothing wrong", false},
		{BelowStandard, Done, "Looked at: not bad enough for us to act", false},
		{NoMoney, Done, "No money or no plan to do it", false},
		{ByCitizen, Withdrawn, "The citizen took it back", false},
		{NoReply, Withdrawn, "No reply to our question", false},
		{Mistake, Withdrawn, "Opened by mistake", false},
	}
}

// ReasonsFor are the reasons with which a case may go into a state; none when
// it takes no reason.
func ReasonsFor(s State) []Reason {
	var list []Reason
	for _, row := range reasonTable() {
		if row.of == s {
			list = append(list, row.reason)
		}
	}
	return list
}

func (r Reason) row() (reasonRow, bool) {
	i := slices.IndexFunc(reasonTable(), func(row reasonRow) bool { return row.reason == r })
	if i < 0 {
		return reasonRow{}, false
	}
	return reasonTable()[i], true
}

// Label is how officers read it, "" for none.
func (r Reason) Label() string {
	row, _ := r.row()
	return row.label
}

// Resolves reports whether a case that ended with it was resolved, as the public
// figures count it: what was asked for was done. Cases of which no reason is
// known are counted as neither.
func (r Reason) Resolves() bool {
	row, _ := r.row()
	return row.resolves
}
