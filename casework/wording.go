package casework

import (
	"strings"
	"time"

	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/text"
	"mercat.scot/mercat/record"
)

// Occasion is what a citizen is told of: a state, or a way into it.
type Occasion string

const (
	OnOpened     Occasion = "opened"
	OnAsked      Occasion = "needs_information"
	OnAccepted   Occasion = "accepted"
	OnScheduled  Occasion = "scheduled"
	OnInProgress Occasion = "in_progress"
	OnDone       Occasion = "done"   // what was asked for was done
	OnClosed     Occasion = "closed" // it was not
	OnNotOurs    Occasion = "not_ours"
	OnDuplicate  Occasion = "duplicate"
	OnWithdrawn  Occasion = "withdrawn"
	OnReopened   Occasion = "reopened" // it was not fixed
	OnAgain      Occasion = "again"    // taken up again without that
	OnOurs       Occasion = "ours"     // it is ours after all
)

// Occasions are all of them, in the order of a case's life.
func Occasions() []Occasion {
	return []Occasion{OnOpened, OnAsked, OnAccepted, OnScheduled, OnInProgress, OnDone, OnClosed, OnNotOurs, OnDuplicate, OnWithdrawn, OnReopened, OnAgain, OnOurs}
}

// Label is how officers read it.
func (o Occasion) Label() string {
	switch o {
	case OnOpened:
		return "A case is opened"
	case OnAsked:
		return "We ask for information"
	case OnAccepted:
		return "It is accepted"
	case OnScheduled:
		return "A day is set"
	case OnInProgress:
		return "Work begins"
	case OnDone:
		return "It is done"
	case OnClosed:
		return "It is closed without being done"
	case OnNotOurs:
		return "It is not ours"
	case OnDuplicate:
		return "It is joined into another case"
	case OnWithdrawn:
		return "It is withdrawn"
	case OnReopened:
		return "It was not fixed and is opened again"
	case OnAgain:
		return "It is taken up again"
	case OnOurs:
		return "It is ours after all"
	}
	return string(o)
}

// reasons are those that may have words of their own on an occasion.
func (o Occasion) reasons() []Reason {
	var list []Reason
	for _, row := range reasonTable() {
		if o == OnDone && row.of == Done && row.resolves || o == OnClosed && row.of == Done && !row.resolves || o == OnWithdrawn && row.of == Withdrawn {
			list = append(list, row.reason)
		}
	}
	return list
}

// of are the usual words of an occasion.
func (in *spoken) of(o Occasion) string {
	return map[Occasion]string{OnOpened: in.opened, OnAsked: in.asked, OnAccepted: in.accepted, OnScheduled: in.scheduled, OnInProgress: in.inProgress,
		OnDone: in.done, OnClosed: in.closed, OnNotOurs: in.whose, OnDuplicate: in.duplicate, OnWithdrawn: in.withdrawn, OnReopened: in.reopened,
		OnAgain: in.again, OnOurs: in.oursAfterAll}[o]
}

// occasion is what a saying is about.
func (m Saying) occasion() Occasion {
	switch m.To {
	case Accepted:
		if m.From == Done {
			return OnReopened
		}
		return OnAccepted
	case NeedsInformation:
		return OnAsked
	case Scheduled:
		return OnScheduled
	case InProgress:
		if m.From == Done {
			return OnAgain
		}
		return OnInProgress
	case Done:
		if m.Reason != Unknown && !m.Reason.Resolves() {
			return OnClosed
		}
		return OnDone
	case NotOurs:
		return OnNotOurs
	case Duplicate:
		return OnDuplicate
	case Withdrawn:
		return OnWithdrawn
	}
	switch m.From {
	case "":
		return OnOpened
	case NotOurs:
		return OnOurs
	case NeedsInformation:
		return OnAccepted
	}
	return OnAgain
}

// Wording is what the council says on an occasion instead of the usual words.
type Wording struct {
	ServiceID int64  // 0 for every service
	Language  string // "en", "cy", "gd"
	Occasion  Occasion
	Reason    Reason // Unknown for every reason
	Text      string
}

// Subject is the council's words as a thing that something happens to.
func (w Wording) Subject() record.Subject { return record.Subject{Kind: "service", ID: w.ServiceID} }

// The languages in which citizens are told.
const (
	inEnglish = "en"
	inWelsh   = "cy"
	inGaelic  = "gd"
)

// Languages are those of Wording, English first.
func Languages() []string { return []string{inEnglish, inWelsh, inGaelic} }

