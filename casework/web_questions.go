package casework

import (
	"net/http"
	"slices"
	"strings"

	"mercat.scot/mercat/directory"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/web"
	"mercat.scot/mercat/platform/web/ui"
)

// questionRoutes registers what has to do with what a service asks.
func (s *Service) questionRoutes(r *web.Router, may web.Access) {
	r.Handle("GET /cases/{id}/answers", may, s.showAnswers)
	r.Handle("POST /cases/{id}/answers", may, s.saveAnswers)
	r.Handle("POST /cases/{id}/answers/undo", may, s.takeOutAnswer)
	r.Handle("POST /cases/{id}/ask", may, s.askCitizen)
}

// valueOptions are a list's answers to choose from; none is the label of no
// answer.
func valueOptions(q directory.Attribute, none string) []ui.Option {
	var options []ui.Option
	if none != "" {
		options = append(options, ui.Option{Value: "", Label: none})
	}
	for _, v := range q.Values {
		options = append(options, ui.Option{Value: v.Key, Label: v.Name})
	}
	return options
}

// answerHint says how to answer, and where what stands in the field comes from
// while it stands there unchanged.
func answerHint(q directory.Attribute, found map[string]Answer, form *web.Form) string {
	var hints []string
	if a, ok := found[q.Code]; ok && slices.Equal(a.Values, form.Values(directory.AnswerField(q.Code))) {
		hints = append(hints, a.Label()+".")
	}
	if q.DatatypeDescription != "" {
		hints = append(hints, q.DatatypeDescription)
	}
	if q.Required {
		hints = append(hints, "Must be known.")
	}
	return strings.Join(hints, " ")
}

// inputType is the kind of box. A day that came with a time, or in another form,
// stays in a box that can show it.
func inputType(q directory.Attribute, value string) string {
	if q.Datatype == directory.DateTime && (value == "" || len(value) == len("2006-01-02")) {
		return "date"
	}
	return "text"
}

func inputWidth(q directory.Attribute) int {
	switch q.Datatype {
	case directory.Number:
		return 5
	case directory.DateTime:
		return 10
	}
	return 0
}

// readAnswers reads what questionFields sends.
func readAnswers(form *web.Form, questions directory.Attributes) map[string][]string {
	given := map[string][]string{}
	for _, q := range questions {
		if values := form.Values(directory.AnswerField(q.Code)); len(values) > 0 {
			given[q.Code] = values
		}
	}
	return given
}

// answerPairs are what questionFields shows.
func answerPairs(values map[string][]string) []string {
	var pairs []string
	for code, list := range values {
		for _, v := range list {
			pairs = append(pairs, directory.AnswerField(code), v)
		}
	}
	return pairs
}

// answerRow is a question with what is known.
type answerRow struct {
	question string
	required bool
	answer   Answer
	shown    string
}

// answerRows are the service's questions, and behind them answers to questions
// that it does not ask any more.
func (v caseView) answerRows() []answerRow {
	var rows []answerRow
	for _, q := range v.Asked.Questions {
		a := v.Asked.Answers[q.Code]
		rows = append(rows, answerRow{q.Description, q.Required, a, q.Shown("", a.Values)})
	}
	var rest []string
	for code := range v.Asked.Answers {
		if _, asked := v.Asked.Questions.Attribute(code); !asked {
			rest = append(rest, code)
		}
	}
	slices.Sort(rest)
	for _, code := range rest {
		a := v.Asked.Answers[code]
		rows = append(rows, answerRow{code, false, a, strings.Join(a.Values, ", ")})
	}
	return rows
}

func (v caseView) answerCells() []ui.Row {
	var cells []ui.Row
	for _, row := range v.answerRows() {
		cells = append(cells, ui.Row{Key: row.question, Part: answerCell(v, row)})
	}
	return cells
}

func (v caseView) mayAsk() bool {
	return len(v.Asked.Missing) > 0 && v.Asked.Since.IsZero() && v.ConversationID != 0 && !v.Quiet && !v.State.Ended()
}

func (s *Service) showAnswers(w http.ResponseWriter, r *http.Request) error {
	v, err := s.caseView(r, nil)
	if err != nil {
		return err
	}
	v.Form = web.NewForm(append(answerPairs(answers(v.Asked.Answers).values()), "version", number(v.Version))...)
	return web.Render(w, r, http.StatusOK, answersPage(v))
}

func (s *Service) saveAnswers(w http.ResponseWriter, r *http.Request) error {
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
	c, err := s.Answer(r.Context(), by, v.ID, form.Version(), readAnswers(form, v.Asked.Questions))
	if err == nil {
		said := "Saved."
		if c.State != v.State {
			said = "Saved. Nothing is missing any more: case " + c.Reference + " is " + strings.ToLower(c.State.Label()) + "."
		}
		return web.RedirectWithNotice(w, r, caseURL(v.ID), said)
	}
	if !form.Take(err) {
		return err
	}
	return web.Render(w, r, http.StatusUnprocessableEntity, answersPage(v))
}

func (s *Service) takeOutAnswer(w http.ResponseWriter, r *http.Request) error {
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
	_, err = s.UndoAnswer(r.Context(), by, id, form.Version(), form.Value("code"))
	if fault.Is(err, fault.Conflict) || fault.Is(err, fault.NotFound) {
		return web.RedirectWithNotice(w, r, caseURL(id), fault.Sentence(err))
	}
	if err != nil {
		return err
	}
	return web.RedirectWithNotice(w, r, caseURL(id), "The answer is as it was before. The citizen’s own words stay in the conversation.")
}

func (s *Service) askCitizen(w http.ResponseWriter, r *http.Request) error {
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
	c, step, err := s.Ask(r.Context(), by, id, form.Version())
	if fault.Is(err, fault.Conflict) || fault.Is(err, fault.Invalid) {
		return web.RedirectWithNotice(w, r, caseURL(id), fault.Sentence(err))
	}
	if err != nil {
		return err
	}
	n := web.Notice{Text: "The citizen is asked in a moment. Case " + c.Reference + " waits for the reply."}
	if step.ID != 0 {
		n.UndoURL, n.Undo = caseURL(id)+"/undo", map[string]string{"step": number(step.ID)}
	}
	return web.RedirectNotice(w, r, caseURL(id), n)
}
