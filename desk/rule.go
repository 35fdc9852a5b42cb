package desk

import (
	"strings"

	"mercat.scot/mercat/platform/fault"
)

// Rule sends what fits it to a team. An empty field fits everything; a rule
// with several fits only what fits all of them. Rules are tried by position.
type Rule struct {
	ID        int64
	Position  int64
	Name      string
	AccountID int64
	ServiceID int64
	Language  string // BCP 47, "cy" fits "cy-GB"
	Words     string // comma-separated words or phrases; one of them must occur
	Place     string // the same, for the place
	TeamID    int64
	Active    bool
	Version   int64

	words, places []string // folded, made by prepare
}

// Facts are what is known of a conversation when it is routed. Words and Place
// are folded.
type Facts struct {
	AccountID int64
	ServiceID int64
	Language  string
	Words     string
	Place     string
}

// Check says what is wrong with a rule as entered.
func (r Rule) Check() error {
	var wrong fault.Fields
	if strings.TrimSpace(r.Name) == "" {
		wrong.Add("name", "Give the rule a name, so that people can see why something came to them.")
	}
	if r.TeamID == 0 {
		wrong.Add("team", "Choose the team.")
	}
	if r.AccountID == 0 && r.ServiceID == 0 && r.Language == "" && strings.TrimSpace(r.Words) == "" && strings.TrimSpace(r.Place) == "" {
		wrong.Add("words", "Say what the rule is about: an account, a service, a language, words or a place. What fits no rule goes to the contact centre anyway.")
	}
	return wrong.Err()
}

func (r *Rule) prepare(fold func(string) string) {
	r.words, r.places = list(r.Words, fold), list(r.Place, fold)
}

func list(s string, fold func(string) string) []string {
	var out []string
	for item := range strings.FieldsFuncSeq(s, func(c rune) bool { return c == ',' || c == '\n' }) {
		if item = strings.TrimSpace(fold(item)); item != "" {
			out = append(out, item)
		}
	}
	return out
}

func (r Rule) fits(f Facts) bool {
	return r.Active &&
		(r.AccountID == 0 || r.AccountID == f.AccountID) &&
		(r.ServiceID == 0 || r.ServiceID == f.ServiceID) &&
		(r.Language == "" || f.Language == r.Language || strings.HasPrefix(f.Language, r.Language+"-")) &&
		(len(r.words) == 0 || anyWord(f.Words, r.words)) &&
		(len(r.places) == 0 || anyWord(f.Place+" "+f.Words, r.places))
}

// anyWord reports whether one of the phrases stands in the folded text as whole
// words.
func anyWord(text string, phrases []string) bool {
	for _, p := range phrases {
		for from := 0; ; {
			i := strings.Index(text[from:], p)
			if i < 0 {
				break
			}
			start, end := from+i, from+i+len(p)
			if boundary(text, start-1) && boundary(text, end) {
				return true
			}
			from = end
		}
	}
	return false
}

// boundary reports whether the byte at i is no part of a word. Folded text has
// letters beyond ASCII only where a script has no Latin form; those count as
// letters.
func boundary(text string, i int) bool {
	if i < 0 || i >= len(text) {
		return true
	}
	c := text[i]
	return !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c >= 0x80)
}