// languageOf is that in which we speak to somebody whose language is a tag of
// BCP 47; English when it is none of ours.
func languageOf(tag string) string {
	base, _, _ := strings.Cut(strings.ToLower(tag), "-")
	if base == inWelsh || base == inGaelic {
		return base
	}
	return inEnglish
}

// The marks of a wording. A line with {link} or {expected} is left out where
// there is nothing to put in its place.
const (
	markReference = "{reference}"
	markWhose     = "{whose}"
	markDay       = "{day}"
	markLink      = "{link}"
	markExpected  = "{expected}"
)

// Clean makes a wording fit to be kept, or says what is wrong.
func (w Wording) Clean() (Wording, error) {
	w.Text, _ = text.Clean(w.Text, maxSay)
	rest := strings.NewReplacer(markReference, "", markWhose, "", markDay, "", markLink, "", markExpected, "").Replace(w.Text)
	if strings.ContainsAny(rest, "{}") {
		return w, fault.Field("text-"+w.Language, "Between { and } only these are known: {reference}, {whose}, {day}, {link} and {expected}.")
	}
	if w.Text != "" && w.Occasion == OnNotOurs && !strings.Contains(w.Text, markWhose) {
		return w, fault.Field("text-"+w.Language, "Say whose it is: write {whose} where the name belongs.")
	}
	if w.Text != "" && w.Occasion == OnScheduled && !strings.Contains(w.Text, markDay) {
		return w, fault.Field("text-"+w.Language, "Say the day: write {day} where it belongs.")
	}
	return w, nil
}

// Wordings are those that may hold for a service.
type Wordings []Wording

// Says is what a citizen is told: the council's words for the service and the
// reason, for the service, for the reason, for all, and otherwise the usual ones.
// {link} and {expected} are filled in when it is said.
func (list Wordings) Says(m Saying) string {
	if words, ours := list.find(languageOf(m.Language), m.occasion(), m.Reason); ours {
		return m.fill(words)
	}
	return m.Says()
}

// find is the best of the council's words for an occasion, and whether there are
// any.
func (list Wordings) find(language string, o Occasion, reason Reason) (string, bool) {
	best, rank := "", -1
	for _, w := range list {
		if w.Language != language || w.Occasion != o || w.Reason != Unknown && w.Reason != reason {
			continue
		}
		n := 0
		if w.ServiceID != 0 {
			n += 2
		}
		if w.Reason != Unknown {
			n++
		}
		if n > rank {
			best, rank = w.Text, n
		}
	}
	return best, rank >= 0
}

// raw are the words for an occasion of a service (0: of every one) with their
// marks, the usual ones where the council has none.
func (list Wordings) raw(service int64, language string, o Occasion, reason Reason) string {
	var those Wordings
	for _, w := range list {
		if w.ServiceID == 0 || w.ServiceID == service {
			those = append(those, w)
		}
	}
	if words, ours := those.find(language, o, reason); ours {
		return words
	}
	return strings.ReplaceAll(spokenIn(language).of(o), "{ref}", markReference)
}

// without are all but one, by its key.
func (list Wordings) without(key Wording) Wordings {
	var rest Wordings
	for _, w := range list {
		if w.key() != key {
			rest = append(rest, w)
		}
	}
	return rest
}

// fill puts what is known of the case into words.
func (m Saying) fill(words string) string {
	return strings.NewReplacer("{ref}", m.Reference, markReference, m.Reference, markWhose, m.Whose, markDay, m.day()).Replace(words)
}

// expectedIn says when a case is likely to be done, "" when nobody knows.
func expectedIn(language string, half, most time.Time, zone *time.Location) string {
	if half.IsZero() || most.IsZero() {
		return ""
	}
	return strings.NewReplacer("{half}", day(half, zone), "{most}", day(most, zone)).Replace(spokenIn(language).expected)
}

// day is a day as it is written in every language: 3/12/2026.
func day(t time.Time, zone *time.Location) string { return t.In(zone).Format("2/1/2006") }

// without removes the lines of words that hold a mark, and the empty lines that
// this leaves.
func without(words, mark string) string {
	if !strings.Contains(words, mark) {
		return words
	}
	var kept []string
	for _, line := range strings.Split(words, "\n") {
		if strings.Contains(line, mark) {
			line = ""
		}
		if line != "" || len(kept) > 0 && kept[len(kept)-1] != "" {
			kept = append(kept, line)
		}
	}
	return strings.TrimSpace(strings.Join(kept, "\n"))
}
