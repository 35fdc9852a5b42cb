package mastodontest

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Account is somebody on the server, or somebody elsewhere whom it knows.
type Account struct {
	s        *Server
	id       string
	username string
	domain   string // "" for those of this server
	name     string
	blocks   map[*Account]bool
	follows  map[*Account]bool
}

// NewAccount makes an account on the server; handle is "ann", or
// "ann@elsewhere.test" for one of another server.
func (s *Server) NewAccount(handle string) *Account {
	s.mu.Lock()
	defer s.mu.Unlock()
	name, domain, _ := strings.Cut(handle, "@")
	a := &Account{s: s, id: s.newID(), username: name, domain: domain, name: strings.ToUpper(name[:1]) + name[1:], blocks: map[*Account]bool{}, follows: map[*Account]bool{}}
	s.accounts = append(s.accounts, a)
	return a
}

// ID is the account's id on the server, Handle how it is written anywhere.
func (a *Account) ID() string { return a.id }

// Handle is "@ann@burgh.test".
func (a *Account) Handle() string { return "@" + a.username + "@" + a.host() }

func (a *Account) host() string {
	if a.domain != "" {
		return a.domain
	}
	return a.s.options.Domain
}

func (a *Account) acct() string {
	if a.domain != "" {
		return a.username + "@" + a.domain
	}
	return a.username
}

// Blocks makes an account block another, Follows follow it.
func (a *Account) Blocks(b *Account)  { a.s.locked(func() { a.blocks[b] = true }) }
func (a *Account) Follows(b *Account) { a.s.locked(func() { a.follows[b] = true }) }

// status is a post.
type status struct {
	id         string
	author     *Account
	text       string
	spoiler    string
	sensitive  bool
	visibility string
	language   string
	replyTo    *status
	mentions   []*Account
	files      []*file
	poll       []string
	app        *app
	at, edited time.Time
	deleted    bool
}

type note struct {
	id   string
	kind string
	to   *Account
	from *Account
	of   *status
	at   time.Time
	kept bool // back, by the account's policy
}

