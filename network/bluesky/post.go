package bluesky

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/text"
)

func identity(p profile) network.Identity {
	name, _ := text.CleanLine(p.DisplayName, network.MaxNameRunes) // a name is shown, nothing more
	id := network.Identity{ID: p.DID, Handle: handleOf(p.Handle), Name: name, Profile: "https://bsky.app/profile/" + p.DID}
	if id.Handle != "" {
		id.Profile = "https://bsky.app/profile/" + id.Handle[1:]
	}
	if strings.HasPrefix(p.Avatar, "https://") {
		id.AvatarURL = p.Avatar
	}
	return id
}

// post makes a network.Post of what the AppView shows. Base is the server whose
// getBlob stands for files that the AppView gives no address for. Ok is false
// for what is no post at all.
func post(v postView, self, base string, now time.Time) (p *network.Post, ok bool) {
	did, collection, key, ok := splitURI(v.URI)
	if !ok || collection != postCollection || v.Author.DID != "" && v.Author.DID != did {
		return nil, false
	}
	v.Author.DID = did
	p = &network.Post{
		Ref: refOf(v.URI), Thread: refOf(v.URI),
		Author:     identity(v.Author),
		Visibility: network.Public,
		URL:        webAddress(v.URI),
		FromUs:     did == self,
	}
	r, err := readRecord(v.Record)
	if err != nil {
		notice(p, "unreadable", "The post is not as Bluesky wants it and could not be read whole. Look at it on Bluesky.")
	}
	p.At = postedAt(p, r.CreatedAt, v.IndexedAt, key, now)
	if r.Reply != nil {
		p.ReplyTo, p.Thread = place(r.Reply, v.URI)
	}
	if quoted := r.Embed.quoted(); quoted != "" && quoted != v.URI {
		p.Quotes = refOf(quoted)
		p.References = []network.Ref{p.Quotes}
	}
	for _, l := range r.Langs {
		if _, err := syntax.ParseLanguage(l); err == nil && len(l) <= 35 {
			p.Language = l
			break
		}
	}
	p.Warning = warning(r.Labels, v.Labels, v.Author.Labels, now)
	words := readText(p, r)
	p.Text = cleanText(p, words+card(words, r.Embed))
	p.Media = media(p, r.Embed, v.Embed, did, base)
	if len(p.Notices) > 0 && len(v.Record) <= network.MaxRaw {
		p.Raw = v.Record
	}
	return p, true
}

func notice(p *network.Post, code, sentence string) {
	p.Notices = append(p.Notices, network.Notice{Code: code, Sentence: sentence})
}

// readRecord reads a record. One that goes against the lexicon in one field is
// read by its most important fields alone.
func readRecord(raw json.RawMessage) (r record, err error) {
	if err = json.Unmarshal(raw, &r); err == nil {
		return r, nil
	}
	r = record{}
	fields := map[string]json.RawMessage{}
	// Without even an object there is nothing to be had.
	_ = json.Unmarshal(raw, &fields)
	for name, into := range map[string]any{"text": &r.Text, "createdAt": &r.CreatedAt, "reply": &r.Reply, "facets": &r.Facets, "embed": &r.Embed, "langs": &r.Langs} {
		if json.Unmarshal(fields[name], into) != nil {
			switch name { // half-read values are worse than none
			case "reply":
				r.Reply = nil
			case "facets":
				r.Facets = nil
			case "embed":
				r.Embed = nil
			case "langs":
				r.Langs = nil
			}
		}
	}
	return r, err
}

// place is where a reply stands, as far as its references make sense.
func place(r *replyRefs, uri string) (parent, root network.Ref) {
	root = refOf(uri)
	if _, collection, _, ok := splitURI(r.Root.URI); ok && collection == postCollection && r.Root.URI != uri {
		root = refOf(r.Root.URI)
	}
	if _, collection, _, ok := splitURI(r.Parent.URI); ok && collection == postCollection && r.Parent.URI != uri {
		parent = refOf(r.Parent.URI)
	}
	if parent == "" && root != refOf(uri) {
		parent = root
	}
	if parent != "" && root == refOf(uri) {
		root = parent
	}
	return parent, root
}

// postedAt is when the author says to have written it. The network itself uses
// the time at which it first saw the post where that is earlier.
func postedAt(p *network.Post, created, indexed, key string, now time.Time) time.Time {
	seen, known := parseTime(indexed)
	if !known {
		seen = now
		if tid, err := syntax.ParseTID(key); err == nil {
			seen = tid.Time().UTC()
		}
	}
	said, ok := parseTime(created)
	if ok && said.Year() >= network.OldestSaneYear && !said.After(now.Add(24*time.Hour)) {
		return said
	}
	notice(p, "date_replaced", "The date in the post cannot be right; the time at which Bluesky received it is shown instead.")
	if seen.Year() < network.OldestSaneYear || seen.After(now.Add(24*time.Hour)) {
		seen = now
	}
	return seen
}

