package directory

import (
	"slices"
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

	Code         string     // Open311 service_code: stable, unique; made of the name when it is empty
	Group        string     // Open311 group: "Roads and pavements"
	Keywords     string     // Open311 keywords, comma-separated
	AreaIDs      []int64    // areas in which it is given; none is everywhere
	Hours        Hours      // when it can be reached
	PromisedDays int        // standard that the council has promised, in working days; 0 for none
	Promise      string     // the same in words
	Attributes   Attributes // what has to be asked
}

const (
	maxSummary  = 300
	maxWords    = 4000
	maxPhrase   = 80
	maxListCode = 99_999 // LGSL and LGIL have four digits today
	maxPromised = 730    // working days: three years
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
	if s.Code = strings.TrimSpace(s.Code); s.Code != "" && !validCode(s.Code) {
		wrong.Add("service_code", "A code has letters, digits, hyphens and underscores, and no spaces: at most 60 characters.")
	}
	s.Group, _ = text.CleanLine(s.Group, maxName)
	if s.Keywords, over = cleanList(s.Keywords); over {
		wrong.Add("keywords", "These are too many keywords. Enter at most 4,000 characters, separated by commas.")
	}
	s.AreaIDs = slices.Compact(slices.Sorted(slices.Values(s.AreaIDs)))
	s.Hours = s.Hours.clean(&wrong)
	if s.PromisedDays < 0 || s.PromisedDays > maxPromised {
		wrong.Add("promised_days", "Enter the number of working days, at most 730, or leave it empty.")
	}
	s.Promise, _ = text.CleanLine(s.Promise, maxSummary)
	attributes, bad := s.Attributes.clean()
	s.Attributes = attributes
	return s, append(wrong, bad...).Err()
}

// Covers reports whether the service is given in an area; 0 is a place of which
// no area is known.
func (s Service) Covers(area int64) bool {
	return len(s.AreaIDs) == 0 || area == 0 || slices.Contains(s.AreaIDs, area)
}

func (s Service) facts() facts {
	return facts{
		"name": s.Name, "summary": s.Summary, "words": s.Words, "lgsl": s.LGSL, "lgil": s.LGIL, "team": s.TeamID,
		"public": s.Public, "needs_place": s.NeedsPlace, "active": s.Active,
		"code": s.Code, "group": s.Group, "keywords": s.Keywords, "areas": joinIDs(s.AreaIDs), "hours": s.Hours.String(), "holidays": s.Hours.Holidays,
		"out_of_hours": s.Hours.OutOfHours, "promised_days": s.PromisedDays, "promise": s.Promise, "questions": packAttributes(s.Attributes),
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
