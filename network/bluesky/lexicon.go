package bluesky

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"

	"mercat.scot/mercat/network"
)

// The parts of the network's lexicon that Mercat reads and writes. Fields that
// are not named here are passed over, as the protocol wants it.

const (
	postCollection = "app.bsky.feed.post"

	methodCreateSession  = "com.atproto.server.createSession"
	methodRefreshSession = "com.atproto.server.refreshSession"
	methodGetRecord      = "com.atproto.repo.getRecord"
	methodListRecords    = "com.atproto.repo.listRecords"
	methodPutRecord      = "com.atproto.repo.putRecord"
	methodDeleteRecord   = "com.atproto.repo.deleteRecord"
	methodUploadBlob     = "com.atproto.repo.uploadBlob"
	methodGetRepoStatus  = "com.atproto.sync.getRepoStatus"
	methodGetBlob        = "com.atproto.sync.getBlob"
	methodResolveHandle  = "com.atproto.identity.resolveHandle"
	methodGetProfile     = "app.bsky.actor.getProfile"
	methodNotifications  = "app.bsky.notification.listNotifications"
	methodGetPosts       = "app.bsky.feed.getPosts"
	methodGetPostThread  = "app.bsky.feed.getPostThread"
)

type strongRef struct {
	URI string `json:"uri"`
	CID string `json:"cid"`
}

type replyRefs struct {
	Root   strongRef `json:"root"`
	Parent strongRef `json:"parent"`
}

// blobRef is a file in an account's repository.
type blobRef struct {
	Type string `json:"$type"`
	Ref  struct {
		Link string `json:"$link"`
	} `json:"ref"`
	MimeType string `json:"mimeType"`
	Size     int64  `json:"size"`
	// CID is where the oldest posts have what Ref is now.
	CID string `json:"cid,omitempty"`
}

func (b blobRef) cid() string {
	if b.Ref.Link != "" {
		return b.Ref.Link
	}
	return b.CID
}

type aspectRatio struct {
	Width  int `json:"width"`
	Height int `json:"height"`
}

type facetIndex struct {
	ByteStart int `json:"byteStart"`
	ByteEnd   int `json:"byteEnd"`
}

type facetFeature struct {
	Type string `json:"$type"`
	DID  string `json:"did,omitempty"`
	URI  string `json:"uri,omitempty"`
	Tag  string `json:"tag,omitempty"`
}

// facet says what a part of a post's text is; its index counts bytes of UTF-8.
type facet struct {
	Index    facetIndex     `json:"index"`
	Features []facetFeature `json:"features"`
}

const (
	featureLink    = "app.bsky.richtext.facet#link"
	featureMention = "app.bsky.richtext.facet#mention"
	featureTag     = "app.bsky.richtext.facet#tag"
)

// record is an app.bsky.feed.post as its author's repository has it.
type record struct {
	Text      string          `json:"text"`
	CreatedAt string          `json:"createdAt"`
	Reply     *replyRefs      `json:"reply"`
	Facets    []facet         `json:"facets"`
	Embed     *recordEmbed    `json:"embed"`
	Langs     []string        `json:"langs"`
	Labels    json.RawMessage `json:"labels"`
	Tags      []string        `json:"tags"`
	Via       string          `json:"via"`
}

// recordEmbed is what a record has beside its text, in any of its forms:
// images, video, external, record, recordWithMedia.
type recordEmbed struct {
	Type   string `json:"$type"`
	Images []struct {
		Image blobRef `json:"image"`
		Alt   string  `json:"alt"`
	} `json:"images"`
	Video    *blobRef        `json:"video"`
	Alt      string          `json:"alt"`
	External *external       `json:"external"`
	Record   json.RawMessage `json:"record"` // a strongRef, or an object with one in its record
	Media    *recordEmbed    `json:"media"`
}

type external struct {
	URI   string `json:"uri"`
	Title string `json:"title"`
}