// warning says in words what the author or the network's moderators marked a
// post with.
func warning(self json.RawMessage, post, author []label, now time.Time) string {
	var own struct {
		Values []label `json:"values"`
	}
	// Labels that make no sense warn of nothing.
	if len(self) > 0 && json.Unmarshal(self, &own) != nil {
		own.Values = nil
	}
	var words []string
	seen := map[string]bool{}
	for _, l := range append(append(own.Values, post...), author...) {
		w := labelWords(l.Val)
		if end, ok := parseTime(l.Exp); w == "" || l.Neg || seen[w] || ok && end.Before(now) {
			continue
		}
		seen[w] = true
		words = append(words, w)
	}
	return strings.Join(words, ", ")
}

// labelWords are the labels that change what an officer should expect to see.
func labelWords(val string) string {
	switch val {
	case "porn", "sexual":
		return "Sexual content"
	case "nudity":
		return "Nudity"
	case "graphic-media", "gore":
		return "Violent or disturbing pictures"
	case "!warn", "!hide":
		return "Marked by moderators"
	case "spam":
		return "Marked as spam"
	case "impersonation":
		return "Author marked as impersonating somebody"
	}
	return ""
}

// card is the link that a post shows below its text, unless the text has it.
func card(words string, e *recordEmbed) string {
	if e == nil {
		return ""
	}
	if e.External == nil {
		return card(words, e.Media)
	}
	uri := e.External.URI
	if !webLink(uri) || strings.Contains(words, uri) {
		return ""
	}
	title, _ := text.CleanLine(e.External.Title, 300) // it is cleaned once more as a part of the text
	if title == "" || title == uri {
		return "\n\n" + uri
	}
	return "\n\n" + title + " (" + uri + ")"
}

func webLink(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && len(s) <= 8000
}

func cleanText(p *network.Post, s string) string {
	s = strings.TrimRight(s, " \t\r\n")
	clean, changed := text.Clean(s, network.MaxText)
	if changed {
		notice(p, "text_changed", "Signs that cannot be shown, or that serve to deceive, were taken out of the text.")
	}
	return clean
}

// media lists the pictures and the video of a post.
func media(p *network.Post, e *recordEmbed, v *viewEmbed, did, base string) []network.Media {
	if e == nil {
		return nil
	}
	if e.Media != nil {
		var inner *viewEmbed
		if v != nil {
			inner = v.Media
		}
		return media(p, e.Media, inner, did, base)
	}
	var all []network.Media
	add := func(b blobRef, alt, shown string) {
		if b.cid() == "" {
			notice(p, "media_unreadable", "A picture or video of the post could not be read. Look at it on Bluesky.")
			return
		}
		m := network.Media{URL: shown, ContentType: b.MimeType, Size: max(b.Size, 0), Filename: fileName(len(all)+1, b.MimeType)}
		if m.URL == "" {
			m.URL = blobAddress(base, did, b.cid())
		} else {
			m.ContentType, m.Size = "", 0 // the AppView encodes it anew
		}
		var changed bool
		if m.Alt, changed = text.Clean(alt, 10_000); changed {
			notice(p, "alt_changed", "Signs that cannot be shown were taken out of a picture’s description.")
		}
		all = append(all, m)
	}
	for i, one := range e.Images {
		if len(all) == network.MaxMedia {
			notice(p, "media_left_out", fmt.Sprintf("The post has more than %d pictures; the rest was left out.", network.MaxMedia))
			break
		}
		shown := ""
		if v != nil && i < len(v.Images) && webLink(v.Images[i].Fullsize) {
			shown = v.Images[i].Fullsize
		}
		add(one.Image, one.Alt, shown)
	}
	if e.Video != nil {
		if e.Video.Size > network.MaxMediaBytes {
			notice(p, "media_too_large", "The post has a video that is too large to be copied here. Look at it on Bluesky.")
		} else {
			add(*e.Video, e.Alt, "")
		}
	}
	if len(all) == 0 && unknownEmbed(e.Type) {
		notice(p, "embed_unknown", "The post shows something that Mercat does not know. Look at it on Bluesky.")
	}
	return all
}

func unknownEmbed(kind string) bool {
	switch kind {
	case "", "app.bsky.embed.images", "app.bsky.embed.video", "app.bsky.embed.external", "app.bsky.embed.record", "app.bsky.embed.recordWithMedia":
		return false
	}
	return true
}

func fileName(n int, contentType string) string {
	switch contentType {
	case "image/png":
		return fmt.Sprintf("picture-%d.png", n)
	case "image/webp":
		return fmt.Sprintf("picture-%d.webp", n)
	case "image/gif":
		return fmt.Sprintf("picture-%d.gif", n)
	case "video/mp4":
		return fmt.Sprintf("video-%d.mp4", n)
	}
	if strings.HasPrefix(contentType, "video/") {
		return fmt.Sprintf("video-%d", n)
	}
	return fmt.Sprintf("picture-%d.jpg", n)
}

// blobAddress names a file of an account. OpenMedia finds the server that has it.
func blobAddress(base, did, cid string) string {
	return base + "/xrpc/" + methodGetBlob + "?" + url.Values{"did": {did}, "cid": {cid}}.Encode()
}
