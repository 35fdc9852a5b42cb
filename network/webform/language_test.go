package webform_test

import (
	"net/http"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

func TestThePagesStayInTheLanguageThatWasChosen(t *testing.T) {
	h := onLite(t)
	for lang, c := range map[string]struct{ title, problem, sent, page, box string }{
		"cy": {"Cysylltu â ni neu roi gwybod am broblem", "Ysgrifennwch eich neges", "Mae eich neges wedi cyrraedd", "Eich neges atom", "Defnyddio fy lleoliad"},
		"gd": {"Cuiribh fios thugainn no innsibh dhuinn mu dhuilgheadas", "Sgrìobhaibh an teachdaireachd agaibh", "Fhuair sinn an teachdaireachd agaibh", "An teachdaireachd agaibh thugainn", "Cleachd an t-àite far a bheil mi"},
	} {
		t.Run(lang, func(t *testing.T) {
			isIn := func(p page, title string) {
				t.Helper()
				root := p.all(func(n *html.Node) bool { return n.Data == "html" })[0]
				if attr(root, "lang") != lang || p.text("h1") != title {
					t.Errorf("the page is in %q and called %q, want %q", attr(root, "lang"), p.text("h1"), title)
				}
			}
			form := h.get(t, "/form/contact?lang="+lang)
			isIn(form, c.title)
			if !strings.Contains(form.text("main"), c.box) {
				t.Error("the components speak English")
			}
			action := attr(form.all(func(n *html.Node) bool { return n.Data == "form" })[0], "action")
			wrong := h.post(t, action, with(form.fields(), "about", "8"))
			isIn(wrong, c.title)
			if !wrong.hasProblem(c.problem) || strings.HasPrefix(wrong.text("title"), "Error") {
				t.Errorf("%q, %q", wrong.problems(), wrong.text("title"))
			}
			done := h.post(t, action, with(wrong.fields(), "message", "Halò"))
			reference, _, _ := strings.Cut(done.sentTo(t), "?")
			isIn(h.get(t, done.header.Get("Location")), c.sent)
			isIn(h.get(t, "/track/"+reference), c.page)
			if p := h.get(t, "/track/"+reference+"?lang=en"); p.text("h1") != "Your message to us" {
				t.Errorf("asked for in English, the page is called %q", p.text("h1"))
			}
			posts := h.incoming(t)
			if got := posts[len(posts)-1].Language; got != lang {
				t.Errorf("the post is in %q", got)
			}
		})
	}
	typed := h.fill(t, "/form/contact", "about", "8", "message", "Half a sentence", "use-position", "1", "language", "gd")
	other := h.post(t, "/form/contact?lang=gd", typed, upload{"a.jpg", photoAt(t, 57, -5)})
	if f := other.fields(); other.status != http.StatusOK || len(other.problems()) != 0 || f.Get("message") != "Half a sentence" || f.Get("about") != "8" || f.Get("use-position") != "1" || len(f["kept"]) != 1 {
		t.Errorf("changing the language keeps %v, %d %q", f, other.status, other.problems())
	}
	if p := h.get(t, "/form/contact?lang=xx"); p.status != http.StatusOK || p.text("h1") != "Contact us or report a problem" {
		t.Errorf("in a language that there is not: %d %q", p.status, p.text("h1"))
	}
}
