package staff

import "slices"

// Role is what an officer may do. Each includes those before it.
type Role string

const (
	Reader        Role = "reader"        // sees everything, changes nothing
	Answers       Role = "officer"       // answers, notes, assigns, opens cases
	Leader        Role = "leader"        // also rules, reports and others' work
	Administrator Role = "administrator" // also people, teams, accounts and settings
)

// Roles are all roles, the least first.
func Roles() []Role { return []Role{Reader, Answers, Leader, Administrator} }

// Valid reports whether r is a role.
func (r Role) Valid() bool { return slices.Contains(Roles(), r) }

// MayAnswer reports whether r may write to citizens.
func (r Role) MayAnswer() bool { return r == Answers || r.MayLead() }

// MayLead reports whether r may arrange others' work.
func (r Role) MayLead() bool { return r == Leader || r.MayAdminister() }

// MayAdminister reports whether r may look after people and settings.
func (r Role) MayAdminister() bool { return r == Administrator }

// Label is how people read it.
func (r Role) Label() string {
	switch r {
	case Reader:
		return "Read only"
	case Answers:
		return "Officer"
	case Leader:
		return "Team leader"
	case Administrator:
		return "Administrator"
	}
	return string(r)
}

// Explains says in a line what the role may do.
func (r Role) Explains() string {
	switch r {
	case Reader:
		return "Reads everything, changes nothing."
	case Answers:
		return "Answers, writes notes, assigns and opens cases."
	case Leader:
		return "Also looks after routing rules and the work of teams."
	case Administrator:
		return "Also looks after people, teams, accounts and settings."
	}
	return ""
}

func (r Role) names() []string {
	var names []string
	for _, role := range Roles()[slices.Index(Roles(), r):] {
		names = append(names, string(role))
	}
	return names
}
