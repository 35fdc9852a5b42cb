package casework

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/web"
	"mercat.scot/mercat/staff"
)

func (s *Service) taskRoutes(r *web.Router) {
	r.Handle("GET /cases/tasks", staff.AnyRole(), s.showTasks)
	r.Handle("POST /cases/{id}/tasks", staff.MayAnswer(), s.addTask)
	r.Handle("POST /cases/{id}/tasks/{task}", staff.MayAnswer(), s.planTask)
	r.Handle("POST /cases/{id}/tasks/{task}/done", staff.MayAnswer(), s.setTaskDone)
	r.Handle("POST /cases/{id}/tasks/{task}/out", staff.MayAnswer(), s.setTaskOut)
	r.Handle("POST /cases/{id}/links", staff.MayAnswer(), s.addLink)
	r.Handle("POST /cases/{id}/links/away", staff.MayAnswer(), s.takeLinkAway)
}

// tasksView is the queue of tasks.
type tasksView struct {
	Whose string // viewTeam, viewMine, viewOpen
	Jobs  []Job
	Names names
	May   bool
	Now   time.Time
}

func (s *Service) showTasks(w http.ResponseWriter, r *http.Request) error {
	viewer := web.MustViewer(r.Context())
	v := tasksView{Whose: r.URL.Query().Get("view"), Now: web.Now(r.Context()), May: staff.Role(viewer.Role).MayAnswer()}
	var q TaskQuery
	switch {
	case v.Whose == viewMine:
		q.OfficerID = viewer.ID
	case v.Whose == viewOpen || len(viewer.TeamIDs) == 0:
		v.Whose = viewOpen
	default:
		v.Whose, q.TeamIDs = viewTeam, viewer.TeamIDs
	}
	var err error
	if v.Jobs, err = s.Jobs(r.Context(), q); err != nil {
		return err
	}
	if v.Names, err = s.namesOf(r.Context()); err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, tasksPage(v))
}

// with is whose a task is.
func (t Task) with(n names) string {
	if name := n.roster.Name(t.OfficerID); name != "" {
		return name + ", " + n.team(t.TeamID)
	}
	return n.team(t.TeamID)
}

func (v caseView) taskURL(t Task) string { return caseURL(v.ID) + "/tasks/" + number(t.ID) }

func (v caseView) openTasks() int {
	n := 0
	for _, t := range v.Tasks {
		if t.Open() {
			n++
		}
	}
	return n
}

// tasksDone says how many of a case's tasks are done.
func (v caseView) tasksDone() string {
	list := there(v.Tasks)
	if len(list) == 0 {
		return ""
	}
	return fmt.Sprintf("%d of %d done", len(list)-v.openTasks(), len(list))
}

func readTask(form *web.Form, r *http.Request) TaskPlan {
	return TaskPlan{Title: form.Value("title"), TeamID: form.OptionalID("task-team", "Choose a team from the list."),
		OfficerID: form.OptionalID("task-officer", "Choose a person from the list."),
		DueAt:     endOfDay(form.Date("task-due", web.Location(r.Context()), "Choose the day by which it is to be done."))}
}

// onCase reads a form about something of a case.
func (s *Service) onCase(r *http.Request) (form *web.Form, id int64, by staff.Officer, err error) {
	if form, err = web.ReadForm(r); err != nil {
		return nil, 0, by, err
	}
	if id, err = idOf(r); err != nil {
		return nil, 0, by, err
	}
	by, err = s.officerOf(r)
	return form, id, by, err
}

// wrongBeside shows the case with what is wrong with a form of it.
func (s *Service) wrongBeside(w http.ResponseWriter, r *http.Request, form *web.Form, err error) error {
	var one *fault.Error
	var several fault.Fields
	if err != nil && (!errors.As(err, &one) && !errors.As(err, &several) || fault.Is(err, fault.NotFound) || !form.Take(err)) {
		return err
	}
	return s.notMoved(w, r, form)
}

func (s *Service) addTask(w http.ResponseWriter, r *http.Request) error {
	form, id, by, err := s.onCase(r)
	if err != nil {
		return err
	}
	plan := readTask(form, r)
	if form.Err() != nil {
		return s.notMoved(w, r, form)
	}
	t, err := s.AddTask(r.Context(), by, id, plan)
	if err != nil {
		return s.wrongBeside(w, r, form, err)
	}
	return web.RedirectNotice(w, r, caseURL(id)+"#case-tasks", web.Notice{Text: "The task is added.",
		UndoURL: caseURL(id) + "/tasks/" + number(t.ID) + "/out", Undo: map[string]string{"is": "1"}})
}

