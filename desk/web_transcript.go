package desk

import (
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"mercat.scot/mercat/person"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/web"
	"mercat.scot/mercat/platform/web/ui"
	"mercat.scot/mercat/record"
)

const (
	transcriptTime = time.Minute
	// maxTranscript bounds a transcript, in messages and in entries of the
	// record. Nobody reads more on paper; a longer conversation says so.
	maxTranscript = 5000
	transcriptRun = 500
)

// transcriptView is all that the record holds of a conversation.
type transcriptView struct {
	names
	c        Conversation
	account  Account
	person   person.Person
	handles  []person.Handle
	messages []Message
	entries  []record.Kept // oldest first
	cut      bool          // there is more than is shown
	head     record.Kept   // the last entry about it
}

func (s *Service) getTranscript(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r)
	if err != nil {
		return err
	}
	n, err := s.names(r.Context())
	if err != nil {
		return err
	}
	n.me = web.Viewer{} // on paper nobody is "you"
	v, err := s.transcript(r.Context(), id)
	if err != nil {
		return err
	}
	v.names = n
	return web.Render(w, r, http.StatusOK, transcriptPage(v))
}

// transcript reads a conversation from its first word to its last, on one
// snapshot.
func (s *Service) transcript(ctx context.Context, id int64) (v transcriptView, err error) {
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		if v.c, err = s.ConversationTx(ctx, tx, id); err != nil {
			return err
		}
		if v.account, err = s.accountTx(ctx, tx, v.c.AccountID); err != nil {
			return err
		}
		if v.person, v.handles, err = s.People.PersonTx(ctx, tx, v.c.PersonID); err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		for before := int64(0); len(v.messages) < maxTranscript; {
			page, err := s.MessagesTx(ctx, tx, id, before, transcriptRun)
			if err != nil {
				return err
			}
			v.messages = append(page, v.messages...)
			if len(page) < transcriptRun {
				break
			}
			before = page[0].ID
		}
		for before := int64(0); len(v.entries) < maxTranscript; {
			page, err := record.About(ctx, tx, Subject(id), before, transcriptRun)
			if err != nil {
				return err
			}
			v.entries = append(v.entries, page...)
			if len(page) < transcriptRun {
				break
			}
			before = page[len(page)-1].Number
		}
		if len(v.entries) > 0 {
			v.head = v.entries[0]
		}
		slices.Reverse(v.entries)
		v.cut = len(v.messages) >= maxTranscript || len(v.entries) >= maxTranscript
		return nil
	})
	return v, err
}

// happening is one thing of a transcript, in the order of time.
type happening struct {
	at      time.Time
	message *Message
	entry   *record.Kept
}

func (v transcriptView) lines() []happening {
	var list []happening
	for i := range v.messages {
		list = append(list, happening{at: v.messages[i].At, message: &v.messages[i]})
	}
	for i := range v.entries {
		list = append(list, happening{at: v.entries[i].At, entry: &v.entries[i]})
	}
	slices.SortStableFunc(list, func(a, b happening) int { return a.at.Compare(b.at) })
	return list
}

// exact is a time to the second, with its zone.
func (v transcriptView) exact(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return t.In(v.zone).Format("2 Jan 2006, 15:04:05 MST")
}

// entryText says in a sentence without its full stop what an entry is of, and
// who did it, by the name that they had then.
func (v transcriptView) entryText(k record.Kept) string {
	who := k.Actor.Name
	switch s := tell(k, v.names); {
	case s == "" && who == "":
		return actText(k)
	case s == "" && k.Actor.Kind != record.Program:
		return actText(k) + " by " + who
	case s == "" && who == v.account.Name:
		return actText(k) + ", through " + who
	case s == "":
		return actText(k) + " by Mercat"
	case who == "", k.Actor.Kind == record.Program, strings.HasSuffix(s, " by "+who):
		return s
	default:
		return s + " (" + who + ")"
	}
}

