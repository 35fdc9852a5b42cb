package staff

import (
	"slices"
	"strings"

	"mercat.scot/mercat/platform/text"
)

// Roster is everybody who works here and every team, as they were at one
// moment. It never changes and is shared: do not write to what it returns.
type Roster struct {
	officers []Officer // by name
	teams    []Team    // by name, the contact centre first
	byID     map[int64]int
	teamByID map[int64]int
	teamsOf  map[int64][]int64
	folded   []string // names of officers
}

func newRoster(officers []Officer, teams []Team) *Roster {
	r := &Roster{
		officers: officers, teams: teams,
		byID:     make(map[int64]int, len(officers)),
		teamByID: make(map[int64]int, len(teams)),
		teamsOf:  make(map[int64][]int64, len(officers)),
		folded:   make([]string, len(officers)),
	}
	keys := make(map[int64]string, len(officers))
	for _, o := range officers {
		keys[o.ID] = text.Fold(o.Name)
	}
	slices.SortFunc(r.officers, func(a, b Officer) int {
		if c := strings.Compare(keys[a.ID], keys[b.ID]); c != 0 {
			return c
		}
		return int(max(-1, min(1, a.ID-b.ID)))
	})
	slices.SortFunc(r.teams, func(a, b Team) int {
		if a.ContactCentre != b.ContactCentre {
			if a.ContactCentre {
				return -1
			}
			return 1
		}
		return strings.Compare(text.Fold(a.Name), text.Fold(b.Name))
	})
	for i, o := range r.officers {
		r.byID[o.ID], r.folded[i] = i, keys[o.ID]
	}
	for i, t := range r.teams {
		r.teamByID[t.ID] = i
		for _, officer := range t.MemberIDs {
			r.teamsOf[officer] = append(r.teamsOf[officer], t.ID)
		}
	}
	return r
}

// Officers are all, by name, also those who have left.
func (r *Roster) Officers() []Officer { return r.officers }

// Officer returns one by id.
func (r *Roster) Officer(id int64) (Officer, bool) {
	i, ok := r.byID[id]
	if !ok {
		return Officer{}, false
	}
	return r.officers[i], true
}

// Name is an officer's name, or "" when there is no such officer.
func (r *Roster) Name(officer int64) string {
	o, _ := r.Officer(officer)
	return o.Name
}

// ByEmail returns the officer with an address, in any case.
func (r *Roster) ByEmail(email string) (Officer, bool) {
	email = foldEmail(email)
	for _, o := range r.officers {
		if o.Email == email && email != "" {
			return o, true
		}
	}
	return Officer{}, false
}

// Teams are all, the contact centre first, then by name.
func (r *Roster) Teams() []Team { return r.teams }

// Team returns one by id.
func (r *Roster) Team(id int64) (Team, bool) {
	i, ok := r.teamByID[id]
	if !ok {
		return Team{}, false
	}
	return r.teams[i], true
}

// ContactCentre is the team to which goes what no rule takes. There is none
// before the set-up.
func (r *Roster) ContactCentre() (Team, bool) {
	if len(r.teams) == 0 || !r.teams[0].ContactCentre {
		return Team{}, false
	}
	return r.teams[0], true
}

// TeamsOf are the ids of the teams that an officer is in, the contact centre
// first.
func (r *Roster) TeamsOf(officer int64) []int64 { return r.teamsOf[officer] }

// Mentions are the active officers whom "@typed" could mean, at most limit: the
// folded beginning of the name, or of one of its words.
func (r *Roster) Mentions(typed string, limit int) []Officer {
	typed = strings.TrimSpace(text.Fold(strings.TrimPrefix(typed, "@")))
	var first, later []Officer
	for i, o := range r.officers {
		switch {
		case !o.Active:
		case strings.HasPrefix(r.folded[i], typed):
			first = append(first, o)
		case strings.Contains(r.folded[i], " "+typed), strings.HasPrefix(text.Fold(o.FirstName), typed):
			later = append(later, o)
		}
	}
	all := append(first, later...)
	return all[:min(limit, len(all))]
}

// Mentioned are the active officers whose name stands after an @ in a note. Of
// several names that fit at one place, the longest counts; a first name counts
// when only one active officer has it.
func (r *Roster) Mentioned(note string) []Officer {
	folded := text.Fold(note)
	firsts := map[string]int{}
	for _, o := range r.officers {
		if o.Active {
			firsts[text.Fold(o.FirstName)]++
		}
	}
	var found []Officer
	for at := strings.IndexByte(folded, '@'); at >= 0; {
		rest := folded[at+1:]
		best, length := -1, 0
		for i, o := range r.officers {
			if !o.Active {
				continue
			}
			names := []string{r.folded[i]}
			if first := text.Fold(o.FirstName); firsts[first] == 1 {
				names = append(names, first)
			}
			for _, name := range names {
				if len(name) > length && startsWithWord(rest, name) {
					best, length = i, len(name)
				}
			}
		}
		if best >= 0 && !slices.ContainsFunc(found, func(o Officer) bool { return o.ID == r.officers[best].ID }) {
			found = append(found, r.officers[best])
		}
		next := strings.IndexByte(rest, '@')
		if next < 0 {
			break
		}
		at += 1 + next
	}
	return found
}

// startsWithWord reports whether s begins with word and the word ends there.
func startsWithWord(s, word string) bool {
	if word == "" || !strings.HasPrefix(s, word) {
		return false
	}
	if len(s) == len(word) {
		return true
	}
	c := s[len(word)]
	return !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c >= 0x80 || c == '-' && len(s) > len(word)+1 && s[len(word)+1] >= 'a')
}
