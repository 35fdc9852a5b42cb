package casework

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/web"
	"mercat.scot/mercat/platform/web/ui"
	"mercat.scot/mercat/staff"
)

// Routes registers this room's pages.
func (s *Service) Routes(r *web.Router) {
	s.viewRoutes(r)
	r.Handle("GET /cases/new", staff.MayAnswer(), s.showNew)
	r.Handle("POST /cases", staff.MayAnswer(), s.open)
	r.Handle("GET /cases/{id}", staff.AnyRole(), s.showCase)
	r.Handle("GET /cases/{id}/edit", staff.MayAnswer(), s.showEdit)
	r.Handle("POST /cases/{id}/edit", staff.MayAnswer(), s.edit)
	r.Handle("POST /cases/{id}/move", staff.MayAnswer(), s.moveCase, photoBody()...)
	r.Handle("POST /cases/{id}/undo", staff.MayAnswer(), s.undo)
	r.Handle("POST /cases/{id}/assign", staff.MayAnswer(), s.assign)
	s.photoRoutes(r)
	s.taskRoutes(r)
	s.citizenRoutes(r)
	s.questionRoutes(r, staff.MayAnswer())
}

func caseURL(id int64) string { return "/cases/" + strconv.FormatInt(id, 10) }

func deskURL(id int64) string { return "/desk/" + strconv.FormatInt(id, 10) }

func number(n int64) string { return strconv.FormatInt(n, 10) }

func idOf(r *http.Request) (int64, error) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil || id <= 0 {
		return 0, errNoCase
	}
	return id, nil
}

func (s *Service) officerOf(r *http.Request) (staff.Officer, error) {
	return s.Staff.Officer(r.Context(), web.MustViewer(r.Context()).ID)
}

// names are what ids are called on pages.
type names struct {
	roster   *staff.Roster
	services map[int64]string
	public   map[int64]bool // services whose reports everybody may see
	options  []ui.Option    // services to choose from
	lat, lon float64
	zoom     float64
}

func (s *Service) namesOf(ctx context.Context) (names, error) {
	var n names
	err := s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		n = names{services: map[int64]string{}, public: map[int64]bool{}, options: []ui.Option{{Value: "0", Label: "Not known yet"}}}
		snapshot, err := s.Directory.SnapshotTx(ctx, tx)
		if err != nil {
			return err
		}
		council := snapshot.Council()
		n.lat, n.lon, n.zoom = council.Lat, council.Lon, council.Zoom
		for _, service := range snapshot.Services() {
			n.services[service.ID], n.public[service.ID] = service.Name, service.Public && service.Active
			if service.Active {
				n.options = append(n.options, ui.Option{Value: number(service.ID), Label: service.Name})
			}
		}
		n.roster, err = s.Staff.RosterTx(ctx, tx)
		return err
	})
	return n, err
}

func (n names) service(id int64) string {
	if name := n.services[id]; name != "" {
		return name
	}
	return "Service not known"
}

func (n names) team(id int64) string {
	t, _ := n.roster.Team(id)
	return t.Name
}

func (n names) teams(none string) []ui.Option {
	var options []ui.Option
	if none != "" {
		options = append(options, ui.Option{Value: "0", Label: none})
	}
	for _, t := range n.roster.Teams() {
		options = append(options, ui.Option{Value: number(t.ID), Label: t.Name})
	}
	return options
}

func (n names) officers() []ui.Option {
	options := []ui.Option{{Value: "0", Label: "Nobody yet"}}
	for _, o := range n.roster.Officers() {
		if o.Active && o.Role.MayAnswer() {
			options = append(options, ui.Option{Value: number(o.ID), Label: o.Name})
		}
	}
	return options
}

func writeKey(k Key) string {
	return strconv.FormatInt(db.Micros(k.At), 36) + "." + strconv.FormatInt(k.ID, 36)
}

