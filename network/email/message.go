package email

import (
	"bytes"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/text"
)

// reader turns messages into events for one mailbox. It does no I/O.
type reader struct {
	self      mailbox
	separator string
	now       time.Time
}

// reading is what became of a message.
type reading struct {
	network.Event
	copy bool // it is the copy of what Mercat sent
}

// event reads a whole message.
func (r reader) event(raw []byte, received time.Time) reading {
	h, body := splitHeader(raw)
	var c content
	c.part(h, body, 0, nil)
	return r.make(h, &c, raw, received)
}

// make makes the event of a message whose parts have been read. Raw is what we
// have of the source.
func (r reader) make(h header, c *content, raw []byte, received time.Time) reading {
	p := &network.Post{Visibility: network.Direct, Language: language(h)}
	if id := messageID(h.get("message-id")); id != "" {
		p.Ref = network.Ref(id)
	} else {
		p.Ref = hashRef(raw)
	}

	from := r.author(h, p)
	at, insane := h.date(received, r.now)
	p.At = at
	if insane {
		p.Notices = append(p.Notices, network.Notice{Code: "date_replaced", Sentence: "The date in the message cannot be right; the time of receipt is shown instead."})
	}
	if from == r.self && r.isOurs(string(p.Ref)) {
		return reading{Event: network.Event{Receipt: &network.Receipt{Of: p.Ref, Sentence: "The mail server has taken the message.", At: at}}, copy: true}
	}
	p.FromUs = from == r.self
	p.Automatic = automatic(h, from)
	if receipt := r.report(c, p); receipt != nil {
		return reading{Event: network.Event{Receipt: receipt}}
	}
	r.thread(h, p)
	r.recipients(h, p)

	subject, changed := text.CleanLine(decodeWords(h.get("subject")), 500)
	p.Subject = subject
	r.words(c, p, changed)
	p.Media = c.media
	p.Notices = append(p.Notices, c.notices...)
	p.Raw = bytes.Clone(raw[:min(len(raw), network.MaxRaw)])
	return reading{Event: network.Event{Post: p}}
}

// isOurs reports whether a Message-ID is one that Mercat gave for this address.
func (r reader) isOurs(id string) bool {
	key, domain, ok := strings.Cut(id, "@")
	return ok && strings.HasPrefix(key, idPrefix) && strings.EqualFold(domain, idDomain(r.self))
}

// author fills in who wrote the message and returns the address in From.
func (r reader) author(h header, p *network.Post) mailbox {
	var from named
	for _, name := range []string{"from", "sender", "return-path"} {
		if list := parseAddresses(h.get(name)); len(list) > 0 {
			from = list[0]
			break
		}
	}
	if from.address() == "" {
		from = named{mailbox: mailbox{"unknown", "sender.invalid"}}
		p.Notices = append(p.Notices, network.Notice{Code: "no_sender", Sentence: "The message does not say who sent it, so it cannot be answered."})
	}
	p.Author = from.identity()
	if from.mailbox == r.self || h.has("list-id") || h.has("list-post") {
		return from.mailbox
	}
	reply := parseAddresses(h.get("reply-to"))
	if len(reply) == 1 && reply[0].mailbox != from.mailbox && !isSelf(r.self, r.separator, reply[0].mailbox) {
		to := reply[0]
		if to.name == "" {
			to.name = from.name
		}
		p.Author = to.identity()
		p.Notices = append(p.Notices, network.Notice{
			Code:     "reply_to",
			Sentence: fmt.Sprintf("This came from %s and asks for answers to %s.", from.address(), to.address()),
		})
	}
	return from.mailbox
}

// thread fills in what the message answers.
func (r reader) thread(h header, p *network.Post) {
	ancestors := h.references()
	p.Thread = p.Ref
	if parent := messageID(h.get("in-reply-to")); parent != "" {
		p.ReplyTo = network.Ref(parent)
	} else if len(ancestors) > 0 {
		p.ReplyTo = network.Ref(ancestors[len(ancestors)-1])
	} else if p.ReplyTo != "" { // a report on one of our messages
		ancestors = []string{string(p.ReplyTo)}
	}
	if len(ancestors) > 0 {
		p.Thread = network.Ref(ancestors[0])
	}
	for i := len(ancestors) - 1; i >= 0; i-- { // nearest first
		p.References = append(p.References, network.Ref(ancestors[i]))
	}
}

// recipients finds the conversation by our plus-address, and who else got the
// message.
func (r reader) recipients(h header, p *network.Post) {
	seen := map[mailbox]bool{}
	for _, name := range []string{"to", "cc", "delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "resent-to"} {
		for _, value := range h.all(name) {
			for _, n := range parseAddresses(value) {
				if token, ok := plusToken(r.self, r.separator, n.mailbox); ok && p.Conversation == "" {
					p.Conversation = token
				}
				other := !isSelf(r.self, r.separator, n.mailbox) && n.address() != p.Author.ID && !seen[n.mailbox]
				if other && (name == "to" || name == "cc") && len(p.Mentions) < network.MaxMentions {
					seen[n.mailbox] = true
					p.Mentions = append(p.Mentions, n.identity())
				}
			}
		}
	}
}

// words fills in text and HTML.
func (r reader) words(c *content, p *network.Post, changed bool) {
	plain, markup := c.text()
	if most := 4 * network.MaxText; len(plain) > most {
		plain = strings.ToValidUTF8(plain[:most], "")
		c.notice("text_too_long", "The text was too long and was cut. The original has more of it.")
	}
	visible, cut := plain, false
	if (p.ReplyTo != "" || isReply(p.Subject)) && !forward.MatchString(p.Subject) {
		visible, cut = newWords(plain)
	}
	cleaned, dirty := text.Clean(visible, network.MaxText)
	p.Text = cleaned
	if utf8.RuneCountInString(visible) > network.MaxText {
		c.notice("text_too_long", "The text was too long and was cut. The original has more of it.")
	} else if dirty || changed {
		c.notice("text_cleaned", "Invisible or misleading characters were taken out of the message.")
	}
	if cut && markup == "" {
		markup = preformatted(plain)
	}
	if len(markup) > network.MaxHTML {
		markup = strings.ToValidUTF8(markup[:network.MaxHTML], "")
		c.notice("html_too_long", "The formatted version was too long and was cut.")
	}
	p.HTML = strings.ReplaceAll(markup, "\x00", "")
	if p.Text == "" && len(c.media) == 0 && p.Automatic == "" {
		c.notice("no_text", "The message has no text that could be read.")
	}
}

// report makes a receipt of a delivery report about one of our messages, or of
// nothing. Reports about the copy to ourselves say nothing about the citizen.
func (r reader) report(c *content, p *network.Post) *network.Receipt {
	if p.Automatic != "bounce" {
		return nil
	}
	of := messageID(c.original.get("message-id"))
	if of != "" && c.status != nil && r.isOurs(of) {
		for _, s := range parseStatus(c.status) {
			if s.recipient == r.self {
				continue
			}
			if receipt := s.receipt(network.Ref(of), p.At); receipt != nil {
				return receipt
			}
		}
	}
	// Kept as a post, in the thread that it is about when that can be seen.
	p.ReplyTo = network.Ref(of)
	return nil
}

func language(h header) string {
	tag, _, _ := strings.Cut(h.get("content-language"), ",")
	tag = strings.TrimSpace(tag)
	if len(tag) < 2 || len(tag) > 35 || strings.ContainsFunc(tag, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-'
	}) {
		return ""
	}
	return tag
}
