package backoffice

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"mercat.scot/mercat/open311"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/web"
	"mercat.scot/mercat/staff"
)

const (
	officesPath  = "/settings/backoffices"
	settingsPath = "/settings"
)

// Routes registers what this room serves.
func (s *Service) Routes(r *web.Router) {
	may := staff.MayAdminister()
	r.Handle("GET "+officesPath, may, s.showOffices)
	r.Handle("GET "+officesPath+"/new", may, s.showNew)
	r.Handle("POST "+officesPath+"/new", may, s.add)
	r.Handle("GET "+officesPath+"/{id}", may, s.show)
	r.Handle("POST "+officesPath+"/{id}", may, s.change)
	r.Handle("POST "+officesPath+"/{id}/pause", may, s.to(Paused, "Paused %s. Cases wait for it."))
	r.Handle("POST "+officesPath+"/{id}/resume", may, s.to(Active, "%s goes on."))
	r.Handle("POST "+officesPath+"/{id}/end", may, s.to(Ended, "Ended %s. Its cases stay here."))
	r.Handle("POST "+officesPath+"/{id}/again", may, s.again)
	r.Handle("GET "+officesPath+"/{id}/services", may, s.services)
}

func (o Office) path(to string) string { return officesPath + "/" + strconv.FormatInt(o.ID, 10) + to }

func officer(r *http.Request) staff.Officer {
	v := web.MustViewer(r.Context())
	return staff.Officer{ID: v.ID, Name: v.Name}
}

func officeID(r *http.Request) (int64, error) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return 0, errNoOffice
	}
	return id, nil
}

func (s *Service) showOffices(w http.ResponseWriter, r *http.Request) error {
	list, err := s.Offices(r.Context())
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, officesView(list))
}

// officePage is where an office is entered, changed and looked after.
type officePage struct {
	office  Office // the zero one is new
	counts  map[PushState]int64
	refused []refusedCase
	form    *web.Form
}

// refusedCase is a case that an officer must look at.
type refusedCase struct {
	id        int64
	reference string
	why       string
}

func (p officePage) title() string {
	if p.office.ID == 0 {
		return "Add a back office"
	}
	return p.office.Name
}

func (p officePage) path() string {
	if p.office.ID == 0 {
		return officesPath + "/new"
	}
	return p.office.path("")
}

// read is what the form says.
func (p officePage) read() Office {
	f := p.form
	return Office{ID: p.office.ID, Name: f.Value("name"), URL: f.Value("url"), Jurisdiction: f.Value("jurisdiction"), Format: open311.Format(f.Value("format")),
		Person: f.Ticked("person"), Version: f.Version()}
}

func (s *Service) showNew(w http.ResponseWriter, r *http.Request) error {
	return web.Render(w, r, http.StatusOK, officeView(officePage{form: web.NewForm("format", string(open311.XML))}))
}

func (s *Service) add(w http.ResponseWriter, r *http.Request) error {
	return s.save(w, r, officePage{})
}

func (s *Service) save(w http.ResponseWriter, r *http.Request, p officePage) error {
	var err error
	if p.form, err = web.ReadForm(r); err != nil {
		return err
	}
	o, err := s.Save(r.Context(), officer(r), p.read(), p.form.Exact("key"), p.form.Value("routes"))
	if err == nil {
		return web.RedirectWithNotice(w, r, o.path(""), "Saved "+o.Name+". New cases of its services go there from now on.")
	}
	if !p.form.Take(err) {
		return err
	}
	return web.RenderForm(w, r, p.form, officeView(p))
}

