package webform

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/secret"
	"mercat.scot/mercat/platform/text"
	"mercat.scot/mercat/platform/web"
)

const (
	aboutOther    = "other"
	aboutQuestion = "question"
	maxPosts      = 400 // posts of one thread, after which a new form is needed
	pagePosts     = 500 // posts of one thread that are shown
)

// submission is what a citizen sent with a form, cleaned and checked.
type submission struct {
	service     int64
	subject     string
	body        string
	cleaned     bool
	place       place
	usePosition bool // of the photos
	contact     network.Contact
	language    language
	answers     []Answer // to what the service asks
	digest      string
}

// answer adds what was answered; the same form with other answers is a second
// thought.
func (s *submission) answer(list []Answer) {
	s.answers = list
	for _, a := range list {
		s.digest = digest(s.digest, a.Field, a.Value)
	}
}

var (
	tokenForm = regexp.MustCompile(`^[A-Za-z0-9_-]{22}$`)
	emailForm = regexp.MustCompile(`^[^\s@<>,;:"()]{1,64}@[^\s@<>,;:"()]{1,189}\.[^\s@<>,;:"().]{2,63}$`)
	phoneForm = regexp.MustCompile(`^\+?[0-9 ()./-]{5,30}$`)
)

// newToken is what a new form carries.
func newToken() string { return secret.Token(16) }

// readMessage reads the fields that both forms have. What is wrong is noted in
// the form.
func readMessage(f *web.Form, w *words) submission {
	s := submission{language: w.Language}
	s.body, s.cleaned = text.Clean(f.Value("message"), network.MaxText)
	switch n := text.Graphemes(s.body); {
	case s.body == "":
		f.Fail("message", w.ErrMessage)
	case n > maxMessage:
		f.Fail("message", fmt.Sprintf(w.ErrMessageLongF, web.Number(int64(n)), web.Number(maxMessage)))
	}
	if f.Value("website") != "" {
		f.Fail("website", w.ErrHoneypot)
	}
	s.digest = digest(s.body)
	return s
}

// readSubmission reads the contact form. What is wrong is noted in the form, in
// the order of its fields.
func readSubmission(f *web.Form, services []Service, w *words) submission {
	about := f.Value("about")
	var service Service
	subject := ""
	switch at := slices.IndexFunc(services, func(s Service) bool { return strconv.FormatInt(s.ID, 10) == about }); {
	case at >= 0:
		service = services[at]
		subject = service.Name
	case about == aboutQuestion || len(services) == 0:
		subject = "A question"
	case about == aboutOther:
		subject = english.SomethingElse
	default:
		f.Fail("about", w.ErrAbout)
	}
	s := readMessage(f, w)
	s.service, s.subject = service.ID, subject
	s.place = readPlace(f, w)
	s.usePosition = f.Ticked("use-position")
	if service.NeedsPlace && s.place == (place{}) && !s.usePosition && f.Problem("place") == "" {
		f.Fail("place", w.ErrPlace)
	}
	s.contact = readContact(f, w)
	s.digest = digest(about, s.body, s.place.words, strconv.FormatBool(s.place.point), fmt.Sprint(s.place.lat, s.place.lon),
		s.contact.Name, s.contact.Email, s.contact.Phone)
	return s
}

func readPlace(f *web.Form, w *words) place {
	var p place
	p.words, _ = text.CleanLine(f.Value("place"), 300) // what is taken out of it, its author sees on the page
	lat, lng := strings.TrimSpace(f.Value("place-lat")), strings.TrimSpace(f.Value("place-lng"))
	if lat == "" && lng == "" {
		return p
	}
	var ok bool
	if p.lat, ok = degrees(lat, 90); ok {
		p.lon, ok = degrees(lng, 180)
	}
	if p.point = ok; !ok {
		p.lat, p.lon = 0, 0
		f.Fail("place", w.ErrPoint)
	}
	return p
}

func degrees(s string, most float64) (float64, bool) {
	v, err := strconv.ParseFloat(strings.Replace(s, ",", ".", 1), 64)
	return v, err == nil && v >= -most && v <= most // false for NaN
}

func readContact(f *web.Form, w *words) network.Contact {
	var c network.Contact
	c.Name, _ = text.CleanLine(f.Value("name"), network.MaxNameRunes)
	if len([]rune(strings.TrimSpace(f.Value("name")))) > network.MaxNameRunes {
		f.Fail("name", w.ErrName)
	}
	c.Email, _ = text.CleanLine(f.Value("email"), 400)
	if c.Email != "" && (len(c.Email) > 254 || !emailForm.MatchString(c.Email)) {
		f.Fail("email", w.ErrEmail)
	}
	c.Phone, _ = text.CleanLine(f.Value("phone"), 100)
	if c.Phone != "" && !phoneForm.MatchString(c.Phone) {
		f.Fail("phone", w.ErrPhone)
	}
	return c
}