// entryFacts is what else the record calls an entry.
func entryFacts(k record.Kept) string {
	s := "entry " + ui.Number(k.Number) + " of the record, " + k.Act
	if k.Actor.Kind == record.Program && k.Actor.Name != "" {
		s += ", " + k.Actor.Name
	}
	return s
}

// actSays are the acts that do not say themselves what they changed of a
// conversation's handling.
var actSays = map[string]string{
	"desk.conversation.opened":             "The conversation began",
	"desk.conversation.heard":              "The citizen wrote",
	"desk.conversation.answered_elsewhere": "Answered from another program",
	actUndone:                              "A change was undone",
	actJoined:                              "Joined with another person’s conversations",
	actParted:                              "The joining of two people was undone",
	actNoted:                               "A note was written",
	actQueued:                              "An answer was written",
	actSent:                                "An answer was sent",
	actFailed:                              "An answer could not be sent",
	actStopped:                             "An answer was stopped before it was sent",
	actGivenUp:                             "An answer that waited for its network was given up",
	actRetried:                             "An answer was to be tried again",
	"desk.message.edited_by_author":        "A message was edited by its author",
	"desk.message.deleted_by_author":       "A message was deleted by its author",
	"desk.message.double_removed":          "An answer had gone out twice, and one was removed",
	"desk.message.taking_back":             "An answer was to be taken back",
	"desk.message.taken_back":              "An answer was taken back",
	"desk.message.not_taken_back":          "An answer could not be taken back",
	"desk.media.ready":                     "A file was checked and kept",
	"desk.media.refused":                   "A file was not kept",
}

func actText(k record.Kept) string {
	if k.Act == actCase {
		var after struct {
			Case string `json:"case"`
		}
		if json.Unmarshal(k.After, &after) == nil && after.Case != "" {
			return "The case " + after.Case + " was linked"
		}
		return "The case was unlinked"
	}
	return cmp.Or(actSays[k.Act], actWords(k.Act))
}

// actWords makes "desk.rule.tried_again" readable: "Rule tried again".
func actWords(act string) string {
	parts := strings.Split(act, ".")
	if len(parts) > 1 {
		parts = parts[1:]
	}
	s := strings.ReplaceAll(strings.Join(parts, " "), "_", " ")
	return strings.ToUpper(s[:min(1, len(s))]) + s[min(1, len(s)):]
}

func (v transcriptView) hash(k record.Kept) string { return hex.EncodeToString(k.Hash) }

func (v transcriptView) direction(m Message) string {
	switch m.Direction {
	case Out:
		if m.Details.FromUs {
			return "Our answer, sent from another program"
		}
		return "Our answer"
	case Note:
		return "Note, seen by colleagues only"
	}
	return "From the citizen"
}

// facts are what else is known of a message, as pairs of words.
func (v transcriptView) facts(m Message) []ui.Row {
	var rows []ui.Row
	add := func(key, value string) {
		if value != "" {
			rows = append(rows, ui.Row{Key: key, Value: value})
		}
	}
	if m.Direction == In || m.Details.FromUs {
		add("Received", v.exact(m.ReceivedAt))
	}
	if m.Direction != Note {
		add("Seen by", seenBy(m.Visibility))
	}
	add("State", stateSays[m.State])
	add("Subject", m.Subject)
	add("Content warning", m.Warning)
	add("Address", m.URL)
	add("Not written by a person", m.Automatic)
	if !m.EditedAt.IsZero() {
		add("Edited", v.exact(m.EditedAt))
	}
	if !m.DeletedAt.IsZero() {
		add("Deleted", v.exact(m.DeletedAt))
	}
	add("Trouble", m.Trouble)
	add("Why it was taken back", m.Details.Reason)
	for _, n := range m.Details.Notices {
		add("Notice", n.Sentence)
	}
	for _, f := range m.answers() {
		add(f.Question, f.Answer)
	}
	if p := m.Details.Place; p != nil {
		add("Place", strings.TrimSpace(p.Label+" "+point(*p)))
	}
	if c := m.Details.Contact; c != nil {
		add("Can be reached as", strings.Join(contactLines(*c), ", "))
	}
	for _, f := range m.Media {
		add("File", fileFacts(f))
	}
	for _, part := range m.Parts {
		if said := partFacts(part); len(m.Parts) > 1 {
			add(partName(part), said)
		} else if said != stateSays[m.State] {
			add("On the network", said)
		}
	}
	add("Details", strings.Join(keys(m), "; "))
	return rows
}

