package casework

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"mercat.scot/mercat/platform/web"
)

func lower(s string) string { return strings.ToLower(s) }

func boolText(b bool) string { return strconv.FormatBool(b) }

// mayGo are the states into which a card may be dropped.
func mayGo(c Case) string {
	var list []string
	for _, to := range c.State.Next() {
		list = append(list, string(to))
	}
	return strings.Join(list, " ")
}

// goTo moves a card of the board. A state that needs more than a click leads to
// the case's own form.
func (s *Service) goTo(w http.ResponseWriter, r *http.Request) error {
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
	to := State(form.Value("state"))
	back := web.LocalPath(form.Value("back"), "/cases/board")
	if to == "" {
		return web.RedirectWithNotice(w, r, back, "Choose where the card goes, then press Move.")
	}
	if to.Valid() && (!to.oneClick() || len(ReasonsFor(to)) > 0) {
		return web.Redirect(w, r, caseURL(id)+"?"+url.Values{"state": {string(to)}}.Encode()+"#say-"+string(to))
	}
	c, step, err := s.Move(r.Context(), by, id, form.Version(), Moving{To: to})
	if err != nil {
		return err
	}
	return web.RedirectNotice(w, r, back, web.Notice{Text: "Case " + c.Reference + " is " + lower(c.State.Label()) + " now.", UndoURL: caseURL(id) + "/undo",
		Undo: map[string]string{"step": number(step.ID), "back": back}})
}

func dueValue(ctx context.Context, v caseView) string {
	if v.Form.Has("due", "") || v.DueAt.IsZero() {
		return ""
	}
	return v.DueAt.In(web.Location(ctx)).Format("2006-01-02")
}

func pounds(pence int64) string {
	if pence == 0 {
		return ""
	}
	return fmt.Sprintf("%d.%02d", pence/100, pence%100)
}