func taskOf(r *http.Request) (int64, error) {
	id, err := strconv.ParseInt(r.PathValue("task"), 10, 64)
	if err != nil || id <= 0 {
		return 0, fault.New(fault.NotFound, "This case has no such task.")
	}
	return id, nil
}

func (s *Service) planTask(w http.ResponseWriter, r *http.Request) error {
	form, id, by, err := s.onCase(r)
	if err != nil {
		return err
	}
	task, err := taskOf(r)
	if err != nil {
		return err
	}
	plan := readTask(form, r)
	if form.Err() == nil {
		_, err = s.PlanTask(r.Context(), by, id, task, form.Version(), plan)
	} else {
		err = form.Err()
	}
	if fault.Is(err, fault.Invalid) || fault.Is(err, fault.Conflict) {
		return web.RedirectWithNotice(w, r, caseURL(id)+"#case-tasks", fault.Sentence(err))
	}
	if err != nil {
		return err
	}
	return web.RedirectWithNotice(w, r, caseURL(id)+"#case-tasks", "Saved.")
}

func (s *Service) setTaskDone(w http.ResponseWriter, r *http.Request) error {
	form, id, by, err := s.onCase(r)
	if err != nil {
		return err
	}
	task, err := taskOf(r)
	if err != nil {
		return err
	}
	t, err := s.SetTaskDone(r.Context(), by, id, task, form.Value("is") == "1")
	if err != nil {
		return err
	}
	n := web.Notice{Text: "To be done again: " + t.Title + "."}
	if !t.DoneAt.IsZero() {
		n = web.Notice{Text: "Done: " + t.Title + ".", UndoURL: caseURL(id) + "/tasks/" + number(t.ID) + "/done", Undo: map[string]string{"is": "0", "back": form.Value("back")}}
	}
	return web.RedirectNotice(w, r, web.LocalPath(form.Value("back"), caseURL(id)+"#case-tasks"), n)
}

func (s *Service) setTaskOut(w http.ResponseWriter, r *http.Request) error {
	form, id, by, err := s.onCase(r)
	if err != nil {
		return err
	}
	task, err := taskOf(r)
	if err != nil {
		return err
	}
	t, err := s.SetTaskRemoved(r.Context(), by, id, task, form.Value("is") == "1")
	if err != nil {
		return err
	}
	n := web.Notice{Text: "Back: " + t.Title + "."}
	if !t.RemovedAt.IsZero() {
		n = web.Notice{Text: "Taken out: " + t.Title + ".", UndoURL: caseURL(id) + "/tasks/" + number(t.ID) + "/out", Undo: map[string]string{"is": "0"}}
	}
	return web.RedirectNotice(w, r, caseURL(id)+"#case-tasks", n)
}

func (s *Service) addLink(w http.ResponseWriter, r *http.Request) error {
	form, id, by, err := s.onCase(r)
	if err != nil {
		return err
	}
	other, found, err := s.ByReference(r.Context(), form.Text("other", web.AtMost(maxKey)))
	if err != nil {
		return err
	}
	if !found {
		form.Fail("other", "There is no case with this reference. Check each letter and number.")
		return s.notMoved(w, r, form)
	}
	kind := Linking(form.Value("kind"))
	if err := s.Link(r.Context(), by, id, other, kind); err != nil {
		return s.wrongBeside(w, r, form, err)
	}
	return web.RedirectNotice(w, r, caseURL(id)+"#case-links", web.Notice{Text: "The two cases are linked.",
		UndoURL: caseURL(id) + "/links/away", Undo: map[string]string{"other": number(other), "kind": string(kind)}})
}

func (s *Service) takeLinkAway(w http.ResponseWriter, r *http.Request) error {
	form, id, by, err := s.onCase(r)
	if err != nil {
		return err
	}
	other, kind := form.ID("other", "There is no such link."), Linking(form.Value("kind"))
	if err := form.Err(); err != nil {
		return err
	}
	// A link is taken away from either side.
	from, to := id, other
	if form.Ticked("from-there") {
		from, to = other, id
	}
	if err := s.Unlink(r.Context(), by, from, to, kind); err != nil {
		return err
	}
	return web.RedirectWithNotice(w, r, caseURL(id)+"#case-links", "The link is taken away.")
}
