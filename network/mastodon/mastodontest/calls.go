package mastodontest

import (
	"fmt"
	"math/rand"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"mercat.scot/mercat/platform/text"
)

var (
	notFound = failure{http.StatusNotFound, "Record not found"}
	mediaNot = failure{http.StatusUnprocessableEntity, "Validation failed: File content type is invalid, File is invalid"}
)

func (c *call) verify() (any, error) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	o := c.s.accountFor(c.who)
	o["source"] = object{"privacy": "public", "sensitive": false, "language": "en", "note": "Lives in the burgh.", "fields": []any{}, "follow_requests_count": 0, "quote_policy": "public"}
	o["role"] = object{"id": "-99", "name": "", "color": "", "permissions": "65536", "highlighted": false}
	return o, nil
}

func (c *call) relationships() (any, error) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	list := []any{}
	for _, i := range c.in["id[]"] {
		a := c.s.accountByID(i)
		if a == nil {
			continue
		}
		list = append(list, object{"id": a.id, "following": c.who.follows[a], "showing_reblogs": true, "notifying": false, "languages": nil, "followed_by": a.follows[c.who],
			"blocking": c.who.blocks[a], "blocked_by": a.blocks[c.who], "muting": false, "muting_notifications": false, "requested": false, "requested_by": false,
			"domain_blocking": false, "endorsed": false, "note": ""})
	}
	return list, nil
}

// cut takes a page from a list whose ids rise, as the paging parameters say, and
// returns it with the newest first.
func cut[T any](c *call, list []T, usual int, name func(T) string, allowed ...string) ([]T, error) {
	limit := usual
	if v := c.in.Get("limit"); v != "" {
		n, err := strconv.Atoi(v)
		if err != nil || n < 1 {
			c.s.slip("limit=%q", v)
			return nil, failure{http.StatusBadRequest, "Bad limit"}
		}
		limit = min(n, 2*usual, c.s.options.MaxPage)
	}
	later := func(a, b string) bool {
		if len(a) != len(b) {
			return len(a) > len(b)
		}
		return a > b
	}
	var page []T
	for _, one := range list {
		i := name(one)
		if v := c.in.Get("max_id"); v != "" && !later(v, i) {
			continue
		}
		if v := c.in.Get("since_id"); v != "" && !later(i, v) {
			continue
		}
		if v := c.in.Get("min_id"); v != "" && !later(i, v) {
			continue
		}
		page = append(page, one)
	}
	if c.in.Get("min_id") != "" {
		page = page[:min(len(page), limit)]
	} else {
		page = page[max(0, len(page)-limit):]
	}
	page = slices.Clone(page)
	slices.Reverse(page)
	if len(page) > 0 {
		at := func(parameter string, one T) string {
			query := url.Values{}
			for _, keep := range allowed {
				if v := c.in[keep]; len(v) > 0 {
					query[keep] = v
				}
			}
			query.Set(parameter, name(one))
			return "<" + c.s.URL + c.r.URL.Path + "?" + query.Encode() + ">"
		}
		c.w.Header().Set("Link", at("max_id", page[len(page)-1])+`; rel="next", `+at("min_id", page[0])+`; rel="prev"`)
	}
	if c.s.doubled {
		page = append(slices.Clone(page), page...)
	}
	if c.s.disorder {
		rand.Shuffle(len(page), func(i, j int) { page[i], page[j] = page[j], page[i] })
	}
	return page, nil
}

func (c *call) statusesOf() (any, error) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	a := c.s.accountByID(c.path["id"])
	if a == nil {
		return nil, notFound
	}
	var list []*status
	for _, st := range c.s.statuses {
		if st.author == a && c.s.visible(st, c.who) && !(c.in.Get("exclude_replies") == "true" && st.replyTo != nil) {
			list = append(list, st)
		}
	}
	page, err := cut(c, list, 20, func(st *status) string { return st.id }, "limit", "exclude_reblogs", "exclude_replies")
	return c.statusList(page), err
}

func (c *call) statusList(list []*status) []any {
	out := []any{}
	for _, st := range list {
		out = append(out, c.s.statusFor(st, c.who))
	}
	return out
}

var noteKinds = []string{"mention", "status", "reblog", "follow", "follow_request", "favourite", "poll", "update", "admin.sign_up", "admin.report", "severed_relationships", "moderation_warning", "quote", "quoted_update"}

func (c *call) notifications() (any, error) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	want := c.in["types[]"]
	for _, k := range append(slices.Clone(want), c.in["exclude_types[]"]...) {
		if !slices.Contains(noteKinds, k) {
			c.s.slip("there is no notification of type %q", k)
		}
	}
	var list []*note
	for _, n := range c.s.notes {
		switch {
		case n.kept && c.in.Get("include_filtered") != "true":
		case n.to != c.who, n.of != nil && !c.s.visible(n.of, c.who):
		case c.s.options.Dialect != Pleroma && (len(want) > 0 && !slices.Contains(want, n.kind) || slices.Contains(c.in["exclude_types[]"], n.kind)):
		default:
			list = append(list, n)
		}
	}
	page, err := cut(c, list, 40, func(n *note) string { return n.id }, "limit", "types[]", "include_filtered")
	out := []any{}
	for _, n := range page {
		out = append(out, c.s.noteFor(n))
	}
	return out, err
}

