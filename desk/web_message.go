package desk

import (
	"cmp"
	"context"
	"fmt"
	"html"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/a-h/templ"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/text"
	"mercat.scot/mercat/platform/web/ui"
)

// maxWord is after how many characters without a space a line may be broken.
const maxWord = 40

// prose shows foreign or own plain text: its lines, its links, in the direction
// of its first letters. Words without end are broken.
func prose(s string) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		var b strings.Builder
		b.WriteString(`<p class="m-prose" dir="auto">`)
		at := 0
		for _, link := range text.Links(s) {
			pieces(&b, s[at:link.Start])
			fmt.Fprintf(&b, `<a href="%s" target="_blank" rel="nofollow noreferrer noopener">`, html.EscapeString(link.Value))
			pieces(&b, s[link.Start:link.End])
			b.WriteString("</a>")
			at = link.End
		}
		pieces(&b, s[at:])
		b.WriteString("</p>")
		_, err := io.WriteString(w, b.String())
		return err
	})
}

func pieces(b *strings.Builder, s string) {
	first := true
	for piece := range text.Pieces(s, maxWord) {
		if !first {
			b.WriteString("<wbr>")
		}
		first = false
		b.WriteString(html.EscapeString(piece))
	}
}

// cut is the largest end of a rune at or below n.
func cut(s string, n int) int {
	n = min(n, len(s))
	for n > 0 && n < len(s) && !utf8.RuneStart(s[n]) {
		n--
	}
	return n
}

// author is who a message is from, as shown.
func (p paneView) author(m Message) string { return cmp.Or(m.Author, p.whole.Who) }

func messageTags(p paneView, m Message) []ui.Tag {
	var tags []ui.Tag
	switch {
	case m.Direction == Note:
		return []ui.Tag{{Label: "Note, seen by colleagues only", Tone: ui.Warn, Icon: "note"}}
	case !isPublic(m.Visibility) && isPublic(p.whole.Visibility), m.Direction == Out && !isPublic(m.Visibility):
		tags = append(tags, ui.Tag{Label: "Private", Tone: ui.Private, Icon: "lock"})
	case m.Direction == Out:
		tags = append(tags, ui.Tag{Label: "In public", Icon: "eye"})
	}
	if m.Automatic != "" {
		tags = append(tags, ui.Tag{Label: automatic(m.Automatic), Icon: "settings"})
	}
	if m.Details.FromUs && p.written() {
		tags = append(tags, ui.Tag{Label: "Written down", Icon: "note"})
	} else if m.Details.FromUs {
		tags = append(tags, ui.Tag{Label: "Sent from another program"})
	}
	if !m.DeletedAt.IsZero() && m.State != TakenBack {
		tags = append(tags, ui.Tag{Label: "Deleted by its author", Tone: ui.Warn, Icon: "bin", Title: ui.Exact(m.DeletedAt, p.zone)})
	}
	if !m.EditedAt.IsZero() {
		tags = append(tags, ui.Tag{Label: "Edited", Icon: "edit", Title: ui.Exact(m.EditedAt, p.zone)})
	}
	return tags
}

// automatic says which sort of message no person wrote.
func automatic(why string) string {
	switch why {
	case "auto-reply":
		return "Automatic reply"
	case "bounce":
		return "Delivery report"
	case "list", "bulk":
		return "Mailing list"
	}
	return "Automatic"
}

func mediaURL(f Media, size string) string {
	return "/media/" + strconv.FormatInt(f.ID, 10) + "/" + size
}

func pictureAlt(f Media) string {
	return cmp.Or(f.Alt, "Picture without a description, opens larger")
}

func fileName(f Media) string { return cmp.Or(f.Filename, "A file without a name") }

// A thumbnail has thumbSide at most on its longer side, and is shown no taller
// than thumbTall: 14rem, as the style sheet has it.
const (
	thumbSide = 480
	thumbTall = 224
)

// thumbSize reserves the place of a thumbnail, so that nothing jumps when it
// arrives.
func thumbSize(f Media) templ.Attributes {
	w, h := f.Width, f.Height
	if w <= 0 || h <= 0 {
		return nil
	}
	if side := max(w, h); side > thumbSide {
		w, h = max(1, w*thumbSide/side), max(1, h*thumbSide/side)
	}
	if h > thumbTall {
		w, h = max(1, w*thumbTall/h), thumbTall
	}
	return templ.Attributes{"width": strconv.Itoa(w), "height": strconv.Itoa(h)}
}

// point is where on the map a place is, as far as that was said.
func point(p network.Place) string {
	if p.Lat == 0 && p.Lon == 0 {
		return ""
	}
	return coordinates(p.Lat, p.Lon)
}

func coordinates(lat, lon float64) string { return fmt.Sprintf("%.5f, %.5f", lat, lon) }

func contactLines(c network.Contact) []string {
	var lines []string
	for _, s := range []string{c.Name, c.Email, c.Phone} {
		if s != "" {
			lines = append(lines, s)
		}
	}
	return lines
}

// mayTakeBack reports whether the network lets us delete what we sent.
func (p paneView) mayTakeBack() bool { return p.networks[p.whole.Network].Compose.CanDelete }

// written reports whether nothing is sent here: answers are written down.
func (p paneView) written() bool { return p.networks[p.whole.Network].Compose.WrittenDown != "" }

// saysOf is what a state is called where answers are sent, and where they are
// written down.
func (p paneView) saysOf(sent, written string) string {
	if p.written() {
		return written
	}
	return sent
}

func sentTo(p paneView, m Message) string {
	if p.written() {
		return "not sent: Mercat carries nothing here"
	}
	if isPublic(m.Visibility) {
		return "in public"
	}
	return "to " + p.whole.Who + " only"
}

// partLinks lead to the posts on their network.
func partLinks(p paneView, m Message) []ui.Link {
	var links []ui.Link
	for _, part := range m.Parts {
		if part.URL == "" || part.Gone {
			continue
		}
		label := "Open on " + p.network(p.whole.Network)
		if len(m.Parts) > 1 {
			label = partName(part)
		}
		links = append(links, ui.Link{Label: label, URL: part.URL})
	}
	if len(links) == 0 && m.URL != "" {
		links = append(links, ui.Link{Label: "Open on " + p.network(p.whole.Network), URL: m.URL})
	}
	return links
}
