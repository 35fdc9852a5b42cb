package contact

import (
	"context"
	"net/http"
	"strconv"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/web"
	"mercat.scot/mercat/staff"
)

// Routes registers this room's pages.
func (s *Service) Routes(r *web.Router) {
	r.Handle("GET /contacts/new", staff.MayAnswer(), s.showLog)
	r.Handle("POST /contacts", staff.MayAnswer(), s.log)
	r.Handle("GET /contacts/people", staff.MayAnswer(), s.suggest)
	s.routesPeople(r)
}

// LogPath is where a contact is written down.
const LogPath = "/contacts/new"

func number(n int64) string { return strconv.FormatInt(n, 10) }

func deskURL(id int64) string { return "/desk/" + number(id) }

func personURL(id int64) string { return "/people/" + number(id) }

var errNoPerson = fault.New(fault.NotFound, "There is no such person. They may have been removed. Look for them by name or number.")

func idOf(r *http.Request) (int64, error) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil || id <= 0 {
		return 0, errNoPerson
	}
	return id, nil
}

func (s *Service) officerOf(ctx context.Context) (staff.Officer, error) {
	return s.Staff.Officer(ctx, web.MustViewer(ctx).ID)
}

// networkName is what people call a network.
func (s *Service) networkName(kind network.Kind) string {
	for _, n := range s.Networks {
		if d := n.Describe(); d.Kind == kind {
			return d.Name
		}
	}
	return string(kind)
}