func (c *call) publish() (any, error) {
	s := c.s
	s.mu.Lock()
	defer s.mu.Unlock()
	key := c.r.Header.Get("Idempotency-Key")
	if key != "" {
		key = c.who.id + " " + key
		if st := s.keys[key]; st != nil && !s.options.IgnoreKeys {
			return s.statusFor(st, c.who), nil
		}
	}
	st := &status{author: c.who, text: strings.TrimSpace(c.in.Get("status")), spoiler: c.in.Get("spoiler_text"), visibility: c.in.Get("visibility"),
		language: c.in.Get("language"), sensitive: c.in.Get("sensitive") == "true" || c.in.Get("sensitive") == "1", poll: c.in["poll[options][]"], app: c.token.app}
	if st.visibility == "" {
		st.visibility = "public"
	}
	if i := c.in.Get("in_reply_to_id"); i != "" {
		if st.replyTo = s.find(i); st.replyTo == nil || !s.visible(st.replyTo, c.who) {
			return nil, failure{http.StatusNotFound, "The post you are trying to reply to does not appear to exist."}
		}
	}
	for _, i := range c.in["media_ids[]"] {
		f := s.files[i]
		if f == nil || f.owner != c.who || f.used {
			return nil, failure{http.StatusUnprocessableEntity, "Validation failed: Media attachment is invalid"}
		}
		if f.waits > 0 {
			return nil, failure{http.StatusUnprocessableEntity, "Cannot attach files that have not finished processing. Try again in a moment!"}
		}
		st.files = append(st.files, f)
	}
	switch v := st.visibility; {
	case !slices.Contains([]string{"public", "unlisted", "private", "direct"}, v):
		s.slip("there is no visibility %q", v)
		return nil, failure{http.StatusUnprocessableEntity, "Validation failed: Visibility is not included in the list"}
	case st.text == "" && len(st.files) == 0:
		return nil, failure{http.StatusUnprocessableEntity, "Validation failed: Text can't be blank"}
	case len(st.files) > 4:
		return nil, failure{http.StatusUnprocessableEntity, "Validation failed: Cannot attach more than 4 files"}
	case st.language != "" && len(st.language) > 3:
		s.slip("language %q is none of two letters", st.language)
		return nil, failure{http.StatusUnprocessableEntity, "Validation failed: Language is invalid"}
	case s.length(st) > s.options.Characters:
		return nil, failure{http.StatusUnprocessableEntity, fmt.Sprintf("Validation failed: Text character limit of %d exceeded", s.options.Characters)}
	}
	for _, f := range st.files {
		f.used = true
	}
	s.add(st)
	if key != "" {
		s.keys[key] = st
	}
	return s.statusFor(st, c.who), nil
}

// length counts as Mastodon's validator does; others count every sign.
func (s *Server) length(st *status) int {
	words := st.spoiler + st.text
	if s.options.Dialect != Mastodon {
		return len([]rune(words))
	}
	words = linkForm.ReplaceAllString(words, strings.Repeat("x", 23))
	words = mentionForm.ReplaceAllStringFunc(words, func(m string) string {
		if at := strings.LastIndex(m, "@"); at > strings.Index(m, "@") {
			return m[:at]
		}
		return m
	})
	return text.Graphemes(words)
}

func (c *call) seen() (*status, error) {
	st := c.s.find(c.path["id"])
	if st == nil || !c.s.visible(st, c.who) {
		return nil, notFound
	}
	return st, nil
}

func (c *call) show() (any, error) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	st, err := c.seen()
	if err != nil {
		return nil, err
	}
	return c.s.statusFor(st, c.who), nil
}

func (c *call) many() (any, error) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	if len(c.in["id[]"]) > 20 {
		c.s.slip("%d statuses at once", len(c.in["id[]"]))
	}
	var list []*status
	for _, i := range c.in["id[]"] {
		if st := c.s.find(i); st != nil && c.s.visible(st, c.who) {
			list = append(list, st)
		}
	}
	return c.statusList(list), nil
}

func (c *call) mine() (*status, error) {
	st, err := c.seen()
	if err == nil && st.author != c.who {
		err = notFound
	}
	return st, err
}

func (c *call) edit() (any, error) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	st, err := c.mine()
	if err != nil {
		return nil, err
	}
	c.s.change(st, c.in.Get("status"))
	return c.s.statusFor(st, c.who), nil
}

func (c *call) remove() (any, error) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	st, err := c.mine()
	if err != nil {
		return nil, err
	}
	o := c.s.statusFor(st, c.who)
	o["text"] = st.text
	delete(o, "content")
	c.s.drop(st)
	return o, nil
}

func (c *call) context() (any, error) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	st, err := c.seen()
	if err != nil {
		return nil, err
	}
	var above []*status
	for up := st.replyTo; up != nil; up = up.replyTo {
		if c.s.visible(up, c.who) {
			above = append(above, up)
		}
	}
	slices.Reverse(above)
	in := map[*status]bool{st: true}
	var below []*status
	for _, one := range c.s.statuses { // a reply is made after what it answers
		if one.replyTo != nil && in[one.replyTo] {
			in[one] = true
			if c.s.visible(one, c.who) {
				below = append(below, one)
			}
		}
	}
	return object{"ancestors": c.statusList(above), "descendants": c.statusList(below)}, nil
}

// SetTime changes when a post was made, as if it had come in long ago.
func (s *Server) SetTime(id string, at time.Time) {
	s.locked(func() {
		for _, st := range s.statuses {
			if st.id == id {
				st.at = at
			}
		}
		for _, n := range s.notes {
			if n.of != nil && n.of.id == id {
				n.at = at
			}
		}
	})
}
