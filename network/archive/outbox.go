package archive

import (
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/url"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/text"
)

// outbox reads the archive of a Mastodon account: outbox.json, an ordered
// collection of ActivityStreams activities, and beside it actor.json and the
// files of posts.
type outbox struct {
	posts posts
	files files
	owner network.Identity
	actor string // address
	host  string
	now   time.Time
	seen  threads
}

const publicCollection = "https://www.w3.org/ns/activitystreams#Public"

func newOutbox(file *os.File, o Options) (Reader, error) {
	f, err := openFolder(file, "outbox.json", o.Scratch)
	if err != nil {
		return nil, err
	}
	r := &outbox{now: o.Now, seen: threads{}, posts: posts{folder: f, enter: enterField("orderedItems")}}
	r.files = newFiles(f, attachmentName)
	if err := r.begin(o); err != nil {
		_ = r.posts.close() // the error before it says more; the file is closed by Open too
		return nil, err
	}
	return r, nil
}

func (r *outbox) begin(o Options) error {
	for _, name := range r.posts.folder.names() {
		if path.Base(name) == "outbox.json" {
			r.posts.files = append(r.posts.files, name)
		}
	}
	if len(r.posts.files) != 1 {
		return fault.Newf(fault.Invalid, "The archive holds %d files outbox.json, and one belongs there. Is it the archive of a Mastodon account?", len(r.posts.files))
	}
	actor, err := readMember(r.posts.folder, path.Join(path.Dir(r.posts.files[0]), "actor.json"), 1<<20)
	if err == nil {
		r.readActor(actor)
	} else if fault.Of(err) != "" {
		return err
	}
	if r.owner.ID == "" {
		if err := r.peek(); err != nil {
			return err
		}
	}
	return skipTo(r, o.From)
}

// peek reads of the first activity whose archive it is.
func (r *outbox) peek() error {
	first := posts{folder: r.posts.folder, files: r.posts.files, enter: r.posts.enter}
	raw, err := first.next()
	first.end()
	if errors.Is(err, io.EOF) {
		return nil
	}
	var a activity
	if err == nil && json.Unmarshal(raw, &a) == nil {
		r.owns(a.Actor)
	}
	return err
}

// readActor reads whose archive it is.
func (r *outbox) readActor(b []byte) {
	var a struct {
		ID                string `json:"id"`
		PreferredUsername string `json:"preferredUsername"`
		Name              string `json:"name"`
		URL               string `json:"url"`
	}
	if json.Unmarshal(b, &a) != nil {
		return // posts name it too
	}
	r.owns(a.ID)
	if r.owner.ID != "" && a.PreferredUsername != "" {
		acct := cleanLine(a.PreferredUsername, 200) + "@" + r.host
		r.owner = network.Identity{ID: acct, Handle: "@" + acct, Name: cleanLine(a.Name, network.MaxNameRunes), Profile: a.URL}
	}
}

// owns notes whose archive it is, from the address of the actor.
func (r *outbox) owns(actor string) {
	u, err := url.Parse(actor)
	if err != nil || u.Host == "" {
		return
	}
	r.actor, r.host = actor, u.Hostname()
	acct := cleanLine(strings.TrimPrefix(path.Base(u.Path), "@"), 200) + "@" + r.host
	r.owner = network.Identity{ID: acct, Handle: "@" + acct, Profile: actor}
}

// activity is what we read of one.
type activity struct {
	Type      string          `json:"type"`
	Actor     string          `json:"actor"`
	Published string          `json:"published"`
	To        some[string]    `json:"to"`
	CC        some[string]    `json:"cc"`
	Object    json.RawMessage `json:"object"`
}

