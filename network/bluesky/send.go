package bluesky

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"

	"mercat.scot/mercat/network"
)

// outRecord is a post as we write it.
type outRecord struct {
	Type      string     `json:"$type"`
	Text      string     `json:"text"`
	CreatedAt string     `json:"createdAt"`
	Reply     *replyRefs `json:"reply,omitempty"`
	Facets    []facet    `json:"facets,omitempty"`
	Embed     any        `json:"embed,omitempty"`
	Langs     []string   `json:"langs,omitempty"`
	// Via is the program that wrote the post. Several programs say so in this
	// field. By it our own answers are told from those of other programs.
	Via string `json:"via"`
}

// recordKey makes the key of a post's record from Outgoing.Key. Posts have
// timestamp identifiers as keys: 53 bits of microseconds and 10 bits of the
// writing clock. The whole second is the one before the answer's time; the
// microseconds within it and the clock come from a hash, so that two answers of
// one second, such as the parts of a long one, do not meet: 30 bits are theirs.
// Were they to meet all the same, nothing would be overwritten; see Send. It is
// the second before, so that the key is never later than the clock, and keys
// that other programs make from then on come after it; see ownPosts.
func recordKey(at time.Time, key string) string {
	sum := sha256.Sum256([]byte("mercat " + key))
	h := binary.BigEndian.Uint64(sum[:8])
	micros := (at.Unix()-1)*1e6 + int64(h>>20%1_000_000)
	return string(syntax.NewTID(micros, uint(h&0x3ff)))
}

// Send implements network.Connection. The record's key is made of Outgoing.Key,
// and the record is written only if there is none with that key, so that a
// repeat, even one that runs at the same time, finds the first.
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
	if err := fits(out); err != nil {
		return network.Sent{}, err
	}
	self, err := c.self(ctx)
	if err != nil {
		return network.Sent{}, err
	}
	key := recordKey(out.At, out.Key)
	out.Text = strings.ToValidUTF8(out.Text, "\uFFFD") // facets count the bytes that are sent
	if !out.First {
		sent, found, err := c.sentBefore(ctx, self, key)
		if found || err != nil {
			return sent, err
		}
	}
	r := outRecord{
		Type: postCollection, Text: out.Text, Via: viaMercat,
		CreatedAt: out.At.UTC().Truncate(time.Millisecond).Format("2006-01-02T15:04:05.000Z"),
	}
	thread := makeURI(self, key)
	if out.ReplyTo != "" {
		if r.Reply, err = c.replyTo(ctx, self, string(out.ReplyTo)); err != nil {
			return network.Sent{}, err
		}
		thread = r.Reply.Root.URI
	}
	if r.Facets, err = c.findFacets(ctx, out.Text, out.To); err != nil {
		return network.Sent{}, err
	}
	if l, err := syntax.ParseLanguage(out.Language); err == nil {
		r.Langs = []string{l.String()}
	}
	if len(out.Media) > 0 {
		if r.Embed, err = c.attach(ctx, out.Media); err != nil {
			return network.Sent{}, err
		}
	}
	var answer strongRef
	err = c.authed(ctx, func(token string) error {
		return c.client.procedure(ctx, token, methodPutRecord, map[string]any{
			"repo": self, "collection": postCollection, "rkey": key, "record": r,
			"swapRecord": nil, // there must be none yet
		}, &answer)
	})
	if named(err, "InvalidSwap") {
		sent, found, err := c.sentBefore(ctx, self, key)
		if err == nil && !found {
			err = trouble(network.Broken, "Bluesky says that this answer was published before, and does not have it. Mercat will try again.", nil)
		}
		return sent, err
	}
	if err != nil {
		return network.Sent{}, c.explainWrite(err)
	}
	uri := makeURI(self, key)
	return network.Sent{Ref: refOf(uri), Thread: refOf(thread), URL: webAddress(uri)}, nil
}

// fits checks what the network would refuse.
func fits(out network.Outgoing) error {
	switch n := count(out.Text); {
	case n > maxGraphemes:
		return refused("The text is too long for one post on Bluesky: 300 characters are allowed. Shorten it or send it in parts.", nil)
	case strings.TrimSpace(out.Text) == "" && len(out.Media) == 0:
		return refused("There is nothing to publish: write something first.", nil)
	case out.Visibility != network.Public && out.Visibility != "":
		return refused("Everything on Bluesky is public. Answer in public, or reach the person in another way.", nil)
	case len(out.Media) > maxImages:
		return refused("Bluesky takes four pictures at most. Take some away.", nil)
	case out.Key == "" || out.At.IsZero():
		return refused("The answer has no key or no time, so it could be published twice. Write it again.", nil)
	}
	return nil
}

