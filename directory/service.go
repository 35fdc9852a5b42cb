package directory

import (
	"strings"

	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/text"
	"mercat.scot/mercat/record"
)

// Service is something that the council does for the public.
type Service struct {
	ID         int64
	Name       string // "Potholes and road surface"
	Summary    string // a line for the public
	Words      string // comma-separated words by which the public calls it
	LGSL, LGIL int64  // 0 for none
	TeamID     int64  // who owns it; 0 is the contact centre
	Public     bool   // offered on the report form
	NeedsPlace bool   // the form asks where
	Active     bool
	Version    int64
}

const (
	maxSummary  = 300
	maxWords    = 4000
	maxPhrase   = 80
	maxListCode = 99_999 // LGSL and LGIL have four digits today
)

// Subject is the service as a thing that something happens to.
func (s Service) Subject() record.Subject { return record.Subject{Kind: "service", ID: s.ID} }

// clean makes a service as entered fit to be kept, or says what is wrong.
func (s Service) clean() (Service, error) {
	var wrong fault.Fields
	s.Name, _ = text.CleanLine(s.Name, maxName)
	if text.Fold(s.Name) == "" {
		wrong.Add("name", "Enter the service’s name.")
	}
	s.Summary, _ = text.CleanLine(s.Summary, maxSummary)
	var over bool
	if s.Words, over = cleanList(s.Words); over {
		wrong.Add("words", "These are too many words. Enter at most 4,000 characters, separated by commas.")
	}
	if s.LGSL < 0 || s.LGSL > maxListCode {
		wrong.Add("lgsl", "Enter the number of the Local Government Service List, or leave it empty.")
	}
	if s.LGIL < 0 || s.LGIL > maxListCode {
		wrong.Add("lgil", "Enter the number of the interaction list, or leave it empty.")
	}
	return s, wrong.Err()
}

func (s Service) facts() facts {
	return facts{
		"name": s.Name, "summary": s.Summary, "words": s.Words, "lgsl": s.LGSL, "lgil": s.LGIL, "team": s.TeamID,
		"public": s.Public, "needs_place": s.NeedsPlace, "active": s.Active,
	}
}

// cleanList makes a comma-separated list tidy: each entry once, cleaned, in the
// order given. It reports whether the list is too long.
func cleanList(list string) (tidy string, over bool) {
	if len(list) > 4*maxWords {
		return "", true
	}
	seen := map[string]bool{}
	var entries []string
	for _, e := range splitList(list) {
		e, _ = text.CleanLine(e, maxPhrase)
		if key := text.Fold(e); key != "" && !seen[key] {
			seen[key] = true
			entries = append(entries, e)
		}
	}
	tidy = strings.Join(entries, ", ")
	return tidy, len([]rune(tidy)) > maxWords
}

// splitList parts a list at commas, semicolons and line ends.
func splitList(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ';' || r == '\n' || r == '\r' })
}