type note struct {
	ID           string                  `json:"id"`
	Type         string                  `json:"type"`
	Summary      string                  `json:"summary"`
	InReplyTo    string                  `json:"inReplyTo"`
	Published    string                  `json:"published"`
	Updated      string                  `json:"updated"`
	URL          string                  `json:"url"`
	Conversation string                  `json:"conversation"`
	Context      string                  `json:"context"`
	Content      string                  `json:"content"`
	ContentMap   map[string]string       `json:"contentMap"`
	Sensitive    bool                    `json:"sensitive"`
	Attachment   some[noteFile]          `json:"attachment"`
	Tag          some[noteTag]           `json:"tag"`
	OneOf        []struct{ Name string } `json:"oneOf"`
	AnyOf        []struct{ Name string } `json:"anyOf"`
}

type noteFile struct {
	MediaType string `json:"mediaType"`
	URL       string `json:"url"`
	Name      string `json:"name"`
}

type noteTag struct {
	Type string `json:"type"`
	Href string `json:"href"`
	Name string `json:"name"`
}

// some is a list that may stand there as one element, as ActivityStreams has
// it. What makes no sense is none.
type some[T any] []T

// UnmarshalJSON implements json.Unmarshaler.
func (s *some[T]) UnmarshalJSON(b []byte) error {
	*s = nil
	var one T
	if json.Unmarshal(b, &one) == nil {
		*s = some[T]{one}
		return nil
	}
	var list []json.RawMessage
	if json.Unmarshal(b, &list) != nil {
		return nil
	}
	for _, raw := range list {
		if json.Unmarshal(raw, &one) == nil {
			*s = append(*s, one)
		}
	}
	return nil
}

// Next implements Reader.
func (r *outbox) Next() (Item, error) {
	raw, err := r.posts.next()
	if err != nil {
		return Item{}, err
	}
	item := r.item(raw)
	item.Place, item.Size = postPlace(r.posts.count), int64(len(raw))
	return item, nil
}

func (r *outbox) item(raw json.RawMessage) Item {
	var a activity
	if err := json.Unmarshal(raw, &a); err != nil {
		return Item{Wrong: "It is not as Mastodon writes it."}
	}
	if a.Type == "Announce" {
		return Item{Wrong: "It is a boost of somebody else’s post."}
	}
	var n note
	if err := json.Unmarshal(a.Object, &n); err != nil || a.Type != "Create" || n.ID == "" {
		return Item{Wrong: "It is no post."}
	}
	at, err := time.Parse(time.RFC3339, cmp.Or(n.Published, a.Published))
	if err != nil || !sane(at, r.now) {
		return Item{Wrong: wrongDate(at)}
	}
	p := &network.Post{Ref: r.ref(n.ID), Author: r.owner, FromUs: true, At: at.UTC(), URL: cmp.Or(n.URL, n.ID), Visibility: r.visibility(a.To, a.CC),
		Text: text.HTMLToText(n.Content), HTML: n.Content, Warning: n.Summary}
	if edited, err := time.Parse(time.RFC3339, n.Updated); err == nil && sane(edited, r.now) {
		p.EditedAt = edited
	}
	if p.Author.ID == "" {
		return Item{Wrong: "It does not say whose it is."}
	}
	for _, language := range slices.Backward(slices.Sorted(maps.Keys(n.ContentMap))) {
		p.Language = language
	}
	for _, option := range append(n.OneOf, n.AnyOf...) {
		p.Text += "\n- " + option.Name
	}
	mentions := r.tags(p, n.Tag)
	item := Item{Post: p, To: r.thread(p, n, mentions)}
	r.attach(&item, n.Attachment)
	return item
}

// ref is what the network calls a post: of the account's own server its number
// there, of others its address.
func (r *outbox) ref(address string) network.Ref {
	u, err := url.Parse(address)
	if err == nil && u.Hostname() == r.host && r.host != "" && strings.Contains(u.Path, "/") {
		if base := path.Base(u.Path); base != "/" && base != "." {
			return network.Ref(base)
		}
	}
	return network.Ref(address)
}

func (r *outbox) visibility(to, cc []string) network.Visibility {
	switch {
	case slices.Contains(to, publicCollection) || slices.Contains(to, "as:Public"):
		return network.Public
	case slices.Contains(cc, publicCollection) || slices.Contains(cc, "as:Public"):
		return network.Unlisted
	case slices.Contains(append(to, cc...), r.actor+"/followers"):
		return network.Followers
	}
	return network.Direct
}