// keys are by what machines know a message: its references, the keys under
// which it was sent, and the hashes of its files, by which a copy of one can be
// told from another.
func keys(m Message) []string {
	var list []string
	add := func(what, key string) {
		if key != "" {
			list = append(list, what+" "+key)
		}
	}
	add("reference", string(m.Ref))
	add("answers", string(m.ReplyTo))
	for _, part := range m.Parts {
		if len(m.Parts) > 1 {
			add(partName(part)+": reference", string(part.Ref))
			add(partName(part)+": sent under", part.Key)
			continue
		}
		if part.Ref != m.Ref {
			add("reference", string(part.Ref))
		}
		add("sent under", part.Key)
	}
	for _, f := range m.Media {
		add("SHA-256 of "+fileName(f), f.Blob)
	}
	return list
}

func partName(p Part) string { return fmt.Sprintf("Part %d", p.N+1) }

// stateSays is what became of an answer; of what came in and of notes there is
// nothing to say.
var stateSays = map[MessageState]string{
	Queued: "waits to be sent", Sending: "being sent", Sent: "sent", Failed: "could not be sent",
	Cancelled: "stopped before it was sent", TakingBack: "being taken back", TakenBack: "taken back",
}

// fileFacts says what is known of a file.
func fileFacts(f Media) string {
	parts := []string{fileName(f)}
	for _, part := range []string{f.ContentType, sizeOf(f), fileStates[f.State]} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	s := strings.Join(parts, ", ") + "."
	if f.Picture() {
		s += " Description: " + cmp.Or(f.Alt, "none") + "."
	}
	if f.Sentence != "" {
		s += " " + f.Sentence
	}
	return s
}

func sizeOf(f Media) string {
	if f.Size == 0 {
		return ""
	}
	return ui.Bytes(f.Size)
}

var fileStates = map[string]string{"waiting": "not fetched yet", "refused": "not kept"}

func partFacts(p Part) string {
	s := "sent"
	switch {
	case p.Gone:
		s = "deleted at the network"
	case p.Ref == "" && p.Tried:
		s = "tried, without an answer from the network"
	case p.Ref == "":
		s = "not sent"
	}
	if p.URL != "" {
		s += ", " + p.URL
	}
	return s
}

// named is a name with what it belongs to, unless the name says that already.
func named(name, of string) string {
	if name == of || of == "" {
		return name
	}
	return name + " (" + of + ")"
}

// summary is the head of a transcript: whose conversation it is, and where it
// stands.
func (v transcriptView) summary() []ui.Row {
	rows := []ui.Row{
		{Key: "With", Value: v.c.Who},
		{Key: "Account", Value: named(v.account.Name, v.network(v.c.Network))},
		{Key: "Began", Value: v.exact(v.c.CreatedAt)},
		{Key: "State", Value: v.c.State.label()},
	}
	for _, h := range v.handles {
		rows = append(rows, ui.Row{Key: "Handle", Value: handleName(h) + " on " + v.network(h.Network)})
	}
	add := func(key, value string) {
		if value != "" {
			rows = append(rows, ui.Row{Key: key, Value: value})
		}
	}
	add("Subject", v.c.Subject)
	add("Closed because", v.c.ClosedReason)
	add("Team", v.team(v.c.TeamID))
	add("With officer", v.roster.Name(v.c.OfficerID))
	add("Service", v.service(v.c.ServiceID))
	add("Place", v.c.Place)
	add("Case", v.c.CaseRef)
	add("Number of the conversation", id(v.c.ID))
	add("Printed", v.exact(v.now))
	return rows
}
