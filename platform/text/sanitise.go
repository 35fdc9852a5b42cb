package text

import (
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/microcosm-cc/bluemonday"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// HTML is markup that may stand in a page as it is. Only SanitiseHTML makes it;
// a value read back from our own database may be converted.
type HTML string

// Removed says what SanitiseHTML left out that an officer may want to know of.
type Removed struct {
	Images int  // pictures that would have been loaded from the internet
	Cut    bool // it was too long, and its end is missing
}

// SanitiseHTML makes foreign HTML (mail, statuses) safe to show in a page: text,
// paragraphs, lists, tables, quotations and links, without style, class, id,
// script, form, picture or anything hidden. Links open nothing by themselves
// and tell nothing about us (rel="nofollow noreferrer noopener"). Pictures are
// replaced by their alternative text. Headings become bold paragraphs, so that
// they do not disturb the outline of the page around them. The markup is
// balanced and cannot leave the element that it is put in, which must not be a
// link, a paragraph or a table. At most 1 MiB is read, and at most 1 MiB
// written.
func SanitiseHTML(raw string) (HTML, Removed) {
	var removed Removed
	w := htmlWriter{removed: &removed}
	cut := walk(raw, w.event)
	w.closeAll()
	removed.Cut = removed.Cut || cut
	// What was written is safe already. A second opinion, by others, costs
	// little beside what a mistake of ours would.
	return HTML(strings.ToValidUTF8(policy().Sanitize(w.b.String()), "\uFFFD")), removed
}

// policy is safe for concurrent use once made.
var policy = sync.OnceValue(func() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "hr", "div", "blockquote", "pre", "code", "ul", "ol", "li", "dl", "dt", "dd",
		"b", "strong", "i", "em", "u", "s", "del", "ins", "sub", "sup", "small",
		"table", "thead", "tbody", "tr", "td", "th")
	p.AllowAttrs("href").OnElements("a")
	p.AllowAttrs("colspan", "rowspan").Matching(bluemonday.Integer).OnElements("td", "th")
	p.AllowURLSchemes("http", "https", "mailto", "tel")
	p.AllowRelativeURLs(false)
	p.RequireParseableURLs(true)
	p.RequireNoFollowOnLinks(true)
	p.RequireNoReferrerOnLinks(true)
	p.AllowAttrs("rel").Matching(regexp.MustCompile(`^nofollow noreferrer noopener$`)).OnElements("a")
	return p
})

// htmlWriter writes the events of a walk as plain markup. Events are balanced;
// what may stand where is decided here, so that every browser reads the result
// as it is written.
type htmlWriter struct {
	b       strings.Builder
	open    []opened
	removed *Removed
}

// opened is an element of the walk that is open.
type opened struct {
	in  atom.Atom // what its content stands in; 0 when it was left out itself
	end string    // what is written at its end
}

func (w *htmlWriter) event(e event) bool {
	const reserve = 16 << 10 // for end tags, and one element with its address
	room := maxHTML - reserve - w.b.Len()
	if room <= 0 {
		w.removed.Cut = true
		return false
	}
	switch e.kind {
	case html.StartTagToken:
		if void(e.atom) {
			w.void(e)
			break
		}
		start, o := w.place(e)
		w.b.WriteString(start)
		w.open = append(w.open, o)
	case html.EndTagToken:
		last := len(w.open) - 1
		w.b.WriteString(w.open[last].end)
		w.open = w.open[:last]
	case html.TextToken:
		t := e.text
		if most := room / len("&#34;"); len(t) > most {
			t = t[:most]
			w.removed.Cut = true
		}
		w.text(t)
	}
	return true
}

// closeAll ends what a walk that was broken off left open.
func (w *htmlWriter) closeAll() {
	for i := len(w.open) - 1; i >= 0; i-- {
		w.b.WriteString(w.open[i].end)
	}
	w.open = nil
}

// parent returns what is written next stands in, or 0.
func (w *htmlWriter) parent() atom.Atom {
	for i := len(w.open) - 1; i >= 0; i-- {
		if w.open[i].in != 0 {
			return w.open[i].in
		}
	}
	return 0
}

// text writes text; where only list items or cells may stand, it makes one or
// leaves it out.
func (w *htmlWriter) text(t string) {
	// A carriage return would be read back as a line feed, a NUL as nothing.
	t = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\x00", "").Replace(strings.ToValidUTF8(t, "\uFFFD"))
	written := html.EscapeString(t)
	blank := strings.TrimSpace(t) == ""
	switch w.parent() {
	case atom.Ul, atom.Ol:
		if !blank {
			written = "<li>" + written + "</li>"
		}
	case atom.Dl:
		if !blank {
			written = "<dd>" + written + "</dd>"
		}
	case atom.Table, atom.Thead, atom.Tbody:
		written = ""
	case atom.Tr:
		written = ""
		if !blank {
			written = "<td>" + html.EscapeString(t) + "</td>"
		}
	}
	w.b.WriteString(written)
}

