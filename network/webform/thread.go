package webform

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/blob"
	"mercat.scot/mercat/platform/secret"
)

// form is the public side of one account.
type form struct {
	account            int64
	slug, title, intro string
}

// thread is one citizen's exchange with us.
type thread struct {
	id, account   int64
	short         string
	referenceHash string
	sealed        []byte
	conversation  string
	service       int64
	subject       string
	contact       network.Contact
	language      language
	first         int64 // the post that began it
	created       time.Time
}

// place is where a message says it is about: in words, as a point, or both.
type place struct {
	words    string
	point    bool
	lat, lon float64
	accuracy float64
}

// post is one message, in either direction.
type post struct {
	id, seq, thread, account int64
	out                      bool
	replyTo                  int64
	formHash, digest, key    string // formHash and key "" when there is none
	body                     string
	cleaned                  bool
	place                    place
	answers                  []Answer
	at, deleted              time.Time
	files                    []file
}

// file is a file of a post, or one that waits in a form.
type file struct {
	id, post      int64
	formHash      string
	key, thumb    blob.Key
	contentType   string
	name, alt     string
	width, height int
	size          int64
	position      *blob.Position
}

func (f file) picture() bool { return f.thumb != "" }

const mediaScheme = "webform:"

func refOf(post int64) network.Ref { return network.Ref(strconv.FormatInt(post, 10)) }

// postOf is the inverse of refOf; 0 for what cannot be one of ours.
func postOf(ref network.Ref) int64 {
	id, err := strconv.ParseInt(string(ref), 10, 64)
	if err != nil || id <= 0 {
		return 0
	}
	return id
}

func topicOf(thread int64) string { return topic + "/" + strconv.FormatInt(thread, 10) }

// asPost is a post as the network gives it to the desk.
func asPost(t thread, p post) network.Post {
	out := network.Post{
		Ref:          refOf(p.id),
		Thread:       refOf(t.first),
		Conversation: t.conversation,
		Author:       network.Identity{ID: t.short, Handle: t.short, Name: t.contact.Name},
		Visibility:   network.Direct,
		Text:         p.body,
		Language:     string(t.language),
		At:           p.at,
		Contact:      t.contact,
	}
	if p.replyTo != 0 {
		out.ReplyTo = refOf(p.replyTo)
		if p.replyTo != t.first {
			out.References = []network.Ref{refOf(t.first)}
		}
	}
	if p.id == t.first {
		out.Subject = t.subject
		out.Fields = append(out.Fields, network.Field{Code: "service", Question: "What is it about?", Answer: t.subject})
	}
	out.Fields = append(out.Fields, fieldsOf(p.answers)...)
	if p.place.words != "" {
		out.Fields = append(out.Fields, network.Field{Code: "place", Question: "Where is it?", Answer: p.place.words})
	}
	if p.place.point {
		out.Place = &network.Place{Lat: p.place.lat, Lon: p.place.lon, Accuracy: p.place.accuracy, Label: p.place.words, Given: true}
	}
	if p.cleaned {
		out.Notices = append(out.Notices, network.Notice{Code: "text_cleaned", Sentence: "Hidden or harmful characters were taken out of this message."})
	}
	for _, f := range p.files {
		out.Media = append(out.Media, network.Media{
			URL: mediaScheme + strconv.FormatInt(f.id, 10), Filename: f.name, ContentType: f.contentType, Alt: f.alt, Size: f.size,
		})
	}
	if p.out {
		out.FromUs, out.Contact, out.Author = true, network.Contact{}, network.Identity{ID: "council", Name: "Council"}
	}
	return out
}

// digest tells a repeat of a form from one in which something was changed. The
// parts are written with their lengths, so that no two lists run together.
func digest(parts ...string) string {
	h := sha256.New()
	for _, part := range parts {
		fmt.Fprintf(h, "%d:%s,", len(part), part) // a hash takes everything
	}
	return hex.EncodeToString(h.Sum(nil))
}

// box seals a reference with the token of the form that made it.
func box(token string) (*secret.Box, error) {
	key := sha256.Sum256([]byte("webform reference " + token))
	return secret.NewBox(key[:])
}

const sealedFor = "webform:reference"

func seal(token, reference string) ([]byte, error) {
	b, err := box(token)
	if err != nil {
		return nil, err
	}
	return b.Seal([]byte(reference), sealedFor)
}

func unseal(token string, sealed []byte) (string, error) {
	b, err := box(token)
	if err != nil {
		return "", err
	}
	reference, err := b.Open(sealed, sealedFor)
	return string(reference), err
}

// isLong reports whether a parsed reference is one that opens a page.
func isLong(reference string) bool { return strings.Count(reference, "-") > 2 }
