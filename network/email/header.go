package email

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"mime"
	"net/mail"
	"strings"
	"time"
	"unicode/utf8"

	"mercat.scot/mercat/network"
)

const (
	maxHeaderBytes  = 256 << 10 // of one header block
	maxHeaderFields = 1000
	maxFieldBytes   = 64 << 10 // of one field
	maxReferences   = 50
	maxMessageID    = 250
)

// header is a header block: names in lower case, values unfolded and raw
// otherwise.
type header struct {
	fields []field
	cut    bool // there was more than we read
}

type field struct{ name, value string }

// splitHeader parts a message or a part into header and body. Malformed lines
// are skipped; the first empty line ends the header.
func splitHeader(b []byte) (h header, body []byte) {
	rest := b
	if after, ok := bytes.CutPrefix(rest, []byte("From ")); ok { // an mbox line before the header
		_, rest, _ = bytes.Cut(after, []byte("\n"))
	}
	var current []byte
	flush := func() {
		name, value, ok := bytes.Cut(current, []byte(":"))
		name = bytes.TrimRight(name, " \t")
		if ok && isFieldName(name) {
			if len(h.fields) == maxHeaderFields {
				h.cut = true
			} else {
				h.fields = append(h.fields, field{strings.ToLower(string(name)), string(bytes.TrimSpace(value))})
			}
		}
		current = current[:0]
	}
	for {
		line, after, more := bytes.Cut(rest, []byte("\n"))
		line = bytes.TrimSuffix(line, []byte("\r"))
		if len(line) == 0 {
			flush()
			if !more {
				return h, nil
			}
			return h, after
		}
		if line[0] != ' ' && line[0] != '\t' {
			flush()
		} else {
			// A folded line: RFC 5322 says that the white space stays.
			line = append([]byte(" "), bytes.TrimLeft(line, " \t")...)
		}
		if len(b)-len(rest) > maxHeaderBytes || len(current)+len(line) > maxFieldBytes {
			h.cut = true
		} else {
			current = append(current, line...)
		}
		rest = after
		if !more {
			flush()
			return h, nil
		}
	}
}

func isFieldName(name []byte) bool {
	if len(name) == 0 || len(name) > 100 {
		return false
	}
	for _, c := range name {
		if c <= ' ' || c >= 0x7f || c == ':' {
			return false
		}
	}
	return true
}

// get returns the first value of a field, "" when there is none.
func (h header) get(name string) string {
	for _, f := range h.fields {
		if f.name == name {
			return f.value
		}
	}
	return ""
}

func (h header) has(name string) bool {
	for _, f := range h.fields {
		if f.name == name {
			return true
		}
	}
	return false
}

// all returns every value of a field, at most 20.
func (h header) all(name string) []string {
	var values []string
	for _, f := range h.fields {
		if f.name == name && len(values) < 20 {
			values = append(values, f.value)
		}
	}
	return values
}

// params reads "value; name=value" as leniently as it can be read.
func params(s string) (value string, p map[string]string) {
	v, p, err := mime.ParseMediaType(s)
	if err == nil {
		return v, p
	}
	head, tail, _ := strings.Cut(s, ";")
	value, p = strings.ToLower(strings.TrimSpace(head)), map[string]string{}
	for _, one := range strings.SplitN(tail, ";", 50) {
		k, v, ok := strings.Cut(one, "=")
		if k = strings.ToLower(strings.TrimSpace(k)); ok && k != "" && len(p) < 20 {
			if _, twice := p[k]; !twice {
				p[k] = strings.Trim(strings.TrimSpace(v), `"'`)
			}
		}
	}
	return value, p
}

// messageID returns the first message identifier in s without its brackets, or
// "" when there is none that could serve as one.
func messageID(s string) string {
	if ids := messageIDs(s, 1); len(ids) > 0 {
		return ids[0]
	}
	return ""
}

// messageIDs returns the message identifiers in s, at most limit of them, in
// order. Programs that leave out the brackets are understood.
func messageIDs(s string, limit int) []string {
	var ids []string
	add := func(id string) {
		if id = strings.TrimSpace(id); validMessageID(id) {
			ids = append(ids, id)
		}
	}
	if !strings.Contains(s, "<") {
		for _, id := range strings.Fields(s) {
			if len(ids) < limit && strings.Contains(id, "@") {
				add(id)
			}
		}
		return ids
	}
	for len(ids) < limit {
		_, after, ok := strings.Cut(s, "<")
		if !ok {
			break
		}
		id, rest, ok := strings.Cut(after, ">")
		if !ok {
			break
		}
		// White space inside comes from folding at a wrong place.
		add(strings.Join(strings.Fields(id), ""))
		s = rest
	}
	return ids
}

func validMessageID(id string) bool {
	if len(id) < 3 || len(id) > maxMessageID || !utf8.ValidString(id) {
		return false
	}
	for _, r := range id {
		if r <= ' ' || r == '<' || r == '>' || r == 0x7f || (r >= 0x80 && r < 0xa0) || r == '\uFFFD' {
			return false
		}
	}
	return true
}

const unidentified = "@unidentified.invalid"

// hashRef identifies a message that has no usable Message-ID, by its header
// alone: the body of a message that is read in parts is not always at hand.
func hashRef(raw []byte) network.Ref {
	head := raw
	if i := bytes.Index(raw, []byte("\r\n\r\n")); i >= 0 {
		head = raw[:i]
	} else if i := bytes.Index(raw, []byte("\n\n")); i >= 0 {
		head = raw[:i]
	}
	sum := sha256.Sum256(head[:min(len(head), maxHeaderBytes)])
	return network.Ref(hex.EncodeToString(sum[:16]) + unidentified)
}

// references returns the ancestors of a message, oldest first. When there are
// too many, the first and the last are kept.
func (h header) references() []string {
	ids := messageIDs(h.get("references"), 1000)
	seen := map[string]bool{}
	unique := ids[:0]
	for _, id := range ids {
		if !seen[id] {
			seen[id] = true
			unique = append(unique, id)
		}
	}
	if parent := messageID(h.get("in-reply-to")); parent != "" {
		switch {
		case len(unique) > 0 && unique[len(unique)-1] == parent:
		case !seen[parent]:
			unique = append(unique, parent)
		}
	}
	if len(unique) > maxReferences {
		unique = append(unique[:1:1], unique[len(unique)-maxReferences+1:]...)
	}
	return unique
}

// date returns when a message was written. Insane is true when its own date
// cannot be believed and received was taken instead.
func (h header) date(received, now time.Time) (at time.Time, insane bool) {
	if !sane(received, now) {
		received = now
	}
	value := h.get("date")
	if len(value) > 200 {
		value = value[:200]
	}
	if value == "" {
		return received.UTC(), false
	}
	at, err := mail.ParseDate(value)
	if err != nil {
		// Broken zone names and comments after an otherwise good date.
		if i := strings.IndexByte(value, '('); i > 0 {
			at, err = mail.ParseDate(strings.TrimSpace(value[:i]))
		}
	}
	if err != nil || !sane(at, now) {
		return received.UTC(), true
	}
	return at.UTC(), false
}

func sane(at, now time.Time) bool {
	return at.Year() >= network.OldestSaneYear && at.Before(now.Add(24*time.Hour))
}
