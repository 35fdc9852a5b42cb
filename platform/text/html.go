package text

import (
	"io"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Bounds on foreign HTML.
const (
	maxHTML   = 1 << 20 // bytes read, and bytes written
	maxDepth  = 64      // elements within elements that are kept as such
	maxFrames = 10_000  // open elements that are remembered
	maxAttrs  = 64      // attributes of one element that are looked at
)

// event is one step through foreign HTML: a start, an end, or text. Starts and
// ends are balanced, at most maxDepth deep, and without what is not for readers.
// Void elements have a start alone.
type event struct {
	kind html.TokenType // StartTagToken, EndTagToken or TextToken
	atom atom.Atom
	attr []html.Attribute
	text string
}

// frame is an open element.
type frame struct {
	name string
	atom atom.Atom
	told bool // each was told of it
	skip bool // its content is not read
}

// walker walks through foreign HTML as a stream: no tree is built from it.
type walker struct {
	open  []frame
	depth int // frames that were told
	each  func(event) bool
	done  bool
}

// walk hands what readers see of s to each, until each returns false. It
// reports whether s was too long and was cut.
func walk(s string, each func(event) bool) (cut bool) {
	if len(s) > maxHTML {
		s, cut = s[:maxHTML], true
	}
	w := walker{each: each}
	z := html.NewTokenizer(strings.NewReader(s))
	for !w.done && z.Next() != html.ErrorToken {
		switch t := z.Token(); t.Type {
		case html.StartTagToken, html.SelfClosingTagToken:
			w.start(t)
		case html.EndTagToken:
			w.end(t)
		case html.TextToken:
			if !w.skipping() {
				w.tell(event{kind: html.TextToken, text: t.Data})
			}
		}
	}
	for !w.done && len(w.open) > 0 {
		w.pop()
	}
	return cut || z.Err() != nil && z.Err() != io.EOF
}

func (w *walker) tell(e event) {
	if !w.done && !w.each(e) {
		w.done = true
	}
}

func (w *walker) skipping() bool { return len(w.open) > 0 && w.open[len(w.open)-1].skip }

func (w *walker) start(t html.Token) {
	if void(t.DataAtom) {
		if !w.skipping() && !hidden(t) {
			w.tell(event{kind: html.StartTagToken, atom: t.DataAtom, attr: t.Attr})
		}
		return
	}
	if t.Type == html.SelfClosingTagToken && t.DataAtom == 0 {
		return // <o:p/>; of elements that HTML knows the slash is ignored
	}
	for len(w.open) > 0 && closes(t.DataAtom, w.open[len(w.open)-1].atom) {
		w.pop()
	}
	if len(w.open) == maxFrames {
		return
	}
	f := frame{name: t.Data, atom: t.DataAtom, skip: w.skipping() || unread(t.DataAtom) || hidden(t)}
	f.told = !f.skip && w.depth < maxDepth
	w.open = append(w.open, f)
	if f.told {
		w.depth++
		w.tell(event{kind: html.StartTagToken, atom: t.DataAtom, attr: t.Attr})
	}
}

// end closes the nearest open element of that name and those within it. Only
// the innermost ones are looked at, so that end tags without a start cost no
// more than their length.
func (w *walker) end(t html.Token) {
	for i := len(w.open) - 1; i >= max(0, len(w.open)-maxDepth); i-- {
		if w.open[i].name == t.Data {
			for len(w.open) > i {
				w.pop()
			}
			return
		}
	}
}

func (w *walker) pop() {
	f := w.open[len(w.open)-1]
	w.open = w.open[:len(w.open)-1]
	if f.told {
		w.depth--
		w.tell(event{kind: html.EndTagToken, atom: f.atom})
	}
}

// closes reports whether an element ends the one that it stands in, because
// authors may leave those end tags out.
func closes(start, open atom.Atom) bool {
	switch open {
	case atom.P:
		return block(start)
	case atom.Li:
		return start == atom.Li
	case atom.Dt, atom.Dd:
		return start == atom.Dt || start == atom.Dd
	case atom.Td, atom.Th:
		return start == atom.Td || start == atom.Th || start == atom.Tr
	case atom.Tr:
		return start == atom.Tr
	case atom.Head:
		return start == atom.Body
	}
	return false
}

// block reports whether an element begins and ends a line.
func block(a atom.Atom) bool {
	switch a {
	case atom.P, atom.Div, atom.Blockquote, atom.Ul, atom.Ol, atom.Li, atom.Dl, atom.Dt, atom.Dd, atom.Pre, atom.Hr,
		atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Table, atom.Tr, atom.Caption, atom.Section,
		atom.Article, atom.Header, atom.Footer, atom.Main, atom.Nav, atom.Aside, atom.Address, atom.Figure,
		atom.Figcaption, atom.Fieldset, atom.Form, atom.Center, atom.Details, atom.Summary, atom.Body:
		return true
	}
	return false
}

// void reports whether an element has no content and no end tag.
func void(a atom.Atom) bool {
	switch a {
	case atom.Area, atom.Base, atom.Br, atom.Col, atom.Embed, atom.Hr, atom.Img, atom.Input,
		atom.Link, atom.Meta, atom.Param, atom.Source, atom.Track, atom.Wbr:
		return true
	}
	return false
}

// unread reports whether the content of an element is not for readers.
func unread(a atom.Atom) bool {
	switch a {
	case atom.Script, atom.Style, atom.Title, atom.Template, atom.Noscript, atom.Noembed, atom.Noframes,
		atom.Iframe, atom.Object, atom.Applet, atom.Svg, atom.Math, atom.Select, atom.Textarea, atom.Xmp,
		atom.Audio, atom.Video, atom.Canvas, atom.Plaintext, atom.Frameset:
		return true
	}
	return false
}

// hidden reports whether an element was made invisible to its readers, as the
// preview lines of newsletters are, and worse things.
func hidden(t html.Token) bool {
	for _, a := range t.Attr[:min(len(t.Attr), maxAttrs)] {
		if a.Key == "hidden" {
			return true
		}
		if a.Key != "style" {
			continue
		}
		style := strings.Map(func(r rune) rune {
			if r <= ' ' {
				return -1
			}
			return r
		}, strings.ToLower(a.Val[:min(len(a.Val), 4096)]))
		for declaration := range strings.SplitSeq(style, ";") {
			switch strings.TrimSuffix(declaration, "!important") {
			case "display:none", "visibility:hidden", "mso-hide:all", "opacity:0",
				"font-size:0", "font-size:0px", "font-size:0pt", "max-height:0", "max-height:0px":
				return true
			}
		}
	}
	return false
}

func attr(attrs []html.Attribute, key string) string {
	for _, a := range attrs[:min(len(attrs), maxAttrs)] {
		if a.Key == key {
			return strings.TrimSpace(a.Val)
		}
	}
	return ""
}
