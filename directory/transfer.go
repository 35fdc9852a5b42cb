package directory

import (
	"slices"
	"strconv"
	"strings"

	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/text"
)

// field is one column of a table of services: how it is written, and how it is
// read. Imports, exports and the account of what changes all go by it.
type field struct {
	name  string // of the column, and in JSON
	own   bool   // not of Open311: in JSON it stands under "mercat"
	write func(Service, owners) string
	read  func(*Service, string, owners) error
}

// owners are teams and areas by name.
type owners struct{ teams, areas map[string]int64 }

func (o owners) teamName(id int64) string { return nameOf(o.teams, id) }

func nameOf(list map[string]int64, id int64) string {
	for name, one := range list {
		if one == id {
			return name
		}
	}
	return ""
}

func (o owners) areaNames(ids []int64) string {
	var names []string
	for _, id := range ids {
		if name := nameOf(o.areas, id); name != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return strings.Join(names, "; ")
}

// find looks a name up, however it is cased.
func find(list map[string]int64, name, what string) (int64, error) {
	for one, id := range list {
		if text.Fold(one) == text.Fold(name) {
			return id, nil
		}
	}
	return 0, fault.Newf(fault.Invalid, "There is no %s called %q. Add it first, or leave the column empty.", what, name)
}

// fields are all columns but the code and the questions, in order.
func fields() []field {
	return []field{
		text1("service_name", false, func(s *Service) *string { return &s.Name }),
		text1("description", false, func(s *Service) *string { return &s.Summary }),
		text1("group", false, func(s *Service) *string { return &s.Group }),
		text1("keywords", false, func(s *Service) *string { return &s.Keywords }),
		text1("words", true, func(s *Service) *string { return &s.Words }),
		number1("lgsl", maxListCode, func(s *Service) int64 { return s.LGSL }, func(s *Service, n int64) { s.LGSL = n }),
		number1("lgil", maxListCode, func(s *Service) int64 { return s.LGIL }, func(s *Service, n int64) { s.LGIL = n }),
		{"team", true, func(s Service, o owners) string { return o.teamName(s.TeamID) }, func(s *Service, v string, o owners) (err error) {
			if s.TeamID = 0; v != "" {
				s.TeamID, err = find(o.teams, v, "team")
			}
			return err
		}},
		{"areas", true, func(s Service, o owners) string { return o.areaNames(s.AreaIDs) }, func(s *Service, v string, o owners) error {
			s.AreaIDs = nil
			for _, name := range strings.Split(v, ";") {
				if name = strings.TrimSpace(name); name == "" {
					continue
				}
				id, err := find(o.areas, name, "area")
				if err != nil {
					return err
				}
				s.AreaIDs = append(s.AreaIDs, id)
			}
			return nil
		}},
		yes1("public", func(s *Service) *bool { return &s.Public }),
		yes1("needs_place", func(s *Service) *bool { return &s.NeedsPlace }),
		yes1("active", func(s *Service) *bool { return &s.Active }),
		{"hours", true, func(s Service, _ owners) string { return s.Hours.String() }, func(s *Service, v string, _ owners) (err error) {
			s.Hours.Week, err = readWeek(v)
			return err
		}},
		text1("holidays", true, func(s *Service) *string { return &s.Hours.Holidays }),
		text1("out_of_hours", true, func(s *Service) *string { return &s.Hours.OutOfHours }),
		number1("promised_days", maxPromised, func(s *Service) int64 { return int64(s.PromisedDays) }, func(s *Service, n int64) { s.PromisedDays = int(n) }),
		text1("promise", true, func(s *Service) *string { return &s.Promise }),
	}
}

func text1(name string, own bool, at func(*Service) *string) field {
	return field{name, own, func(s Service, _ owners) string { return *at(&s) }, func(s *Service, v string, _ owners) error { *at(s) = v; return nil }}
}

func number1(name string, most int64, get func(*Service) int64, set func(*Service, int64)) field {
	return field{name, true, func(s Service, _ owners) string { return code(get(&s)) }, func(s *Service, v string, _ owners) error {
		if v == "" {
			set(s, 0)
			return nil
		}
		n, err := strconv.ParseInt(v, 10, 64)
		if err != nil || n < 0 || n > most {
			return fault.Newf(fault.Invalid, "%s: %q is not a number from 0 to %d.", name, text.Excerpt(v, 40), most)
		}
		set(s, n)
		return nil
	}}
}

func yes1(name string, at func(*Service) *bool) field {
	return field{name, true, func(s Service, _ owners) string { return yesNo(*at(&s)) }, func(s *Service, v string, _ owners) error {
		is, err := readYes(name, v)
		if err == nil {
			*at(s) = is
		}
		return err
	}}
}

func readYes(name, v string) (bool, error) {
	switch strings.ToLower(v) {
	case "yes", "true", "1", "y":
		return true, nil
	case "no", "false", "0", "n", "":
		return false, nil
	}
	return false, fault.Newf(fault.Invalid, "%s: %q is neither yes nor no.", name, text.Excerpt(v, 40))
}

// draft is a service as a file has it.
type draft struct {
	line    int
	code    string
	columns map[string]string // those that the file gives
	asks    *[]Attribute      // nil when the file says nothing of questions
	wrong   []LineProblem
}

// ServiceChange is what an import does to one service.
type ServiceChange struct {
	Line       int
	Code, Name string
	New        bool
	Fields     []FieldChange
}

// FieldChange is one column that changes.
type FieldChange struct{ Name, Before, After string }

// ServicesPlan is what an import does, or would do.
type ServicesPlan struct {
	Changes  []ServiceChange
	Same     int // services that are there just so
	Problems []LineProblem
}

// planned is a plan with what it makes of the services.
type planned struct {
	ServicesPlan
	add    []Service
	change []Service
	was    map[int64]Service
}

// plan compares drafts with what is there. Services that the file does not name
// stay as they are.
func plan(s *Snapshot, o owners, drafts []draft) planned {
	p := planned{was: map[int64]Service{}}
	codes, names := map[string]int{}, map[string]string{}
	for _, one := range s.Services() {
		names[text.Fold(one.Name)] = one.Code
	}
	for _, d := range drafts {
		p.Problems = append(p.Problems, d.wrong...)
		bad := func(sentence string) { p.Problems = append(p.Problems, LineProblem{d.line, sentence}) }
		was, there := s.ServiceByCode(d.code)
		if !there {
			was = Service{Active: true, Public: true}
		}
		to := was
		for _, f := range fields() {
			if v, given := d.columns[f.name]; given {
				if err := f.read(&to, v, o); err != nil {
					bad(fault.Sentence(err))
				}
			}
		}
		if d.asks != nil {
			to.Attributes = *d.asks
		}
		to.Code = d.code
		to, err := to.clean()
		if err != nil {
			for _, sentence := range sentences(err) {
				bad(sentence)
			}
			continue
		}
		if first, twice := codes[d.code]; twice && d.code != "" {
			bad("The code " + d.code + " stands in line " + strconv.Itoa(first) + " already.")
			continue
		}
		codes[d.code] = d.line
		if of, taken := names[text.Fold(to.Name)]; taken && of != d.code {
			bad("Another service is called " + to.Name + " already.")
			continue
		}
		names[text.Fold(to.Name)] = d.code
		p.put(d.line, was, to, !there, o)
	}
	return p
}

func (p *planned) put(line int, was, to Service, fresh bool, o owners) {
	ch := ServiceChange{Line: line, Code: to.Code, Name: to.Name, New: fresh}
	for _, f := range fields() {
		if before, after := f.write(was, o), f.write(to, o); before != after {
			ch.Fields = append(ch.Fields, FieldChange{f.name, before, after})
		}
	}
	if before, after := questionLines(was.Attributes), questionLines(to.Attributes); packAttributes(was.Attributes) != packAttributes(to.Attributes) {
		ch.Fields = append(ch.Fields, FieldChange{"questions", before, after})
	}
	switch {
	case fresh:
		p.add = append(p.add, to)
	case len(ch.Fields) == 0:
		p.Same++
		return
	default:
		p.change, p.was[to.ID] = append(p.change, to), was
	}
	p.Changes = append(p.Changes, ch)
}

// questionLines are questions as an account of changes shows them.
func questionLines(l Attributes) string {
	var lines []string
	for _, a := range l {
		line := a.Description
		if a.Required {
			line += " *"
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "; ")
}

func sentences(err error) []string {
	var list []string
	if f, ok := err.(fault.Fields); ok {
		for _, one := range f {
			list = append(list, one.Sentence)
		}
		return list
	}
	return []string{fault.Sentence(err)}
}
