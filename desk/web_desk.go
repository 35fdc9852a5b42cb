package desk

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"mercat.scot/mercat/platform/text"
	"mercat.scot/mercat/platform/web"
	"mercat.scot/mercat/platform/web/ui"
	"mercat.scot/mercat/staff"
)

// deskView is the page: views, a list, and the conversation that is open.
type deskView struct {
	names
	query  Query
	rows   []Row
	next   Key
	counts map[View]int
	teams  map[int64]int
	pane   *paneView // nil: nothing is open
}

func (s *Service) getDesk(w http.ResponseWriter, r *http.Request) error {
	v, err := s.deskView(r)
	if err != nil {
		return err
	}
	if web.IsFragment(r) {
		return web.Fragment(w, r, http.StatusOK, freshList(v))
	}
	return web.Render(w, r, http.StatusOK, deskPage(v))
}

// deskView reads the list that an address asks for.
func (s *Service) deskView(r *http.Request) (v deskView, err error) {
	ctx := r.Context()
	if v.names, err = s.names(ctx); err != nil {
		return v, err
	}
	v.query = queryOf(r, v.me.ID, v.roster.TeamsOf(v.me.ID))
	if v.rows, v.next, err = s.Inbox(ctx, v.query); err != nil {
		return v, err
	}
	if web.IsFragment(r) && v.query.Before != (Key{}) {
		return v, nil // a further page is rows alone
	}
	var teams []int64
	for _, t := range v.roster.Teams() {
		teams = append(teams, t.ID)
	}
	v.counts, v.teams, err = s.countsOf(ctx, v.me.ID, v.query.TeamIDs, teams)
	return v, err
}

func (v deskView) title() string {
	if v.pane != nil {
		return v.pane.whole.Who
	}
	return v.heading()
}

// heading is the list's.
func (v deskView) heading() string {
	switch {
	case v.query.Words != "":
		return "Search"
	case v.teamView() != 0:
		return v.team(v.teamView())
	}
	return v.query.View.label()
}

// teamView is the team whose list this is, 0 when it is a saved view.
func (v deskView) teamView() int64 {
	if q := v.query; q.View == Everything && q.TeamID != 0 && q.State == Open {
		return q.TeamID
	}
	return 0
}

func (v deskView) side() []ui.SideGroup {
	groups := []ui.SideGroup{{Title: "Views"}, {Title: "Teams"}}
	for _, view := range views() {
		groups[0].Items = append(groups[0].Items, ui.SideItem{
			Label: view.label(), URL: v.query.with(view).url(), Icon: view.icon(), Count: v.counts[view],
			Strong: (view == Late || view == Pressing) && v.counts[view] > 0, StrongLabel: strings.ToLower(view.label()), Many: maxCount,
			Current: v.query.View == view && v.teamView() == 0 && v.query.Words == "",
		})
	}
	for _, t := range v.roster.Teams() {
		q := Query{View: Everything, TeamID: t.ID, State: Open}
		groups[1].Items = append(groups[1].Items, ui.SideItem{
			Label: t.Name, URL: q.url(), Count: v.teams[t.ID], Many: maxCount, Current: v.teamView() == t.ID,
		})
	}
	return groups
}

// live is the address of what tells this page that something changed.
func (v deskView) live() string {
	if v.pane == nil {
		return "/desk/live"
	}
	return "/desk/live?conversation=" + strconv.FormatInt(v.pane.whole.ID, 10)
}

func (v deskView) show() string {
	if v.pane != nil {
		return "main"
	}
	return "list"
}

// openID is the conversation that is open, 0 for none.
func (v deskView) openID() int64 {
	if v.pane == nil {
		return 0
	}
	return v.pane.whole.ID
}

// rowID is the id of a conversation's row in the page.
func rowID(conversation int64) string { return "row-" + strconv.FormatInt(conversation, 10) }

// row is a conversation in the list.
func (n names) row(ctx context.Context, q Query, r Row, current bool) ui.ListRow {
	url := q.open(r.ID)
	row := ui.ListRow{
		ID: rowID(r.ID), URL: url, Title: r.Who, Text: r.Excerpt, At: r.Sorted, Avatar: r.Who,
		Icon: networkIcon(r.Network), From: n.network(r.Network) + ", " + seenBy(r.Visibility), Unread: r.Unread, Current: current,
		Link: map[string]any{"hx-get": url, "hx-target": "#pane", "hx-swap": "innerHTML show:none", "hx-push-url": "true"},
	}
	if r.Subject != "" {
		row.Text = text.Excerpt(r.Subject+" – "+r.Excerpt, 200)
	}
	row.Tags = n.tags(ctx, q, r)
	switch {
	case r.OfficerID == n.me.ID && q.View != Mine:
		row.Meta = "you"
	case r.OfficerID != 0 && r.OfficerID != n.me.ID:
		row.Meta = n.roster.Name(r.OfficerID)
	case q.View != MyTeams && q.TeamID == 0 || len(q.TeamIDs) > 1 && q.TeamID == 0:
		row.Meta = n.team(r.TeamID)
	}
	return row
}

