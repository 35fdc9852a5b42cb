package mastodon

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
	"unicode"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/text"
)

const (
	// earlierPages of our own posts are read for an answer whose thread has been
	// read too, and anew each time; a server allows some 300 calls in five minutes.
	earlierPages = 10
	// allPages are read where there is no thread to look in.
	allPages = 100
	// clockSkew is how far the server's clock may be behind ours.
	clockSkew = 5 * time.Minute
	// settle is how long a server may still be at a request whose sender is gone.
	// Mastodon itself ends requests after 15 s (rack-timeout).
	settle = 20 * time.Second
)

// earlier looks for what an earlier try has published: first among what answers
// the same post, then among our own posts since the officer sent it. It is one
// that answers the same post, with the same words, and that is not known to be
// another answer.
//
// After a restore there may be thousands of posts since. Where there is no thread
// that could tell, and not all of them can be read, it fails: nobody knows then.
func (c *connection) earlier(ctx context.Context, self account, out network.Outgoing) (s status, found bool, err error) {
	app, err := c.app(ctx)
	if err != nil {
		return s, false, err
	}
	want := essence(out.Text)
	is := func(s status) (surely, perhaps bool) {
		key := c.sent.get(s.ID)
		if key == out.Key {
			return true, true
		}
		return false, key == "" && !s.Reblog && (app == "" || s.Application == "" || s.Application == app) && c.same(s, out, want)
	}
	threaded, s, found, err := c.inThread(ctx, self, out, is)
	if found || err != nil {
		return s, found, err
	}
	pages := allPages
	if threaded {
		pages = earlierPages
	}
	page := url.Values{}
	var candidate status
	all := false
	for n := 0; n < pages && !all; n++ {
		list, back, err := c.statusesOf(ctx, self.ID, page, ownPage)
		if err != nil {
			return s, false, err
		}
		for _, s := range list {
			if !s.Created.IsZero() && s.Created.Before(out.At.Add(-clockSkew)) {
				all = true
				continue
			}
			surely, perhaps := is(s)
			if surely {
				return s, true, nil
			}
			if perhaps {
				candidate = s // the oldest, should there be more
			}
		}
		next := back.page("next", "max_id")
		if next == "" && len(list) > 0 {
			next = string(list[len(list)-1].ID)
		}
		all = all || len(list) == 0 || next == page.Get("max_id")
		page = url.Values{"max_id": {next}}
	}
	if candidate.ID == "" && !all && !threaded {
		return s, false, refused(fmt.Sprintf("This may have been published already: so much has been since on %s that Mercat cannot tell. Look there; if it is missing, write it again.", c.settings.host), nil)
	}
	return candidate, candidate.ID != "", nil
}

// inThread looks among what answers the post that out answers. It is not threaded
// when out answers nothing, or the post is gone.
func (c *connection) inThread(ctx context.Context, self account, out network.Outgoing, is func(status) (surely, perhaps bool)) (threaded bool, s status, found bool, err error) {
	if out.ReplyTo == "" {
		return false, s, false, nil
	}
	_, below, err := c.around(ctx, id(out.ReplyTo))
	var said *apiError
	if errors.As(err, &said) && said.Status >= 400 && said.Status < 500 && said.Status != 429 {
		return false, s, false, nil
	}
	if err != nil {
		return false, s, false, err
	}
	for _, one := range below {
		if one.Account.ID != self.ID || one.InReplyTo != id(out.ReplyTo) {
			continue
		}
		surely, perhaps := is(one)
		if surely {
			return true, one, true, nil
		}
		if perhaps && !found {
			s, found = one, true // the oldest, should there be more
		}
	}
	return true, s, found, nil
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
