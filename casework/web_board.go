package casework

import (
	"net/http"
	"time"

	"mercat.scot/mercat/platform/web"
	"mercat.scot/mercat/platform/web/ui"
	"mercat.scot/mercat/staff"
)

const (
	// boardCards is how many cards a column shows.
	boardCards = 25
	// boardDone is for how long what is done stays on the board.
	boardDone = 7 * 24 * time.Hour
)

// column is one state of the board.
type column struct {
	State State
	Cases []Case
	Count string
	More  string // address of the rest, or ""
}

// boardView is the board.
type boardView struct {
	filterView
	Columns []column
	Now     time.Time
	May     bool
}

func (s *Service) showBoard(w http.ResponseWriter, r *http.Request) error {
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	v := boardView{Now: web.Now(r.Context()), May: staff.Role(web.MustViewer(r.Context()).Role).MayAnswer()}
	if v.filterView, err = s.filterView(r, form, "/cases/board"); err != nil {
		return err
	}
	base := v.Query
	base.State, base.Sort, base.Open, base.Late, base.Limit = "", ByDue, true, false, boardCards
	if base.TeamID == 0 && len(base.TeamIDs) > 0 {
		base.TeamID = base.TeamIDs[0] // a board is one team's; the form chooses another
	}
	counts, err := s.Counts(r.Context(), base)
	if err != nil {
		return err
	}
	for _, state := range append(OpenStates(), Done) {
		q := base
		if q.State = state; state.Ended() {
			q.Open, q.Sort = false, ByChanged
		}
		list, next, err := s.List(r.Context(), q)
		if err != nil {
			return err
		}
		c := column{State: state, Cases: list, Count: counted(counts[state])}
		if state.Ended() {
			c.Cases = lately(list, v.Now)
			c.Count = "last 7 days"
		}
		if next.ID != 0 && len(c.Cases) == len(list) {
			c.More = v.url("/cases", "state", string(state), "view", viewAll, "team", number(base.TeamID))
		}
		v.Columns = append(v.Columns, c)
	}
	return web.Render(w, r, http.StatusOK, boardPage(v))
}

func counted(n int64) string {
	if n >= maxCount {
		return "1,000 or more"
	}
	return number(n)
}

// lately are those of a list, the last changed first, that changed of late.
func lately(list []Case, now time.Time) []Case {
	for i, c := range list {
		if c.ChangedAt.Before(now.Add(-boardDone)) {
			return list[:i]
		}
	}
	return list
}

// nextOptions are where a card can go, as a menu.
func nextOptions(c Case) []ui.Option {
	options := []ui.Option{{Value: "", Label: "Move to"}}
	for _, to := range c.State.Next() {
		options = append(options, ui.Option{Value: string(to), Label: to.Label()})
	}
	return options
}
