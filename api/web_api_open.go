package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/staff"
)

// NewCaseOf is what a program says of a case that it makes from a conversation;
// everything that it leaves out stands in the conversation.
type NewCaseOf struct {
	Words     string `json:"words,omitempty" maxLength:"5000" doc:"What is to be done; what the citizen wrote when it is left out."`
	ServiceID string `json:"service_id,omitempty" maxLength:"20" doc:"The conversation's when it is left out."`
	TeamID    string `json:"team_id,omitempty" maxLength:"20" doc:"The service's own when it is left out."`
	Place     *Spot  `json:"place,omitempty" doc:"As the conversation says when it is left out."`
	Asset     string `json:"asset,omitempty" maxLength:"60"`
	Tell      bool   `json:"tell,omitempty" doc:"The citizen is told, in the council's words for it, on the network where they wrote."`
}

type postCaseOf struct {
	ID             string `path:"id" maxLength:"20" doc:"Of the conversation."`
	IdempotencyKey string `header:"Idempotency-Key" minLength:"1" maxLength:"120" doc:"Names the request: sent again, however late, it gives the case that it made."`
	Body           NewCaseOf
}

func (s *Service) openOperation(api huma.API) {
	open := operation("open-case", http.MethodPost, "/conversations/{id}/cases", "Make a case from a conversation", "With what the conversation says already: service, place, words, photos and answers.",
		staff.WriteCases, http.StatusNotFound, http.StatusConflict)
	open.DefaultStatus = http.StatusCreated
	register(s, api, open, s.apiOpenCase)
}

func (s *Service) apiOpenCase(ctx context.Context, in *postCaseOf) (*caseOutput, error) {
	id, err := readID(in.ID, "a conversation")
	if err != nil {
		return nil, err
	}
	filled, err := s.Casework.Fill(ctx, id)
	if err != nil {
		return nil, err
	}
	k, b, o := caller(ctx), in.Body, filled.Opening
	o.FormKey, o.Tell, o.Say = "api:"+requestKey(k, in.IdempotencyKey), b.Tell, ""
	if b.Words != "" {
		o.Words = b.Words
	}
	if b.Asset != "" {
		o.Asset = b.Asset
	}
	if b.ServiceID != "" {
		if o.ServiceID, err = readID(b.ServiceID, "a service"); err != nil {
			return nil, err
		}
		snapshot, err := s.Directory.Snapshot(ctx)
		if err != nil {
			return nil, err
		}
		if owner := snapshot.OwnerOf(o.ServiceID); owner != 0 {
			o.TeamID = owner
		}
	}
	if b.TeamID != "" {
		if o.TeamID, err = readID(b.TeamID, "a team"); err != nil {
			return nil, err
		}
	}
	if p := b.Place; p != nil {
		if (p.Lat == nil) != (p.Lon == nil) {
			return nil, huma.Error422UnprocessableEntity("A position has both lat and lon, or neither.")
		}
		if o.Place, o.Lat, o.Lon = p.Label, 0, 0; p.Lat != nil {
			o.Lat, o.Lon = *p.Lat, *p.Lon
		}
	}
	c, step, err := s.Casework.Open(ctx, k.Officer(), o)
	if err != nil {
		return nil, err
	}
	if c.ConversationID != id {
		return nil, fault.New(fault.Conflict, "This Idempotency-Key has made a case of another conversation. Use another key for each request.")
	}
	return &caseOutput{ETag: etag(c.Version), Location: casePath(c.ID), Replayed: yes(step.ID == 0), Body: viewCase(c)}, nil
}
