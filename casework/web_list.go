package casework

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/live"
	"mercat.scot/mercat/platform/web"
	"mercat.scot/mercat/platform/web/ui"
	"mercat.scot/mercat/staff"
)

// viewRoutes registers the table, the board and the map.
func (s *Service) viewRoutes(r *web.Router) {
	r.Handle("GET /cases", staff.AnyRole(), s.showCases)
	r.Handle("GET /cases/live", staff.AnyRole(), s.getLive, web.Live())
	r.Handle("POST /cases/bulk", staff.MayAnswer(), s.bulk)
	r.Handle("POST /cases/bulk/undo", staff.MayAnswer(), s.undoBulk)
	r.Handle("GET /cases/flow", staff.AnyRole(), s.showFlow)
	r.Handle("GET /cases/board", staff.AnyRole(), s.showBoard)
	r.Handle("GET /cases/map", staff.AnyRole(), s.showMap)
	r.Handle("GET /cases/map/points", staff.AnyRole(), s.showPoints)
	r.Handle("GET /cases/map/list", staff.AnyRole(), s.showMapList)
	r.Handle("POST /cases/{id}/go", staff.MayAnswer(), s.goTo)
	r.Handle("POST /cases/{id}/due", staff.MayAnswer(), s.setDue)
	r.Handle("POST /cases/{id}/cost", staff.MayAnswer(), s.setCost)
}

// listView is the page of cases.
type listView struct {
	filterView
	Cases  []Case
	Now    time.Time
	May    bool
	Newest bool
	Older  string // address of the next page, or ""
}

// stopped reports whether a search by words has ended before it had a full page
// and before it came to the end.
func (v listView) stopped() bool {
	return v.Query.Words != "" && v.Older != "" && len(v.Cases) < usualLimit
}

// soFar says so.
func (v listView) soFar() string {
	return "The search has come so far, and not to the beginning yet. Older results on the next page."
}

func (s *Service) filterView(r *http.Request, form *web.Form, page string) (filterView, error) {
	viewer := web.MustViewer(r.Context())
	v := filterView{Page: page, View: form.Value("view"), Form: form, Query: readFilter(form)}
	v.readView(viewer)
	var err error
	if v.Names, err = s.namesOf(r.Context()); err != nil {
		return v, err
	}
	v.Areas = []ui.Option{{Value: "0", Label: "Any area"}}
	return v, s.DB.Read(r.Context(), func(ctx context.Context, tx *db.Tx) error {
		snapshot, err := s.Directory.SnapshotTx(ctx, tx)
		if err != nil {
			return err
		}
		v.Areas = v.Areas[:1]
		for _, area := range snapshot.Areas() {
			v.Areas = append(v.Areas, ui.Option{Value: number(area.ID), Label: area.Name})
		}
		return nil
	})
}

func (s *Service) showCases(w http.ResponseWriter, r *http.Request) error {
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	words := form.Text("q", web.AtMost(200))
	id, found, err := s.ByReference(r.Context(), words)
	if err != nil {
		return err
	}
	if found {
		return web.Redirect(w, r, caseURL(id))
	}
	v := listView{Now: web.Now(r.Context()), May: staff.Role(web.MustViewer(r.Context()).Role).MayAnswer(), Newest: form.Value("before") == ""}
	if v.filterView, err = s.filterView(r, form, "/cases"); err != nil {
		return err
	}
	v.Query.Words, v.Query.Before = words, readKey(form.Value("before"))
	list, next, err := s.List(r.Context(), v.Query)
	if err != nil {
		return err
	}
	v.Cases = list
	if next.ID != 0 {
		v.Older = v.url("/cases", "before", writeKey(next))
	}
	return web.Render(w, r, http.StatusOK, listPage(v))
}

// getLive tells a page of cases that some of them have changed.
func (s *Service) getLive(w http.ResponseWriter, r *http.Request) error {
	sub := s.Hub.Subscribe(TopicCases)
	defer sub.Close()
	return web.Stream(w, r, rung(r.Context(), sub), func(context.Context, []string) ([]web.Event, error) {
		return []web.Event{{Name: "case"}}, nil
	})
}

// rung yields what a subscription hears until ctx ends.
func rung(ctx context.Context, sub *live.Subscription) <-chan []string {
	out := make(chan []string)
	go func() {
		defer close(out)
		for {
			select {
			case <-ctx.Done():
				return
			case <-sub.Ring():
			}
			select {
			case out <- sub.Take():
			case <-ctx.Done():
				return
			}
		}
	}()
	return out
}

