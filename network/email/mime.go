package email

import (
	"bytes"
	"fmt"
	"html"
	"path"
	"strings"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/text"
)

const (
	maxDepth = 20  // of parts within parts
	maxParts = 500 // that are looked at
)

// block is one stretch of a message: words, as plain text, as HTML, or both.
type block struct{ plain, html string }

// content is what was found in the parts of a message.
type content struct {
	blocks  []*block
	media   []network.Media
	notices []network.Notice

	isReport bool
	status   []byte // message/delivery-status
	original header // of the message that a report is about

	parts    int
	leftOut  int // attachments over the count
	textSize int // of all blocks together
}

func (c *content) notice(code, format string, args ...any) {
	for _, n := range c.notices {
		if n.Code == code {
			return
		}
	}
	c.notices = append(c.notices, network.Notice{Code: code, Sentence: fmt.Sprintf(format, args...)})
}

// part reads one part and those within it. Words go to words when that is set
// (the block of a multipart/alternative), to a block of their own otherwise.
func (c *content) part(h header, body []byte, depth int, words *block) {
	c.parts++
	if c.parts > maxParts {
		c.notice("too_many_parts", "The message has more than %d parts; the rest was left out.", maxParts)
		return
	}
	if h.cut {
		c.notice("header_too_large", "Part of an unusually large message header was left out.")
	}
	kind, p := contentType(h)
	if !strings.HasPrefix(kind, "multipart/") || p["boundary"] == "" {
		c.leaf(h, kind, p, body, words)
		return
	}
	if depth == maxDepth {
		c.notice("too_deep", "The message is nested more than %d times; the inner parts were left out.", maxDepth)
		return
	}
	switch kind {
	case "multipart/alternative":
		if words == nil {
			words = &block{}
			c.blocks = append(c.blocks, words)
		}
	case "multipart/report":
		c.isReport = true
	}
	whole := eachPart(body, p["boundary"], func(part []byte) bool {
		ph, pb := splitHeader(part)
		if kind == "multipart/digest" && !ph.has("content-type") {
			ph.fields = append(ph.fields, field{"content-type", "message/rfc822"})
		}
		c.part(ph, pb, depth+1, words)
		return c.parts <= maxParts
	})
	if !whole && c.parts <= maxParts {
		c.notice("message_cut", "The message ends in the middle; something may be missing.")
	}
}

func contentType(h header) (kind string, p map[string]string) {
	kind, p = params(h.get("content-type"))
	if !strings.Contains(kind, "/") {
		kind = "text/plain"
		if p == nil {
			p = map[string]string{}
		}
	}
	return kind, p
}

// eachPart calls f with each part of a multipart body until f returns false.
// Whole is false when the closing boundary is missing.
func eachPart(body []byte, boundary string, f func([]byte) bool) (whole bool) {
	delimiter := []byte("--" + boundary)
	start := -1 // of the current part
	for at := 0; at < len(body); {
		end := bytes.IndexByte(body[at:], '\n')
		next := len(body)
		if end >= 0 {
			next = at + end + 1
		}
		line := body[at:next]
		if after, ok := bytes.CutPrefix(line, delimiter); ok {
			after = bytes.TrimRight(after, " \t\r\n")
			closing := string(after) == "--"
			if closing || len(after) == 0 {
				if start >= 0 {
					part := body[start:at]
					part = bytes.TrimSuffix(part, []byte("\n"))
					part = bytes.TrimSuffix(part, []byte("\r"))
					if !f(part) {
						return false
					}
				}
				if closing {
					return true
				}
				start = next
			}
		}
		at = next
	}
	if start >= 0 && start < len(body) {
		f(body[start:])
	}
	return false
}

// leaf reads a part that has no parts.
func (c *content) leaf(h header, kind string, p map[string]string, body []byte, words *block) {
	disposition, dp := params(h.get("content-disposition"))
	filename := cleanFilename(firstOf(dp["filename"], p["name"]))

	switch kind {
	case "message/delivery-status", "message/global-delivery-status":
		if c.status == nil {
			c.status, _ = c.decode(h, body)
			return
		}
	case "text/rfc822-headers", "message/rfc822-headers", "message/global-headers":
		if c.isReport {
			decoded, _ := c.decode(h, body)
			c.original, _ = splitHeader(decoded)
			return
		}
	case "message/rfc822", "message/global":
		decoded, _ := c.decode(h, body)
		inner, _ := splitHeader(decoded)
		if c.isReport && len(c.original.fields) == 0 {
			c.original = inner
		}
		if filename == "" {
			subject, _ := text.CleanLine(decodeWords(inner.get("subject")), 80)
			filename = cleanFilename(firstOf(subject, "message") + ".eml")
		}
	case "text/plain", "text/html":
		if disposition != "attachment" && (filename == "" || disposition == "inline" || words != nil) {
			c.words(h, kind, p, body, words)
			return
		}
	}
	c.attach(h, kind, filename, body)
}

