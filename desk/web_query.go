package desk

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/db"
)

// An inbox query in an address: ?view=team&network=bluesky&place=kirkbrae&q=bin.

// views are the saved views, in the order of the left pane.
func views() []View {
	return []View{Pressing, Mine, MyTeams, Unassigned, OnCitizen, Late, Aside, Everything}
}

func (v View) label() string {
	switch v {
	case Pressing:
		return "Urgent"
	case Mine:
		return "Mine"
	case MyTeams:
		return "My teams’"
	case Unassigned:
		return "Unassigned"
	case OnCitizen:
		return "Waiting on citizen"
	case Late:
		return "Late"
	case Aside:
		return "Set aside"
	default:
		return "All"
	}
}

func (v View) icon() string {
	switch v {
	case Pressing:
		return "flag"
	case Mine:
		return "person"
	case MyTeams:
		return "team"
	case Unassigned:
		return "inbox"
	case OnCitizen:
		return "clock"
	case Late:
		return "warning"
	case Aside:
		return "snooze"
	default:
		return "list"
	}
}

// empty is what a view without conversations says.
func (v View) empty() (title, next string) {
	switch v {
	case Pressing:
		return "Nothing is urgent", "What seems to be a danger to life, or cannot wait, stands here first, whoever has it."
	case Mine:
		return "Nothing waits for you", "What is given to you appears here by itself. Take something from your teams’ conversations."
	case MyTeams:
		return "Your teams owe nobody an answer", "New conversations appear here by themselves. While it is quiet, look at what waits on citizens."
	case Unassigned:
		return "Everything is with somebody", "New conversations appear here by themselves."
	case OnCitizen:
		return "We wait for nobody", "Conversations that you have answered stand here until the citizen writes again."
	case Late:
		return "Nothing is late", "Every answer that is owed is still within its time."
	case Aside:
		return "Nothing is set aside", "Conversations that are set aside until a time stand here, and come back by themselves."
	default:
		return "There are no conversations", "What people write appears here by itself."
	}
}

const maxQueryWords = 300

// queryOf reads a query; what makes no sense is left out, for addresses are
// kept in bookmarks longer than views and teams live.
func queryOf(r *http.Request, officer int64, teams []int64) Query {
	v := r.URL.Query()
	id := func(name string) int64 {
		n, err := strconv.ParseInt(v.Get(name), 10, 64)
		if err != nil || n < 0 {
			return 0
		}
		return n
	}
	words := func(name string) string {
		s := strings.TrimSpace(strings.ToValidUTF8(strings.ReplaceAll(v.Get(name), "\x00", ""), ""))
		if len(s) > maxQueryWords {
			s = strings.ToValidUTF8(s[:maxQueryWords], "")
		}
		return s
	}
	q := Query{
		View: View(v.Get("view")), OfficerID: officer, TeamIDs: teams, Network: network.Kind(words("network")), AccountID: id("account"),
		ServiceID: id("service"), TeamID: id("team"), State: State(v.Get("state")), Place: words("place"), Words: words("q"),
	}
	known := false
	for _, view := range views() {
		known = known || q.View == view
	}
	switch {
	case known:
	case q.Words != "" || q.TeamID != 0 || q.State != "" || len(teams) == 0:
		q.View = Everything
	default:
		q.View = MyTeams
	}
	switch q.State {
	case Open, Waiting, Snoozed, Closed:
	default:
		q.State = ""
	}
	if at, of, ok := strings.Cut(v.Get("after"), "-"); ok {
		us, err := strconv.ParseInt(at, 10, 64)
		last, err2 := strconv.ParseInt(of, 10, 64)
		if err == nil && err2 == nil && us >= 0 && last > 0 {
			q.Before = Key{Sorted: db.Time(us), ID: last}
		}
	}
	return q
}

// values writes the query without its page.
func (q Query) values() url.Values {
	v := url.Values{}
	set := func(name, value string) {
		if value != "" {
			v.Set(name, value)
		}
	}
	setID := func(name string, value int64) {
		if value != 0 {
			v.Set(name, id(value))
		}
	}
	set("view", string(q.View))
	set("network", string(q.Network))
	setID("account", q.AccountID)
	setID("service", q.ServiceID)
	setID("team", q.TeamID)
	set("state", string(q.State))
	set("place", q.Place)
	set("q", q.Words)
	return v
}

// url is the list's address.
func (q Query) url() string { return "/desk?" + q.values().Encode() }

// next is the address of the page behind a key.
func (q Query) next(k Key) string {
	v := q.values()
	v.Set("after", strconv.FormatInt(db.Micros(k.Sorted), 10)+"-"+strconv.FormatInt(k.ID, 10))
	return "/desk?" + v.Encode()
}

// open is the address of a conversation in this list.
func (q Query) open(id int64) string { return pathTo(id, "") + "?" + q.values().Encode() }

// pathTo is the address of a conversation, or of something of it.
func pathTo(id int64, what string) string {
	p := "/desk/" + strconv.FormatInt(id, 10)
	if what != "" {
		p += "/" + what
	}
	return p
}

// with returns the query with another view, and no filter.
func (q Query) with(v View) Query { return Query{View: v} }

// filtered reports whether anything is asked beyond the view.
func (q Query) filtered() bool {
	return q.Network != "" || q.AccountID != 0 || q.ServiceID != 0 || q.TeamID != 0 || q.State != "" || q.Place != "" || q.Words != ""
}

// chip is a filter that is set, with the address of the list without it.
type chip struct{ label, without string }

func (q Query) chips(n names) []chip {
	var list []chip
	add := func(label string, without Query) { list = append(list, chip{label, without.url()}) }
	if q.Words != "" {
		w := q
		w.Words = ""
		add("“"+q.Words+"”", w)
	}
	if q.Network != "" {
		w := q
		w.Network = ""
		add(n.network(q.Network), w)
	}
	if q.AccountID != 0 {
		w := q
		w.AccountID = 0
		add(n.accounts[q.AccountID].Name, w)
	}
	if q.TeamID != 0 {
		w := q
		w.TeamID = 0
		add(n.team(q.TeamID), w)
	}
	if q.ServiceID != 0 {
		w := q
		w.ServiceID = 0
		add(n.dir.ServiceName(q.ServiceID), w)
	}
	if q.State != "" {
		w := q
		w.State = ""
		add(q.State.label(), w)
	}
	if q.Place != "" {
		w := q
		w.Place = ""
		add("at “"+q.Place+"”", w)
	}
	for i := range list {
		if list[i].label == "" {
			list[i].label = "something removed"
		}
	}
	return list
}

func (s State) label() string {
	switch s {
	case Open:
		return "Open"
	case Waiting:
		return "Waiting on citizen"
	case Snoozed:
		return "Set aside"
	case Closed:
		return "Closed"
	}
	return string(s)
}
