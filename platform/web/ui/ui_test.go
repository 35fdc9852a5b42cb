package ui_test

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"
	"golang.org/x/net/html"

	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/web/ui"
)

var (
	now    = time.Date(2026, 11, 24, 16, 41, 0, 0, time.UTC)
	london = mustZone("Europe/London")
)

func mustZone(name string) *time.Location {
	zone, err := time.LoadLocation(name)
	if err != nil {
		panic(err)
	}
	return zone
}

// render parses a component, so that tests read the page and not the text.
func render(t *testing.T, c templ.Component) *html.Node {
	t.Helper()
	var page bytes.Buffer
	ctx := ui.WithMoment(context.Background(), ui.Moment{Now: now, Location: london})
	if err := c.Render(ctx, &page); err != nil {
		t.Fatal(err)
	}
	doc, err := html.Parse(&page)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func elements(n *html.Node, tag string) []*html.Node {
	var found []*html.Node
	for d := range n.Descendants() {
		if d.Type == html.ElementNode && (tag == "" || d.Data == tag) {
			found = append(found, d)
		}
	}
	return found
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func words(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// everything is each component once, with every part that can be shown.
func everything() map[string]templ.Component {
	inside := templ.Raw("<p>inside</p>")
	around := func(c templ.Component) templ.Component {
		return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
			return c.Render(templ.WithChildren(ctx, inside), w)
		})
	}
	options := []ui.Option{{Value: "a", Label: "A", Hint: "first"}, {Value: "b", Label: "B", Group: "g"}}
	return map[string]templ.Component{
		"button":   ui.Button{Label: "Reply", Key: "r", Icon: "reply", Kind: ui.Primary},
		"link":     ui.Button{Label: "Open", URL: "/x", IconOnly: true, Icon: "eye"},
		"input":    ui.Input{Name: "email", Label: "Email", Hint: "h", Problem: "p", Type: "email", Required: true},
		"textarea": ui.TextArea{Name: "text", Label: "Text", Hint: "h", Problem: "p", Max: 300, Draft: "d", Guard: true},
		"select":   ui.Select{Name: "kind", Label: "Kind", Hint: "h", Problem: "p", Options: options, Value: "b"},
		"radios":   ui.Radios{Name: "how", Legend: "How", Hint: "h", Problem: "p", Options: options, Value: "a"},
		"boxes":    ui.Checkboxes{Name: "when", Legend: "When", Hint: "h", Problem: "p", Options: options, Values: []string{"b"}},
		"narrow":   ui.Checkboxes{Name: "who", Legend: "Who", Options: options, Narrow: "Find a person"},
		"password": ui.Input{Name: "password", Label: "Password", Hint: "h", Problem: "p", Type: "password", Reveal: true},
		"copy":     ui.Copy{ID: "link", Label: "Link", Hint: "h", Value: "https://mercat.example/x"},
		"box":      ui.Checkbox{Name: "yes", Label: "Yes", Hint: "h", Problem: "p"},
		"file":     ui.FileInput{Name: "photo", Label: "Photo", Hint: "h", Problem: "p"},
		"date":     ui.DateInput{Name: "since", Legend: "Since", Hint: "h", Problem: "p"},
		"place":    ui.PlaceInput{Name: "place", Label: "Where", Hint: "h", Problem: "p", StyleURL: "/style.json"},
		"summary":  ui.ErrorSummary{Problems: fault.Fields{fault.Field("email", "Enter it."), fault.New(fault.Conflict, "It changed.")}},
		"notice":   ui.NoticeBar{Notice: ui.Notice{Text: "Done", UndoURL: "/undo", UndoSeconds: 10, LinkURL: "/x"}},
		"empty":    ui.EmptyState{Icon: "inbox", Title: "Nothing", Text: "Look there.", Actions: []ui.Button{{Label: "Go", URL: "/go"}}},
		"tag":      ui.Tag{Label: "Late", Tone: ui.Bad, Icon: "warning"},
		"badge":    ui.Badge{Count: 3, Label: "unread"},
		"avatar":   ui.Avatar{Name: "Morag Macpherson"},
		"picture":  ui.Avatar{Name: "Morag Macpherson", ImageURL: "/media/1"},
		"time":     ui.Time{At: now.Add(-time.Hour)},
		"icon":     ui.Icon{Name: "lock", Label: "Private"},
		"progress": ui.Progress{ID: "p", Label: "Importing", Value: 1, Max: 2},
		"spinner":  ui.Spinner{ID: "s"},
		"message":  ui.Message{Tone: ui.Warn, Title: "T", Text: "x"},
		"newbar":   ui.NewBar{URL: "/desk", Event: "arrived", List: "rows", One: "new", Many: "new"},
		"facts":    ui.Summary{Rows: []ui.Row{{Key: "Place", Value: "Kirk Wynd", Actions: []ui.Link{{Label: "Change", URL: "/x"}}}}},
		"tabs":     ui.Tabs{Label: "Cases", Items: []ui.Tab{{Label: "Open", URL: "/a", Current: true, Count: 2}}},
		"pager":    ui.Pager{NewerURL: "/a", OlderURL: "/b"},
		"side":     ui.Side{Groups: []ui.SideGroup{{Title: "Views", Items: []ui.SideItem{{Label: "Mine", URL: "/m", Icon: "person", Count: 1, Strong: true, Current: true}}}}},
		"row":      ui.ListRow{ID: "c1", URL: "/c/1", Title: "Morag", Text: "x", At: now, Avatar: "Morag", Icon: "mail", From: "Email", Unread: true, Current: true, Tags: []ui.Tag{{Label: "Bins"}}},
		"event":    ui.Event{Text: "Assigned", At: now},
		"skip":     ui.SkipLink{},
		"hidden":   ui.Version(4),
		"menu":     around(ui.Menu{Label: "More", Icon: "more", Quiet: true}.Around()),
		"table":    around(ui.Table{ID: "t", Caption: "Cases", Columns: []ui.Column{{Label: "Case"}, {Label: "n", Numeric: true}}}.Around()),
		"cards":    around(ui.Table{ID: "people", Caption: "People", Browse: true, Columns: []ui.Column{{Label: "Person"}}}.Around()),
		"panel":    around(ui.Panel{Title: "Facts", Level: 3}.Around()),
		"dialog":   around(ui.Dialog{ID: "d", Title: "Sure?"}.Around()),
		"toolbar":  around(ui.Toolbar{Label: "Conversation"}.Around()),
		"sheet":    around(ui.Sheet{Title: "Settings", Intro: "x", Back: ui.Link{URL: "/"}}.Around()),
		"list":     around(ui.List{ID: "rows", Label: "Conversations"}.Around()),
		"thread":   around(ui.Thread{ID: "t"}.Around()),
		"post":     around(ui.Post{Name: "Tam", Handle: "@tam", At: now, Side: ui.Note}.Around()),
		"head":     around(ui.PaneHead{Title: "Tam", BackURL: "/desk"}.Around()),
		"panes":    ui.Panes{Title: "Desk", Views: inside, List: inside, Main: inside},
	}
}

func TestEveryComponentCanBeUsedWithoutSeeingIt(t *testing.T) {
	for name, c := range everything() {
		t.Run(name, func(t *testing.T) {
			doc := render(t, c)
			ids := map[string]bool{}
			for _, e := range elements(doc, "") {
				if id := attr(e, "id"); id != "" {
					if ids[id] {
						t.Errorf("two elements have the id %q", id)
					}
					ids[id] = true
				}
			}
			labels := map[string]bool{}
			for _, l := range elements(doc, "label") {
				labels[attr(l, "for")] = words(l) != ""
			}
			for _, e := range elements(doc, "") {
				checkElement(t, e, ids, labels)
			}
		})
	}
}

func checkElement(t *testing.T, e *html.Node, ids, labels map[string]bool) {
	t.Helper()
	if attr(e, "style") != "" || e.Data == "style" || e.Data == "script" {
		t.Errorf("<%s> has an inline style or script, which the policy forbids", e.Data)
	}
	for _, a := range e.Attr {
		if strings.HasPrefix(a.Key, "on") {
			t.Errorf("<%s %s> is an inline script", e.Data, a.Key)
		}
	}
	for _, ref := range strings.Fields(attr(e, "aria-describedby") + " " + attr(e, "aria-labelledby")) {
		if !ids[ref] {
			t.Errorf("<%s> refers to #%s, which is not there", e.Data, ref)
		}
	}
	switch e.Data {
	case "input", "select", "textarea":
		if attr(e, "type") != "hidden" && !labels[attr(e, "id")] {
			t.Errorf("the field %q has no label", attr(e, "name"))
		}
	case "button", "a", "summary":
		if words(e) == "" && attr(e, "aria-label") == "" {
			t.Errorf("a <%s> has no words", e.Data)
		}
	case "img":
		if attr(e, "alt") == "" {
			t.Errorf("a picture has no words")
		}
	case "svg":
		if attr(e, "aria-hidden") != "true" && attr(e, "aria-label") == "" {
			t.Errorf("an icon is neither decoration nor named")
		}
	case "fieldset":
		if len(elements(e, "legend")) != 1 {
			t.Errorf("a fieldset has no legend")
		}
	}
}

func TestAFieldWithAnErrorSaysSoToScreenReaders(t *testing.T) {
	doc := render(t, ui.Input{Name: "email", Label: "Email", Hint: "We answer there", Problem: "Enter an email address", Value: `"><script>`})
	field := elements(doc, "input")[0]
	if attr(field, "aria-invalid") != "true" || attr(field, "aria-describedby") != "email-hint email-error" || attr(field, "value") != `"><script>` {
		t.Errorf("%v", field.Attr)
	}
}

func TestTheErrorSummaryLeadsToEachField(t *testing.T) {
	if len(elements(render(t, ui.ErrorSummary{}), "div")) != 0 {
		t.Error("no problem, but a summary")
	}
	doc := render(t, ui.ErrorSummary{Problems: fault.Fields{fault.Field("email", "Enter it.")}})
	if link := elements(doc, "a")[0]; attr(link, "href") != "#email" || words(link) != "Enter it." {
		t.Errorf("%v", link.Attr)
	}
}

func TestALinkCannotCarryAScript(t *testing.T) {
	for _, c := range []templ.Component{
		ui.Button{Label: "x", URL: "javascript:alert(1)"},
		ui.ListRow{Title: "x", URL: "javascript:alert(1)"},
		ui.NoticeBar{Notice: ui.Notice{Text: "x", LinkURL: "javascript:alert(1)"}},
	} {
		for _, a := range elements(render(t, c), "a") {
			if strings.Contains(attr(a, "href"), "alert") {
				t.Errorf("a link leads to %s", attr(a, "href"))
			}
		}
	}
}

func TestTimesAreSaidAsPeopleSayThem(t *testing.T) {
	at := func(s string) time.Time {
		v, err := time.ParseInLocation("2006-01-02 15:04:05", s, london)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for _, c := range []struct{ now, at, want string }{
		{"2026-11-24 16:41:00", "2026-11-24 16:40:30", "now"},
		{"2026-11-24 16:41:00", "2026-11-24 16:41:30", "in a moment"},
		{"2026-11-24 16:41:00", "2026-11-24 16:37:00", "4 min"},
		{"2026-11-24 16:41:00", "2026-11-24 09:00:00", "7 h"},
		{"2026-11-24 01:00:00", "2026-11-23 22:00:00", "3 h"},
		{"2026-11-24 16:41:00", "2026-11-23 16:41:00", "yesterday 16:41"},
		{"2026-11-24 16:41:00", "2026-11-21 09:12:00", "Sat 09:12"},
		{"2026-11-24 16:41:00", "2026-11-17 16:41:00", "17 Nov"},
		{"2026-11-24 16:41:00", "2025-11-24 16:41:00", "24 Nov 2025"},
		{"2026-11-24 16:41:00", "2026-11-24 20:42:00", "in 4 h"},
		{"2026-11-24 16:41:00", "2026-11-25 23:00:00", "tomorrow 23:00"},
		{"2026-11-24 16:41:00", "2026-12-24 09:00:00", "24 Dec"},
		// The clocks go back at 02:00 on 25 October: a day of 25 hours.
		{"2026-10-25 23:30:00", "2026-10-24 23:45:00", "yesterday 23:45"},
		{"2026-10-26 00:15:00", "2026-10-25 00:30:00", "yesterday 00:30"},
		// And forward at 01:00 on 29 March: a day of 23 hours.
		{"2026-03-29 23:30:00", "2026-03-28 23:45:00", "yesterday 23:45"},
	} {
		if got := ui.Relative(at(c.at), at(c.now), london); got != c.want {
			t.Errorf("%s seen at %s: %q, want %q", c.at, c.now, got, c.want)
		}
	}
}

func TestTimesStandInSentences(t *testing.T) {
	now := time.Date(2026, 11, 24, 16, 41, 0, 0, london)
	for gap, want := range map[time.Duration]string{
		-30 * time.Second: "just now", -4 * time.Minute: "4 min ago", -7 * time.Hour: "7 h ago", -24 * time.Hour: "yesterday 16:41", 4 * time.Minute: "in 4 min",
	} {
		if got := ui.Ago(now.Add(gap), now, london); got != want {
			t.Errorf("%v from now: %q, want %q", gap, got, want)
		}
	}
}

func TestATimeCarriesItsExactMoment(t *testing.T) {
	summer := time.Date(2026, 7, 1, 8, 5, 0, 0, time.UTC)
	tag := elements(render(t, ui.Time{At: summer}), "time")[0]
	if attr(tag, "datetime") != "2026-07-01T08:05:00Z" || attr(tag, "title") != "Wednesday 1 July 2026, 09:05 BST" || words(tag) != "1 Jul" {
		t.Errorf("%v %q", tag.Attr, words(tag))
	}
}

func TestNumbersHaveCommasAndNouns(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", -1234567: "\u22121,234,567"} {
		if got := ui.Number(n); got != want {
			t.Errorf("%d: %q", n, got)
		}
	}
	for n, want := range map[int]string{0: "no messages", 1: "1 message", 2000: "2,000 messages"} {
		if got := ui.Count(n, "message", "messages"); got != want {
			t.Errorf("%d: %q", n, got)
		}
	}
	for n, want := range map[int64]string{1: "1 byte", 12000: "12 kB", 10_000_000: "10 MB", 1 << 20: "1 MB"} {
		if got := ui.Bytes(n); got != want {
			t.Errorf("%d: %q", n, got)
		}
	}
	for name, want := range map[string]string{"Morag Macpherson": "MM", "@tam.wishart.example": "TE", "": "?", "ŵyn": "Ŵ", "李 明": "李明"} {
		if got := ui.Initials(name); got != want {
			t.Errorf("%q: %q", name, got)
		}
	}
}
