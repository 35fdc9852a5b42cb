package casework

import (
	"net/url"

	"mercat.scot/mercat/platform/web"
	"mercat.scot/mercat/platform/web/ui"
)

// The views of the list.
const (
	viewTeam = "team"
	viewMine = "mine"
	viewOpen = "open"
	viewAll  = "all"
)

// filterView is what the table, the board and the map are filtered by.
type filterView struct {
	Page  string // address of the page
	View  string
	Form  *web.Form
	Names names
	Areas []ui.Option
	Query Query
}

// filterNames are the parameters that stay when somebody goes from one view to
// another.
func filterNames() []string {
	return []string{"q", "service", "team", "officer", "area", "state", "late", "sort"}
}

// readFilter reads which cases somebody wants to see. What is no filter is none.
func readFilter(form *web.Form) Query {
	q := Query{ServiceID: form.OptionalID("service", "Choose a service from the list."), TeamID: form.OptionalID("team", "Choose a team from the list."),
		OfficerID: form.OptionalID("officer", "Choose a person from the list."), AreaID: form.OptionalID("area", "Choose an area from the list."),
		State: State(form.Value("state")), Late: form.Ticked("late")}
	if !q.State.Valid() {
		q.State = ""
	}
	return q
}

// readView applies a view to what is filtered, for a viewer.
func (v *filterView) readView(viewer web.Viewer) {
	q := &v.Query
	switch v.View {
	case viewMine:
		q.OfficerID, q.Open = viewer.ID, true
	case viewAll:
	case viewOpen:
		q.Open = true
	default:
		v.View, q.Open, q.TeamIDs = viewTeam, true, viewer.TeamIDs
		if len(viewer.TeamIDs) == 0 {
			v.View = viewOpen
		}
	}
	if v.View == viewAll && !q.Late {
		return
	}
	switch v.Form.Value("sort") {
	case "changed":
	case string(ByOpened):
		q.Sort = ByOpened
	default:
		q.Sort = ByDue
	}
	if q.State.Ended() {
		q.Open, q.Sort = false, ByChanged
	}
	if q.Late {
		q.Open, q.Sort = true, ByDue
	}
	if len(q.TeamIDs) == 1 && q.TeamID == 0 {
		q.TeamID = q.TeamIDs[0]
	}
	if q.Sort == ByChanged && len(q.TeamIDs) > 1 && q.TeamID == 0 {
		q.Sort = ByDue // several teams have no common order by change
	}
}

// filtered reports whether there is something to clear.
func (v filterView) filtered() bool {
	for _, name := range filterNames() {
		if value := v.Form.Value(name); name != "sort" && value != "" && value != "0" {
			return true
		}
	}
	return false
}

// url is the address of a page with the filters as they are, but for what pairs
// change.
func (v filterView) url(page string, pairs ...string) string {
	q := url.Values{"view": {v.View}}
	for _, name := range filterNames() {
		if value := v.Form.Value(name); value != "" && value != "0" {
			q.Set(name, value)
		}
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		if q.Del(pairs[i]); pairs[i+1] != "" {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	return page + "?" + q.Encode()
}
