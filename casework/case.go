package casework

import (
	"strings"
	"time"

	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/text"
	"mercat.scot/mercat/record"
)

// Case is a service request.
type Case struct {
	ID             int64
	Reference      string
	ConversationID int64
	PersonID       int64
	Who            string
	ServiceID      int64
	Words          string
	Place          string
	Lat, Lon       float64 // WGS 84 degrees; 0, 0 when unknown
	State          State
	Whose          string // when it is not ours
	TeamID         int64
	OfficerID      int64
	CreatedAt      time.Time
	ChangedAt      time.Time
	EndedAt        time.Time
	Version        int64
}

// Subject is the case as a thing that something happens to.
func (c Case) Subject() record.Subject { return record.Subject{Kind: "case", ID: c.ID} }

// Located reports whether a point is known.
func (c Case) Located() bool { return c.Lat != 0 || c.Lon != 0 }

// facts are what the record keeps of a case: what it is about and where it
// stands, not what was said.
func (c Case) facts() map[string]any {
	return map[string]any{"reference": c.Reference, "service": c.ServiceID, "state": c.State, "team": c.TeamID, "officer": c.OfficerID, "whose": c.Whose}
}

// Step is what became of a case, and what the citizen was told.
type Step struct {
	ID        int64
	CaseID    int64
	At        time.Time
	Before    State
	State     State
	Whose     string // of the case before
	OfficerID int64
	Officer   string
	Said      string
	MessageID int64
	UndoneAt  time.Time
}

// Opening is what a case is made of. The form shows all of it, filled in from the
// conversation.
type Opening struct {
	FormKey        string // of the form, so that sending it twice makes one case
	ConversationID int64
	ServiceID      int64
	Words          string
	Place          string
	Lat, Lon       float64
	Photos         []int64 // ids of the desk's media
	TeamID         int64   // 0 is the service's
	Tell           bool    // the citizen is told
	Say            string  // in these words; "" are the usual ones. {reference} stands for it
}

const (
	maxWords  = 5_000
	maxPlace  = 200
	maxWhose  = 120
	maxSay    = 2_000
	maxPhotos = 20
	maxKey    = 64
)

// referenceMark stands for the reference in words that are written before the
// case has one.
const referenceMark = "{reference}"

// clean makes n fit to be kept, or says what is wrong.
func (n Opening) clean() (Opening, error) {
	var wrong fault.Fields
	n.Words, _ = text.Clean(n.Words, maxWords)
	if strings.TrimSpace(n.Words) == "" {
		wrong.Add("words", "Say in a few words what is to be done, so that whoever does it need not read the conversation.")
	}
	n.Place, _ = text.CleanLine(n.Place, maxPlace)
	n.Say, _ = text.Clean(n.Say, maxSay)
	n.FormKey, _ = text.CleanLine(n.FormKey, maxKey)
	if n.FormKey == "" {
		wrong.Add("", "The form is out of date. Go back to the conversation and make the case from there.")
	}
	if !(n.Lat >= -90 && n.Lat <= 90 && n.Lon >= -180 && n.Lon <= 180) {
		wrong.Add("place-lat", "This is no position on the map. Mark the place again, or leave it out.")
	}
	n.Photos = n.Photos[:min(len(n.Photos), maxPhotos)]
	return n, wrong.Err()
}

// move brings c into another state.
func (c *Case) move(to State, whose string, now time.Time) error {
	if c.State == to {
		return fault.Newf(fault.Conflict, "The case is %s already.", strings.ToLower(to.Label()))
	}
	if !c.State.May(to) {
		return fault.Newf(fault.Conflict, "A case that is %s cannot become %s.", strings.ToLower(c.State.Label()), strings.ToLower(to.Label()))
	}
	if whose, _ = text.CleanLine(whose, maxWhose); to == NotOurs && whose == "" {
		return fault.Field("whose", "Say whose it is, so that the citizen knows whom to ask: Scottish Water, Transport Scotland, the landlord.")
	}
	if to != NotOurs {
		whose = ""
	}
	c.State, c.Whose, c.EndedAt = to, whose, time.Time{}
	if to.Ended() {
		c.EndedAt = now
	}
	return nil
}
