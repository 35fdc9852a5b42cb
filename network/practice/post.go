package practice

import (
	"slices"
	"strconv"
	"time"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/blob"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/text"
)

// post is one post as it is kept.
type post struct {
	id, number, seq int64
	author          string // Identity.ID
	citizen         int64  // who wrote it; 0 is the council account of handle
	handle          string // the council account that wrote it, or to which it is addressed; "" is every one
	addressee       int64  // the citizen to whom the council wrote it in private; 0 is none
	key             string // of the sender; "" is none
	visibility      network.Visibility
	replyTo, thread int64 // ids of posts; replyTo is 0 when it begins a thread
	body            string
	warning         string
	language        string
	at              time.Time
	edited, deleted time.Time

	name, authorHandle string // of the author, for showing
	pictures           []Picture
}

// Picture is one picture of a post, made safe and kept.
type Picture struct {
	Full, Thumb         blob.Key
	FullType, ThumbType string
	Width, Height       int
	Bytes               int64
	Name                string // of the file, as what it is now
	Alt                 string
}

func refOf(id int64) network.Ref {
	if id == 0 {
		return ""
	}
	return network.Ref(strconv.FormatInt(id, 36))
}

// idOf is the inverse of refOf; 0 stands for what cannot be a post of ours.
func idOf(ref network.Ref) int64 {
	id, err := strconv.ParseInt(string(ref), 36, 64)
	if err != nil || id <= 0 || refOf(id) != ref {
		return 0
	}
	return id
}

// address is where people read a post: its thread on the page.
func address(id int64) string {
	ref := string(refOf(id))
	return "/practice?post=" + ref + "#p-" + ref
}

func mediaAddress(id int64, position int) string {
	return mediaScheme + string(refOf(id)) + "/" + strconv.Itoa(position)
}

const mediaScheme = "practice:"

func (m post) ours() bool { return m.citizen == 0 }

func (m post) gone() bool { return !m.deleted.IsZero() }

// seenBy reports whether a citizen may read the post.
func (m post) seenBy(citizen int64) bool {
	return m.visibility != network.Direct || m.citizen == citizen || m.addressee == citizen
}

// reaches reports whether an account may read the post.
func (m post) reaches(handle string) bool {
	return m.visibility != network.Direct || m.handle == handle || m.handle == ""
}

// event is what Fetch says of a post.
func (m post) event(self account) network.Event {
	if m.gone() {
		return network.Event{Deleted: &network.Deleted{Ref: refOf(m.id), At: m.deleted}}
	}
	return network.Event{Post: m.seen(self)}
}

// seen is the post as an account reads it.
func (m post) seen(self account) *network.Post {
	out := &network.Post{
		Ref: refOf(m.id), ReplyTo: refOf(m.replyTo), Thread: refOf(m.thread),
		Author:     network.Identity{ID: m.author, Handle: "@" + m.authorHandle, Name: m.name},
		Visibility: m.visibility,
		Text:       m.body, Warning: m.warning, Language: m.language,
		URL: address(m.id), At: m.at, EditedAt: m.edited,
		FromUs: m.author == self.identity().ID,
	}
	for _, tag := range text.Tags(m.body) {
		if !slices.Contains(out.Tags, tag.Value) {
			out.Tags = append(out.Tags, tag.Value)
		}
	}
	for i, picture := range m.pictures {
		out.Media = append(out.Media, network.Media{
			URL: mediaAddress(m.id, i), Filename: picture.Name, ContentType: picture.FullType, Alt: picture.Alt, Size: picture.Bytes,
		})
	}
	return out
}

// checkBody makes a text safe and says what is wrong with it, under the names
// of the page's fields.
func checkBody(raw string, pictures []Picture) (string, error) {
	body, _ := text.Clean(raw, network.MaxText) // what goes is what no reader sees
	var wrong fault.Fields
	switch n := text.Graphemes(body); {
	case body == "" && len(pictures) == 0:
		wrong.Add("text", "Write something, or add a picture.")
	case n > MaxCharacters:
		wrong.Add("text", "Posts here have at most 500 characters, and this one has "+strconv.Itoa(n)+". Shorten it.")
	}
	if len(pictures) > MaxPictures {
		wrong.Add("picture", "A post here has at most four pictures. Leave some out.")
	}
	for i := range pictures {
		alt, _ := text.CleanLine(pictures[i].Alt, MaxAlt+1) // one more, so that the limit can be told
		pictures[i].Alt = alt
		switch {
		case alt == "":
			wrong.Add("alt", "Describe the picture for people who cannot see it.")
		case text.Graphemes(alt) > MaxAlt:
			wrong.Add("alt", "Describe the picture in at most 1,500 characters.")
		default:
			continue
		}
		break
	}
	return body, wrong.Err()
}
