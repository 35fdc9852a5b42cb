package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"mercat.scot/mercat/desk"
	"mercat.scot/mercat/network"
	"mercat.scot/mercat/person"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/staff"
)

// ConversationView is a conversation as programs see it.
type ConversationView struct {
	ID         string    `json:"id"`
	Network    string    `json:"network"`
	AccountID  string    `json:"account_id"`
	PersonID   string    `json:"person_id"`
	State      string    `json:"state" doc:"open, waiting, snoozed or closed."`
	Visibility string    `json:"visibility" doc:"public or private, as the network has it."`
	Subject    string    `json:"subject,omitempty"`
	Language   string    `json:"language,omitempty" doc:"BCP 47."`
	ServiceID  string    `json:"service_id,omitempty"`
	TeamID     string    `json:"team_id,omitempty"`
	Place      *Spot     `json:"place,omitempty"`
	Case       string    `json:"case_reference,omitempty" doc:"Reference of its newest case."`
	Messages   int64     `json:"messages"`
	CreatedAt  time.Time `json:"created_at"`
	LastAt     time.Time `json:"last_at" doc:"Of the last message."`
	Version    int64     `json:"version"`
}

func viewConversation(c desk.Conversation) ConversationView {
	return ConversationView{ID: number(c.ID), Network: string(c.Network), AccountID: number(c.AccountID), PersonID: number(c.PersonID), State: string(c.State),
		Visibility: string(c.Visibility), Subject: c.Subject, Language: c.Language, ServiceID: number(c.ServiceID), TeamID: number(c.TeamID), Place: spotOf(c.Place, c.Lat, c.Lon),
		Case: c.CaseRef, Messages: c.Messages, CreatedAt: c.CreatedAt.UTC(), LastAt: c.Sorted.UTC(), Version: c.Version}
}

// ConversationList is a page of conversations.
type ConversationList struct {
	Items []ConversationView `json:"items" nullable:"false"`
	Next  string             `json:"next,omitempty" doc:"Cursor of the next page; absent on the last one."`
}

// MessageView is a message as programs see it. Notes among those who work here
// are none.
type MessageView struct {
	ID         string      `json:"id"`
	Direction  string      `json:"direction" enum:"in,out"`
	Author     string      `json:"author,omitempty"`
	Visibility string      `json:"visibility"`
	Subject    string      `json:"subject,omitempty"`
	Body       string      `json:"body" doc:"Empty when its author deleted it."`
	Language   string      `json:"language,omitempty"`
	URL        string      `json:"url,omitempty" doc:"Where it stands on its network."`
	State      string      `json:"state" doc:"received, queued, sending, sent, failed, cancelled, taking_back or taken_back."`
	At         time.Time   `json:"at"`
	EditedAt   *time.Time  `json:"edited_at,omitempty"`
	DeletedAt  *time.Time  `json:"deleted_at,omitempty"`
	Media      []MediaView `json:"media" nullable:"false"`
}

// MediaView is a file of a message.
type MediaView struct {
	ID          string `json:"id"`
	ContentType string `json:"content_type,omitempty"`
	Alt         string `json:"alt,omitempty"`
}

// MessageList is a page of messages.
type MessageList struct {
	Items []MessageView `json:"items" nullable:"false"`
	Next  string        `json:"next,omitempty" doc:"Cursor of the page with what was said before; absent on the last one."`
}

type listConversations struct {
	Paging
	State     string `query:"state" enum:"open,waiting,snoozed,closed"`
	Network   string `query:"network" maxLength:"40"`
	ServiceID string `query:"service_id" maxLength:"20"`
	TeamID    string `query:"team_id" maxLength:"20"`
	Words     string `query:"q" maxLength:"200" doc:"Words that were said in it."`
}

type getConversation struct {
	ID          string `path:"id" maxLength:"20"`
	IfNoneMatch string `header:"If-None-Match" maxLength:"200"`
}

type conversationOutput struct {
	ETag string `header:"ETag"`
	Body ConversationView
}

type listMessages struct {
	Paging
	ID string `path:"id" maxLength:"20"`
}

