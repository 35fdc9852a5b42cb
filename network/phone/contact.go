package phone

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/text"
)

// Channel is how a contact came about.
type Channel string

const (
	Call   Channel = "call"   // by telephone
	Visit  Channel = "visit"  // at a counter
	Letter Channel = "letter" // on paper
)

// Channels are all of them, the usual first.
func Channels() []Channel { return []Channel{Call, Visit, Letter} }

// Label is what people call it: "Phone call".
func (c Channel) Label() string {
	switch c {
	case Visit:
		return "Counter visit"
	case Letter:
		return "Letter"
	}
	return "Phone call"
}

// Outcome is what came of a contact at once.
type Outcome string

const (
	Owed     Outcome = "owed"     // an answer is owed
	Answered Outcome = "answered" // nothing is left to do
	MadeCase Outcome = "case"     // it becomes a case at once
)

// Outcomes are all of them, the usual first.
func Outcomes() []Outcome { return []Outcome{Owed, Answered, MadeCase} }

// Label is what people call it: "Needs an answer".
func (o Outcome) Label() string {
	switch o {
	case Answered:
		return "Answered at once"
	case MadeCase:
		return "Made into a case"
	}
	return "Needs an answer"
}

// Contact is one contact with a person, as an officer wrote it down.
type Contact struct {
	ID        int64
	AccountID int64
	Key       string // of the form: random, one form is one contact
	Channel   Channel
	ByUs      bool // we turned to them
	Outcome   Outcome
	Lasted    time.Duration // 0 when nobody said
	Identity  string        // the person's handle on this network
	Name      string        // what the person is called
	OfficerID int64
	Officer   string
	Words     string    // what it was about
	Told      string    // what they were told, or "" for nothing
	At        time.Time // when it was; zero is now
	LoggedAt  time.Time
	After     network.Ref // the contact that it goes on with, "" when it begins something

	thread  int64
	replyTo int64
	seq     int64
	digest  string
	sendKey string
}

const (
	maxWords = 10_000 // characters of what was said, of each side
	maxName  = 200
	// Earliest is how long ago a contact may have been when it is written down.
	Earliest = 366 * 24 * time.Hour
	// clocksApart is how far ahead the clock of whoever fills in the form may be.
	clocksApart = 10 * time.Minute
	maxLasted   = 24 * time.Hour
)

// clean makes what was typed fit to be kept.
func (c Contact) clean(now time.Time) (Contact, error) {
	var wrong fault.Fields
	c.Words, _ = text.Clean(strings.TrimSpace(c.Words), network.MaxText)
	c.Told, _ = text.Clean(strings.TrimSpace(c.Told), network.MaxText)
	c.Name, _ = text.CleanLine(c.Name, maxName)
	if c.Name == "" {
		c.Name = "Unknown caller"
	}
	switch {
	case c.Words == "" && c.Told == "":
		wrong.Add("words", "Write in a few words what it was about.")
	case text.Graphemes(c.Words) > maxWords:
		wrong.Add("words", "This is longer than 10,000 characters. Shorten it.")
	}
	if text.Graphemes(c.Told) > maxWords {
		wrong.Add("told", "This is longer than 10,000 characters. Shorten it.")
	}
	if c.At.IsZero() {
		c.At = now
	}
	switch {
	case c.At.After(now.Add(clocksApart)):
		wrong.Add("at", "This is still to come. Enter when the contact was.")
	case c.At.Before(now.Add(-Earliest)):
		wrong.Add("at", "This is more than a year ago. Enter a time within the last year.")
	case c.At.After(now):
		c.At = now
	}
	if c.Lasted < 0 || c.Lasted > maxLasted {
		wrong.Add("lasted", "Enter how many minutes it took, at most a day.")
	}
	if !known(c.Channel, Channels()) {
		wrong.Add("channel", "Choose how you were in contact.")
	}
	if !known(c.Outcome, Outcomes()) {
		wrong.Add("outcome", "Choose what came of it.")
	}
	c.At = c.At.UTC().Truncate(time.Microsecond)
	c.digest = c.digestOf()
	return c, wrong.Err()
}

func known[T comparable](one T, all []T) bool {
	for _, a := range all {
		if a == one {
			return true
		}
	}
	return false
}

// digestOf tells two contacts apart that came with one form.
func (c Contact) digestOf() string {
	sum := sha256.New()
	for _, part := range []string{string(c.Channel), strconv.FormatBool(c.ByUs), string(c.Outcome), c.Name, c.Words, c.Told} {
		fmt.Fprintf(sum, "%d:%s", len(part), part) // a hash takes all that it is given
	}
	return hex.EncodeToString(sum.Sum(nil)[:16])
}

// The two posts of a contact: what the person said, and what they were told.
func refOf(id int64) network.Ref  { return network.Ref("contact-" + strconv.FormatInt(id, 10)) }
func toldOf(id int64) network.Ref { return network.Ref("told-" + strconv.FormatInt(id, 10)) }

// idOf is the contact whose ref it is, or 0.
func idOf(ref network.Ref) int64 {
	for _, prefix := range []string{"contact-", "told-"} {
		if digits, ok := strings.CutPrefix(string(ref), prefix); ok {
			if id, err := strconv.ParseInt(digits, 10, 64); err == nil && id > 0 {
				return id
			}
		}
	}
	return 0
}

// Ref is the first post of a contact in the desk.
func (c Contact) Ref() network.Ref { return refOf(c.ID) }

func (c Contact) who() network.Identity {
	return network.Identity{ID: c.Identity, Name: c.Name}
}

func (c Contact) us() network.Identity {
	return network.Identity{ID: "officer-" + strconv.FormatInt(c.OfficerID, 10), Name: c.Officer}
}

// fields say what else is known of it, beside the words.
func (c Contact) fields() []network.Field {
	how := c.Channel.Label()
	if c.ByUs {
		how += ", from us"
	}
	list := []network.Field{{Code: "channel", Question: "How", Answer: how}, {Code: "outcome", Question: "What came of it", Answer: c.Outcome.Label()}}
	if c.Lasted > 0 {
		list = append(list, network.Field{Code: "lasted", Question: "How long", Answer: minutes(c.Lasted)})
	}
	return append(list, network.Field{Code: "officer", Question: "Written down by", Answer: c.Officer})
}

func minutes(d time.Duration) string {
	n := int((d + time.Minute - 1) / time.Minute)
	if n == 1 {
		return "1 minute"
	}
	return strconv.Itoa(n) + " minutes"
}

// Posts are what the contact is in the desk, oldest first.
func (c Contact) Posts() []network.Post {
	thread := refOf(c.thread)
	who := c.who()
	first := network.Post{
		Ref: c.Ref(), Thread: thread, Author: who, Visibility: network.Direct, Text: c.Words, At: c.At, Fields: c.fields(),
	}
	if c.replyTo != 0 {
		first.ReplyTo = refOf(c.replyTo)
	}
	if c.ByUs {
		first.FromUs, first.Author, first.With = true, c.us(), &who
	}
	var list []network.Post
	if c.Words != "" || c.Told == "" {
		list = append(list, first)
	}
	if c.Told == "" {
		return list
	}
	told := network.Post{
		Ref: toldOf(c.ID), ReplyTo: c.Ref(), Thread: thread, Author: c.us(), With: &who, FromUs: true,
		Visibility: network.Direct, Text: c.Told, At: c.At.Add(time.Microsecond),
	}
	if len(list) == 0 {
		told.Ref, told.ReplyTo, told.Fields = first.Ref, first.ReplyTo, first.Fields
	}
	return append(list, told)
}
