package email

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/mail"
	"regexp"
	"strings"
	"time"

	"github.com/emersion/go-message"
	"golang.org/x/net/idna"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/text"
)

const (
	idPrefix        = "mercat."
	maxSubject      = 200
	maxSentSize     = 60 << 20 // of a whole message, encoded
	keptReferences  = 20
	maxAttachments  = 10
	maxAttachmentMB = 25
)

var (
	keyForm     = regexp.MustCompile(`^[a-z0-9]{1,64}$`)
	replyPrefix = regexp.MustCompile(`(?i)^\s*(re|aw|sv|antw|atb|fre)\s*(\[\d+\])?\s*:`)
)

func isReply(subject string) bool { return replyPrefix.MatchString(subject) }

// idDomain is the right side of our Message-IDs.
func idDomain(self mailbox) string {
	ascii, err := idna.Lookup.ToASCII(self.domain)
	if err != nil {
		return self.domain // it was accepted as a host name, so it is ASCII
	}
	return ascii
}

// refOf is the Message-ID of a post with this key.
func refOf(self mailbox, key string) network.Ref {
	return network.Ref(idPrefix + key + "@" + idDomain(self))
}

// outgoing is a message ready for SMTP.
type outgoing struct {
	ref  network.Ref
	to   mailbox
	body []byte
	utf8 bool // an address needs SMTPUTF8
}

// compose builds the message. The same Outgoing makes the same bytes.
func compose(ctx context.Context, s settings, out network.Outgoing, now time.Time) (outgoing, error) {
	if !keyForm.MatchString(out.Key) {
		return outgoing{}, refused("The message has no proper key, so it was not sent. Please report this.", fmt.Errorf("key %q", out.Key))
	}
	to, ok := parseMailbox(out.To.ID)
	if !ok || strings.HasSuffix(to.domain, ".invalid") {
		return outgoing{}, refused("There is no email address to answer to. Reach the person in another way.", nil)
	}
	if strings.TrimSpace(out.Text) == "" && len(out.Media) == 0 {
		return outgoing{}, refused("The message is empty. Write something, then send it again.", nil)
	}
	m := outgoing{ref: refOf(s.self, out.Key), to: to, utf8: !isASCII(to.local) || !isASCII(s.self.local)}

	var h message.Header
	add := func(name, value string) { h.Set(name, value) }
	// Header.Set puts each field on top, so this is the order from below.
	add("MIME-Version", "1.0")
	if ancestors := ancestry(out); len(ancestors) > 0 {
		add("References", strings.Join(ancestors, " "))
	}
	if id := string(out.ReplyTo); validMessageID(id) && !strings.HasSuffix(id, unidentified) {
		add("In-Reply-To", "<"+id+">")
	}
	add("Message-ID", "<"+string(m.ref)+">")
	at := out.At
	if at.IsZero() {
		at = now
	}
	add("Date", at.UTC().Format("Mon, 02 Jan 2006 15:04:05 -0700"))
	if tag := language(header{fields: []field{{"content-language", out.Language}}}); tag != "" {
		add("Content-Language", tag)
	}
	add("Subject", mime.QEncoding.Encode("utf-8", subjectOf(out)))
	if s.separator != "" && isToken(out.Conversation) {
		reply := mailbox{s.self.local + s.separator + out.Conversation, s.self.domain}
		add("Reply-To", address(s.name, reply))
	}
	name, _ := text.CleanLine(out.To.Name, 100) // a name from outside, cleaned before and shown to its owner only
	add("To", address(name, to))
	add("From", address(s.name, s.self))

	var b bytes.Buffer
	if err := writeBody(ctx, &b, h, out); err != nil {
		return outgoing{}, err
	}
	m.body = b.Bytes()
	return m, nil
}

