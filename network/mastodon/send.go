package mastodon

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/text"
)

// Send implements network.Connection. A repeat first looks whether an earlier
// try was published, and then publishes under the same Idempotency-Key, which
// not all servers honour, and none for longer than an hour.
func (c *connection) Send(ctx context.Context, out network.Outgoing) (network.Sent, error) {
	ctx, leave, err := c.enter(ctx)
	if err != nil {
		return network.Sent{}, err
	}
	defer leave()
	sent, err := c.send(ctx, out)
	if err != nil {
		return network.Sent{}, c.explain("publish the post", err)
	}
	return sent, nil
}

func (c *connection) send(ctx context.Context, out network.Outgoing) (network.Sent, error) {
	switch {
	case strings.TrimSpace(out.Text) == "" && len(out.Media) == 0:
		return network.Sent{}, refused("There is nothing to publish: write something first.", nil)
	case out.Key == "" || out.At.IsZero():
		return network.Sent{}, refused("The answer has no key or no time, so it could be published twice. Write it again.", nil)
	case out.ReplyTo != "" && !id(out.ReplyTo).sane():
		return network.Sent{}, refused("What this answers is not a post on Mastodon.", nil)
	}
	l, err := c.serverLimits(ctx)
	if err != nil {
		return network.Sent{}, err
	}
	self, err := c.self(ctx)
	if err != nil {
		return network.Sent{}, err
	}
	out.Text = strings.ToValidUTF8(out.Text, "\uFFFD")
	if !out.First {
		s, found, err := c.earlier(ctx, self, out)
		if found || err != nil {
			return c.sentAs(s, out), err
		}
	}
	words := out.Text
	if out.ReplyTo != "" {
		parent, err := c.one(ctx, id(out.ReplyTo))
		if err != nil {
			return network.Sent{}, c.explainWrite(err)
		}
		if v := visibilityOf(parent.Visibility); wider(out.Visibility, v) {
			return network.Sent{}, refused("The post that this answers was written to fewer people than the answer would reach. Choose a more private way to answer.", nil)
		}
		words = l.addressed(out, parent, self)
	} else if out.To.Handle != "" && out.Visibility == network.Direct {
		words = l.addressed(out, status{}, self)
	}
	if err := c.fits(l, out, words); err != nil {
		return network.Sent{}, err
	}
	form := url.Values{"status": {words}, "visibility": {visibilityFor(out.Visibility)}}
	if out.ReplyTo != "" {
		form.Set("in_reply_to_id", string(out.ReplyTo))
	}
	if out.Warning != "" {
		form.Set("spoiler_text", out.Warning)
		form.Set("sensitive", "true")
	}
	// Servers take the two-letter code of a language and nothing more.
	if code, _, _ := strings.Cut(out.Language, "-"); languageForm.MatchString(code) {
		form.Set("language", strings.ToLower(code))
	}
	if len(out.Media) > 0 {
		if form["media_ids[]"], err = c.attach(ctx, l, out.Media); err != nil {
			return network.Sent{}, err
		}
	}
	r := post("/api/v1/statuses", form)
	r.key = "mercat-" + out.Key
	var raw json.RawMessage
	if _, err := c.client.do(ctx, r, &raw); err != nil {
		return network.Sent{}, c.explainWrite(err)
	}
	s, ok := readStatus(raw)
	if !ok {
		return network.Sent{}, &nonsenseError{Call: "POST /api/v1/statuses", Status: 200, Cause: errors.New("it is no status")}
	}
	return c.sentAs(s, out), nil
}

// sentAs remembers a post as ours.
func (c *connection) sentAs(s status, out network.Outgoing) network.Sent {
	if s.ID == "" {
		return network.Sent{}
	}
	thread := out.Thread
	if out.ReplyTo == "" {
		thread = network.Ref(s.ID)
	} else if thread == "" {
		thread = out.ReplyTo
	}
	c.sent.put(s.ID, out.Key)
	c.threads.put(s.ID, string(thread))
	sent := network.Sent{Ref: network.Ref(s.ID), Thread: thread}
	if webLink(s.URL) {
		sent.URL = s.URL
	}
	return sent
}

// addressed puts before a text whom it answers: nobody is told of an answer that
// does not name them. The author is always named; who else was named in the post
// that is answered, as far as there is room. A private answer names the author
// alone, as it shows itself to everybody whom it names.
func (l limits) addressed(out network.Outgoing, parent status, self account) string {
	named := map[string]bool{l.fullAcct(self.Acct): true}
	for _, m := range text.Mentions(out.Text) {
		named[l.fullAcct(m.Value)] = true
	}
	var names []string
	name := func(acct string) {
		full := l.fullAcct(acct)
		if full == "" || named[full] || !strings.Contains(full, "@") {
			return
		}
		named[full] = true
		names = append(names, "@"+strings.TrimPrefix(strings.TrimSpace(acct), "@"))
	}
	name(out.To.Handle)
	if parent.Account.ID != self.ID {
		name(parent.Account.Acct)
	}
	must := len(names)
	if out.Visibility != network.Direct {
		for _, m := range parent.Mentions {
			name(m.Acct)
		}
	}
	counter, most := l.counter(), l.orUsual().Characters
	for n := len(names); n >= must; n-- {
		whole := strings.Join(append(slices.Clone(names[:n]), out.Text), " ")
		if n == must || counter.count(whole)+counter.count(out.Warning) <= most {
			return whole
		}
	}
	return out.Text
}

// fits checks what the server would refuse, and what would reach others than the
// officer was told.
func (c *connection) fits(l limits, out network.Outgoing, words string) error {
	most := l.orUsual()
	counter := l.counter()
	if n := counter.count(words) + counter.count(out.Warning); n > most.Characters {
		return refused(fmt.Sprintf("The text is too long for one post: with the names of those whom it answers it has %d characters, and the server %s allows %d. Shorten it or send it in parts.", n, c.settings.host, most.Characters), nil)
	}
	if len(out.Media) > most.Files {
		return refused(fmt.Sprintf("The server %s takes %d pictures at most. Take some away.", c.settings.host, most.Files), nil)
	}
	if out.Visibility == network.Direct {
		to := l.fullAcct(out.To.Handle)
		for _, m := range text.Mentions(out.Text) {
			if full := l.fullAcct(m.Value); full != to && to != "" {
				return refused(fmt.Sprintf("Everybody who is named with @ in a private answer can read it, so @%s could too. Write the name without @.", m.Value), nil)
			}
		}
	}
	return nil
}