func (s *Service) bulk(w http.ResponseWriter, r *http.Request) error {
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	by, err := s.officerOf(r)
	if err != nil {
		return err
	}
	var b Bulk
	did := "assigned"
	switch form.Value("do") {
	case "assign":
		b = Bulk{Assign: true, TeamID: form.OptionalID("to-team", "Choose a team from the list."), Officer: form.OptionalID("to-officer", "Choose a person from the list.")}
	case "due":
		b = Bulk{Due: true, DueAt: endOfDay(form.Date("due", web.Location(r.Context()), "Choose the day by which they are to be done."))}
		did = "given a new day"
	case "move":
		to, reason, _ := strings.Cut(form.Value("to-state"), ":")
		b = Bulk{Move: Moving{To: State(to), Reason: Reason(reason)}, Tell: form.Ticked("tell")}
		did = "moved to " + strings.ToLower(State(to).Label())
		if !b.Move.To.Valid() {
			form.Fail("to-state", "Choose a state from the list.")
		}
	default:
		form.Fail("do", "Choose what to do with the cases.")
	}
	var chosen []Seen
	for _, value := range form.Values("case") {
		id, version, _ := strings.Cut(value, ".")
		i, err1 := strconv.ParseInt(id, 10, 64)
		n, err2 := strconv.ParseInt(version, 10, 64)
		if err1 == nil && err2 == nil {
			chosen = append(chosen, Seen{i, n})
		}
	}
	if err := form.Err(); err != nil {
		return err
	}
	out, err := s.Bulk(r.Context(), by, chosen, b)
	if err != nil {
		return err
	}
	n := web.Notice{Text: out.Sentence(did)}
	if out.Batch != 0 {
		n.UndoURL, n.Undo = "/cases/bulk/undo", map[string]string{"batch": number(out.Batch), "back": form.Value("back")}
	}
	return web.RedirectNotice(w, r, web.LocalPath(form.Value("back"), "/cases"), n)
}

func endOfDay(day time.Time) time.Time {
	if day.IsZero() {
		return day
	}
	y, m, d := day.Date()
	return time.Date(y, m, d, 23, 59, 0, 0, day.Location()).UTC()
}

func (s *Service) undoBulk(w http.ResponseWriter, r *http.Request) error {
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	by, err := s.officerOf(r)
	if err != nil {
		return err
	}
	batch := form.ID("batch", "This cannot be undone any more.")
	if err := form.Err(); err != nil {
		return err
	}
	out, told, err := s.UndoBulk(r.Context(), by, batch)
	if err != nil {
		return err
	}
	text := out.Sentence("put back as before")
	if told > 0 {
		text += " " + strconv.Itoa(told) + " citizens had been told already: write to them what is true now."
	}
	return web.RedirectWithNotice(w, r, web.LocalPath(form.Value("back"), "/cases"), text)
}

func (s *Service) setDue(w http.ResponseWriter, r *http.Request) error {
	return s.setOne(w, r, func(form *web.Form, by staff.Officer, id int64) (Case, error) {
		var due time.Time
		if form.Value("due") != "" {
			due = endOfDay(form.Date("due", web.Location(r.Context()), "Choose the day by which it is to be done."))
		}
		if err := form.Err(); err != nil {
			return Case{}, err
		}
		return s.SetDue(r.Context(), by, id, form.Version(), due)
	})
}

func (s *Service) setCost(w http.ResponseWriter, r *http.Request) error {
	return s.setOne(w, r, func(form *web.Form, by staff.Officer, id int64) (Case, error) {
		pounds := 0.0
		if form.Value("cost") != "" {
			pounds = form.Float("cost", 0, maxCost/100, "Write the cost in pounds, such as 120 or 89.50.")
		}
		if err := form.Err(); err != nil {
			return Case{}, err
		}
		return s.SetCost(r.Context(), by, id, form.Version(), int64(pounds*100+0.5))
	})
}

// setOne is what the small forms of a case's page have in common.
func (s *Service) setOne(w http.ResponseWriter, r *http.Request, set func(*web.Form, staff.Officer, int64) (Case, error)) error {
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	id, err := idOf(r)
	if err != nil {
		return err
	}
	by, err := s.officerOf(r)
	if err != nil {
		return err
	}
	if _, err := set(form, by, id); err != nil {
		if form.Take(err) {
			return s.notMoved(w, r, form)
		}
		return err
	}
	return web.RedirectWithNotice(w, r, caseURL(id), "Saved.")
}
