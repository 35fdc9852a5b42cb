package casework

import "mercat.scot/mercat/platform/web"

// readFilter reads which cases somebody wants to see.
func readFilter(form *web.Form) Query {
	q := Query{ServiceID: form.OptionalID("service", "Choose a service from the list."), TeamID: form.OptionalID("team", "Choose a team from the list."),
		AreaID: form.OptionalID("area", "Choose an area from the list."), State: State(form.Value("state"))}
	if !q.State.Valid() {
		q.State = ""
	}
	return q
}
