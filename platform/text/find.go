package text

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/publicsuffix"
)

// SpanKind is what a Span is.
type SpanKind string

const (
	Link    SpanKind = "link"
	Mention SpanKind = "mention"
	Tag     SpanKind = "tag"
)

// Span is a link, mention or tag in a text, by byte offsets into it.
type Span struct {
	Kind       SpanKind
	Start, End int
	// Value is the address with its scheme, the name without @ (ann,
	// ann.bsky.social, ann@example.org), or the tag without #.
	Value string
}

const (
	maxLinkBytes = 2048
	maxTagRunes  = 64
	maxNameBytes = 320
)

// Find returns the links, mentions and tags of s in order; they do not overlap.
// It finds what people expect to be clickable: https and http addresses and
// bare host names under a public suffix, @name, @name@host and @host, and #tag.
// Each begins at the start, after white space or after an opening bracket or
// quotation mark; an address in running Chinese or Japanese text also begins
// after a letter. Punctuation at the end stays outside.
func Find(s string) []Span {
	var spans []Span
	for i := 0; i < len(s); {
		var span Span
		switch c := s[i]; {
		case (c == 'h' || c == 'H') && startsLink(s, i):
			var past int
			if span, past = link(s, i); span.End == 0 && past > i {
				i = past
				continue
			}
		case c == '@' && startsWord(s, i):
			span = mention(s, i)
		case (c == '#' || strings.HasPrefix(s[i:], "＃")) && startsWord(s, i):
			span = tag(s, i)
		case isHostByte(c) && startsWord(s, i):
			span = bareLink(s, i)
			if span.End == 0 {
				// Go past the whole word, or its every byte would be tried.
				for i < len(s) && isHostByte(s[i]) {
					i++
				}
				continue
			}
		}
		if span.End == 0 {
			_, size := utf8.DecodeRuneInString(s[i:])
			i += size
			continue
		}
		spans = append(spans, span)
		i = span.End
	}
	return spans
}

// Links returns the links of s; see Find.
func Links(s string) []Span { return only(s, Link) }

// Mentions returns the mentions of s; see Find.
func Mentions(s string) []Span { return only(s, Mention) }

// Tags returns the tags of s; see Find.
func Tags(s string) []Span { return only(s, Tag) }

func only(s string, kind SpanKind) []Span {
	return slices.DeleteFunc(Find(s), func(p Span) bool { return p.Kind != kind })
}

// startsWord reports whether what stands before s[i] lets a mention, a tag or a
// bare host name begin there.
func startsWord(s string, i int) bool {
	if i == 0 {
		return true
	}
	r, _ := utf8.DecodeLastRuneInString(s[:i])
	return unicode.IsSpace(r) || unicode.In(r, unicode.Ps, unicode.Pi) || r == '"' || r == '\'' || r == '>' || r == '.' && i == 1
}

// startsLink is startsWord for addresses with a scheme, which are plain enough
// to begin anywhere but inside a Latin word.
func startsLink(s string, i int) bool {
	if i == 0 {
		return true
	}
	r, _ := utf8.DecodeLastRuneInString(s[:i])
	return !(r < utf8.RuneSelf && (isHostByte(byte(r)) || r == '@' || r == '/' || r == '_'))
}

// link is the address with a scheme that begins at s[i]. Where there is none, past
// is where to look next: behind an address that is too long, or every one within
// it would be read to the end again.
func link(s string, i int) (span Span, past int) {
	host := i
	switch {
	case len(s) >= i+8 && strings.EqualFold(s[i:i+8], "https://"):
		host += 8
	case len(s) >= i+7 && strings.EqualFold(s[i:i+7], "http://"):
		host += 7
	default:
		return Span{}, i
	}
	if r, _ := utf8.DecodeRuneInString(s[host:]); !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '[' {
		return Span{}, host
	}
	end := linkEnd(s, host)
	if end == host || end-i > maxLinkBytes {
		return Span{}, end
	}
	return Span{Kind: Link, Start: i, End: end, Value: strings.ToLower(s[i:host]) + s[host:end]}, end
}

