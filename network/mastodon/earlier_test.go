package mastodon_test

import (
	"fmt"
	"testing"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/network/mastodon/mastodontest"
)

// A restored Mercat has in its outbox what was sent long ago by all that has
// happened since. Pages of two posts make two hundred and fifty many: a repeat
// that looks through the newest alone finds its answer no more.
func TestAnAnswerIsFoundAgainHoweverMuchWasSaidSince(t *testing.T) {
	for name, c := range map[string]struct {
		since    int
		deleted  bool // the post that is answered: no thread to look in
		notKnown bool
	}{
		"in its thread":                          {since: 250},
		"among all posts, its thread being gone": {since: 150, deleted: true},
		"nowhere, for nobody can look so far":    {since: 250, deleted: true, notKnown: true},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBurgh(t, mastodontest.Options{IgnoreKeys: true, MaxPage: 2})
			p := b.receives(t, mastodontest.Draft{Text: "@council the bin"})
			out := reply(p, "It is collected tomorrow", network.Public)
			first := b.sends(t, out)
			for i := range c.since {
				b.council.Post(mastodontest.Draft{Text: fmt.Sprintf("News number %d", i)})
			}
			if c.deleted {
				b.ann.Delete(string(p.Ref))
			}
			again := connect(t, b.options, b.URL, b.token, nil) // it remembers nothing
			defer again.Close()
			out.First = false
			second, err := again.Send(t.Context(), out)
			switch {
			case c.notKnown && network.TroubleOf(err) != network.Refused:
				t.Errorf("%+v, %v; want it refused, for it cannot be told", second, err)
			case !c.notKnown && (err != nil || second.Ref != first.Ref):
				t.Errorf("%+v became %+v, %v", first, second, err)
			}
			if n := len(b.council.Sees(b.council)); n != c.since+1 {
				t.Errorf("%d posts, want %d", n, c.since+1)
			}
		})
	}
}

// What was never published is, also when much was said since.
func TestAnAnswerThatIsMissingIsPublishedHoweverMuchWasSaidSince(t *testing.T) {
	b := newBurgh(t, mastodontest.Options{IgnoreKeys: true, MaxPage: 2})
	p := b.receives(t, mastodontest.Draft{Text: "@council the bin"})
	out := reply(p, "It is collected tomorrow", network.Public)
	for i := range 250 {
		b.council.Post(mastodontest.Draft{Text: fmt.Sprintf("News number %d", i)})
	}
	out.First = false
	b.sends(t, out)
	if n := len(b.council.Sees(b.council)); n != 251 {
		t.Errorf("%d posts, want 251", n)
	}
}
