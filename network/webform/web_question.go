package webform

import (
	"net/http"
	"slices"
	"strconv"

	"mercat.scot/mercat/platform/web"
)

// chosen is the service that a form is about, 0 for none.
func chosen(f *web.Form, services []Service) int64 {
	about := f.Value("about")
	i := slices.IndexFunc(services, func(s Service) bool { return strconv.FormatInt(s.ID, 10) == about })
	if i < 0 {
		return 0
	}
	return services[i].ID
}

// showQuestions is what the chosen service asks, for a form that is open.
func (n *Network) showQuestions(w http.ResponseWriter, r *http.Request) error {
	words := asked(r)
	f, err := n.findForm(r)
	if err != nil {
		return err
	}
	v, err := n.viewForm(r.Context(), f, words)
	if err != nil {
		return err
	}
	v.form = web.NewForm("about", r.URL.Query().Get("about"))
	if v, err = n.withQuestions(r, v); err != nil {
		return err
	}
	return render(w, r, http.StatusOK, words, questionsPart(v))
}

// withQuestions adds what the service asks that the form is about.
func (n *Network) withQuestions(r *http.Request, v formView) (formView, error) {
	var err error
	v.service = chosen(v.form, v.services)
	v.questions, err = n.asksFor(r.Context(), v.service, v.Language)
	return v, err
}

// asksFirst reports whether the service asks what the page did not show yet.
func (v formView) asksFirst() bool {
	return answerable(v.questions) && v.form.Value(askedOf) != strconv.FormatInt(v.service, 10)
}
