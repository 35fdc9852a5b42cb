package desk

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"time"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/text"
)

const (
	maxSubject  = 300
	maxAuthor   = network.MaxNameRunes
	maxRef      = 1_000
	maxURL      = 2_000
	maxAlt      = 2_000
	maxFilename = 200
	maxFields   = 50
	maxTags     = 50
	maxNotices  = 20
	maxExcerpt  = 160
	maxPlace    = 200
)

// post is a network.Post after the door: everything in it may be kept, shown
// and searched.
type post struct {
	who        network.Identity
	message    Message // without ids, conversation and handle
	raw        []byte
	media      []Media
	references []network.Ref // nearest first, ReplyTo among them
	token      string        // of one of our conversations, or ""
	begins     bool          // a conversation begins with it even though it is ours
	place      network.Place
	contact    network.Contact
	folded     string // for the rules
	searchable string // for the full-text index
	excerpt    string
	reading    Reading
}

// notice codes of desk's own.
const (
	noticeText  = "text_cleaned"
	noticeDate  = "date_replaced"
	noticeMedia = "media_left_out"
)

// clean makes a foreign post safe. It does no I/O.
func clean(p *network.Post, received time.Time) post {
	author := p.Author.Name
	if author == "" {
		author = p.Author.Handle
	}
	if author = line(author, maxAuthor); author == "" {
		author = line(p.Author.ID, maxAuthor)
	}
	body, changed := text.Clean(p.Text, network.MaxText)
	notices := p.Notices[:min(len(p.Notices), maxNotices)]
	if changed {
		notices = append(notices[:len(notices):len(notices)], network.Notice{Code: noticeText,
			Sentence: "Some characters were left out: invisible or control characters, or text beyond the limit. The original is not changed on the network."})
	}
	at, ok := saneTime(p.At, received)
	if !ok {
		notices = append(notices[:len(notices):len(notices)], network.Notice{Code: noticeDate,
			Sentence: "The date on this message cannot be right, so the time at which it came in is shown."})
	}
	out := post{
		who:        p.Author,
		references: references(p),
		token:      line(p.Conversation, 64),
		raw:        p.Raw[:min(len(p.Raw), network.MaxRaw)],
		contact:    network.Contact{Name: line(p.Contact.Name, maxAuthor), Email: line(p.Contact.Email, 254), Phone: line(p.Contact.Phone, 40)},
		message: Message{
			Direction: In, Ref: network.Ref(line(string(p.Ref), maxRef)), ReplyTo: network.Ref(line(string(p.ReplyTo), maxRef)),
			Thread: network.Ref(line(string(p.Thread), maxRef)), Author: author, Visibility: sane(p.Visibility),
			Subject: line(p.Subject, maxSubject), Body: body, Warning: line(p.Warning, maxSubject), Language: line(p.Language, 35),
			URL: webAddress(p.URL), Automatic: line(p.Automatic, 40), At: at, ReceivedAt: received, State: Received, Version: 1,
		},
	}
	if out.message.Thread == "" {
		out.message.Thread = out.message.Ref
	}
	if p.HTML != "" {
		html, _ := text.SanitiseHTML(p.HTML)
		out.message.HTML = html
	}
	if p.EditedAt.After(p.At) {
		out.message.EditedAt, _ = saneTime(p.EditedAt, received)
	}
	if p.FromUs {
		out.message.Direction, out.message.State = Out, Sent
	}
	if p.FromUs && p.With != nil {
		out.who, out.begins = *p.With, true
	}
	if p.Place != nil {
		out.place = *p.Place
		out.place.Label = line(p.Place.Label, maxPlace)
		if out.place.Lat < -90 || out.place.Lat > 90 || out.place.Lon < -180 || out.place.Lon > 180 || out.place.Lat != out.place.Lat || out.place.Lon != out.place.Lon {
			out.place.Lat, out.place.Lon, out.place.Accuracy = 0, 0, 0
		}
	}
	if p.Place == nil {
		out.place.Label = placeAnswered(p.Fields)
	}
	out.media, notices = mediaOf(p, notices)
	out.message.Details = details(p, out, notices)
	out.folded = text.Fold(out.message.Subject + "\n" + body)
	out.searchable, out.excerpt = out.message.Searchable(), excerpt(out.message, len(out.media))
	return out
}

// placeAnswered is the answer to a form's question where, when it came in words
// only.
func placeAnswered(fields []network.Field) string {
	for _, f := range fields[:min(len(fields), maxFields)] {
		if f.Code == "place" {
			return line(f.Answer, maxPlace)
		}
	}
	return ""
}