// mentioned is somebody whom a post names.
type mentioned struct {
	who  network.Identity
	href string
}

func (r *outbox) tags(p *network.Post, tags []noteTag) []mentioned {
	var list []mentioned
	for _, t := range tags[:min(len(tags), network.MaxMentions)] {
		switch t.Type {
		case "Hashtag":
			p.Tags = append(p.Tags, strings.TrimPrefix(t.Name, "#"))
		case "Mention":
			if who := r.who(t.Href, t.Name); who.ID != "" && who.ID != r.owner.ID {
				p.Mentions = append(p.Mentions, who)
				list = append(list, mentioned{who, t.Href})
			}
		}
	}
	return list
}

// who is an account by its address and the name by which it was mentioned.
func (r *outbox) who(href, name string) network.Identity {
	acct := cleanLine(strings.TrimPrefix(name, "@"), 300)
	if u, err := url.Parse(href); err == nil && !strings.Contains(acct, "@") {
		if acct == "" {
			acct = cleanLine(strings.TrimPrefix(path.Base(u.Path), "@"), 200)
		}
		acct += "@" + u.Hostname()
	}
	if strings.HasPrefix(acct, "@") || strings.HasSuffix(acct, "@") || acct == "" {
		return network.Identity{}
	}
	return network.Identity{ID: acct, Handle: "@" + acct, Profile: href}
}

// thread puts a post into its thread and returns whom it was said to.
func (r *outbox) thread(p *network.Post, n note, mentions []mentioned) network.Identity {
	var to network.Identity
	if n.InReplyTo == "" {
		if len(mentions) > 0 && p.Visibility == network.Direct {
			to = mentions[0].who
		}
		return r.seen.place(p, false, "", to)
	}
	p.ReplyTo = r.ref(n.InReplyTo)
	mine := r.actor != "" && strings.HasPrefix(n.InReplyTo, strings.TrimSuffix(r.actor, "/")+"/")
	for _, m := range mentions {
		if to.ID == "" || strings.HasPrefix(n.InReplyTo, strings.TrimSuffix(m.href, "/")+"/") {
			to = m.who
		}
	}
	if to.ID == "" && !mine {
		to = r.author(n.InReplyTo)
	}
	return r.seen.place(p, mine, network.Ref(cmp.Or(n.Conversation, n.Context)), to)
}

// author is whose post an address is of, as servers write them:
// https://host/users/ann/statuses/1 or https://host/@ann/1.
func (r *outbox) author(post string) network.Identity {
	u, err := url.Parse(post)
	if err != nil {
		return network.Identity{}
	}
	parts := strings.Split(strings.Trim(u.Path, "/"), "/")
	switch {
	case len(parts) == 4 && parts[0] == "users" && parts[2] == "statuses":
		return r.who(u.Scheme+"://"+u.Host+"/users/"+parts[1], "")
	case len(parts) == 2 && strings.HasPrefix(parts[0], "@"):
		return r.who(u.Scheme+"://"+u.Host+"/"+parts[0], "")
	}
	return network.Identity{}
}

// attachmentName is what a post calls a file of the archive.
func attachmentName(name string) string {
	if i := strings.Index(name, "media_attachments/"); i >= 0 {
		return name[i:]
	}
	return ""
}

func (r *outbox) attach(item *Item, list []noteFile) {
	var called []string
	for i, f := range list[:min(len(list), network.MaxMedia)] {
		item.Post.Media = append(item.Post.Media, network.Media{Filename: fileName(i, f.URL), ContentType: f.MediaType, Alt: f.Name})
		called = append(called, attachmentName(f.URL))
	}
	item.Open = r.files.opener(called)
}

// Position implements Reader.
func (r *outbox) Position() Position { return Position{Items: r.posts.count} }

// Owner implements Reader.
func (r *outbox) Owner() network.Identity { return r.owner }

// Close implements Reader.
func (r *outbox) Close() error { return r.posts.close() }
