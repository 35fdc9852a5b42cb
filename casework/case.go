package casework

import (
	"strings"
	"time"

	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/text"
	"mercat.scot/mercat/record"
)

// Case is a service request.
type Case struct {
	ID             int64
	Reference      string // for people; no secret
	Track          string // of the private page: who has it may see the page
	Source         Source
	ConversationID int64 // in which the citizen is told; 0 for none
	PersonID       int64 // 0 for nobody known
	Who            string
	Language       string // of the citizen, BCP 47; "" when not known
	ServiceID      int64
	AreaID         int64
	Words          string
	Place          string
	Asset          string  // number of the lamp, bin or gully
	Lat, Lon       float64 // WGS 84 degrees; 0, 0 when unknown
	State          State
	Reason         Reason // why it ended
	Whose          string // when it is not ours
	IntoID         int64  // when it is a duplicate: the case it is joined into
	TeamID         int64
	OfficerID      int64
	DueAt          time.Time // zero for no day
	ScheduledAt    time.Time // when somebody comes; zero when not set
	HalfAt, MostAt time.Time // the honest date when it was opened: half, and nine in ten, are done by then; zero when nothing was known
	MeToo          int64     // how many others it is for
	Reopened       int64     // how often it was taken up again
	Unfixed, Fixed int64     // how often a citizen said that it was not fixed, and that it was
	Cost           int64     // pence; 0 when not known
	Quiet          bool      // the citizen wants no more news
	Hidden         bool      // kept off public pages
	CreatedAt      time.Time
	ChangedAt      time.Time
	EndedAt        time.Time // zero while it is open
	Version        int64
}

// Source is the way by which a case came to be.
type Source string

const (
	FromDesk    Source = "desk" // an officer made it from a conversation
	FromOpen311 Source = "open311"
	FromAPI     Source = "api"
	FromImport  Source = "import" // from another program's history
)

// Subject is the case as a thing that something happens to.
func (c Case) Subject() record.Subject { return record.Subject{Kind: "case", ID: c.ID} }

// Located reports whether a point is known.
func (c Case) Located() bool { return c.Lat != 0 || c.Lon != 0 }

// facts are what the record keeps of a case: what it is about and where it
// stands, not what was said.
func (c Case) facts() map[string]any {
	return map[string]any{"reference": c.Reference, "service": c.ServiceID, "state": c.State, "team": c.TeamID, "officer": c.OfficerID, "whose": c.Whose,
		"reason": c.Reason, "into": c.IntoID, "due": db.Micros(c.DueAt), "scheduled": db.Micros(c.ScheduledAt), "quiet": c.Quiet, "hidden": c.Hidden}
}

// Step is what became of a case, and what the citizen was told.
type Step struct {
	ID        int64
	CaseID    int64
	At        time.Time
	Before    State
	State     State
	Reason    Reason // why it ended with this step
	Was       Was    // what undoing it puts back
	By        record.ActorKind
	OfficerID int64  // 0 unless an officer did it
	Officer   string // the name of whoever did it, as it was
	Said      string
	MessageID int64
	UndoneAt  time.Time
}

// Was is what a step may have changed of a case beside its state, as it was.
type Was struct {
	Whose       string
	Reason      Reason
	IntoID      int64
	ScheduledAt time.Time
}

func (c Case) was() Was { return Was{c.Whose, c.Reason, c.IntoID, c.ScheduledAt} }

// Opening is what a case is made of. The form shows all of it, filled in from the
// conversation.
type Opening struct {
	FormKey        string // of the form, so that sending it twice makes one case
	ConversationID int64
	ServiceID      int64
	Words          string
	Place          string
	Lat, Lon       float64
	Asset          string
	Photos         []int64             // ids of the desk's media
	TeamID         int64               // 0 is the service's
	Tell           bool                // the citizen is told
	Say            string              // in these words; "" are the usual ones. {reference} stands for it
	Answers        map[string][]string // to what the service asks, by code
	Ask            bool                // what is missing is asked, in the same message
}

const (
	maxWords  = 5_000
	maxPlace  = 200
	maxAsset  = 60
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
	n.Asset, _ = text.CleanLine(n.Asset, maxAsset)
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