func (n names) tags(ctx context.Context, q Query, r Row) []ui.Tag {
	var tags []ui.Tag
	if r.Failed {
		tags = append(tags, ui.Tag{Label: "Not sent", Tone: ui.Bad, Icon: "warning", Title: "An answer could not be sent"})
	}
	if r.Held {
		tags = append(tags, ui.Tag{Label: "Not out yet", Tone: ui.Warn, Icon: "clock", Title: "An answer waits until the network takes it"})
	}
	if r.State == Open {
		tags = append(tags, r.Urgency.tags()...)
	}
	moment := ui.MomentOf(ctx)
	if r.Late(web.Now(ctx)) {
		tags = append(tags, ui.Tag{Label: "Late", Tone: ui.Bad, Icon: "warning", Title: "An answer was due " + ui.Exact(r.DueAt, moment.Location)})
	}
	switch {
	case r.State == Snoozed:
		tags = append(tags, ui.Tag{Label: "Until " + ui.Relative(r.SnoozedUntil, moment.Now, moment.Location), Tone: ui.Wait, Icon: "snooze"})
	case r.State == Waiting && q.View != OnCitizen && !r.Held:
		tags = append(tags, ui.Tag{Label: "Waiting", Tone: ui.Wait, Icon: "clock", Title: "It is the citizen’s turn"})
	case r.State == Closed:
		tags = append(tags, ui.Tag{Label: "Closed", Tone: ui.Good, Icon: "tick"})
	}
	if !isPublic(r.Visibility) {
		tags = append(tags, ui.Tag{Label: "Private", Tone: ui.Private, Icon: "lock"})
	}
	if name := n.dir.ServiceName(r.ServiceID); name != "" {
		tags = append(tags, ui.Tag{Label: name})
	}
	if r.CaseRef != "" {
		tags = append(tags, ui.Tag{Label: r.CaseRef, Icon: "case", Title: "Case " + r.CaseRef})
	}
	return tags
}

// tags are how urgency is shown; the usual is not.
func (u Urgency) tags() []ui.Tag {
	switch u {
	case Danger:
		return []ui.Tag{{Label: "Danger to life", Tone: ui.Bad, Icon: "warning", Title: "Look at this first"}}
	case Urgent:
		return []ui.Tag{{Label: "Urgent", Tone: ui.Warn, Icon: "flag"}}
	}
	return nil
}

// firstSteps is what to do while a council has no conversation at all. In a
// demonstration there is nothing to do but to wait: its history is on the way.
func (v deskView) firstSteps() ui.EmptyState {
	if v.dir.Council().Demonstration {
		return ui.EmptyState{Icon: "clock", Title: "The demonstration is being made", Text: "Its conversations appear here as they are made."}
	}
	e := ui.EmptyState{Icon: "inbox", Title: "Nobody has written yet"}
	practise := ui.Button{Label: "Open the practice network", URL: "/practice", Icon: "chat"}
	role := staff.Role(v.me.Role)
	switch {
	case role.MayAdminister():
		e.Text = "Connect an account that people write to, or try everything out on the practice network first. Then invite your colleagues."
		e.Actions = []ui.Button{{Label: "Connect an account", URL: "/settings/accounts/new", Kind: ui.Primary, Icon: "plug"}, practise, {Label: "Invite colleagues", URL: "/settings/people/new", Icon: "person"}}
	case role.MayAnswer():
		e.Text = "An administrator connects the accounts that people write to. Until then, try everything out on the practice network."
		e.Actions = []ui.Button{practise}
	default:
		e.Text = "An administrator connects the accounts that people write to."
	}
	e.Text = "What people write appears here by itself. " + e.Text
	return e
}

// emptyView is a view in which nothing stands, while others have something.
func (v deskView) emptyView() ui.EmptyState {
	e := ui.EmptyState{Icon: v.query.View.icon()}
	e.Title, e.Text = v.query.View.empty()
	if v.query.View != Everything {
		e.Actions = []ui.Button{{Label: "Show all conversations", URL: Query{View: Everything}.url()}}
	}
	return e
}

// nothingOpen is the right pane before a conversation is chosen.
func (v deskView) nothingOpen() ui.EmptyState {
	e := ui.EmptyState{Icon: "chat", Title: "No conversation is open"}
	if v.counts[Everything] > 0 {
		e.Text = "Choose one from the list, or press j and o."
	}
	return e
}
