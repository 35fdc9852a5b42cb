package bluesky

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"mercat.scot/mercat/network"
)

// The network shows a thread to these bounds at most.
const (
	threadAbove = 80
	threadBelow = 10
)

// Thread implements network.Threader. What is nearest to the post comes first
// when there is more than limit: the post, what it answers, then replies level
// by level.
func (c *connection) Thread(ctx context.Context, ref network.Ref, limit int) ([]network.Post, error) {
	ctx, leave, err := c.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	posts, err := c.thread(ctx, string(ref), limit)
	if err != nil {
		return nil, c.explain("show the thread", err)
	}
	return posts, nil
}

func (c *connection) thread(ctx context.Context, uri string, limit int) ([]network.Post, error) {
	if _, collection, _, ok := splitURI(uri); !ok || collection != postCollection || limit < 1 {
		return nil, trouble(network.Missing, "This is not a post on Bluesky.", nil)
	}
	self, err := c.self(ctx)
	if err != nil {
		return nil, err
	}
	var answer struct {
		Thread *threadNode `json:"thread"`
	}
	params := url.Values{"uri": {uri}, "depth": {strconv.Itoa(threadBelow)}, "parentHeight": {strconv.Itoa(threadAbove)}}
	err = c.authed(ctx, func(token string) error {
		return c.client.query(ctx, token, methodGetPostThread, params, &answer)
	})
	if err != nil {
		return nil, err
	}
	if answer.Thread == nil {
		return nil, &nonsenseError{Method: methodGetPostThread, Status: 200, Cause: errNoList}
	}
	if answer.Thread.Missing {
		return nil, trouble(network.Missing, "The post is no longer on Bluesky.", nil)
	}
	if answer.Thread.Blocked {
		return nil, refused("The author has blocked this account, or is blocked by it, so Bluesky does not show the thread.", nil)
	}
	var posts []network.Post
	have := map[string]bool{}
	for _, v := range nearest(answer.Thread, limit) {
		if p, ok := post(*v, self, c.settings.service, c.options.Now()); ok && !have[v.URI] {
			have[v.URI] = true
			posts = append(posts, *p)
		}
	}
	slices.SortStableFunc(posts, func(a, b network.Post) int {
		if d := a.At.Compare(b.At); d != 0 {
			return d
		}
		return strings.Compare(string(a.Ref), string(b.Ref))
	})
	return posts, nil
}

// nearest lists at most limit posts around a node.
func nearest(at *threadNode, limit int) []*postView {
	var list []*postView
	add := func(n *threadNode) {
		if n != nil && n.Post != nil && len(list) < limit {
			list = append(list, n.Post)
		}
	}
	add(at)
	above := at.Parent
	for range threadAbove {
		if above == nil {
			break
		}
		add(above)
		above = above.Parent
	}
	level := []*threadNode{at}
	for len(level) > 0 && len(list) < limit {
		var next []*threadNode
		for _, n := range level {
			for _, reply := range n.Replies {
				if reply != nil {
					add(reply)
					next = append(next, reply)
				}
			}
		}
		level = next
	}
	return list
}