var (
	errChanged = errors.New("this form was sent before with other words")
	errFull    = errors.New("this thread takes no more posts")
)

// submit begins a thread with what was sent, and returns the long reference of
// its page. Sending the same form again returns the same reference; with
// errChanged when the words are others, of which nothing is kept.
func (n *Network) submit(ctx context.Context, account int64, token string, s submission, files []int64) (string, error) {
	hash := secret.HashToken(token)
	reference := secret.LongReference()
	sealed, err := seal(token, reference)
	if err != nil {
		return "", err
	}
	var before thread
	var changed, again bool
	err = n.o.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		first, found, err := postByForm(ctx, tx, hash)
		if err != nil {
			return err
		}
		if again = found; found {
			changed = first.digest != s.digest
			before, _, err = readThread(ctx, tx, first.thread)
			return err
		}
		short, err := freeShort(ctx, tx)
		if err != nil {
			return err
		}
		t := thread{
			id: tx.NewID(), account: account, short: short, referenceHash: secret.HashToken(reference), sealed: sealed,
			service: s.service, subject: s.subject, contact: s.contact, language: s.language, first: tx.NewID(), created: tx.Now,
		}
		if err := insertThread(ctx, tx, t); err != nil {
			return err
		}
		p, err := n.compose(ctx, tx, t, hash, s, files)
		if err != nil {
			return err
		}
		p.id = t.first
		if err := insertPost(ctx, tx, p); err != nil {
			return err
		}
		return n.o.Hub.Announce(ctx, tx, topic)
	})
	switch {
	case err != nil:
		return "", fmt.Errorf("keep what a citizen sent: %w", err)
	case !again:
		return reference, nil
	}
	reference, err = unseal(token, before.sealed)
	if err != nil {
		return "", fmt.Errorf("find the page of a form that was sent before: %w", err)
	}
	if changed {
		err = errChanged
	}
	return reference, err
}

// writeAgain adds a citizen's message to their thread. Sending the same form
// again has no effect; with other words it is errChanged. A thread that is too
// long is errFull.
func (n *Network) writeAgain(ctx context.Context, t thread, token string, s submission, files []int64) error {
	hash := secret.HashToken(token)
	err := n.o.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		before, found, err := postByForm(ctx, tx, hash)
		switch {
		case err != nil:
			return err
		case found && before.digest != s.digest:
			return errChanged
		case found:
			return nil
		}
		st, err := threadState(ctx, tx, t.id)
		if err != nil {
			return err
		}
		if st.posts >= maxPosts {
			return errFull
		}
		p, err := n.compose(ctx, tx, t, hash, s, files)
		if err != nil {
			return err
		}
		if p.replyTo, err = lastOfThread(ctx, tx, t.id, "out"); err != nil {
			return err
		}
		if p.replyTo == 0 {
			p.replyTo = t.first
		}
		p.id = tx.NewID()
		if err := insertPost(ctx, tx, p); err != nil {
			return err
		}
		return n.o.Hub.Announce(ctx, tx, topic, topicOf(t.id))
	})
	if err != nil {
		return fmt.Errorf("add what a citizen sent: %w", err)
	}
	return nil
}

// compose makes the post of a submission, with those of its files that still
// wait in the form.
func (n *Network) compose(ctx context.Context, tx *db.Tx, t thread, hash string, s submission, files []int64) (post, error) {
	p := post{thread: t.id, account: t.account, formHash: hash, digest: s.digest, body: s.body, cleaned: s.cleaned, place: s.place, answers: s.answers, at: tx.Now}
	waiting, err := filesOfForm(ctx, tx, hash)
	if err != nil {
		return post{}, err
	}
	for _, f := range waiting {
		if !slices.Contains(files, f.id) || len(p.files) == maxPhotos {
			continue
		}
		p.files = append(p.files, f)
		if s.usePosition && !p.place.point && f.position != nil {
			p.place.point, p.place.lat, p.place.lon, p.place.accuracy = true, f.position.Lat, f.position.Lon, f.position.Accuracy
		}
	}
	return p, nil
}

func freeShort(ctx context.Context, tx *db.Tx) (string, error) {
	for range 20 {
		short := secret.ShortReference()
		taken, err := shortTaken(ctx, tx, short)
		if err != nil || !taken {
			return short, err
		}
	}
	return "", errors.New("no short reference is free")
}
