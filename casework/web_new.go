package casework

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"mercat.scot/mercat/platform/web"
)

// newView is the form of a new case.
type newView struct {
	Filled
	Names    names
	Form     *web.Form
	MapStyle string
	Near     []Near // cases that it may be
}

func (s *Service) showNew(w http.ResponseWriter, r *http.Request) error {
	query, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	id := query.ID("conversation", "Open a conversation first, then make a case from it.")
	if err := query.Err(); err != nil {
		return err
	}
	f, err := s.Fill(r.Context(), id)
	if err != nil {
		return err
	}
	pairs := []string{"key", f.FormKey, "list", listBehind(r, id), "service", number(f.ServiceID), "team", number(f.TeamID), "words", f.Words, "place", f.Place, "tell", "1", "say", f.Say}
	if f.Lat != 0 || f.Lon != 0 {
		pairs = append(pairs, "place-lat", degrees(f.Lat), "place-lng", degrees(f.Lon))
	}
	for _, photo := range f.Opening.Photos {
		pairs = append(pairs, "photo", number(photo))
	}
	pairs = append(pairs, answerPairs(f.Opening.Answers)...)
	if f.Ask {
		pairs = append(pairs, "ask", "1")
	}
	return s.renderNew(w, r, http.StatusOK, f, web.NewForm(pairs...))
}

func (s *Service) renderNew(w http.ResponseWriter, r *http.Request, status int, f Filled, form *web.Form) error {
	n, err := s.namesOf(r.Context())
	if err != nil {
		return err
	}
	style, err := s.mapStyle(r.Context())
	if err != nil {
		return err
	}
	near, err := s.nearForm(r.Context(), f, form)
	if err != nil {
		return err
	}
	return web.Render(w, r, status, newPage(newView{Filled: f, Names: n, Form: form, MapStyle: style, Near: near}))
}

func (s *Service) mapStyle(ctx context.Context) (string, error) {
	if s.MapStyle == nil {
		return "", nil
	}
	return s.MapStyle(ctx)
}

func degrees(d float64) string { return strconv.FormatFloat(d, 'f', 6, 64) }

// readPlace reads what ui.PlaceInput sends.
func readPlace(form *web.Form, o *Opening) {
	o.Place = form.Text("place", web.AtMost(maxPlace))
	if form.Value("place-lat") != "" && form.Value("place-lng") != "" {
		o.Lat = form.Float("place-lat", -90, 90, "This is no position on the map. Mark the place again, or leave it out.")
		o.Lon = form.Float("place-lng", -180, 180, "This is no position on the map. Mark the place again, or leave it out.")
	}
}

func (s *Service) open(w http.ResponseWriter, r *http.Request) error {
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	by, err := s.officerOf(r)
	if err != nil {
		return err
	}
	n := Opening{FormKey: form.Value("key"), ConversationID: form.ID("conversation", "Open a conversation first, then make a case from it."),
		ServiceID: form.OptionalID("service", "Choose a service from the list."), TeamID: form.OptionalID("team", "Choose a team from the list."),
		Words: form.Text("words", web.AtMost(maxWords)), Asset: form.Text("asset", web.AtMost(maxAsset)), Photos: form.IDs("photo", "Choose photos from those shown."), Tell: form.Ticked("tell"), Say: form.Text("say", web.AtMost(maxSay))}
	readPlace(form, &n)
	if n.ConversationID == 0 {
		return form.Err()
	}
	f, err := s.FillFor(r.Context(), n.ConversationID, n.ServiceID)
	if err != nil {
		return err
	}
	// Another service asks something else: it is shown before the case is made.
	if len(f.Questions) > 0 && form.Value("asked-of") != number(n.ServiceID) {
		return s.renderNew(w, r, http.StatusOK, f, askedAgain(form, f))
	}
	n.Answers, n.Ask = readAnswers(form, f.Questions), form.Ticked("ask")
	if form.Err() == nil {
		c, step, err := s.Open(r.Context(), by, n)
		if err == nil {
			return web.RedirectNotice(w, r, withList(deskURL(c.ConversationID), form.Value("list")), openedNotice(c, step))
		}
		if !form.Take(err) {
			return err
		}
	}
	return s.renderNew(w, r, http.StatusUnprocessableEntity, f, form)
}

// listBehind is the list that stood beside the conversation from which somebody
// comes, as its page's query; the desk knows what it means.
func listBehind(r *http.Request, conversation int64) string {
	from, err := url.Parse(r.Referer())
	if err != nil || from.Host != r.Host || from.Path != deskURL(conversation) {
		return ""
	}
	return from.Query().Encode()
}

// withList leads back to that list. What is no query is left out.
func withList(address, list string) string {
	q, err := url.ParseQuery(list)
	if err != nil || len(q) == 0 {
		return address
	}
	return address + "?" + q.Encode()
}

// askedAgain is the form as it was filled in, with the answers to what another
// service asks.
func askedAgain(form *web.Form, f Filled) *web.Form {
	var pairs []string
	for _, name := range []string{"key", "list", "service", "team", "words", "place", "place-lat", "place-lng", "asset", "photo", "tell", "say"} {
		for _, v := range form.Values(name) {
			pairs = append(pairs, name, v)
		}
	}
	if f.Ask {
		pairs = append(pairs, "ask", "1")
	}
	return web.NewForm(append(pairs, answerPairs(f.Opening.Answers)...)...)
}

func openedNotice(c Case, step Step) web.Notice {
	n := web.Notice{Text: "Opened case " + c.Reference + ".", LinkURL: caseURL(c.ID), LinkLabel: "Show the case"}
	if step.MessageID != 0 {
		n.Text = "Opened case " + c.Reference + ". The citizen is told in a moment."
	}
	return n
}