// readKey reads what writeKey wrote; anything else is the beginning.
func readKey(v string) Key {
	at, id, _ := strings.Cut(v, ".")
	us, err := strconv.ParseInt(at, 36, 64)
	if err != nil {
		return Key{}
	}
	n, err := strconv.ParseInt(id, 36, 64)
	if err != nil || n <= 0 {
		return Key{}
	}
	return Key{db.Time(us), n}
}

// caseView is the page of one case.
type caseView struct {
	Whole
	Names    names
	Form     *web.Form
	May      bool
	MapStyle string
	Now      time.Time
	Honest   Honest
}

// tried reports whether the page shows what came of moving the case to a state.
func (v caseView) tried(to State) bool { return v.Form.Value("state") == string(to) }

// says are the words in the form of a state: those that were typed, or ours.
// Whose it is stands in ours only when it is known.
func (v caseView) says(to State) string {
	switch {
	case v.tried(to):
		return v.Form.Value("say")
	case to == NotOurs:
		return ""
	}
	return v.Wordings.Says(Saying{Language: v.language(), From: v.State, To: to, Reference: v.Reference})
}

func sayHint(to State) string {
	if to != NotOurs {
		return ""
	}
	return "Left empty, it says whose it is."
}

func (s *Service) caseView(r *http.Request, form *web.Form) (caseView, error) {
	id, err := idOf(r)
	if err != nil {
		return caseView{}, err
	}
	v := caseView{Form: form, May: staff.Role(web.MustViewer(r.Context()).Role).MayAnswer(), Now: web.Now(r.Context()), Honest: s.Honest}
	if v.MapStyle, err = s.mapStyle(r.Context()); err != nil {
		return v, err
	}
	if v.Whole, err = s.Whole(r.Context(), id); err != nil {
		return v, err
	}
	v.Names, err = s.namesOf(r.Context())
	return v, err
}

func (s *Service) showCase(w http.ResponseWriter, r *http.Request) error {
	// A card of the board that needs more than a click leads here, with the state.
	var form *web.Form
	if to := State(r.URL.Query().Get("state")); to.Valid() {
		form = web.NewForm("open", string(to))
	}
	v, err := s.caseView(r, form)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, casePage(v))
}

func (s *Service) moveCase(w http.ResponseWriter, r *http.Request) error {
	form, photos, err := s.readPhotos(r, doneField, After)
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
	m, err := s.readMove(r, form, id)
	if err != nil {
		return err
	}
	if m.Tasks = TasksLeft(form.Value("tasks")); m.To == Done {
		m.Photos = photos
	}
	if form.Err() != nil {
		return s.notMoved(w, r, form)
	}
	c, step, err := s.Move(r.Context(), by, id, form.Version(), m)
	if err != nil {
		var one *fault.Error
		if !errors.As(err, &one) || !form.Take(err) {
			return err
		}
		return s.notMoved(w, r, form)
	}
	n := web.Notice{Text: "Case " + c.Reference + " is " + strings.ToLower(c.State.Label()) + " now.", UndoURL: caseURL(id) + "/undo", Undo: map[string]string{"step": number(step.ID)}}
	if step.MessageID != 0 {
		n.Text += " The citizen is told in a moment."
	}
	return web.RedirectNotice(w, r, backTo(form, id), n)
}

