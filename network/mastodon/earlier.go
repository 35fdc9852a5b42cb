package mastodon

import (
	"context"
	"net/url"
	"strings"
	"time"
	"unicode"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/text"
)

const (
	earlierPages = 10
	// clockSkew is how far the server's clock may be behind ours.
	clockSkew = 5 * time.Minute
	// settle is how long a server may still be at a request whose sender is gone.
	// Mastodon itself ends requests after 15 s (rack-timeout).
	settle = 20 * time.Second
)

// earlier looks for what an earlier try has published: among our own posts since
// the officer sent it, one that answers the same post, with the same words, and
// that is not known to be another answer.
func (c *connection) earlier(ctx context.Context, self account, out network.Outgoing) (s status, found bool, err error) {
	app, err := c.app(ctx)
	if err != nil {
		return s, false, err
	}
	want := essence(out.Text)
	page := url.Values{}
	var candidate status
	for range earlierPages {
		list, back, err := c.statusesOf(ctx, self.ID, page, ownPage)
		if err != nil {
			return s, false, err
		}
		old := false
		for _, s := range list {
			if !s.Created.IsZero() && s.Created.Before(out.At.Add(-clockSkew)) {
				old = true
				continue
			}
			key := c.sent.get(s.ID)
			if key == out.Key {
				return s, true, nil
			}
			if key != "" || s.Reblog || app != "" && s.Application != "" && s.Application != app || !c.same(s, out, want) {
				continue
			}
			candidate = s // the oldest, should there be more
		}
		next := back.page("next", "max_id")
		if next == "" && len(list) > 0 {
			next = string(list[len(list)-1].ID)
		}
		if old || len(list) == 0 || next == page.Get("max_id") {
			break
		}
		page = url.Values{"max_id": {next}}
	}
	return candidate, candidate.ID != "", nil
}

// same reports whether a status is what out would become. When the post that it
// answers was deleted, it shows as one that answers nothing.
func (c *connection) same(s status, out network.Outgoing, want string) bool {
	if s.InReplyTo != id(out.ReplyTo) && s.InReplyTo != "" || len(s.Media) != len(out.Media) {
		return false
	}
	return visibilityOf(s.Visibility) == visibilityOf(visibilityFor(out.Visibility)) && essence(text.HTMLToText(s.Content)) == want
}

// essence is what is left of a text however a server shows it: its letters and
// digits, without the names that stand before it. What has neither is left with
// its signs.
func essence(s string) string {
	for {
		s = strings.TrimSpace(s)
		if !strings.HasPrefix(s, "@") {
			break
		}
		end := strings.IndexFunc(s, unicode.IsSpace)
		if end < 0 {
			break
		}
		s = s[end:]
	}
	// Mentions lose their server, addresses their scheme: servers differ in both.
	var b strings.Builder
	at := 0
	for _, span := range text.Find(s) {
		b.WriteString(s[at:span.Start])
		at = span.End
		switch span.Kind {
		case text.Mention:
			name, _, _ := strings.Cut(span.Value, "@")
			b.WriteString(name)
		case text.Link:
			_, address, _ := strings.Cut(span.Value, "://")
			b.WriteString(strings.TrimPrefix(address, "www."))
		default:
			b.WriteString(s[span.Start:span.End])
		}
	}
	b.WriteString(s[at:])
	whole := strings.ToLower(b.String())
	letters := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, whole)
	if letters != "" {
		return letters
	}
	return strings.Join(strings.Fields(whole), "")
}
