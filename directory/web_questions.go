package directory

import (
	"cmp"
	"net/http"
	"net/url"

	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/web"
	"mercat.scot/mercat/platform/web/ui"
)

// questionPage is where one question of a service is entered or changed.
type questionPage struct {
	service Service
	was     Attribute // the zero one is a new question
	form    *web.Form
}

func (p questionPage) title() string {
	if p.was.Code == "" {
		return "Add a question"
	}
	return p.was.Description
}

func (p questionPage) path() string {
	if p.was.Code == "" {
		return questionsPath(p.service.ID)
	}
	return questionPath(p.service.ID, p.was.Code)
}

func questionsPath(service int64) string { return servicePath(service) + "/questions" }

func questionPath(service int64, code string) string {
	return questionsPath(service) + "/" + url.PathEscape(code)
}

// questionPage finds the question that a request is about; without a code it is
// one that is not there yet.
func (d *Directory) questionPage(r *http.Request) (questionPage, error) {
	s, err := d.servicePage(r)
	if err != nil {
		return questionPage{}, err
	}
	p := questionPage{service: s.service}
	code := r.PathValue("code")
	if code == "" {
		p.form = web.NewForm("datatype", string(SingleValueList), "version", idText(p.service.Version), "required", "1", "variable", "1")
		return p, nil
	}
	a, found := p.service.Attributes.Attribute(code)
	if !found {
		return p, errNoQuestion
	}
	p.was = a
	pairs := []string{"version", idText(p.service.Version), "description", a.Description, "hint", a.DatatypeDescription, "cy", a.Welsh, "gd", a.Gaelic,
		"datatype", string(a.Datatype), "code", a.Code, "values", valueText(a.Values)}
	if a.Required {
		pairs = append(pairs, "required", "1")
	}
	if a.Variable {
		pairs = append(pairs, "variable", "1")
	}
	p.form = web.NewForm(pairs...)
	return p, nil
}

func (d *Directory) showQuestion(w http.ResponseWriter, r *http.Request) error {
	p, err := d.questionPage(r)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, questionView(p))
}

func (d *Directory) saveQuestion(w http.ResponseWriter, r *http.Request) error {
	p, err := d.questionPage(r)
	if err != nil {
		return err
	}
	if p.form, err = web.ReadForm(r); err != nil {
		return err
	}
	f := p.form
	a := Attribute{Code: f.Text("code"), Variable: f.Ticked("variable"), Required: f.Ticked("required"), Datatype: Datatype(f.Value("datatype")),
		Description: f.Text("description", web.AtMost(maxDescription)), DatatypeDescription: f.Text("hint", web.AtMost(maxDescription)),
		Welsh: f.Text("cy", web.AtMost(maxDescription)), Gaelic: f.Text("gd", web.AtMost(maxDescription)), Values: readValueText(f.Value("values"))}
	if a.Code == "" {
		a.Code = cmp.Or(p.was.Code, p.service.Attributes.freeCode(a.Description))
	}
	if f.Err() == nil {
		err := d.PutQuestion(r.Context(), actor(r), p.service.ID, f.Version(), p.was.Code, a)
		if err == nil {
			return web.RedirectNotice(w, r, servicePath(p.service.ID)+"#questions", web.Notice{Text: "Saved: " + a.Description})
		}
		if !f.Take(err) {
			return err
		}
	}
	return web.RenderForm(w, r, f, questionView(p))
}

// freeCode is a code for a new question.
func (l Attributes) freeCode(description string) string {
	taken := map[string]bool{}
	for _, a := range l {
		taken[a.Code] = true
	}
	return free(codeOf(description), taken)
}

// datatypes are the kinds of answers in words.
func datatypes() []ui.Option {
	labels := map[Datatype]string{String: "A line of text", Text: "Several lines of text", Number: "A number", DateTime: "A day, or a day and a time",
		SingleValueList: "One of a list", MultiValueList: "Some of a list"}
	var options []ui.Option
	for _, t := range Datatypes() {
		options = append(options, ui.Option{Value: string(t), Label: labels[t]})
	}
	return options
}