// linkEnd returns the end of the address that holds s[i:], without the
// punctuation that belongs to the sentence around it.
func linkEnd(s string, i int) int {
	end, open, closed := i, 0, 0
	for end < len(s) && end-i <= maxLinkBytes {
		r, size := utf8.DecodeRuneInString(s[end:])
		if r <= ' ' || r == '<' || r == '>' || r == '"' || r == utf8.RuneError ||
			unicode.IsSpace(r) || unicode.IsControl(r) || r >= 0x80 && (unicode.IsPunct(r) || unicode.Is(unicode.Cf, r)) {
			break
		}
		if r == '(' {
			open++
		} else if r == ')' {
			closed++
		}
		end += size
	}
	for end > i {
		switch c := s[end-1]; {
		case c == ')' && closed > open:
			closed--
		case strings.IndexByte(".,;:!?'*_~", c) >= 0:
		default:
			return end
		}
		end--
	}
	return end
}

// bareLink is a link without a scheme: www.fife.gov.uk/bins, mercat.scot.
func bareLink(s string, i int) Span {
	end := i
	for end < len(s) && isHostByte(s[end]) && end-i <= 253 {
		end++
	}
	host := strings.TrimRight(s[i:end], ".-")
	path := end < len(s) && s[end] == '/'
	if len(host) != end-i && path || end < len(s) && (s[end] == '@' || s[end] == '_') || !publicHost(host) {
		return Span{}
	}
	suffix := host[strings.LastIndexByte(host, '.')+1:]
	if !path && !strings.HasPrefix(strings.ToLower(host), "www.") && (wordlike(suffix) || host != strings.ToLower(host)) {
		return Span{}
	}
	end = i + len(host)
	if path || end < len(s) && strings.IndexByte("?#:", s[end]) >= 0 {
		end = max(end, linkEnd(s, i))
	}
	return Span{Kind: Link, Start: i, End: end, Value: "https://" + s[i:end]}
}

// wordlike reports whether a top-level domain is a word that often follows a
// full stop without a space ("it was dark.so I fell").
func wordlike(tld string) bool {
	switch tld {
	case "am", "as", "at", "be", "by", "do", "in", "is", "it", "me", "my", "no", "so", "to", "us",
		"can", "day", "how", "now", "one", "read", "report", "see", "fix", "help", "post", "live", "next", "new", "today", "please":
		return true
	}
	return false
}

// publicHost reports whether host is a name under a public suffix, or under
// .test, which is kept for trials.
func publicHost(host string) bool {
	if len(host) < 4 || len(host) > 253 || strings.Contains(host, "..") || !strings.Contains(host, ".") {
		return false
	}
	lower := strings.ToLower(host)
	for label := range strings.SplitSeq(lower, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
	}
	if strings.HasSuffix(lower, ".test") {
		return true
	}
	suffix, icann := publicsuffix.PublicSuffix(lower)
	return icann && suffix != lower
}

func isHostByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '.'
}

func isNameByte(c byte) bool { return isHostByte(c) || c == '_' }

func mention(s string, i int) Span {
	end := nameEnd(s, i+1)
	if end == i+1 {
		return Span{}
	}
	if end+1 < len(s) && s[end] == '@' {
		if host := nameEnd(s, end+1); publicHost(s[end+1 : host]) {
			end = host
		} else {
			return Span{}
		}
	} else if end < len(s) && s[end] == '@' {
		return Span{}
	}
	return Span{Kind: Mention, Start: i, End: end, Value: s[i+1 : end]}
}

// nameEnd returns the end of the name at s[i:], which neither begins nor ends
// with a full stop or hyphen; it is i when there is none.
func nameEnd(s string, i int) int {
	end := i
	for end < len(s) && isNameByte(s[end]) {
		if end++; end-i > maxNameBytes {
			return i
		}
	}
	for end > i && (s[end-1] == '.' || s[end-1] == '-') {
		end--
	}
	if end > i && (s[i] == '.' || s[i] == '-') {
		return i
	}
	return end
}

// tag finds #word: letters, digits, marks and underscores, not digits alone.
func tag(s string, i int) Span {
	_, size := utf8.DecodeRuneInString(s[i:])
	start := i + size
	end, runes, letters := start, 0, false
	for end < len(s) {
		r, size := utf8.DecodeRuneInString(s[end:])
		inner := r == '·' || r == '・' || r == joiner || r == nonJoiner
		if !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.Is(unicode.M, r) && r != '_' && !(inner && end > start) {
			break
		}
		letters = letters || !unicode.IsNumber(r) && !inner
		end += size
		if runes++; runes > maxTagRunes {
			return Span{}
		}
	}
	value := strings.TrimRight(s[start:end], "·・\u200c\u200d")
	if !letters || value == "" {
		return Span{}
	}
	return Span{Kind: Tag, Start: i, End: start + len(value), Value: value}
}
