package desk

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/web"
	"mercat.scot/mercat/platform/web/ui"
)

// threadRows is how many messages a conversation shows at once.
const threadRows = 60

// paneView is a conversation as it stands open.
type paneView struct {
	names
	query   Query
	row     *Row // as it stands in the list
	whole   Whole
	before  int64 // this is a page of older messages
	present []Present
	panel   templ.Component // the case; nil for none
	compose composeView
	honest  string   // the sentence that is offered for an answer; "" for none
	remarks []Remark // on what was written so far
	fresh   bool     // it replaces what is on the page already
}

// item is one line of the thread: a message, something done, or a new day.
type item struct {
	message *Message
	event   string
	at      time.Time
	day     bool
}

func (s *Service) getConversation(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r)
	if err != nil {
		return err
	}
	if web.IsFragment(r) {
		n, err := s.names(r.Context())
		if err != nil {
			return err
		}
		pane, err := s.pane(r, n, id)
		if err != nil {
			return err
		}
		return web.Fragment(w, r, http.StatusOK, conversationPane(pane))
	}
	return s.showConversation(w, r, http.StatusOK, id, func(*paneView) {})
}

// showConversation sends the whole desk with a conversation open, after change
// has had its say.
func (s *Service) showConversation(w http.ResponseWriter, r *http.Request, status int, id int64, change func(*paneView)) error {
	v, err := s.deskView(r)
	if err != nil {
		return err
	}
	pane, err := s.pane(r, v.names, id)
	if err != nil {
		return err
	}
	for i := range v.rows {
		if v.rows[i].ID == id {
			v.rows[i].Unread = false
		}
	}
	change(&pane)
	v.pane = &pane
	return web.Render(w, r, status, deskPage(v))
}

// pane reads a conversation for whoever looks at it, and notes that they have
// seen it.
func (s *Service) pane(r *http.Request, n names, id int64) (p paneView, err error) {
	ctx := r.Context()
	p.names = n
	p.query = queryOf(r, n.me.ID, n.roster.TeamsOf(n.me.ID))
	from, err := strconv.ParseInt(r.URL.Query().Get("from"), 10, 64)
	if err != nil || from < 0 {
		from = 0
	}
	if p.whole, err = s.wholeFrom(ctx, id, 0, from, threadRows); err != nil {
		return p, err
	}
	rows, err := s.rowOf(ctx, n.me.ID, id)
	if err != nil {
		return p, err
	}
	if len(rows) == 1 {
		p.row = &rows[0]
		if p.row.Unread {
			if err := s.MarkSeen(ctx, n.me.ID, id, p.whole.LastInID); err != nil {
				return p, err
			}
			p.row.Unread = false
		}
	}
	p.present = s.Present(id, n.me.ID)
	if s.Panel != nil {
		if p.panel, err = s.Panel(ctx, p.whole.Conversation); err != nil {
			return p, err
		}
	}
	if !p.mayAnswer() {
		return p, nil
	}
	if p.compose, err = s.composer(ctx, p); err != nil {
		return p, err
	}
	if p.honest, err = s.sentence(ctx, p.whole.Conversation); err != nil {
		return p, err
	}
	p.remarks, err = s.remarks(ctx, p.whole.Conversation, p.compose.draft.Body)
	return p, err
}

// getFresh is what changed of an open conversation: each part finds its own
// place in the page.
func (s *Service) getFresh(w http.ResponseWriter, r *http.Request) error {
	p, err := s.freshPane(r)
	if err != nil {
		return err
	}
	return web.Fragment(w, r, http.StatusOK, freshParts(p))
}

func (s *Service) freshPane(r *http.Request) (p paneView, err error) {
	id, err := pathID(r)
	if err != nil {
		return p, err
	}
	n, err := s.names(r.Context())
	if err != nil {
		return p, err
	}
	p, err = s.pane(r, n, id)
	p.fresh = true
	return p, err
}

func (s *Service) getPresence(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r)
	if err != nil {
		return err
	}
	return web.Fragment(w, r, http.StatusOK, presenceBar(paneView{present: s.Present(id, web.MustViewer(r.Context()).ID), whole: Whole{Conversation: Conversation{ID: id}}}))
}

// getMessages is a page of older messages.
func (s *Service) getMessages(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r)
	if err != nil {
		return err
	}
	before, err := strconv.ParseInt(r.URL.Query().Get("before"), 10, 64)
	if err != nil || before <= 0 {
		return errNoMessage
	}
	n, err := s.names(r.Context())
	if err != nil {
		return err
	}
	p := paneView{names: n, before: before, query: queryOf(r, n.me.ID, n.roster.TeamsOf(n.me.ID))}
	if p.whole, err = s.Whole(r.Context(), id, before, threadRows); err != nil {
		return err
	}
	if web.IsFragment(r) {
		return web.Fragment(w, r, http.StatusOK, olderPart(p))
	}
	return web.Render(w, r, http.StatusOK, olderPage(p))
}