// address is a header value. Quotation and encoded words are the standard
// library's affair.
func address(name string, m mailbox) string {
	return (&mail.Address{Name: name, Address: m.wire()}).String()
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// ancestry is the References header, oldest first, with the post that is
// answered at the end.
func ancestry(out network.Outgoing) []string {
	var ids []string
	seen := map[network.Ref]bool{}
	for _, ref := range append(append([]network.Ref{out.Thread}, out.References...), out.ReplyTo) {
		id := string(ref)
		if seen[ref] && ref == out.ReplyTo && len(ids) > 1 {
			for i, have := range ids { // it belongs at the end
				if have == "<"+id+">" {
					ids = append(ids[:i], ids[i+1:]...)
					break
				}
			}
			seen[ref] = false
		}
		if seen[ref] || !validMessageID(id) || !isASCII(id) || strings.HasSuffix(id, unidentified) || !strings.Contains(id, "@") {
			continue
		}
		seen[ref] = true
		ids = append(ids, "<"+id+">")
	}
	if len(ids) > keptReferences {
		ids = append(ids[:1:1], ids[len(ids)-keptReferences+1:]...)
	}
	return ids
}

func subjectOf(out network.Outgoing) string {
	subject, _ := text.CleanLine(out.Subject, maxSubject) // one line is all that a header takes
	answers := out.ReplyTo != ""
	switch {
	case subject == "" && answers:
		return "Re: your message"
	case subject == "":
		return "A message for you"
	case answers && !isReply(subject):
		return "Re: " + subject
	}
	return subject
}

func writeBody(ctx context.Context, b *bytes.Buffer, h message.Header, out network.Outgoing) error {
	words := strings.ReplaceAll(strings.ReplaceAll(out.Text, "\r\n", "\n"), "\n", "\r\n") + "\r\n"
	textHeader := func(h *message.Header) {
		h.SetContentType("text/plain", map[string]string{"charset": "utf-8"})
		h.Set("Content-Transfer-Encoding", "quoted-printable")
	}
	if len(out.Media) == 0 {
		textHeader(&h)
		w, err := message.CreateWriter(b, h)
		if err != nil {
			return fmt.Errorf("begin message: %w", err)
		}
		if _, err := io.WriteString(w, words); err != nil {
			return fmt.Errorf("write text: %w", err)
		}
		return w.Close()
	}
	if len(out.Media) > maxAttachments {
		return refused(fmt.Sprintf("A message can have at most %d attachments. Take some out, then send it again.", maxAttachments), nil)
	}
	sum := sha256.Sum256([]byte(out.Key))
	h.SetContentType("multipart/mixed", map[string]string{"boundary": "mercat-" + hex.EncodeToString(sum[:16])})
	w, err := message.CreateWriter(b, h)
	if err != nil {
		return fmt.Errorf("begin message: %w", err)
	}
	var ph message.Header
	textHeader(&ph)
	pw, err := w.CreatePart(ph)
	if err != nil {
		return fmt.Errorf("begin text: %w", err)
	}
	if _, err := io.WriteString(pw, words); err != nil {
		return fmt.Errorf("write text: %w", err)
	}
	if err := pw.Close(); err != nil {
		return fmt.Errorf("end text: %w", err)
	}
	for i, a := range out.Media {
		if err := attachTo(ctx, w, b, i, a); err != nil {
			return err
		}
	}
	return w.Close()
}

func attachTo(ctx context.Context, w *message.Writer, b *bytes.Buffer, i int, a network.Attachment) error {
	var ph message.Header
	kind, _ := params(a.ContentType)
	if !strings.Contains(kind, "/") || strings.HasPrefix(kind, "multipart/") || strings.HasPrefix(kind, "message/") {
		kind = "application/octet-stream"
	}
	ph.SetContentType(kind, nil)
	ph.Set("Content-Transfer-Encoding", "base64")
	filename := firstOf(cleanFilename(a.Filename), fmt.Sprintf("attachment-%d%s", i+1, extension(kind)))
	ph.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": filename}))
	if alt, _ := text.CleanLine(a.Alt, 1000); alt != "" {
		ph.Set("Content-Description", mime.QEncoding.Encode("utf-8", alt))
	}
	in, err := a.Open(ctx)
	if err != nil {
		return fmt.Errorf("open attachment %d: %w", i+1, err)
	}
	defer in.Close() // it was only read
	pw, err := w.CreatePart(ph)
	if err != nil {
		return fmt.Errorf("begin attachment %d: %w", i+1, err)
	}
	n, err := io.Copy(pw, io.LimitReader(in, maxAttachmentMB<<20+1))
	if err != nil {
		return fmt.Errorf("read attachment %d: %w", i+1, err)
	}
	if n > maxAttachmentMB<<20 || b.Len() > maxSentSize {
		return refused(fmt.Sprintf("The attachments are too large for an email. Send at most %d MB.", maxAttachmentMB), errors.New("message over the limit"))
	}
	return pw.Close()
}
