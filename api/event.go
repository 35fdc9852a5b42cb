package api

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"mercat.scot/mercat/casework"
	"mercat.scot/mercat/desk"
	"mercat.scot/mercat/record"
)

// Kind is what sort of thing happened, as receivers read it.
type Kind string

const (
	CaseOpened         Kind = "case.opened"
	CaseMoved          Kind = "case.moved"
	CaseUpdated        Kind = "case.updated"
	CaseEnded          Kind = "case.ended"
	ConversationOpened Kind = "conversation.opened"
	MessageReceived    Kind = "message.received"
	MessageSent        Kind = "message.sent"
	Test               Kind = "webhook.test" // an administrator pressed the button
)

// Kinds are those to which one can subscribe, in the order in which they are
// offered.
func Kinds() []Kind {
	return []Kind{CaseOpened, CaseMoved, CaseUpdated, CaseEnded, ConversationOpened, MessageReceived, MessageSent}
}

// Explains says in a line when it happens.
func (k Kind) Explains() string {
	switch k {
	case CaseOpened:
		return "A case is made."
	case CaseMoved:
		return "A case comes into another state, or a step is taken back."
	case CaseUpdated:
		return "Something else about a case changes: team, place, words."
	case CaseEnded:
		return "A case comes into a state in which nothing more is done."
	case ConversationOpened:
		return "Somebody writes who has no conversation yet, or begins another."
	case MessageReceived:
		return "A citizen’s message comes in."
	case MessageSent:
		return "An answer has reached the network."
	}
	return ""
}

// Event is one thing that happened. Data is JSON and holds nothing that people
// wrote.
type Event struct {
	Number  int64 // without gaps, in the order of the commits
	ID      int64
	Kind    Kind
	At      time.Time
	Subject record.Subject
	Data    json.RawMessage
}

// MessageID is what the Standard Webhooks specification calls webhook-id: the
// same at every try and every replay, so that a receiver knows what it had.
func (e Event) MessageID() string { return "msg_" + strconv.FormatInt(e.ID, 10) }

// payload is what is sent, in the form that the Standard Webhooks specification
// recommends.
type payload struct {
	Type      Kind            `json:"type"`
	Timestamp string          `json:"timestamp"` // RFC 3339 in UTC, of the event
	Sequence  int64           `json:"sequence"`
	Data      json.RawMessage `json:"data"`
	// Words are what people wrote, as it stands when this is sent, for endpoints
	// that were opted in.
	Words map[string]string `json:"words,omitempty"`
}

func (e Event) payload(words map[string]string) ([]byte, error) {
	return json.Marshal(payload{Type: e.Kind, Timestamp: moment(e.At), Sequence: e.Number, Data: e.Data, Words: words})
}

// moment is how times go out: RFC 3339 in UTC, to the microsecond.
func moment(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.999999Z07:00") }

// number is how ids go out: as text, for they do not fit into the numbers of
// JavaScript.
func number(id int64) string {
	if id == 0 {
		return ""
	}
	return strconv.FormatInt(id, 10)
}

// caseData is what is said of a case.
type caseData struct {
	ID             string `json:"id"`
	Reference      string `json:"reference"`
	State          string `json:"state"`
	Before         string `json:"state_before,omitempty"`
	Reason         string `json:"reason,omitempty"` // why it ended
	ServiceID      string `json:"service_id,omitempty"`
	TeamID         string `json:"team_id,omitempty"`
	ConversationID string `json:"conversation_id,omitempty"`
	Version        int64  `json:"version"`
}

// caseEvents are a change of a case as events: two, when it comes to its end.
func caseEvents(ch casework.Change) []Event {
	c := ch.After
	data := caseData{ID: number(c.ID), Reference: c.Reference, State: string(c.State), Before: string(ch.Before.State), Reason: string(c.Reason),
		ServiceID: number(c.ServiceID), TeamID: number(c.TeamID), ConversationID: number(c.ConversationID), Version: c.Version}
	kinds := []Kind{CaseUpdated}
	switch {
	case ch.Before.ID == 0:
		kinds = []Kind{CaseOpened}
	case ch.Before.State != c.State:
		kinds = []Kind{CaseMoved}
	}
	if c.State.Ended() && !ch.Before.State.Ended() {
		kinds = append(kinds, CaseEnded)
	}
	var list []Event
	for _, k := range kinds {
		list = append(list, newEvent(k, c.Subject(), data))
	}
	return list
}

// conversationData is what is said of a conversation.
type conversationData struct {
	ID         string `json:"id"`
	Network    string `json:"network"`
	Visibility string `json:"visibility"`
	State      string `json:"state"`
	ServiceID  string `json:"service_id,omitempty"`
	TeamID     string `json:"team_id,omitempty"`
}

// messageData is what is said of a message.
type messageData struct {
	ID             string `json:"id"`
	ConversationID string `json:"conversation_id"`
	Direction      string `json:"direction"`
	Visibility     string `json:"visibility"`
	At             string `json:"at"`
}

// deskEvents are what the desk tells, as events.
func deskEvents(list []desk.Happening) []Event {
	events := make([]Event, 0, len(list))
	for _, h := range list {
		c, m := h.Conversation, h.Message
		switch {
		case h.Opened:
			events = append(events, newEvent(ConversationOpened, desk.Subject(c.ID), conversationData{ID: number(c.ID), Network: string(c.Network), Visibility: string(c.Visibility),
				State: string(c.State), ServiceID: number(c.ServiceID), TeamID: number(c.TeamID)}))
		case m.Direction == desk.In || m.Direction == desk.Out:
			kind := MessageReceived
			if m.Direction == desk.Out {
				kind = MessageSent
			}
			events = append(events, newEvent(kind, record.Subject{Kind: "message", ID: m.ID}, messageData{ID: number(m.ID), ConversationID: number(m.ConversationID),
				Direction: string(m.Direction), Visibility: string(m.Visibility), At: moment(m.At)}))
		}
	}
	return events
}

// newEvent is an event that has no number yet.
func newEvent(kind Kind, about record.Subject, data any) Event {
	raw, err := json.Marshal(data)
	if err != nil { // it holds strings and numbers
		panic("api: " + err.Error())
	}
	return Event{Kind: kind, Subject: about, Data: raw}
}

// joinKinds and splitKinds are how a list of kinds is kept.
func joinKinds(kinds []Kind) string {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = string(k)
	}
	return strings.Join(names, " ")
}

func splitKinds(text string) []Kind {
	var kinds []Kind
	for _, name := range strings.Fields(text) {
		kinds = append(kinds, Kind(name))
	}
	return kinds
}

func known(k Kind) bool { return slices.Contains(Kinds(), k) }