// quoted returns the post that an embed quotes, "" when none.
func (e *recordEmbed) quoted() string {
	var ref struct {
		URI    string    `json:"uri"`
		Record strongRef `json:"record"`
	}
	// An embed that makes no sense quotes nothing.
	if e == nil || len(e.Record) == 0 || json.Unmarshal(e.Record, &ref) != nil {
		return ""
	}
	if ref.URI == "" {
		ref.URI = ref.Record.URI
	}
	if _, collection, _, ok := splitURI(ref.URI); !ok || collection != postCollection {
		return "" // a list, a feed, a starter pack
	}
	return ref.URI
}

type label struct {
	Val string `json:"val"`
	Neg bool   `json:"neg"`
	Exp string `json:"exp"`
}

type profile struct {
	DID         string  `json:"did"`
	Handle      string  `json:"handle"`
	DisplayName string  `json:"displayName"`
	Avatar      string  `json:"avatar"`
	Labels      []label `json:"labels"`
	Viewer      struct {
		BlockedBy bool   `json:"blockedBy"`
		Blocking  string `json:"blocking"`
		ByList    *struct {
			URI string `json:"uri"`
		} `json:"blockingByList"`
	} `json:"viewer"`
}

// postView is a post as the AppView shows it.
type postView struct {
	URI       string          `json:"uri"`
	CID       string          `json:"cid"`
	Author    profile         `json:"author"`
	Record    json.RawMessage `json:"record"`
	Embed     *viewEmbed      `json:"embed"`
	IndexedAt string          `json:"indexedAt"`
	Labels    []label         `json:"labels"`
	Viewer    struct {
		ReplyDisabled bool `json:"replyDisabled"`
	} `json:"viewer"`
}

// viewEmbed has the addresses of what a recordEmbed names.
type viewEmbed struct {
	Images []struct {
		Fullsize string `json:"fullsize"`
	} `json:"images"`
	Media *viewEmbed `json:"media"`
}

// note is one entry of listNotifications.
type note struct {
	URI       string          `json:"uri"`
	CID       string          `json:"cid"`
	Author    profile         `json:"author"`
	Reason    string          `json:"reason"`
	Record    json.RawMessage `json:"record"`
	IndexedAt string          `json:"indexedAt"`
	Labels    []label         `json:"labels"`
}

func (n note) view() postView {
	return postView{URI: n.URI, CID: n.CID, Author: n.Author, Record: n.Record, IndexedAt: n.IndexedAt, Labels: n.Labels}
}

// threadNode is a post with what stands around it; instead of one there may be
// a notFoundPost or a blockedPost.
type threadNode struct {
	Type    string        `json:"$type"`
	URI     string        `json:"uri"`
	Blocked bool          `json:"blocked"`
	Missing bool          `json:"notFound"`
	Post    *postView     `json:"post"`
	Parent  *threadNode   `json:"parent"`
	Replies []*threadNode `json:"replies"`
}

// splitURI takes an at:// address of a record apart.
func splitURI(uri string) (did, collection, key string, ok bool) {
	u, err := syntax.ParseATURI(uri)
	if err != nil {
		return "", "", "", false
	}
	if _, err := syntax.ParseDID(u.Authority().String()); err != nil {
		return "", "", "", false
	}
	did, collection, key = u.Authority().String(), u.Collection().String(), u.RecordKey().String()
	return did, collection, key, collection != "" && key != ""
}

func makeURI(did, key string) string { return "at://" + did + "/" + postCollection + "/" + key }

// webAddress is where people read a post. It names the author by DID, which
// outlives every change of handle.
func webAddress(uri string) string {
	did, collection, key, ok := splitURI(uri)
	if !ok || collection != postCollection {
		return ""
	}
	return "https://bsky.app/profile/" + did + "/post/" + key
}

// handleOf is a handle as people type it, "" for one that is not valid just now.
func handleOf(handle string) string {
	h, err := syntax.ParseHandle(handle)
	if err != nil || h.IsInvalidHandle() {
		return ""
	}
	return "@" + strings.ToLower(h.String())
}

func parseTime(s string) (time.Time, bool) {
	d, err := syntax.ParseDatetimeLenient(s)
	if err != nil {
		return time.Time{}, false
	}
	t := d.Time().UTC().Truncate(time.Microsecond)
	return t, !t.IsZero()
}

func refOf(uri string) network.Ref { return network.Ref(uri) }