// sentBefore looks for what an earlier try has published.
func (c *connection) sentBefore(ctx context.Context, self, key string) (sent network.Sent, found bool, err error) {
	r, _, err := c.ownRecord(ctx, self, key)
	if err != nil || r == nil {
		return network.Sent{}, false, err
	}
	if r.Via != viaMercat {
		return network.Sent{}, false, refused("Another program has published a post in the very place that this answer was to have. Write it again.", nil)
	}
	uri := makeURI(self, key)
	sent = network.Sent{Ref: refOf(uri), Thread: refOf(uri), URL: webAddress(uri)}
	if r.Reply != nil {
		sent.Thread = refOf(r.Reply.Root.URI)
	}
	return sent, true, nil
}

// ownRecord reads a post from our own repository, which knows it at once, where
// the AppView would hear of it later. Nil means that there is none.
func (c *connection) ownRecord(ctx context.Context, self, key string) (*record, strongRef, error) {
	var answer struct {
		URI   string          `json:"uri"`
		CID   string          `json:"cid"`
		Value json.RawMessage `json:"value"`
	}
	err := c.authed(ctx, func(token string) error {
		return c.client.query(ctx, token, methodGetRecord, url.Values{"repo": {self}, "collection": {postCollection}, "rkey": {key}}, &answer)
	})
	if named(err, "RecordNotFound") {
		return nil, strongRef{}, nil
	}
	if err == nil && (answer.CID == "" || len(answer.Value) == 0) {
		err = &nonsenseError{Method: methodGetRecord, Status: 200, Cause: errNoList}
	}
	if err != nil {
		return nil, strongRef{}, err
	}
	r, _ := readRecord(answer.Value) // what is needed of it was written by us
	return &r, strongRef{URI: makeURI(self, key), CID: answer.CID}, nil
}

// replyTo finds what a reply has to name: the post that it answers and the one
// that began the thread, each with the hash of its content.
func (c *connection) replyTo(ctx context.Context, self, uri string) (*replyRefs, error) {
	did, collection, key, ok := splitURI(uri)
	if !ok || collection != postCollection {
		return nil, refused("What this answers is not a post on Bluesky.", nil)
	}
	gone := trouble(network.Missing, "The post that this answers has been deleted, so it cannot be answered. Mention the person in a new post, or reach them in another way.", nil)
	if did == self {
		r, ref, err := c.ownRecord(ctx, self, key)
		if err != nil {
			return nil, err
		}
		if r == nil {
			return nil, gone
		}
		return under(ref, r.Reply), nil
	}
	shown, err := c.views(ctx, []string{uri})
	if err != nil {
		return nil, err
	}
	v, seen := shown[uri]
	blockedBoth := refused("The author has blocked this account, or is blocked by it, so it cannot answer. Reach the person in another way.", nil)
	if !seen {
		what, node, err := c.standingOf(ctx, uri)
		switch {
		case err != nil:
			return nil, err
		case what == blocked:
			return nil, blockedBoth
		case node == nil || node.Post == nil:
			return nil, gone
		}
		v = *node.Post
	}
	switch {
	case v.Author.Viewer.BlockedBy || v.Author.Viewer.Blocking != "" || v.Author.Viewer.ByList != nil:
		return nil, blockedBoth
	case v.Viewer.ReplyDisabled:
		return nil, refused("Whoever began this thread limits who may reply, and this account may not (reply disabled). Mention the person in a new post, or reach them in another way.", nil)
	case v.CID == "":
		return nil, &nonsenseError{Method: methodGetPosts, Status: 200, Cause: errNoList}
	}
	r, _ := readRecord(v.Record) // its place is all that matters here
	return under(strongRef{URI: uri, CID: v.CID}, r.Reply), nil
}

// under is the place below a post.
func under(parent strongRef, above *replyRefs) *replyRefs {
	root := parent
	if above != nil && above.Root.CID != "" {
		if _, collection, _, ok := splitURI(above.Root.URI); ok && collection == postCollection {
			root = above.Root
		}
	}
	return &replyRefs{Root: root, Parent: parent}
}

// explainWrite says why a post was not taken.
func (c *connection) explainWrite(err error) error {
	if named(err, "InvalidRequest", "InvalidRecord", "InvalidMimeType") {
		var said *xrpcError
		errors.As(err, &said)
		return refused("Bluesky did not accept the post."+serverWords(said)+" Change it and send it again.", err)
	}
	return err
}