// items are messages and what was done, in the order of time, with a line where
// a day begins.
func (p paneView) items() []item {
	var list []item
	for i := range p.whole.Messages {
		m := &p.whole.Messages[i]
		list = append(list, item{message: m, at: m.At})
	}
	for _, k := range p.whole.Events {
		if s := tell(k, p.names); s != "" {
			list = append(list, item{event: s, at: k.At})
		}
	}
	slices.SortStableFunc(list, func(a, b item) int { return a.at.Compare(b.at) })
	var out []item
	day := ""
	for _, it := range list {
		if d := ui.Day(it.at, p.zone); d != day {
			day = d
			out = append(out, item{day: true, at: it.at})
		}
		out = append(out, it)
	}
	return out
}

// dayID lets a day's line be found again when the thread is brought up to date;
// older messages stand apart and never are.
func (p paneView) dayID(it item) templ.Attributes {
	if p.before != 0 {
		return nil
	}
	return templ.Attributes{"id": "day-" + it.at.In(p.zone).Format(time.DateOnly)}
}

func (p paneView) dayLine(at time.Time) string {
	at, now := at.In(p.zone), p.now.In(p.zone)
	switch ui.Day(at, p.zone) {
	case ui.Day(now, p.zone):
		return "Today"
	case ui.Day(now.AddDate(0, 0, -1), p.zone):
		return "Yesterday"
	}
	if at.Year() == now.Year() {
		return at.Format("Monday 2 January")
	}
	return at.Format("Monday 2 January 2006")
}

// handle is the identity under which the citizen writes here.
func (p paneView) handle() network.Identity {
	for _, h := range p.whole.Handles {
		if h.ID == p.whole.HandleID {
			return h.Identity
		}
	}
	return network.Identity{}
}

// handleOf is how the author of a message is called on the network, or that it
// is oneself.
func (p paneView) handleOf(m Message) string {
	if m.OfficerID == p.me.ID && m.OfficerID != 0 {
		return "you"
	}
	if m.Direction != In {
		return ""
	}
	for _, h := range p.whole.Handles {
		if h.ID == m.HandleID {
			if h.Identity.Handle == m.Author {
				return ""
			}
			return h.Identity.Handle
		}
	}
	return ""
}

// newest is the newest message of all, notes apart.
func (p paneView) newest() int64 { return p.whole.LastID }

// act is the address of something that one does to this conversation. Where
// there are older messages it says from which one on the page shows them.
func (p paneView) act(what string) string {
	v := p.query.values()
	if p.whole.Earlier && len(p.whole.Messages) > 0 {
		v.Set("from", id(p.whole.Messages[0].ID))
	}
	return pathTo(p.whole.ID, what) + "?" + v.Encode()
}

func (p paneView) mine() bool { return p.whole.OfficerID == p.me.ID }

// closing is what forms with one button need.
func (p paneView) actForm(what string) templ.Attributes {
	return templ.Attributes{"action": p.act(what), "method": "post", "hx-post": p.act(what), "hx-swap": "none"}
}

// stateTag is where the conversation stands.
func (p paneView) stateTag(ctx context.Context) ui.Tag {
	c := p.whole
	moment := ui.MomentOf(ctx)
	switch {
	case c.Late(p.now):
		return ui.Tag{Label: "Late", Tone: ui.Bad, Icon: "warning", Title: "An answer was due " + ui.Exact(c.DueAt, p.zone)}
	case c.State == Open && !c.DueAt.IsZero():
		return ui.Tag{Label: "Answer due " + ui.Relative(c.DueAt, moment.Now, moment.Location), Title: ui.Exact(c.DueAt, p.zone)}
	case c.State == Snoozed:
		return ui.Tag{Label: "Set aside until " + ui.Relative(c.SnoozedUntil, moment.Now, moment.Location), Tone: ui.Wait, Icon: "snooze", Title: ui.Exact(c.SnoozedUntil, p.zone)}
	case c.State == Waiting:
		return ui.Tag{Label: "Waiting on citizen", Tone: ui.Wait, Icon: "clock"}
	case c.State == Closed:
		return ui.Tag{Label: "Closed", Tone: ui.Good, Icon: "tick", Title: c.ClosedReason}
	}
	return ui.Tag{Label: c.State.label()}
}

// presenceSays is who else is here, in a sentence, or "".
func presenceSays(list []Present) string {
	if len(list) == 0 {
		return ""
	}
	var typing, reading []string
	for _, p := range list {
		if p.Typing {
			typing = append(typing, p.Name)
		} else {
			reading = append(reading, p.Name)
		}
	}
	switch {
	case len(typing) > 0:
		return enumerate(typing) + " " + ui.Plural(len(typing), "is", "are") + " writing here now."
	default:
		return enumerate(reading) + " " + ui.Plural(len(reading), "is", "are") + " reading this too."
	}
}

// enumerate writes "Ann", "Ann and Bob", "Ann, Bob and 3 others".
func enumerate(list []string) string {
	const shown = 3
	switch n := len(list); {
	case n == 1:
		return list[0]
	case n == 2:
		return list[0] + " and " + list[1]
	case n <= shown:
		return list[0] + ", " + list[1] + " and " + list[2]
	default:
		return list[0] + ", " + list[1] + " and " + ui.Count(n-2, "other", "others")
	}
}

// account is the account's name, with its handle where that says more.
func (p paneView) account() string {
	a := p.whole.Account
	return cmp.Or(a.Self.Handle, a.Name)
}
