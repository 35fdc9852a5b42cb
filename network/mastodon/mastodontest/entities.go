package mastodontest

import (
	"fmt"
	"html"
	"net/url"
	"regexp"
	"strings"
	"time"
)

type object = map[string]any

func (s *Server) isoTime(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC().Format("2006-01-02T15:04:05.000Z")
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// accountFor is an Account entity.
func (s *Server) accountFor(a *Account) object {
	return object{
		"id": a.id, "username": a.username, "acct": a.acct(), "display_name": a.name, "locked": false, "bot": false,
		"discoverable": true, "indexable": false, "group": false, "created_at": "2022-11-05T00:00:00.000Z", "note": "<p>Lives in the burgh.</p>",
		"url": "https://" + a.host() + "/@" + a.username, "uri": "https://" + a.host() + "/users/" + a.username,
		"avatar": "https://" + a.host() + "/avatars/original/missing.png", "avatar_static": "https://" + a.host() + "/avatars/original/missing.png",
		"header": "https://" + a.host() + "/headers/original/missing.png", "header_static": "https://" + a.host() + "/headers/original/missing.png",
		"followers_count": 3, "following_count": 2, "statuses_count": 7, "last_status_at": "2026-11-05", "hide_collections": nil, "noindex": false,
		"emojis": []any{}, "roles": []any{}, "fields": []any{object{"name": "Home", "value": `<a href="https://example.org" rel="me nofollow noopener noreferrer" target="_blank"><span class="invisible">https://</span><span class="">example.org</span></a>`, "verified_at": nil}},
		"moved": nil, "suspended": false, "limited": false,
	}
}

// statusFor is a Status entity as somebody sees it.
func (s *Server) statusFor(st *status, who *Account) object {
	o := object{
		"id": st.id, "created_at": s.isoTime(st.at), "in_reply_to_id": nil, "in_reply_to_account_id": nil, "sensitive": st.sensitive,
		"spoiler_text": st.spoiler, "visibility": st.visibility, "language": orNull(st.language),
		"uri":           "https://" + st.author.host() + "/users/" + st.author.username + "/statuses/" + st.id,
		"url":           "https://" + st.author.host() + "/@" + st.author.username + "/" + st.id,
		"replies_count": 0, "reblogs_count": 0, "favourites_count": 0, "quotes_count": 0, "edited_at": s.isoTime(st.edited), "content": s.content(st),
		"reblog": nil, "account": s.accountFor(st.author), "media_attachments": []any{}, "mentions": []any{}, "tags": []any{}, "emojis": []any{},
		"card": nil, "poll": nil, "favourited": false, "reblogged": false, "muted": false, "bookmarked": false, "filtered": []any{}, "quote": nil,
	}
	if st.replyTo != nil && !st.replyTo.deleted {
		o["in_reply_to_id"], o["in_reply_to_account_id"] = st.replyTo.id, st.replyTo.author.id
	}
	if st.app != nil && s.options.Dialect != Pleroma {
		o["application"] = object{"name": st.app.name, "website": orNull(st.app.website)}
	} else if who == st.author {
		o["application"] = nil
	}
	if who == st.author {
		o["pinned"] = false
	}
	var files, mentions, tags []any
	for _, f := range st.files {
		files = append(files, s.fileFor(f))
	}
	for _, m := range st.mentions {
		mentions = append(mentions, object{"id": m.id, "username": m.username, "url": "https://" + m.host() + "/@" + m.username, "acct": m.acct()})
	}
	for _, t := range tagForm.FindAllStringSubmatch(st.text, -1) {
		tags = append(tags, object{"name": strings.ToLower(t[1]), "url": s.URL + "/tags/" + url.PathEscape(strings.ToLower(t[1]))})
	}
	for name, list := range map[string][]any{"media_attachments": files, "mentions": mentions, "tags": tags} {
		if list != nil {
			o[name] = list
		}
	}
	if st.poll != nil {
		var options []any
		for _, p := range st.poll {
			options = append(options, object{"title": p, "votes_count": 3})
		}
		o["poll"] = object{"id": st.id, "expires_at": s.isoTime(st.at.Add(24 * time.Hour)), "expired": false, "multiple": false, "votes_count": 3 * len(st.poll),
			"voters_count": nil, "options": options, "emojis": []any{}, "voted": false, "own_votes": []any{}}
	}
	return o
}

func (s *Server) noteFor(n *note) object {
	return object{"id": n.id, "type": n.kind, "group_key": "ungrouped-" + n.id, "created_at": s.isoTime(n.at), "account": s.accountFor(n.from), "status": s.statusFor(n.of, n.to)}
}

var (
	linkForm    = regexp.MustCompile(`https?://[^\s<>"]+[^\s<>".,;:!?)]`)
	mentionForm = regexp.MustCompile(`(^|[\s(>"])@([a-zA-Z0-9_]+(?:[a-zA-Z0-9_.-]*[a-zA-Z0-9_]+)?(?:@[a-zA-Z0-9.-]+[a-zA-Z0-9])?)`)
	tagForm     = regexp.MustCompile(`(?:^|[\s(])#([\p{L}_][\p{L}\p{N}_]*)`)
)

// mentioned are the accounts that a text names.
func (s *Server) mentioned(text string) []*Account {
	var list []*Account
	seen := map[*Account]bool{}
	for _, m := range mentionForm.FindAllStringSubmatch(text, -1) {
		if a := s.accountByName(m[2]); a != nil && !seen[a] {
			seen[a] = true
			list = append(list, a)
		}
	}
	return list
}

// content is a text as HTML, as Mastodon formats it.
func (s *Server) content(st *status) string {
	var b strings.Builder
	for _, paragraph := range strings.Split(strings.TrimSpace(st.text), "\n\n") {
		b.WriteString("<p>")
		words := html.EscapeString(paragraph)
		words = linkForm.ReplaceAllStringFunc(words, link)
		words = mentionForm.ReplaceAllStringFunc(words, func(m string) string {
			at := strings.Index(m, "@")
			a := s.accountByName(html.UnescapeString(m[at+1:]))
			if a == nil {
				return m
			}
			shown := a.username
			if s.options.Dialect == Pleroma {
				shown = a.acct()
			}
			return fmt.Sprintf(`%s<span class="h-card" translate="no"><a href="https://%s/@%s" class="u-url mention">@<span>%s</span></a></span>`, m[:at], a.host(), a.username, shown)
		})
		b.WriteString(strings.ReplaceAll(words, "\n", "<br />"))
		b.WriteString("</p>")
	}
	return b.String()
}

// link shows an address as Mastodon does: what is not worth reading is there,
// and invisible.
func link(address string) string {
	scheme, rest, _ := strings.Cut(address, "://")
	hidden := scheme + "://"
	if strings.HasPrefix(rest, "www.") {
		hidden, rest = hidden+"www.", rest[4:]
	}
	class, shown, tail := "", rest, ""
	if len(rest) > 30 {
		class, shown, tail = "ellipsis", rest[:30], rest[30:]
	}
	return fmt.Sprintf(`<a href="%s" target="_blank" rel="nofollow noopener noreferrer" translate="no"><span class="invisible">%s</span><span class="%s">%s</span><span class="invisible">%s</span></a>`, address, hidden, class, shown, tail)
}

func (s *Server) configuration() object {
	return object{
		"urls":     object{"streaming": s.streamURL()},
		"vapid":    object{"public_key": "BCk-QqERU0q-CfYZjcuB6lnyyOYfJ2AifKqfeGIm7Z-HiTU5T9eTG5GxVA0_OH5mMlI4UkkDTpaZwozy0TzdZ2M="},
		"accounts": object{"max_featured_tags": 10, "max_pinned_statuses": 5},
		"statuses": object{"max_characters": s.options.Characters, "max_media_attachments": 4, "characters_reserved_per_url": 23},
		"media_attachments": object{"supported_mime_types": []any{"image/jpeg", "image/png", "image/gif", "image/webp", "video/mp4"},
			"description_limit": 1500, "image_size_limit": 10485760, "image_matrix_limit": 16777216, "video_size_limit": 41943040, "video_frame_rate_limit": 60, "video_matrix_limit": 2304000},
		"polls":       object{"max_options": 4, "max_characters_per_option": 50, "min_expiration": 300, "max_expiration": 2629746},
		"translation": object{"enabled": false},
	}
}

func (s *Server) streamURL() string {
	at := s.options.StreamAt
	if at == "" {
		at = s.URL
	}
	return "ws" + strings.TrimPrefix(at, "http")
}

func (s *Server) version() (version, source string) {
	switch s.options.Dialect {
	case GoToSocial:
		return "0.19.1+git-0d5f8a1", "https://codeberg.org/superseriousbusiness/gotosocial"
	case Pleroma:
		return "2.7.2 (compatible; Pleroma 2.9.0)", "https://git.pleroma.social/pleroma/pleroma"
	}
	if s.options.Old {
		return "3.5.19", ""
	}
	return "4.4.3", "https://github.com/mastodon/mastodon"
}

func (c *call) instance2() (any, error) {
	version, source := c.s.version()
	versions := object{}
	if c.s.options.Dialect == Mastodon {
		versions["mastodon"] = 6
	}
	return object{
		"domain": c.s.options.Domain, "title": "The Burgh", "version": version, "source_url": source, "description": "A server for tests.",
		"usage": object{"users": object{"active_month": 5}}, "thumbnail": object{"url": "https://burgh.test/thumbnail.png", "blurhash": nil, "versions": object{}},
		"icon": []any{}, "languages": []any{"en"}, "configuration": c.s.configuration(),
		"registrations": object{"enabled": false, "approval_required": false, "reason_required": false, "message": nil, "min_age": nil, "url": nil},
		"api_versions":  versions, "contact": object{"email": "admin@burgh.test", "account": nil}, "rules": []any{object{"id": "1", "text": "Be kind", "hint": "", "translations": object{}}},
	}, nil
}

func (c *call) instance1() (any, error) {
	version, _ := c.s.version()
	o := object{
		"uri": c.s.options.Domain, "title": "The Burgh", "short_description": "A server for tests.", "description": "", "email": "admin@burgh.test", "version": version,
		"urls": object{"streaming_api": c.s.streamURL()}, "stats": object{"user_count": 5, "status_count": 9, "domain_count": 2}, "thumbnail": nil, "languages": []any{"en"},
		"registrations": false, "approval_required": false, "invites_enabled": false, "configuration": c.s.configuration(), "contact_account": nil, "rules": []any{},
	}
	if c.s.options.Dialect == Pleroma {
		o["max_toot_chars"] = c.s.options.Characters
	}
	return o, nil
}