func (s *Service) conversationOperations(api huma.API) {
	register(s, api, operation("list-conversations", http.MethodGet, "/conversations", "List conversations", "The last one in which something was said first. A page may have fewer than limit although more follow.", staff.ReadConversations, http.StatusUnprocessableEntity), s.apiListConversations)
	register(s, api, operation("get-conversation", http.MethodGet, "/conversations/{id}", "Get a conversation", "", staff.ReadConversations, http.StatusNotFound), s.apiGetConversation)
	register(s, api, operation("list-messages", http.MethodGet, "/conversations/{id}/messages", "List what was said", "Each page oldest first; next leads to what was said before.", staff.ReadConversations, http.StatusNotFound), s.apiListMessages)
}

func (s *Service) apiListConversations(ctx context.Context, in *listConversations) (*struct{ Body ConversationList }, error) {
	q := desk.Query{View: desk.Everything, State: desk.State(in.State), Network: network.Kind(in.Network), Words: in.Words, Limit: in.Limit}
	var err error
	if q.Before.Sorted, q.Before.ID, err = in.place(); err != nil {
		return nil, err
	}
	if q.ServiceID, err = readID(in.ServiceID, "a service"); err != nil {
		return nil, err
	}
	if q.TeamID, err = readID(in.TeamID, "a team"); err != nil {
		return nil, err
	}
	rows, next, err := s.Desk.Inbox(ctx, q)
	if err != nil {
		return nil, err
	}
	out := &struct{ Body ConversationList }{ConversationList{Items: make([]ConversationView, 0, len(rows)), Next: cursor(next.Sorted, next.ID)}}
	for _, r := range rows {
		out.Body.Items = append(out.Body.Items, viewConversation(r.Conversation))
	}
	return out, nil
}

func (s *Service) apiGetConversation(ctx context.Context, in *getConversation) (*conversationOutput, error) {
	id, err := readID(in.ID, "a conversation")
	if err != nil {
		return nil, err
	}
	var c desk.Conversation
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		c, err = s.Desk.ConversationTx(ctx, tx, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	if in.IfNoneMatch != "" && fits(in.IfNoneMatch, c.Version) {
		return nil, huma.ErrorWithHeaders(huma.Status304NotModified(), http.Header{"ETag": {etag(c.Version)}})
	}
	return &conversationOutput{ETag: etag(c.Version), Body: viewConversation(c)}, nil
}

func (s *Service) apiListMessages(ctx context.Context, in *listMessages) (*struct{ Body MessageList }, error) {
	id, err := readID(in.ID, "a conversation")
	if err != nil {
		return nil, err
	}
	_, before, err := in.place()
	if err != nil {
		return nil, err
	}
	var list []desk.Message
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		if _, err = s.Desk.ConversationTx(ctx, tx, id); err != nil {
			return err
		}
		list, err = s.Desk.MessagesTx(ctx, tx, id, before, in.Limit+1)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := &struct{ Body MessageList }{MessageList{Items: []MessageView{}}}
	if len(list) > in.Limit {
		list = list[1:] // the oldest begins the page before
		out.Body.Next = cursor(time.Time{}, list[0].ID)
	}
	for _, m := range list {
		if m.Direction != desk.Note {
			out.Body.Items = append(out.Body.Items, viewMessage(m))
		}
	}
	return out, nil
}

func viewMessage(m desk.Message) MessageView {
	v := MessageView{ID: number(m.ID), Direction: string(m.Direction), Author: m.Author, Visibility: string(m.Visibility), Subject: m.Subject, Body: m.Body, Language: m.Language,
		URL: m.URL, State: string(m.State), At: m.At.UTC(), EditedAt: when(m.EditedAt), DeletedAt: when(m.DeletedAt), Media: []MediaView{}}
	if !m.DeletedAt.IsZero() {
		v.Subject, v.Body = "", ""
		return v
	}
	for _, f := range m.Media {
		v.Media = append(v.Media, MediaView{ID: number(f.ID), ContentType: f.ContentType, Alt: f.Alt})
	}
	return v
}

// PersonView is a member of the public as programs see them.
type PersonView struct {
	ID        string       `json:"id"`
	Name      string       `json:"name"`
	CreatedAt time.Time    `json:"created_at"`
	Handles   []HandleView `json:"handles" nullable:"false" doc:"None when the person was joined into another."`
}

// HandleView is an identity on a network.
type HandleView struct {
	ID      string    `json:"id"`
	Network string    `json:"network"`
	Handle  string    `json:"handle,omitempty" doc:"@name, or email address."`
	Name    string    `json:"name,omitempty"`
	Profile string    `json:"profile,omitempty" doc:"Where it is shown."`
	FirstAt time.Time `json:"first_at"`
}

// PersonList is what a search found.
type PersonList struct {
	Items []PersonView `json:"items" nullable:"false"`
}

func viewPerson(p person.Person, handles []person.Handle) PersonView {
	v := PersonView{ID: number(p.ID), Name: p.Name, CreatedAt: p.CreatedAt.UTC(), Handles: []HandleView{}}
	for _, h := range handles {
		v.Handles = append(v.Handles, HandleView{ID: number(h.ID), Network: string(h.Network), Handle: h.Identity.Handle, Name: h.Identity.Name, Profile: h.Identity.Profile, FirstAt: h.FirstAt.UTC()})
	}
	return v
}

func (s *Service) peopleOperations(api huma.API) {
	register(s, api, operation("find-people", http.MethodGet, "/people", "Find people", "By how a name, a word of it, or a handle begins. There is no list of everybody: export that as CSV, on the record.", staff.ReadPeople, http.StatusUnprocessableEntity),
		func(ctx context.Context, in *struct {
			Words string `query:"q" required:"true" minLength:"2" maxLength:"100"`
		}) (*struct{ Body PersonList }, error) {
			out := &struct{ Body PersonList }{PersonList{Items: []PersonView{}}}
			err := s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
				found, err := s.People.FindTx(ctx, tx, in.Words, 0, usualPage)
				for _, f := range found {
					out.Body.Items = append(out.Body.Items, viewPerson(f.Person, f.Handles))
				}
				return err
			})
			return out, err
		})
	register(s, api, operation("get-person", http.MethodGet, "/people/{id}", "Get a person", "", staff.ReadPeople, http.StatusNotFound),
		func(ctx context.Context, in *struct {
			ID string `path:"id" maxLength:"20"`
		}) (*struct{ Body PersonView }, error) {
			id, err := readID(in.ID, "a person")
			if err != nil {
				return nil, err
			}
			out := &struct{ Body PersonView }{}
			err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
				p, handles, err := s.People.PersonTx(ctx, tx, id)
				out.Body = viewPerson(p, handles)
				return err
			})
			return out, err
		})
}