func details(p *network.Post, out post, notices []network.Notice) Details {
	d := Details{Notices: notices, Quotes: network.Ref(line(string(p.Quotes), maxRef)), FromUs: p.FromUs}
	for _, m := range p.Mentions[:min(len(p.Mentions), network.MaxMentions)] {
		d.Mentions = append(d.Mentions, line(m.Handle, maxAuthor))
	}
	for _, t := range p.Tags[:min(len(p.Tags), maxTags)] {
		d.Tags = append(d.Tags, line(t, 100))
	}
	for _, f := range p.Fields[:min(len(p.Fields), maxFields)] {
		answer, _ := text.Clean(f.Answer, 5_000)
		d.Fields = append(d.Fields, network.Field{Code: line(f.Code, 60), Question: line(f.Question, maxSubject), Answer: answer})
	}
	if out.contact != (network.Contact{}) {
		d.Contact = &out.contact
	}
	if p.Place != nil {
		d.Place = &out.place
	}
	return d
}

func mediaOf(p *network.Post, notices []network.Notice) ([]Media, []network.Notice) {
	var list []Media
	for i, m := range p.Media {
		if i == network.MaxMedia {
			notices = append(notices[:len(notices):len(notices)], network.Notice{Code: noticeMedia,
				Sentence: fmt.Sprintf("Only the first %d of %d files were kept.", network.MaxMedia, len(p.Media))})
			break
		}
		alt, _ := text.Clean(m.Alt, maxAlt)
		list = append(list, Media{N: i, URL: capped(m.URL, maxURL), Filename: line(m.Filename, maxFilename),
			ContentType: line(m.ContentType, 100), Alt: alt, Size: max(m.Size, int64(len(m.Data))), State: "waiting"})
	}
	return list, notices
}

// keepData puts what a post carries itself into the store, before any
// transaction: keeping the same bytes twice is keeping them once.
func (s *Service) keepData(ctx context.Context, p *network.Post, media []Media) error {
	for i := range media {
		data := p.Media[i].Data
		if len(data) == 0 {
			continue
		}
		key, size, err := s.Blobs.Put(ctx, bytes.NewReader(data), network.MaxMediaBytes)
		if err != nil {
			return fmt.Errorf("keep a file of a post: %w", err)
		}
		media[i].Original, media[i].Size = string(key), size
	}
	return nil
}

func line(s string, most int) string {
	out, _ := text.CleanLine(s, most)
	return out
}

// capped is for what must not be changed to stay true, such as an address: it
// is kept whole or not at all.
func capped(s string, most int) string {
	if len(s) > most || line(s, most) != s {
		return ""
	}
	return s
}

// webAddress keeps only what a browser may be sent to.
func webAddress(s string) string {
	if strings.HasPrefix(s, "https://") || strings.HasPrefix(s, "http://") || strings.HasPrefix(s, "/") && !strings.HasPrefix(s, "//") {
		return capped(s, maxURL)
	}
	return ""
}

func sane(v network.Visibility) network.Visibility {
	switch v {
	case network.Public, network.Unlisted, network.Followers, network.Direct:
		return v
	}
	return network.Direct // the narrowest, when a network says something new
}

// saneTime replaces a date that cannot be right by the time of receipt.
func saneTime(t, received time.Time) (time.Time, bool) {
	if t.Year() < network.OldestSaneYear || t.After(received.Add(24*time.Hour)) {
		return received, false
	}
	return t.UTC().Truncate(time.Microsecond), true
}

// references are what a post answers or belongs to, nearest first, each once.
func references(p *network.Post) []network.Ref {
	const most = 50
	var list []network.Ref
	seen := map[network.Ref]bool{"": true, p.Ref: true}
	for _, r := range append([]network.Ref{p.ReplyTo}, append(p.References, p.Quotes, p.Thread)...) {
		if r = network.Ref(line(string(r), maxRef)); !seen[r] && len(list) < most {
			seen[r] = true
			list = append(list, r)
		}
	}
	return list
}

// excerpt is what the inbox shows of a message.
func excerpt(m Message, media int) string {
	for _, s := range []string{m.Body, m.Subject} {
		if e := text.Excerpt(s, maxExcerpt); e != "" {
			return e
		}
	}
	if media > 0 {
		return "Sent a file without words"
	}
	return "A message without words"
}
