package mastodon

import (
	"strings"
	"unicode/utf8"

	"mercat.scot/mercat/platform/text"
)

// counter counts the length of a text as a server does.
type counter struct {
	perLink int  // characters that each link counts as
	plain   bool // every sign counts: GoToSocial, Pleroma and their kin
}

// count is the length of a text. Mastodon counts graphemes, every link as 23
// and a mention without its server (app/validators/status_length_validator.rb);
// others count code points as they stand.
func (c counter) count(s string) int {
	if c.plain {
		return utf8.RuneCountInString(s)
	}
	n := 0
	for _, span := range text.Find(s) {
		switch written := s[span.Start:span.End]; {
		case span.Kind == text.Link && strings.Contains(written, "://") && hostHasDot(span.Value):
			n += c.perLink - text.Graphemes(written)
		case span.Kind == text.Mention:
			if _, server, ok := strings.Cut(span.Value, "@"); ok {
				n -= text.Graphemes(server) + 1
			}
		}
	}
	return max(0, n+text.Graphemes(s))
}

func hostHasDot(address string) bool {
	_, rest, _ := strings.Cut(address, "://")
	host, _, _ := strings.Cut(rest, "/")
	return strings.Contains(host, ".")
}