func (w *htmlWriter) void(e event) {
	if e.atom == atom.Img {
		if src := strings.ToLower(attr(e.attr, "src")); strings.HasPrefix(src, "http") || strings.HasPrefix(src, "//") {
			w.removed.Images++
		}
		if alt, _ := CleanLine(attr(e.attr, "alt"), 300); alt != "" {
			w.text("[" + alt + "]")
		}
		return
	}
	switch w.parent() {
	case atom.Ul, atom.Ol, atom.Dl, atom.Table, atom.Thead, atom.Tbody, atom.Tr:
		return
	case atom.P, atom.A:
		if e.atom == atom.Hr {
			return
		}
	}
	if e.atom == atom.Br || e.atom == atom.Hr {
		w.b.WriteString("<" + e.atom.String() + ">")
	}
}

// place decides what is written for an element, by what it would stand in.
func (w *htmlWriter) place(e event) (start string, o opened) {
	name := e.atom.String()
	as := func(a atom.Atom) (string, opened) { return "<" + a.String() + ">", opened{a, "</" + a.String() + ">"} }
	leave := func() (string, opened) {
		switch {
		case e.atom == atom.Td || e.atom == atom.Th:
			return "", opened{end: " "}
		case block(e.atom) && e.atom != atom.Body && w.flowing():
			return "", opened{end: "<br>"}
		}
		return "", opened{}
	}

	switch parent := w.parent(); parent {
	case atom.Ul, atom.Ol:
		switch e.atom {
		case atom.Li:
			return as(atom.Li)
		case atom.Ul, atom.Ol:
			return "<li><" + name + ">", opened{e.atom, "</" + name + "></li>"}
		}
		if block(e.atom) && e.atom != atom.Table {
			return as(atom.Li)
		}
		return "", opened{}
	case atom.Dl:
		if e.atom == atom.Dt || e.atom == atom.Dd {
			return as(e.atom)
		}
		return "", opened{}
	case atom.Table:
		switch e.atom {
		case atom.Thead, atom.Tbody:
			return as(e.atom)
		case atom.Tr:
			return "<tbody><tr>", opened{atom.Tr, "</tr></tbody>"}
		}
		return "", opened{}
	case atom.Thead, atom.Tbody:
		if e.atom == atom.Tr {
			return as(atom.Tr)
		}
		return "", opened{}
	case atom.Tr:
		if e.atom == atom.Td || e.atom == atom.Th {
			return "<" + name + span(e, "colspan") + span(e, "rowspan") + ">", opened{e.atom, "</" + name + ">"}
		}
		return "", opened{}
	}

	switch e.atom {
	case atom.A:
		href, ok := safeLink(attr(e.attr, "href"))
		if !ok || w.within(atom.A) {
			return "", opened{}
		}
		return `<a href="` + html.EscapeString(href) + `" rel="nofollow noreferrer noopener">`, opened{atom.A, "</a>"}
	case atom.B, atom.Strong, atom.I, atom.Em, atom.U, atom.S, atom.Del, atom.Ins, atom.Sub, atom.Sup, atom.Small, atom.Code:
		if w.within(e.atom) {
			return "", opened{}
		}
		return as(e.atom)
	}
	if !block(e.atom) || e.atom == atom.Body || w.flowing() {
		return leave()
	}
	switch e.atom {
	case atom.P, atom.Blockquote, atom.Pre, atom.Ul, atom.Ol, atom.Dl, atom.Table:
		return as(e.atom)
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		return "<p><strong>", opened{atom.P, "</strong></p>"}
	case atom.Tr:
		return leave()
	}
	// Among these are list items outside a list, which would otherwise end the
	// list item that our own page stands the whole in.
	return as(atom.Div)
}

// within reports whether one of the elements is open and written.
func (w *htmlWriter) within(atoms ...atom.Atom) bool {
	for _, o := range w.open {
		if o.in != 0 && slices.Contains(atoms, o.in) {
			return true
		}
	}
	return false
}

// flowing reports whether we stand in a line of text, in which no block begins:
// browsers mend that by rules that nobody should have to rely on.
func (w *htmlWriter) flowing() bool {
	return w.within(atom.P, atom.Pre, atom.A, atom.B, atom.Strong, atom.I, atom.Em, atom.U, atom.S, atom.Del,
		atom.Ins, atom.Sub, atom.Sup, atom.Small, atom.Code)
}

func span(e event, key string) string {
	n, err := strconv.Atoi(attr(e.attr, key))
	if err != nil || n < 2 || n > 100 {
		return "" // missing, or no sensible number: the cell spans one
	}
	return " " + key + `="` + strconv.Itoa(n) + `"`
}

// safeLink returns the address that a foreign link may have in our page.
func safeLink(raw string) (string, bool) {
	if raw == "" || len(raw) > maxLinkBytes {
		return "", false
	}
	u, err := url.Parse(raw)
	if err != nil {
		return "", false
	}
	switch u.Scheme {
	case "http", "https":
		return u.String(), u.Host != ""
	case "mailto", "tel":
		return u.String(), u.Opaque != ""
	}
	return "", false
}