// page finds the office that a request is about.
func (s *Service) page(r *http.Request) (officePage, error) {
	id, err := officeID(r)
	if err != nil {
		return officePage{}, err
	}
	var p officePage
	if p.office, p.counts, err = s.Office(r.Context(), id); err != nil {
		return p, err
	}
	snapshot, err := s.Directory.Snapshot(r.Context())
	if err != nil {
		return p, err
	}
	o := p.office
	fields := []string{"name", o.Name, "url", o.URL, "jurisdiction", o.Jurisdiction, "format", string(o.Format), "routes", writeRoutes(o.Routes, snapshot)}
	if o.Person {
		fields = append(fields, "person", "1")
	}
	p.form = web.NewForm(fields...)
	err = s.DB.Read(r.Context(), func(ctx context.Context, tx *db.Tx) error {
		p.refused = nil
		list, err := pushesIn(ctx, tx, id, Refused, 50)
		if err != nil {
			return err
		}
		for _, push := range list {
			c, err := s.Casework.CaseTx(ctx, tx, push.CaseID)
			if err != nil {
				return err
			}
			p.refused = append(p.refused, refusedCase{c.ID, c.Reference, push.Trouble})
		}
		return nil
	})
	return p, err
}

func (s *Service) show(w http.ResponseWriter, r *http.Request) error {
	p, err := s.page(r)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, officeView(p))
}

func (s *Service) change(w http.ResponseWriter, r *http.Request) error {
	p, err := s.page(r)
	if err != nil {
		return err
	}
	return s.save(w, r, p)
}

func (s *Service) to(state OfficeState, says string) web.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		id, err := officeID(r)
		if err != nil {
			return err
		}
		form, err := web.ReadForm(r)
		if err != nil {
			return err
		}
		o, err := s.SetState(r.Context(), officer(r), id, form.Version(), state)
		if err != nil {
			return err
		}
		back := o.path("")
		if state == Ended {
			back = officesPath
		}
		return web.RedirectWithNotice(w, r, back, fmt.Sprintf(says, o.Name))
	}
}

func (s *Service) again(w http.ResponseWriter, r *http.Request) error {
	id, err := officeID(r)
	if err != nil {
		return err
	}
	n, err := s.Again(r.Context(), officer(r), id)
	if err != nil {
		return err
	}
	return web.RedirectWithNotice(w, r, Office{ID: id}.path(""), web.Count(int(n), "case is", "cases are")+" sent again.")
}

// theirServices is what another system offers.
type theirServices struct {
	office  Office
	list    []open311.Service
	trouble string
}

// services asks the other system for its services, which also shows whether it
// can be reached.
func (s *Service) services(w http.ResponseWriter, r *http.Request) error {
	id, err := officeID(r)
	if err != nil {
		return err
	}
	v := theirServices{}
	if v.office, _, err = s.Office(r.Context(), id); err != nil {
		return err
	}
	key, err := s.keyOf(v.office)
	if err != nil {
		return err
	}
	a, err := s.Call(r.Context(), Ask{URL: v.office.address("services", nil), Key: key})
	if out := reached(a, err); out.kind != nothing {
		v.trouble = out.says
	} else {
		for one, err := range open311.ReadServices(a.body()) {
			if err != nil {
				v.trouble = fault.Sentence(err)
				break
			}
			if v.list = append(v.list, one); len(v.list) == 500 {
				break
			}
		}
	}
	return web.Render(w, r, http.StatusOK, servicesView(v))
}

// health says in a sentence how it goes with an office.
func (o Office) health(zone *time.Location) string {
	switch {
	case o.Trouble != "":
		return o.Trouble + " It has been so since " + o.TroubleSince.In(zone).Format("2 January 2006, 15:04") + ". Cases wait here, and nothing is lost."
	case o.LastOK.IsZero():
		return "Nothing has been sent yet."
	}
	return "It answered last on " + o.LastOK.In(zone).Format("2 January 2006, 15:04") + "."
}

// clock says when its clock is wrong, "" otherwise.
func (o Office) clock() string {
	if o.Skew == 0 {
		return ""
	}
	way := "ahead of"
	if o.Skew < 0 {
		way = "behind"
	}
	return "Its clock is " + o.Skew.Abs().Round(time.Minute).String() + " " + way + " ours. Times are put right by that."
}
