package casework

import (
	"context"

	"github.com/a-h/templ"

	"mercat.scot/mercat/desk"
	"mercat.scot/mercat/platform/web"
	"mercat.scot/mercat/staff"
)

// Panel is what stands beside a conversation: its cases, or how to make one.
func (s *Service) Panel(ctx context.Context, c desk.Conversation) (templ.Component, error) {
	list, err := s.Of(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	n, err := s.namesOf(ctx)
	if err != nil {
		return nil, err
	}
	viewer, _ := web.ViewerOf(ctx)
	return panel(panelView{Conversation: c, Cases: list, Names: n, May: staff.Role(viewer.Role).MayAnswer()}), nil
}

// panelView is what the panel shows.
type panelView struct {
	Conversation desk.Conversation
	Cases        []Case
	Names        names
	May          bool
}