// datatype is the kind of a question's answer in words.
func (a Attribute) datatype() string {
	if !a.Variable {
		return "A remark; nothing is answered"
	}
	for _, o := range datatypes() {
		if o.Value == string(a.Datatype) {
			return o.Label
		}
	}
	return string(a.Datatype)
}

// changeQuestion is a button beside a question: up, down, or out.
func (d *Directory) changeQuestion(act func(*http.Request, Service, string, int64) (string, error)) web.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		s, err := d.servicePage(r)
		if err != nil {
			return err
		}
		form, err := web.ReadForm(r)
		if err != nil {
			return err
		}
		done, err := act(r, s.service, r.PathValue("code"), form.Version())
		to := servicePath(s.service.ID) + "#questions"
		if fault.Is(err, fault.Conflict) {
			return web.RedirectWithNotice(w, r, to, fault.Sentence(err))
		}
		if err != nil {
			return err
		}
		return web.RedirectNotice(w, r, to, web.Notice{Text: done, UndoURL: servicePath(s.service.ID) + "/undo-questions"})
	}
}

func (d *Directory) moveQuestion(r *http.Request, s Service, code string, version int64) (string, error) {
	places := 1
	if r.PathValue("way") == "up" {
		places = -1
	}
	a, _ := s.Attributes.Attribute(code)
	return "Moved: " + a.Description, d.MoveQuestion(r.Context(), actor(r), s.ID, version, code, places)
}

func (d *Directory) removeQuestion(r *http.Request, s Service, code string, version int64) (string, error) {
	a, _ := s.Attributes.Attribute(code)
	return "Removed: " + a.Description, d.RemoveQuestion(r.Context(), actor(r), s.ID, version, code)
}

func (d *Directory) usualQuestions(r *http.Request, s Service, _ string, version int64) (string, error) {
	n, err := d.UsualQuestions(r.Context(), actor(r), s.ID, version)
	return "Added " + web.Count(n, "question", "questions") + ".", err
}

func (d *Directory) undoQuestions(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, errNoService)
	if err != nil {
		return err
	}
	to := servicePath(id) + "#questions"
	err = d.UndoQuestions(r.Context(), actor(r), id)
	if fault.Is(err, fault.Conflict) {
		return web.RedirectWithNotice(w, r, to, fault.Sentence(err))
	}
	if err != nil {
		return err
	}
	return web.RedirectWithNotice(w, r, to, "The questions are as they were before.")
}

// listPage is the Local Government Service List, from which services are added.
type listPage struct {
	form  *web.Form // q
	found []Listed
	have  map[int64]Service // by LGSL number
}

func (d *Directory) showList(w http.ResponseWriter, r *http.Request) error {
	s, err := d.Snapshot(r.Context())
	if err != nil {
		return err
	}
	p := listPage{have: map[int64]Service{}}
	for _, service := range s.Services() {
		if service.LGSL != 0 {
			p.have[service.LGSL] = service
		}
	}
	if p.form, err = web.ReadForm(r); err != nil {
		return err
	}
	list, err := listed()
	if err != nil {
		return err
	}
	for _, l := range list {
		if l.fits(p.form.Value("q")) {
			p.found = append(p.found, l)
		}
	}
	return web.Render(w, r, http.StatusOK, listView(p))
}

func (d *Directory) addListed(w http.ResponseWriter, r *http.Request) error {
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	n := form.Int("lgsl", 1, maxListCode, "Choose a service from the list.")
	if err := form.Err(); err != nil {
		return err
	}
	list, err := listed()
	if err != nil {
		return err
	}
	for _, l := range list {
		if l.LGSL != n {
			continue
		}
		s, err := fromList(l)
		if err != nil {
			return err
		}
		added, err := d.AddService(r.Context(), actor(r), s)
		if fault.Is(err, fault.Invalid) {
			return web.RedirectWithNotice(w, r, servicesPath+"/list", fault.Sentence(err))
		}
		if err != nil {
			return err
		}
		return web.RedirectWithNotice(w, r, servicePath(added.ID), "Added "+added.Name+". Say here who owns it, and by which words people call it.")
	}
	return errNoService
}
