package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"mercat.scot/mercat/contact"
	"mercat.scot/mercat/desk"
	"mercat.scot/mercat/network/phone"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/secret"
	"mercat.scot/mercat/staff"
)

// ContactView is that something was said, by either side, without what it was.
type ContactView struct {
	ID             string    `json:"id" doc:"Of the message."`
	At             time.Time `json:"at"`
	Network        string    `json:"network" doc:"phone is everything that was written down: calls, visits, letters."`
	Direction      string    `json:"direction" enum:"in,out"`
	Visibility     string    `json:"visibility"`
	PersonID       string    `json:"person_id"`
	ConversationID string    `json:"conversation_id"`
	ServiceID      string    `json:"service_id,omitempty"`
	Case           string    `json:"case_reference,omitempty" doc:"Reference of the conversation's newest case."`
}

// ContactList is a page of contacts.
type ContactList struct {
	Items []ContactView `json:"items" nullable:"false"`
	Next  string        `json:"next,omitempty" doc:"Cursor of what comes behind. On the last page it is there as well: keep it, and go on from it later. Absent only while there is no contact at all."`
}

// RecordView is a contact of one person: a conversation, a call, a visit, a letter.
type RecordView struct {
	ConversationID string    `json:"conversation_id"`
	Network        string    `json:"network"`
	Channel        string    `json:"channel,omitempty" doc:"Of what was written down: call, visit or letter."`
	ByUs           bool      `json:"by_us,omitempty" doc:"We turned to them."`
	Outcome        string    `json:"outcome,omitempty" doc:"Of what was written down: owed, answered or case."`
	Minutes        int64     `json:"minutes,omitempty"`
	Officer        string    `json:"officer,omitempty" doc:"Who wrote it down."`
	State          string    `json:"state" doc:"open, waiting, snoozed or closed."`
	Messages       int64     `json:"messages"`
	Cases          []string  `json:"case_references" nullable:"false"`
	CreatedAt      time.Time `json:"created_at"`
	LastAt         time.Time `json:"last_at" doc:"Of the last message."`
}

// RecordList is a page of a person's record.
type RecordList struct {
	PersonID string       `json:"person_id" doc:"Of whom it is: another than was asked for when that one was joined into another."`
	Items    []RecordView `json:"items" nullable:"false"`
	Next     string       `json:"next,omitempty" doc:"Cursor of the next page; absent on the last one."`
}

// NewContact is a contact that no network carried.
type NewContact struct {
	Channel   string     `json:"channel" enum:"call,visit,letter"`
	Words     string     `json:"words,omitempty" maxLength:"10000" doc:"What it was about, as they said it."`
	Told      string     `json:"told,omitempty" maxLength:"10000" doc:"What they were told. One of words and told is needed."`
	Outcome   string     `json:"outcome" enum:"owed,answered" doc:"owed stands in the inbox until somebody answers; answered is closed."`
	ByUs      bool       `json:"by_us,omitempty" doc:"We turned to them."`
	Minutes   int        `json:"minutes,omitempty" minimum:"0" maximum:"1440"`
	At        *time.Time `json:"at,omitempty" doc:"When it was, within the last year; now when it is left out."`
	PersonID  string     `json:"person_id,omitempty" maxLength:"20" doc:"With whom, when that is known here: find them with /people."`
	Name      string     `json:"name,omitempty" maxLength:"200" doc:"Of somebody who is not known here."`
	Phone     string     `json:"phone,omitempty" maxLength:"40" doc:"To ring back; kept with the person."`
	Email     string     `json:"email,omitempty" maxLength:"254" doc:"To answer; kept with the person."`
	ServiceID string     `json:"service_id,omitempty" maxLength:"20" doc:"As the words say when it is left out."`
}

type postContact struct {
	IdempotencyKey string `header:"Idempotency-Key" minLength:"1" maxLength:"120" doc:"Names the request: sent again with the same words it writes nothing twice, however late; with other words it is refused (409)."`
	Body           NewContact
}

type contactOutput struct {
	Location string `header:"Location"`
	Body     ConversationView
}

type listRecord struct {
	Paging
	ID string `path:"id" maxLength:"20"`
}