// readMove reads what an officer decided. When the words were emptied, the usual
// ones are said: those of the choice as it was made.
func (s *Service) readMove(r *http.Request, form *web.Form, id int64) (Moving, error) {
	m := Moving{To: State(form.Value("state")), Reason: Reason(form.Value("reason")), Whose: form.Text("whose", web.AtMost(maxWhose))}
	if m.To == Scheduled {
		m.At = form.Date("at", web.Location(r.Context()), "Choose the day on which somebody comes: today or later.")
	}
	if written := form.Text("into", web.AtMost(maxKey)); m.To == Duplicate && written != "" {
		into, found, err := s.ByReference(r.Context(), written)
		if err != nil {
			return m, err
		}
		if m.IntoID = into; !found {
			form.Fail("into", "There is no case with this reference. Check each letter and number.")
		}
	}
	if !form.Ticked("tell") {
		return m, nil
	}
	whole, err := s.Whole(r.Context(), id)
	if err != nil {
		return m, err
	}
	saying := Saying{Language: whole.language(), From: whole.State, To: m.To, Reason: m.Reason, Reference: whole.Reference, Whose: m.Whose, At: m.At}
	typed := form.Text("say", web.AtMost(maxSay))
	// The words that stood in the form before the reason and the day were chosen.
	offered := whole.Wordings.Says(Saying{Language: saying.Language, From: saying.From, To: m.To, Reference: whole.Reference})
	if m.Say = typed; typed == "" || typed == offered {
		m.Say = whole.Wordings.Says(saying)
	}
	if !m.At.IsZero() {
		m.Say = strings.ReplaceAll(m.Say, "{day}", saying.day())
	}
	return m, nil
}

// notMoved shows the case with what is wrong with a move, and what was typed.
func (s *Service) notMoved(w http.ResponseWriter, r *http.Request, form *web.Form) error {
	v, err := s.caseView(r, form)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusUnprocessableEntity, casePage(v))
}

// backTo is where a change was made from: the case, or its conversation.
func backTo(form *web.Form, id int64) string {
	return web.LocalPath(form.Value("back"), caseURL(id))
}

func (s *Service) undo(w http.ResponseWriter, r *http.Request) error {
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
	step := form.ID("step", "This cannot be undone any more.")
	if err := form.Err(); err != nil {
		return err
	}
	c, told, err := s.Undo(r.Context(), by, id, step)
	if err != nil {
		return err
	}
	text := "Undone. Case " + c.Reference + " is " + strings.ToLower(c.State.Label()) + " again."
	if told {
		text += " The citizen had been told already: write to them what is true now."
	}
	return web.RedirectNotice(w, r, backTo(form, id), web.Notice{Text: text, LinkURL: deskURL(c.ConversationID), LinkLabel: "Open the conversation"})
}

func (s *Service) assign(w http.ResponseWriter, r *http.Request) error {
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
	c, err := s.Assign(r.Context(), by, id, form.Version(), form.OptionalID("team", "Choose a team from the list."), form.OptionalID("officer", "Choose a person from the list."))
	if err != nil {
		return err
	}
	return web.RedirectWithNotice(w, r, caseURL(id), "Case "+c.Reference+" is assigned.")
}

func (s *Service) showEdit(w http.ResponseWriter, r *http.Request) error {
	v, err := s.caseView(r, nil)
	if err != nil {
		return err
	}
	pairs := []string{"service", number(v.ServiceID), "words", v.Words, "place", v.Place, "asset", v.Asset, "version", number(v.Version)}
	if v.Located() {
		pairs = append(pairs, "place-lat", degrees(v.Lat), "place-lng", degrees(v.Lon))
	}
	v.Form = web.NewForm(pairs...)
	return web.Render(w, r, http.StatusOK, editPage(v))
}

func (s *Service) edit(w http.ResponseWriter, r *http.Request) error {
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	v, err := s.caseView(r, form)
	if err != nil {
		return err
	}
	by, err := s.officerOf(r)
	if err != nil {
		return err
	}
	n := Opening{ServiceID: form.OptionalID("service", "Choose a service from the list."), Words: form.Text("words", web.AtMost(maxWords)), Asset: form.Text("asset", web.AtMost(maxAsset))}
	readPlace(form, &n)
	if form.Err() == nil {
		_, err := s.Edit(r.Context(), by, v.ID, form.Version(), n)
		if err == nil {
			return web.RedirectWithNotice(w, r, caseURL(v.ID), "Saved.")
		}
		if !form.Take(err) {
			return err
		}
	}
	return web.Render(w, r, http.StatusUnprocessableEntity, editPage(v))
}
