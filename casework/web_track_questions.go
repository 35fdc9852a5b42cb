package casework

import (
	"net/http"
	"strconv"

	"mercat.scot/mercat/directory"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/web"
	"mercat.scot/mercat/platform/web/ui"
)

// takeAnswers takes what the citizen answers on their private page.
func (s *Service) takeAnswers(w http.ResponseWriter, r *http.Request) error {
	t, done, err := s.findTracked(w, r)
	if done {
		return err
	}
	v := s.trackedView(r, t)
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	in := received{form: form, key: v.token}
	from, now := web.ClientAddr(r), web.Now(r.Context())
	if wait := s.sends.Wait(from, now); wait > 0 {
		form.Fail("", v.tooMany)
		in.status = http.StatusTooManyRequests
		w.Header().Set("Retry-After", strconv.Itoa(int(wait.Seconds())+1))
		return s.again(w, r, v, in, trackedPage)
	}
	s.sends.Spend(from, now)
	open := v.Open()
	given := readAnswers(form, open)
	for _, q := range open {
		if _, wrong := q.Read(given[q.Code]); wrong != "" {
			form.Fail(directory.AnswerField(q.Code), v.unreadable(q))
		}
	}
	if len(given) == 0 && form.Err() == nil && len(open) > 0 {
		form.Fail(directory.AnswerField(open[0].Code), v.errAnswers)
	}
	if form.Err() != nil {
		return s.again(w, r, v, in, trackedPage)
	}
	_, err = s.AnswerTracked(r.Context(), t.Track, given)
	if fault.Is(err, fault.Conflict) {
		return web.Redirect(w, r, v.url()+"#more")
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, v.url("done", "answers"))
}

// unreadable says what is wrong with an answer.
func (w *pageWords) unreadable(q directory.Attribute) string {
	words := w.errLong
	switch q.Datatype {
	case directory.Number:
		words = w.errNumber
	case directory.DateTime:
		words = w.errDay
	case directory.SingleValueList, directory.MultiValueList:
		words = w.errChoice
	}
	return words + " " + q.Question(w.code)
}

// ask is a question with whether it may be left out.
func (w *pageWords) ask(q directory.Attribute) string {
	if q.Required {
		return q.Question(w.code)
	}
	return q.Question(w.code) + " " + w.optional
}

func (w *pageWords) choices(q directory.Attribute) []ui.Option {
	list := make([]ui.Option, len(q.Values))
	for i, v := range q.Values {
		list[i] = ui.Option{Value: v.Key, Label: v.Label(w.code)}
	}
	return list
}