func (s *Service) contactOperations(api huma.API) {
	register(s, api, operation("list-contacts", http.MethodGet, "/contacts", "List contacts", "Every message of either side, and every call, visit and letter that was written down, the oldest first, without what was said: for a copy that is kept up to date.",
		staff.ReadContacts, http.StatusUnprocessableEntity), s.apiListContacts)
	register(s, api, operation("list-person-contacts", http.MethodGet, "/people/{id}/contacts", "List a person's contacts", "On every channel, the newest first.", staff.ReadContacts, http.StatusNotFound), s.apiPersonContacts)
	log := operation("log-contact", http.MethodPost, "/contacts", "Write a contact down", "A phone call, a visit or a letter becomes a conversation like all others. Nothing is sent.", staff.WriteContacts, http.StatusConflict)
	log.DefaultStatus = http.StatusCreated
	register(s, api, log, s.apiLogContact)
}

func (s *Service) apiListContacts(ctx context.Context, in *struct{ Paging }) (*struct{ Body ContactList }, error) {
	_, after, err := in.place()
	if err != nil {
		return nil, err
	}
	var list []desk.Contact
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		list, err = s.Desk.ContactsTx(ctx, tx, after, in.Limit)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := &struct{ Body ContactList }{ContactList{Items: make([]ContactView, 0, len(list)), Next: in.Cursor}}
	for _, c := range list {
		out.Body.Items = append(out.Body.Items, ContactView{ID: number(c.ID), At: c.At.UTC(), Network: c.Network, Direction: string(c.Direction), Visibility: string(c.Visibility),
			PersonID: number(c.PersonID), ConversationID: number(c.ConversationID), ServiceID: number(c.ServiceID), Case: c.CaseRef})
		out.Body.Next = cursor(time.Time{}, c.ID)
	}
	return out, nil
}

func (s *Service) apiPersonContacts(ctx context.Context, in *listRecord) (*struct{ Body RecordList }, error) {
	id, err := readID(in.ID, "a person")
	if err != nil {
		return nil, err
	}
	q := contact.Query{PersonID: id, Limit: in.Limit}
	if q.Before.Sorted, q.Before.ID, err = in.place(); err != nil {
		return nil, err
	}
	rec, err := s.Contacts.Record(ctx, q)
	if err != nil {
		return nil, err
	}
	out := &struct{ Body RecordList }{RecordList{PersonID: number(rec.Person.ID), Items: []RecordView{}, Next: cursor(rec.Next.Sorted, rec.Next.ID)}}
	for _, c := range rec.Contacts {
		v := RecordView{ConversationID: number(c.ID), Network: string(c.Network), State: string(c.State), Messages: c.Messages, Cases: []string{}, CreatedAt: c.CreatedAt.UTC(), LastAt: c.Sorted.UTC()}
		if l := c.Log; l != nil {
			v.Channel, v.ByUs, v.Outcome, v.Minutes, v.Officer = string(l.Channel), l.ByUs, string(l.Outcome), int64(l.Lasted.Minutes()), l.Officer
		}
		for _, k := range c.Cases {
			v.Cases = append(v.Cases, k.Reference)
		}
		out.Body.Items = append(out.Body.Items, v)
	}
	return out, nil
}

func (s *Service) apiLogContact(ctx context.Context, in *postContact) (*contactOutput, error) {
	k, b := caller(ctx), in.Body
	e := contact.Entry{PhoneNumber: b.Phone, Email: b.Email}
	e.Channel, e.Outcome, e.ByUs, e.Words, e.Told, e.Name = phone.Channel(b.Channel), phone.Outcome(b.Outcome), b.ByUs, b.Words, b.Told, b.Name
	e.Lasted = time.Duration(b.Minutes) * time.Minute
	if b.At != nil {
		e.At = *b.At
	}
	var err error
	if e.PersonID, err = readID(b.PersonID, "a person"); err != nil {
		return nil, err
	}
	if e.ServiceID, err = readID(b.ServiceID, "a service"); err != nil {
		return nil, err
	}
	// The key of its form, as long as those of forms are.
	e.Key = requestHash(number(k.ID), in.IdempotencyKey)[:40]
	if in.IdempotencyKey == "" {
		e.Key = secret.Token(16)
	}
	c, err := s.Contacts.Log(ctx, k.Officer(), e)
	if err != nil {
		return nil, err
	}
	return &contactOutput{Location: apiPath + "/conversations/" + number(c.ID), Body: viewConversation(c)}, nil
}
