package desk

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/blob"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/text"
)

// Direction is which way a message went.
type Direction string

const (
	In   Direction = "in"
	Out  Direction = "out"
	Note Direction = "note" // seen by those who work here only
)

// MessageState is what became of a message.
type MessageState string

const (
	Received   MessageState = "received"
	Noted      MessageState = "noted"
	Queued     MessageState = "queued"  // to be sent at SendAt; can still be stopped
	Sending    MessageState = "sending" // the network has been called, or is about to be
	Sent       MessageState = "sent"
	Failed     MessageState = "failed"
	Cancelled  MessageState = "cancelled" // stopped before it was sent
	TakingBack MessageState = "taking_back"
	TakenBack  MessageState = "taken_back"
)

// Message is something said in a conversation.
type Message struct {
	ID             int64
	ConversationID int64
	AccountID      int64
	Direction      Direction
	Ref            network.Ref
	ReplyTo        network.Ref
	Thread         network.Ref
	HandleID       int64
	OfficerID      int64
	Author         string
	Visibility     network.Visibility
	Subject        string
	Body           string
	HTML           text.HTML // from the sanitiser only
	Warning        string
	Language       string
	URL            string
	Automatic      string
	Details        Details
	HasRaw         bool
	At             time.Time
	ReceivedAt     time.Time
	EditedAt       time.Time
	DeletedAt      time.Time
	State          MessageState
	SendAt         time.Time
	RetryAt        time.Time
	Attempts       int64
	Trouble        string
	Version        int64

	Media     []Media
	Parts     []Part
	Revisions []Revision
}

// Details is what else a message carries.
type Details struct {
	Mentions []string         `json:"mentions,omitempty"`
	Tags     []string         `json:"tags,omitempty"`
	Fields   []network.Field  `json:"fields,omitempty"`
	Contact  *network.Contact `json:"contact,omitempty"`
	Place    *network.Place   `json:"place,omitempty"`
	Notices  []network.Notice `json:"notices,omitempty"`
	Quotes   network.Ref      `json:"quotes,omitempty"`
	FromUs   bool             `json:"from_us,omitempty"`
	// Reason is why an answer was taken back.
	Reason string `json:"reason,omitempty"`
	// Signature is what stands under the officer's words.
	Signature string `json:"signature,omitempty"`
	// Said marks what the program or another room said; it moves no state.
	Said bool `json:"said,omitempty"`
	// Warned: the officer was told that it is still waiting to be sent.
	Warned bool `json:"warned,omitempty"`
}

// Part is one post of an answer.
type Part struct {
	N     int
	Key   string
	Body  string
	Tried bool // the network may know of it
	Ref   network.Ref
	URL   string
	Gone  bool // deleted at the network
}

// Revision is what a message said before it was edited.
type Revision struct {
	At   time.Time
	Body string
}

// Media is a file of a message or of a draft.
type Media struct {
	ID             int64
	MessageID      int64
	ConversationID int64
	DraftOf        int64
	N              int
	URL            string
	Filename       string
	ContentType    string
	Alt            string
	Size           int64
	Width, Height  int
	State          string // waiting, ready, refused
	Sentence       string
	Original       string
	Blob           string
	Thumbnail      string
	taken          *blob.Position // where a picture says that it was taken; until it is kept
	Likeness       blob.Likeness  // of a picture that came in; known once it is ready
	FocusX, FocusY float64        // what stays in sight when it is cropped: -1 to 1, 0,0 is the middle
}

// answers are a form's answers that are not told otherwise: as the subject, or
// beside the point on the map.
func (m Message) answers() []network.Field {
	return slices.DeleteFunc(slices.Clone(m.Details.Fields), func(f network.Field) bool {
		place := m.Details.Place
		return f.Code == "service" && f.Answer == m.Subject || f.Code == "place" && place != nil && f.Answer == place.Label
	})
}

// Picture reports whether it can be shown as one.
func (m Media) Picture() bool { return m.State == "ready" && m.Thumbnail != "" }

// partKey is the key under which a part is sent, for ever. It is made of the
// message's id, so that it is the same after a crash.
func partKey(message int64, n int) string { return fmt.Sprintf("m%dp%d", message, n) }

// UndoWindow is how long an answer waits before it is sent.
const UndoWindow = 10 * time.Second

// giveUpAfter is how long an answer is tried when the network is down.
const giveUpAfter = 72 * time.Hour

// stop takes an answer back before it is sent.
func (m *Message) stop() error {
	switch m.State {
	case Queued:
	case Failed:
	default:
		return fault.New(fault.Conflict, "It is being sent or was sent already. You can take it back instead.")
	}
	if anyTried(m.Parts) {
		return fault.New(fault.Conflict, "A part of it may have been sent already. Wait until it is sent, then take it back.")
	}
	m.State, m.Trouble = Cancelled, ""
	return nil
}

// takeBack begins to remove a sent answer.
func (m *Message) takeBack(reason string) error {
	if m.Direction != Out || m.State != Sent && !(m.State == Failed && anySent(m.Parts)) {
		return fault.New(fault.Conflict, "Only an answer that was sent can be taken back.")
	}
	if strings.TrimSpace(reason) == "" {
		return fault.Field("reason", "Say what was wrong with it. It stays on the record.")
	}
	m.State, m.Details.Reason = TakingBack, strings.TrimSpace(reason)
	return nil
}

// anyTried reports whether the network may know of a part.
func anyTried(parts []Part) bool {
	return slices.ContainsFunc(parts, func(p Part) bool { return p.Tried })
}

func anySent(parts []Part) bool {
	return slices.ContainsFunc(parts, func(p Part) bool { return p.Ref != "" })
}

func allSent(parts []Part) bool {
	return len(parts) > 0 && !slices.ContainsFunc(parts, func(p Part) bool { return p.Ref == "" })
}

// retry sends a failed answer again.
func (m *Message) retry(now time.Time) error {
	if m.State != Failed {
		return fault.New(fault.Conflict, "Only an answer that failed can be tried again.")
	}
	m.State, m.SendAt, m.Trouble, m.RetryAt = Queued, now, "", time.Time{}
	if anyTried(m.Parts) {
		m.State = Sending
	}
	return nil
}

// retryPause is how long to wait after a number of failed attempts: 5 s, 10 s,
// … up to 10 minutes.
func retryPause(attempts int64) time.Duration {
	return min(5*time.Second<<min(attempts, 10), 10*time.Minute)
}
