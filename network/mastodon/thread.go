package mastodon

import (
	"cmp"
	"context"
	"slices"

	"mercat.scot/mercat/network"
)

// Thread implements network.Threader. What is nearest to the post comes first
// when there is more than limit: the post, what it answers, then replies.
func (c *connection) Thread(ctx context.Context, ref network.Ref, limit int) ([]network.Post, error) {
	ctx, leave, err := c.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	posts, err := c.thread(ctx, id(ref), limit)
	if err != nil {
		return nil, c.explain("show the thread", err)
	}
	return posts, nil
}

func (c *connection) thread(ctx context.Context, i id, limit int) ([]network.Post, error) {
	if !i.sane() || limit < 1 {
		return nil, trouble(network.Missing, "This is not a post on Mastodon.", nil)
	}
	l, err := c.serverLimits(ctx)
	if err != nil {
		return nil, err
	}
	self, err := c.self(ctx)
	if err != nil {
		return nil, err
	}
	at, err := c.one(ctx, i)
	if err != nil {
		return nil, err
	}
	above, below, err := c.around(ctx, i)
	if err != nil {
		return nil, err
	}
	root := at.ID
	if len(above) > 0 {
		root = above[0].ID
	} else if at.InReplyTo != "" {
		root = at.InReplyTo
	}
	slices.Reverse(above)
	list := append([]status{at}, append(above, below...)...)
	var posts []network.Post
	have := map[id]bool{}
	for _, s := range list {
		if len(posts) == limit {
			break
		}
		if !have[s.ID] && !s.Reblog {
			have[s.ID] = true
			posts = append(posts, *l.post(s, root, self.ID, c.options.Now()))
		}
	}
	slices.SortStableFunc(posts, func(a, b network.Post) int {
		if d := a.At.Compare(b.At); d != 0 {
			return d
		}
		return cmp.Compare(a.Ref, b.Ref)
	})
	return posts, nil
}
