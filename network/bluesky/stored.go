package bluesky

import (
	"encoding/json"
	"slices"
	"time"

	"mercat.scot/mercat/network"
)

// Stored reads posts of an account's repository, as new posts are read. The
// repository names others by their DIDs only; handles are known of those whom a
// post mentions.
type Stored struct {
	DID    string
	Handle string // as people type it, "" when it is not known
	Name   string
	Now    time.Time
}

// PostCollection is where a repository has its posts.
const PostCollection = postCollection

// Owner is whose repository it is.
func (s Stored) Owner() network.Identity {
	return identity(profile{DID: s.DID, Handle: bare(s.Handle), DisplayName: s.Name})
}

func bare(handle string) string {
	if len(handle) > 0 && handle[0] == '@' {
		return handle[1:]
	}
	return handle
}

// Read makes a post of a record in the JSON of the protocol. To is whose post it
// answers, the account itself included. Ok is false for what is no post, dated
// for one that no date of can be right, neither its own nor that of its key.
func (s Stored) Read(key string, raw json.RawMessage) (p *network.Post, to network.Identity, dated, ok bool) {
	v := postView{URI: "at://" + s.DID + "/" + postCollection + "/" + key, Author: profile{DID: s.DID, Handle: bare(s.Handle), DisplayName: s.Name}, Record: raw}
	p, ok = post(v, s.DID, "", s.Now)
	if !ok {
		return nil, to, false, false
	}
	for i := range p.Media {
		p.Media[i].URL = "" // it is not in the repository
	}
	if did, _, _, is := splitURI(string(p.ReplyTo)); is {
		to = s.who(did, raw)
	}
	dated = !p.At.Equal(s.Now) || !slices.ContainsFunc(p.Notices, func(n network.Notice) bool { return n.Code == "date_replaced" })
	return p, to, dated, true
}

// who is somebody by their DID, and by the handle that a post calls them.
func (s Stored) who(did string, raw json.RawMessage) network.Identity {
	if did == s.DID {
		return s.Owner()
	}
	who := profile{DID: did}
	r, err := readRecord(raw)
	if err != nil {
		return identity(who)
	}
	for _, f := range r.Facets {
		from, to := f.Index.ByteStart, f.Index.ByteEnd
		for _, feature := range f.Features {
			if feature.Type == featureMention && feature.DID == did && 0 <= from && from < to && to <= len(r.Text) {
				who.Handle = bare(r.Text[from:to])
			}
		}
	}
	return identity(who)
}