// words adds the text of a part.
func (c *content) words(h header, kind string, p map[string]string, body []byte, words *block) {
	decoded, _ := c.decode(h, body)
	const most = 8 << 20 // of all text, before it is cut to what is kept
	if room := most - c.textSize; len(decoded) > room {
		decoded = decoded[:max(room, 0)]
		c.notice("text_too_long", "The text was too long and was cut. The original has more of it.")
	}
	c.textSize += len(decoded)
	s, known := decodeCharset(p["charset"], decoded)
	if !known {
		c.notice("charset_unknown", "The message is written in a character set that Mercat does not know; some letters may be wrong.")
	}
	if words == nil {
		words = &block{}
		c.blocks = append(c.blocks, words)
	}
	if kind == "text/html" {
		words.html += s
		return
	}
	if strings.EqualFold(p["format"], "flowed") {
		s = unflow(s, strings.EqualFold(p["delsp"], "yes"))
	}
	if words.plain != "" {
		words.plain += "\n\n"
	}
	words.plain += s
}

func (c *content) decode(h header, body []byte) ([]byte, bool) {
	out, whole := body, true
	switch encoding := strings.ToLower(strings.TrimSpace(h.get("content-transfer-encoding"))); encoding {
	case "base64":
		out, whole = decodeBase64(body)
	case "quoted-printable":
		out, whole = decodeQuoted(body)
	case "", "7bit", "8bit", "binary", "7-bit", "8-bit":
	default:
		whole = false
	}
	if !whole {
		c.notice("part_damaged", "Part of the message was damaged on the way; it is shown as far as it could be read.")
	}
	return out, whole
}

func (c *content) attach(h header, kind, filename string, body []byte) {
	if len(c.media) >= network.MaxMedia {
		c.leftOut++
		c.notice("too_many_attachments", "The message has more than %d attachments; the others were left out.", network.MaxMedia)
		return
	}
	data, _ := c.decode(h, body)
	if len(data) > network.MaxMediaBytes {
		c.tooLarge(filename, int64(len(data)))
		return
	}
	if len(data) == 0 && filename == "" {
		return
	}
	alt, _ := text.CleanLine(decodeWords(h.get("content-description")), 1000) // a description is a courtesy
	if strings.EqualFold(alt, filename) {
		alt = ""
	}
	if filename == "" {
		filename = fmt.Sprintf("attachment-%d%s", len(c.media)+1, extension(kind))
	}
	c.media = append(c.media, network.Media{
		Data:        bytes.Clone(data), // the batch must not keep whole messages alive
		Filename:    filename,
		ContentType: kind,
		Alt:         alt,
		Size:        int64(len(data)),
	})
}

func (c *content) tooLarge(filename string, size int64) {
	c.notices = append(c.notices, network.Notice{
		Code:     "attachment_too_large",
		Sentence: fmt.Sprintf("An attachment of %s was left out%s.", megabytes(size), map[bool]string{true: ": " + filename, false: ""}[filename != ""]),
	})
}

func megabytes(n int64) string {
	if n < 1<<20 {
		return fmt.Sprintf("%d kB", max(n>>10, 1))
	}
	return fmt.Sprintf("%d MB", n>>20)
}

func firstOf(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

// cleanFilename keeps the last element of a name and nothing that a file system
// or a page would take amiss.
func cleanFilename(name string) string {
	name, _ = text.CleanLine(decodeWords(name), 150) // names are for showing; the file is kept by its content
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	name = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`<>:"|?*/`, r) {
			return '_'
		}
		return r
	}, name)
	if strings.Trim(name, ". _") == "" {
		return ""
	}
	return name
}

func extension(kind string) string {
	switch kind {
	case "image/jpeg":
		return ".jpg"
	case "image/png":
		return ".png"
	case "image/gif":
		return ".gif"
	case "application/pdf":
		return ".pdf"
	case "text/calendar":
		return ".ics"
	case "text/plain":
		return ".txt"
	case "text/html":
		return ".html"
	}
	return ".bin"
}

// text returns the words of the message as plain text and, when it had any, as
// HTML.
func (c *content) text() (plain, markup string) {
	var p, m strings.Builder
	rich := false
	for _, b := range c.blocks {
		rich = rich || b.html != ""
	}
	for _, b := range c.blocks {
		words := b.plain
		if strings.TrimSpace(words) == "" {
			words = htmlText(b.html)
		}
		if strings.TrimSpace(words) != "" {
			if p.Len() > 0 {
				p.WriteString("\n\n")
			}
			p.WriteString(strings.Trim(words, "\r\n"))
		}
		if rich {
			m.WriteString(firstOf(b.html, preformatted(b.plain)))
		}
	}
	return p.String(), m.String()
}

// preformatted is plain text as HTML.
func preformatted(s string) string {
	if strings.TrimSpace(s) == "" {
		return ""
	}
	return "<pre>" + html.EscapeString(s) + "</pre>"
}
