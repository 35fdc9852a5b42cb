package mastodon

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"time"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/text"
)

func (l limits) identity(a account) network.Identity {
	name, _ := text.CleanLine(a.DisplayName, network.MaxNameRunes) // a name is shown, nothing more
	acct, _ := text.CleanLine(a.Acct, 500)
	acct = l.fullAcct(acct)
	who := network.Identity{ID: acct, Handle: "@" + acct, Name: name}
	if acct == "" { // never seen, but an author must have an identity
		who = network.Identity{ID: l.Domain + "/" + string(a.ID), Name: name}
	}
	if webLink(a.URL) {
		who.Profile = a.URL
	}
	if strings.HasPrefix(a.Avatar, "https://") && webLink(a.Avatar) {
		who.AvatarURL = a.Avatar
	}
	return who
}

// post makes a network.Post of a status. Root is the post that began its thread.
func (l limits) post(s status, root, self id, now time.Time) *network.Post {
	p := &network.Post{
		Ref: network.Ref(s.ID), Thread: network.Ref(s.ID),
		ReplyTo:    network.Ref(s.InReplyTo),
		Author:     l.identity(s.Account),
		Visibility: visibilityOf(s.Visibility),
		FromUs:     self != "" && s.Account.ID == self,
		EditedAt:   s.Edited,
	}
	if s.InReplyTo != "" {
		p.Thread = network.Ref(s.InReplyTo)
		if root != "" {
			p.Thread = network.Ref(root)
		}
		if p.Thread == p.Ref {
			p.Thread = p.ReplyTo
		}
	}
	if s.Odd {
		notice(p, "unreadable", "The post is not as Mastodon wants it and could not be read whole. Look at it on its server.")
	}
	p.At = postedAt(p, s.Created, now)
	if !p.EditedAt.IsZero() && (p.EditedAt.Before(p.At) || p.EditedAt.After(now.Add(24*time.Hour))) {
		p.EditedAt = time.Time{}
	}
	if webLink(s.URL) {
		p.URL = s.URL
	} else if webLink(s.URI) {
		p.URL = s.URI
	}
	if s.Quotes.sane() && s.Quotes != s.ID {
		p.Quotes = network.Ref(s.Quotes)
		p.References = []network.Ref{p.Quotes}
	}
	if languageForm.MatchString(s.Language) {
		p.Language = s.Language
	}
	p.Warning, _ = text.CleanLine(s.Spoiler, 500) // shown above the text, nothing more
	if p.Warning == "" && s.Sensitive && len(s.Media) > 0 {
		p.Warning = "The author marked the pictures as sensitive"
	}
	p.Text = cleanText(p, text.HTMLToText(s.Content)+pollText(s.Poll, now))
	for _, m := range s.Mentions[:min(len(s.Mentions), network.MaxMentions)] {
		if who := l.identity(account{ID: m.ID, Acct: m.Acct, URL: m.URL}); m.Acct != "" {
			p.Mentions = append(p.Mentions, who)
		}
	}
	for _, t := range s.Tags[:min(len(s.Tags), 100)] {
		if t, _ = text.CleanLine(t, 100); t != "" {
			p.Tags = append(p.Tags, t)
		}
	}
	p.Media = media(p, s.Media)
	if len(p.Notices) > 0 && len(s.Raw) <= network.MaxRaw {
		p.Raw = s.Raw
	}
	return p
}

var languageForm = regexp.MustCompile(`^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$`)

func notice(p *network.Post, code, sentence string) {
	p.Notices = append(p.Notices, network.Notice{Code: code, Sentence: sentence})
}

// visibilityOf reads a visibility. What is not known counts as private: it is
// better answered too privately than too publicly.
func visibilityOf(v string) network.Visibility {
	switch v {
	case "public":
		return network.Public
	case "unlisted", "local": // local: everybody on that server (Pleroma)
		return network.Unlisted
	case "private", "mutuals_only":
		return network.Followers
	}
	return network.Direct
}

func visibilityFor(v network.Visibility) string {
	switch v {
	case network.Public, "":
		return "public"
	case network.Unlisted:
		return "unlisted"
	case network.Followers:
		return "private"
	}
	return "direct"
}

func postedAt(p *network.Post, said, now time.Time) time.Time {
	if said.Year() >= network.OldestSaneYear && !said.After(now.Add(24*time.Hour)) {
		return said
	}
	notice(p, "date_replaced", "The date of the post cannot be right; the time at which it came in is shown instead.")
	return now
}

func cleanText(p *network.Post, s string) string {
	clean, changed := text.Clean(strings.TrimRight(s, " \t\r\n"), network.MaxText)
	if changed {
		notice(p, "text_changed", "Signs that cannot be shown, or that serve to deceive, were taken out of the text.")
	}
	return clean
}

// pollText shows a poll as words.
func pollText(p *poll, now time.Time) string {
	if p == nil || len(p.Options) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("\n\nPoll")
	if end := readTime(p.ExpiresAt); p.Expired || !end.IsZero() && end.Before(now) {
		b.WriteString(" (closed)")
	} else if !end.IsZero() {
		b.WriteString(" (open until " + end.Format("2 January 2006 15:04") + " UTC)")
	}
	b.WriteString(":")
	for _, o := range p.Options[:min(len(p.Options), 50)] {
		title, _ := text.CleanLine(o.Title, 300) // it is cleaned once more as a part of the text
		b.WriteString("\n- " + title)
		if o.Votes != nil {
			unit := "votes"
			if *o.Votes == 1 {
				unit = "vote"
			}
			fmt.Fprintf(&b, " (%d %s)", *o.Votes, unit)
		}
	}
	return b.String()
}

func webLink(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil && len(s) <= 8000
}

// media lists the files of a post. They are at public addresses.
func media(p *network.Post, files []attachment) []network.Media {
	var all []network.Media
	for _, f := range files {
		if len(all) == network.MaxMedia {
			notice(p, "media_left_out", fmt.Sprintf("The post has more than %d files; the rest was left out.", network.MaxMedia))
			break
		}
		m := network.Media{URL: f.URL}
		if !webLink(m.URL) {
			m.URL = f.RemoteURL
		}
		if !webLink(m.URL) {
			notice(p, "media_unreadable", "A picture or another file of the post could not be read, or is not ready yet. Look at it on its server.")
			continue
		}
		var changed bool
		if m.Alt, changed = text.Clean(f.Description, 10_000); changed {
			notice(p, "alt_changed", "Signs that cannot be shown were taken out of a picture’s description.")
		}
		m.FocusX, m.FocusY = focus(f.Meta.Focus.X), focus(f.Meta.Focus.Y)
		m.Filename = fileName(len(all)+1, f.Type)
		all = append(all, m)
	}
	return all
}

func focus(f float64) float64 {
	if f != f {
		return 0
	}
	return max(-1, min(1, f))
}

func fileName(n int, kind string) string {
	switch kind {
	case "video", "gifv":
		return fmt.Sprintf("video-%d", n)
	case "audio":
		return fmt.Sprintf("sound-%d", n)
	case "image":
		return fmt.Sprintf("picture-%d", n)
	}
	return fmt.Sprintf("file-%d", n)
}
