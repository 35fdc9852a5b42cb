package email

import (
	"net/mail"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/text"
)

// mailbox is an address in lower case, in two halves. Case matters in the local
// part by the letter of RFC 5321 and at no server that people use.
type mailbox struct {
	local, domain string
}

func (m mailbox) address() string {
	if m.local == "" && m.domain == "" {
		return ""
	}
	return m.local + "@" + m.domain
}

const maxAddress = 254 // RFC 5321, less the angle brackets

// parseMailbox reads a bare address. Domains in punycode are shown as people
// write them.
func parseMailbox(s string) (mailbox, bool) {
	s = strings.ToLower(strings.TrimSpace(s))
	at := strings.LastIndexByte(s, '@')
	if at < 1 || at == len(s)-1 || len(s) > maxAddress || !utf8.ValidString(s) {
		return mailbox{}, false
	}
	local, domain := s[:at], strings.TrimSuffix(s[at+1:], ".")
	if clean, changed := text.CleanLine(local, maxAddress); changed || clean != local ||
		strings.ContainsAny(local, " \t\"<>()[]\\,;:@") {
		return mailbox{}, false
	}
	ascii, err := idna.Lookup.ToASCII(domain)
	if err != nil || !hostLabels.MatchString(ascii) || strings.HasSuffix(ascii, ".") {
		return mailbox{}, false
	}
	if shown, err := idna.Display.ToUnicode(ascii); err == nil {
		domain = shown
	}
	return mailbox{local: local, domain: domain}, true
}

// wire is the address as it goes into SMTP and headers: the domain in ASCII.
func (m mailbox) wire() string {
	ascii, err := idna.Lookup.ToASCII(m.domain)
	if err != nil {
		ascii = m.domain // parseMailbox has accepted it, so this is ASCII already
	}
	return m.local + "@" + ascii
}

// named is an address with the name that its owner gave.
type named struct {
	mailbox
	name string
}

const maxAddresses = 200 // of one header that are looked at

// parseAddresses reads an address header as leniently as it can be read: first
// by the rules, then by taking whatever stands in angle brackets or looks like
// an address. It never fails; what cannot be read is left out.
func parseAddresses(value string) []named {
	if len(value) > 64<<10 {
		value = value[:64<<10]
	}
	var list []named
	// Encoded words are decoded afterwards: decoded first, a name could contain
	// a comma or an address of its own.
	for _, piece := range splitAddresses(value) {
		if len(list) == maxAddresses {
			break
		}
		if n, ok := parseNamed(piece); ok {
			list = append(list, n)
		}
	}
	return list
}

// splitAddresses cuts at commas and semicolons outside quotation marks, angle
// brackets and comments, and drops the names of groups.
func splitAddresses(s string) []string {
	var pieces []string
	start, comment, quoted, angle := 0, 0, false, false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && (quoted || comment > 0):
			i++
		case c == '"' && comment == 0:
			quoted = !quoted
		case quoted:
		case c == '(':
			comment++
		case c == ')' && comment > 0:
			comment--
		case comment > 0:
		case c == '<':
			angle = true
		case c == '>':
			angle = false
		case angle:
		case c == ':':
			start = i + 1 // "undisclosed-recipients:;"
		case c == ',' || c == ';':
			pieces = append(pieces, s[start:i])
			start = i + 1
		}
	}
	return append(pieces, s[min(start, len(s)):])
}

// maxLoose bounds in how much something is looked for that looks like an address:
// beyond a few thousand bytes, package regexp searches in another way, which
// takes six times as long for each.
const maxLoose = 2 << 10

var looseAddress = regexp.MustCompile(`[^\s<>"(),;:\[\]]+@[^\s<>"(),;:\[\]]+`)

func parseNamed(piece string) (named, bool) {
	piece = strings.TrimSpace(piece)
	if piece == "" {
		return named{}, false
	}
	parser := mail.AddressParser{WordDecoder: nil}
	if a, err := parser.Parse(encodeRaw8bit(piece)); err == nil {
		if m, ok := parseMailbox(a.Address); ok {
			return named{m, cleanName(a.Name, m)}, true
		}
	}
	var m mailbox
	ok := false
	name := piece
	if open := strings.LastIndexByte(piece, '<'); open >= 0 {
		inside, _, _ := strings.Cut(piece[open+1:], ">")
		if m, ok = parseMailbox(inside); ok {
			name = piece[:open]
		}
	}
	if !ok {
		loose := looseAddress.FindString(piece[:min(len(piece), maxLoose)])
		if m, ok = parseMailbox(loose); !ok {
			return named{}, false
		}
		name = strings.Replace(piece, loose, "", 1)
	}
	return named{m, cleanName(decodeWords(strings.Trim(name, " \t\"'<>()")), m)}, true
}

// encodeRaw8bit makes raw UTF-8 or Latin-1 in a header into valid UTF-8, which
// the standard parser accepts.
func encodeRaw8bit(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return latin(s)
}

// cleanName makes a display name safe to show. A name that is the address
// itself says nothing.
func cleanName(name string, m mailbox) string {
	name, _ = text.CleanLine(decodeWords(name), network.MaxNameRunes) // the address beside it is what counts
	name = strings.Trim(name, `"' `)
	if strings.EqualFold(name, m.address()) {
		return ""
	}
	return name
}

func (n named) identity() network.Identity {
	return network.Identity{ID: n.address(), Handle: n.address(), Name: n.name}
}

// plusToken returns what stands behind our name in an address of ours:
// contact+k3v9xq@council.example. Tokens are [a-z0-9-]{6,64}.
func plusToken(self mailbox, separator string, m mailbox) (string, bool) {
	if separator == "" || m.domain != self.domain {
		return "", false
	}
	token, ok := strings.CutPrefix(m.local, self.local+separator)
	if !ok || !isToken(token) {
		return "", false
	}
	return token, true
}

func isToken(s string) bool {
	if len(s) < 6 || len(s) > 64 {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}

// isSelf reports whether m is our address, with or without a token.
func isSelf(self mailbox, separator string, m mailbox) bool {
	if m == self {
		return true
	}
	return separator != "" && m.domain == self.domain && strings.HasPrefix(m.local, self.local+separator)
}
