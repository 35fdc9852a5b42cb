package text

import (
	"strings"
	"unicode"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// HTMLToText returns what a reader sees of foreign HTML as plain text:
// paragraphs and cells parted, list items with a dash, quotations with "> ",
// links as text (address) where the address says something that the text does
// not, pictures as their alternative text. What is hidden from readers is left
// out. At most 1 MiB is read and 2 MiB written. The result still has to be
// cleaned.
func HTMLToText(raw string) string {
	w := textWriter{}
	walk(raw, w.event)
	return strings.TrimSpace(w.b.String())
}

// textWriter writes the events of a walk as plain text.
type textWriter struct {
	b      strings.Builder
	open   []atom.Atom
	pre    int
	quotes int  // quotations that are open
	quoted int  // and that were when something was last written
	lines  int  // line feeds owed before the next text
	space  bool // a space owed before the next text
	begun  bool // something stands in this line
	dash   bool // a list item's dash owed before the next text

	href      string // of the link that is open
	linkStart int    // where its text begins in b
}

const maxPlainText = 2 << 20

func (w *textWriter) event(e event) bool {
	switch e.kind {
	case html.StartTagToken:
		w.start(e)
	case html.EndTagToken:
		w.end()
	case html.TextToken:
		w.text(e.text)
	}
	return w.b.Len() < maxPlainText
}

func (w *textWriter) start(e event) {
	switch e.atom {
	case atom.Br:
		w.lines = min(w.lines+1, 2)
		w.space = false
	case atom.Img:
		if alt, _ := CleanLine(attr(e.attr, "alt"), 300); alt != "" {
			w.text("[" + alt + "]")
		}
	case atom.Hr:
		w.newline(2)
	}
	if void(e.atom) {
		return
	}
	w.open = append(w.open, e.atom)
	w.newline(gap(e.atom))
	switch e.atom {
	case atom.Pre:
		w.pre++
	case atom.Blockquote:
		w.quotes++
	case atom.Li:
		w.dash = true
	case atom.A:
		w.href = ""
		if href, ok := safeLink(attr(e.attr, "href")); ok {
			w.flush()
			w.href, w.linkStart = href, w.b.Len()
		}
	}
}

func (w *textWriter) end() {
	last := len(w.open) - 1
	a := w.open[last]
	w.open = w.open[:last]
	switch a {
	case atom.Pre:
		w.pre--
	case atom.Li:
		w.dash = false
	case atom.Td, atom.Th:
		w.space = true
	case atom.A:
		if w.href != "" {
			if says := w.b.String()[min(w.linkStart, w.b.Len()):]; !saysLink(says, w.href) {
				w.word(" (" + strings.TrimPrefix(strings.TrimPrefix(w.href, "mailto:"), "tel:") + ")")
			}
			w.href = ""
		}
	}
	w.newline(gap(a))
	if a == atom.Blockquote {
		w.quotes--
	}
}

// saysLink reports whether the text of a link tells its address already, or is
// a mention or a tag, whose address nobody reads.
func saysLink(text, href string) bool {
	text = strings.ToLower(strings.TrimSpace(text))
	if strings.HasPrefix(text, "@") || strings.HasPrefix(text, "#") {
		return true
	}
	bare := func(s string) string {
		for _, p := range []string{"https://", "http://", "mailto:", "tel:", "www."} {
			s = strings.TrimPrefix(s, p)
		}
		return strings.TrimSuffix(s, "/")
	}
	return bare(strings.ReplaceAll(text, " ", "")) == bare(strings.ToLower(href))
}

// gap is how many line feeds part an element from its neighbours.
func gap(a atom.Atom) int {
	switch a {
	case atom.P, atom.Blockquote, atom.Pre, atom.Ul, atom.Ol, atom.Dl, atom.Table,
		atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		return 2
	}
	if block(a) {
		return 1
	}
	return 0
}

func (w *textWriter) newline(n int) {
	if n == 0 {
		return
	}
	if w.begun && !w.dash {
		w.lines = max(w.lines, n)
	}
	w.space = false
}

// flush writes the white space that is owed.
func (w *textWriter) flush() {
	if w.b.Len() == 0 {
		w.lines = 0
	}
	prefix := strings.Repeat("> ", min(w.quotes, 3))
	between := strings.TrimRight(strings.Repeat("> ", min(w.quotes, w.quoted, 3)), " ")
	w.quoted = w.quotes
	for ; w.lines > 0; w.lines-- {
		w.b.WriteByte('\n')
		if w.lines > 1 {
			w.b.WriteString(between)
		}
		w.begun = false
	}
	if !w.begun {
		w.b.WriteString(prefix)
		w.begun, w.space = true, false
	}
	if w.dash {
		w.b.WriteString("- ")
		w.dash, w.space = false, false
	}
	if w.space {
		w.b.WriteByte(' ')
		w.space = false
	}
}

func (w *textWriter) word(s string) {
	w.flush()
	w.b.WriteString(s)
}

func (w *textWriter) text(s string) {
	if w.pre > 0 {
		for line := range strings.Lines(s) {
			body, ended := strings.CutSuffix(line, "\n")
			if body != "" {
				w.word(strings.TrimSuffix(body, "\r"))
			}
			if ended {
				w.lines = min(w.lines+1, 2)
			}
		}
		return
	}
	for s != "" {
		i := strings.IndexFunc(s, func(r rune) bool { return !unicode.IsSpace(r) })
		if i != 0 {
			w.space = w.space || w.begun && w.lines == 0
			if i < 0 {
				return
			}
			s = s[i:]
		}
		end := strings.IndexFunc(s, unicode.IsSpace)
		if end < 0 {
			end = len(s)
		}
		w.word(s[:end])
		s = s[end:]
	}
}