// newID makes an identifier as the server's dialect has them. It is greater than
// all before.
func (s *Server) newID() string {
	n := max(s.last+1, s.options.Now().UnixMilli()<<12)
	s.last = n
	switch s.options.Dialect {
	case GoToSocial:
		return "01" + base(n, "0123456789ABCDEFGHJKMNPQRSTVWXYZ", 24)
	case Pleroma:
		return "A" + base(n, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", 17)
	}
	return fmt.Sprint(n)
}

func (s *Server) newNoteID() string {
	if s.options.Dialect == GoToSocial {
		return s.newID()
	}
	s.notified++
	return fmt.Sprint(s.notified)
}

func base(n int64, digits string, width int) string {
	b := []byte(strings.Repeat(digits[:1], width))
	for i := width - 1; i >= 0 && n > 0; i-- {
		b[i] = digits[n%int64(len(digits))]
		n /= int64(len(digits))
	}
	return string(b)
}

// Draft is a post to be made. Its zero fields are as the API has them.
type Draft struct {
	Text, Spoiler, Visibility, Language, ReplyTo string
	Poll                                         []string
	Pictures                                     []string // their descriptions
	At                                           time.Time
}

// Post publishes a post, as another program or another server would.
func (a *Account) Post(d Draft) string {
	a.s.mu.Lock()
	defer a.s.mu.Unlock()
	st := &status{author: a, text: d.Text, spoiler: d.Spoiler, sensitive: d.Spoiler != "", visibility: d.Visibility, language: d.Language, poll: d.Poll, at: d.At}
	if d.ReplyTo != "" {
		st.replyTo = a.s.find(d.ReplyTo)
	}
	for _, alt := range d.Pictures {
		st.files = append(st.files, a.s.newFile(a, "image/jpeg", alt, "0.25,-0.5"))
	}
	a.s.add(st)
	return st.id
}

// Edit changes the text of a post, Delete takes it back.
func (a *Account) Edit(id, text string) {
	a.s.mu.Lock()
	defer a.s.mu.Unlock()
	if st := a.s.find(id); st != nil && st.author == a {
		a.s.change(st, text)
	}
}

// Delete takes a post back.
func (a *Account) Delete(id string) {
	a.s.mu.Lock()
	defer a.s.mu.Unlock()
	if st := a.s.find(id); st != nil && st.author == a {
		a.s.drop(st)
	}
}

// Favourites makes an account favour a post, which its author is notified of.
func (a *Account) Favourites(id string) {
	a.s.mu.Lock()
	defer a.s.mu.Unlock()
	if st := a.s.find(id); st != nil {
		a.s.notify("favourite", st.author, a, st)
	}
}

// Seen is a post as somebody sees it.
type Seen struct {
	ID, Text, Spoiler, Visibility, Language, ReplyTo string
	Mentions                                         []string // handles
	Alt                                              []string
	Focus                                            []string
}

// Sees returns what an author has published and an account can see.
func (a *Account) Sees(author *Account) []Seen {
	a.s.mu.Lock()
	defer a.s.mu.Unlock()
	var list []Seen
	for _, st := range a.s.statuses {
		if st.author != author || !a.s.visible(st, a) {
			continue
		}
		one := Seen{ID: st.id, Text: st.text, Spoiler: st.spoiler, Visibility: st.visibility, Language: st.language}
		if st.replyTo != nil {
			one.ReplyTo = st.replyTo.id
		}
		for _, m := range st.mentions {
			one.Mentions = append(one.Mentions, m.Handle())
		}
		for _, f := range st.files {
			one.Alt, one.Focus = append(one.Alt, f.alt), append(one.Focus, f.focus)
		}
		list = append(list, one)
	}
	return list
}

func (s *Server) find(id string) *status {
	for _, st := range s.statuses {
		if st.id == id && !st.deleted {
			return st
		}
	}
	return nil
}

func (s *Server) accountByID(id string) *Account {
	for _, a := range s.accounts {
		if a.id == id {
			return a
		}
	}
	return nil
}

func (s *Server) accountByName(name string) *Account {
	name, domain, _ := strings.Cut(strings.ToLower(name), "@")
	if domain == s.options.Domain {
		domain = ""
	}
	for _, a := range s.accounts {
		if a.username == name && a.domain == domain {
			return a
		}
	}
	return nil
}

// visible reports whether somebody may see a post.
func (s *Server) visible(st *status, who *Account) bool {
	switch {
	case st.deleted, who != nil && st.author.blocks[who]:
		return false
	case who == st.author, slices.Contains(st.mentions, who):
		return true
	case st.visibility == "private":
		return who != nil && who.follows[st.author]
	}
	return st.visibility == "public" || st.visibility == "unlisted"
}

// add publishes a post and tells everybody whom it concerns.
func (s *Server) add(st *status) {
	if st.visibility == "" {
		st.visibility = "public"
	}
	st.id = s.newID()
	if st.at.IsZero() {
		st.at = s.options.Now()
	}
	st.at = st.at.UTC().Truncate(time.Millisecond)
	st.mentions = s.mentioned(st.text)
	s.statuses = append(s.statuses, st)
	for _, a := range st.mentions {
		if a != st.author && !a.blocks[st.author] {
			s.notify("mention", a, st.author, st)
		}
	}
	for _, a := range s.accounts {
		if a == st.author || a.follows[st.author] && s.visible(st, a) {
			s.tell(a, "update", func() any { return s.statusFor(st, a) })
		}
	}
}

func (s *Server) notify(kind string, to, from *Account, of *status) {
	if to.domain != "" {
		return // that is for another server to do
	}
	n := &note{id: s.newNoteID(), kind: kind, to: to, from: from, of: of, at: of.at}
	s.notes = append(s.notes, n)
	if n.kept = s.options.KeepBack && of.visibility == "direct" && !to.follows[from] && !(of.replyTo != nil && of.replyTo.author == to); n.kept {
		return
	}
	s.tell(to, "notification", func() any { return s.noteFor(n) })
}

// change edits a post. Those who were mentioned are not told, unless they follow
// the author, and are not notified twice.
func (s *Server) change(st *status, text string) {
	st.text = text
	st.edited = s.options.Now().UTC().Truncate(time.Millisecond)
	st.mentions = s.mentioned(text)
	for _, a := range s.accounts {
		if a == st.author || a.follows[st.author] && s.visible(st, a) {
			s.tell(a, "status.update", func() any { return s.statusFor(st, a) })
		}
	}
}

func (s *Server) drop(st *status) {
	st.deleted = true
	s.notes = slices.DeleteFunc(s.notes, func(n *note) bool { return n.of == st })
	for _, a := range s.accounts {
		if a == st.author || a.follows[st.author] || slices.Contains(st.mentions, a) {
			s.tell(a, "delete", func() any { return st.id })
		}
	}
}