// ServiceView is a service as programs see it.
type ServiceView struct {
	ID           string `json:"id"`
	Code         string `json:"code" doc:"Open311 service_code."`
	Name         string `json:"name"`
	Summary      string `json:"summary,omitempty"`
	Group        string `json:"group,omitempty"`
	LGSL         int64  `json:"lgsl,omitempty" doc:"Number in the Local Government Service List."`
	LGIL         int64  `json:"lgil,omitempty"`
	TeamID       string `json:"team_id,omitempty"`
	Public       bool   `json:"public" doc:"Offered on the report form."`
	Active       bool   `json:"active"`
	PromisedDays int    `json:"promised_days,omitempty" doc:"Within how many working days the council has promised it."`
}

// TeamView is a team as programs see it.
type TeamView struct {
	ID            string `json:"id"`
	Name          string `json:"name"`
	ContactCentre bool   `json:"contact_centre"`
}

// ServiceList are all services and the teams that own them.
type ServiceList struct {
	Services []ServiceView `json:"services" nullable:"false"`
	Teams    []TeamView    `json:"teams" nullable:"false"`
}

func (s *Service) serviceOperations(api huma.API) {
	register(s, api, operation("list-services", http.MethodGet, "/services", "List services and teams", "", staff.ReadServices),
		func(ctx context.Context, _ *struct{}) (*struct{ Body ServiceList }, error) {
			snapshot, err := s.Directory.Snapshot(ctx)
			if err != nil {
				return nil, err
			}
			teams, err := s.Staff.Teams(ctx)
			if err != nil {
				return nil, err
			}
			out := &struct{ Body ServiceList }{ServiceList{Services: []ServiceView{}, Teams: []TeamView{}}}
			for _, one := range snapshot.Services() {
				out.Body.Services = append(out.Body.Services, ServiceView{ID: number(one.ID), Code: one.Code, Name: one.Name, Summary: one.Summary, Group: one.Group, LGSL: one.LGSL, LGIL: one.LGIL,
					TeamID: number(one.TeamID), Public: one.Public, Active: one.Active, PromisedDays: one.PromisedDays})
			}
			for _, t := range teams {
				out.Body.Teams = append(out.Body.Teams, TeamView{ID: number(t.ID), Name: t.Name, ContactCentre: t.ContactCentre})
			}
			return out, nil
		})
}
