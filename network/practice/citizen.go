package practice

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/text"
)

// Citizen is somebody on the network whom one can be.
type Citizen struct {
	ID     int64
	Name   string
	Handle string // without @
	About  string // a few words that help to be them
}

func (c Citizen) identity() string { return citizenPrefix + strconv.FormatInt(c.ID, 10) }

// maxCitizens keeps the list one that can be chosen from.
const maxCitizens = 200

// Citizens are all citizens, those who were there first at the start.
func (p *Practice) Citizens(ctx context.Context) ([]Citizen, error) {
	var list []Citizen
	err := p.options.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		list, err = readCitizens(ctx, tx)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list the citizens of the practice network: %w", err)
	}
	return list, nil
}

// AddCitizen makes a new citizen with a handle of their own. Errors:
// fault.Invalid for the fields name and about, fault.Conflict when the network
// is full.
func (p *Practice) AddCitizen(ctx context.Context, name, about string) (Citizen, error) {
	c := Citizen{}
	c.Name, _ = text.CleanLine(name, maxNameLetters+1) // one more, so that the limit can be told
	c.About, _ = text.CleanLine(about, 101)
	var wrong fault.Fields
	switch n := text.Graphemes(c.Name); {
	case n == 0:
		wrong.Add("name", "Enter a name.")
	case n > maxNameLetters:
		wrong.Add("name", "Enter a name of at most 60 characters.")
	}
	if text.Graphemes(c.About) > 100 {
		wrong.Add("about", "Use at most 100 characters.")
	}
	if err := wrong.Err(); err != nil {
		return Citizen{}, err
	}
	err := p.options.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		all, err := readCitizens(ctx, tx)
		if err != nil {
			return err
		}
		if len(all) >= maxCitizens {
			return fault.Newf(fault.Conflict, "There are %d citizens already, which is as many as can be. Choose one of them.", maxCitizens)
		}
		c.ID, c.Handle = tx.NewID(), freeHandle(handleBase(c.Name), all)
		if err := insertCitizen(ctx, tx, c); err != nil {
			return err
		}
		return p.options.Hub.Announce(ctx, tx, topic)
	})
	if err != nil {
		return Citizen{}, fmt.Errorf("add a citizen to the practice network: %w", err)
	}
	return c, nil
}

// handleBase makes a handle of a name: "Màiri NicLeòid" is mairi.nicleoid.
func handleBase(name string) string {
	var words []string
	for _, word := range strings.Fields(text.Fold(name)) {
		word = strings.Map(func(r rune) rune {
			if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
				return r
			}
			return -1
		}, word)
		if word != "" {
			words = append(words, word)
		}
	}
	base := strings.Join(words, ".")
	if base == "" {
		return "citizen"
	}
	return strings.TrimRight(base[:min(len(base), 24)], ".")
}

func freeHandle(base string, all []Citizen) string {
	handle := base
	for n := 2; slices.ContainsFunc(all, func(c Citizen) bool { return c.Handle == handle }); n++ {
		handle = base + strconv.Itoa(n)
	}
	return handle
}

// Saying is a post that a citizen makes.
type Saying struct {
	Citizen  int64
	To       string      // handle of a council account; "" is every one; of a reply it is that of the thread
	ReplyTo  network.Ref // "" begins a thread
	Private  bool        // only the council account can read it; a reply to something private always is
	Text     string
	Pictures []Picture
	Key      string // saying it twice with one key has no second effect; may be empty
}

// Say posts something. Errors: fault.Invalid for the fields text, picture and
// alt, fault.NotFound and fault.Gone for what is answered.
func (p *Practice) Say(ctx context.Context, s Saying) (network.Ref, error) {
	pictures := append([]Picture(nil), s.Pictures...)
	body, err := checkBody(s.Text, pictures)
	if err != nil {
		return "", err
	}
	if s.Key != "" && !keyForm.MatchString(s.Key) {
		return "", fault.New(fault.Invalid, "This form is out of date. Reload the page and send it again.")
	}
	var kept post
	err = p.options.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		who, found, err := findCitizen(ctx, tx, s.Citizen)
		if err != nil {
			return err
		}
		if !found {
			return fault.Field("as", "Choose who you are.")
		}
		if s.Key != "" {
			if kept, found, err = findPost(ctx, tx, sqlPostByKey, who.identity(), s.Key); err != nil || found {
				return err
			}
		}
		m := post{author: who.identity(), citizen: who.ID, handle: s.To, key: s.Key, visibility: network.Public, body: body, pictures: pictures}
		if m, err = s.place(ctx, tx, m); err != nil {
			return err
		}
		if kept, err = insertPost(ctx, tx, m); err != nil {
			return err
		}
		return p.options.Hub.Announce(ctx, tx, topic)
	})
	if err != nil {
		return "", fmt.Errorf("post on the practice network: %w", err)
	}
	return refOf(kept.id), nil
}

func (s Saying) place(ctx context.Context, tx *db.Tx, m post) (post, error) {
	if s.ReplyTo != "" {
		to, found, err := findPost(ctx, tx, sqlPostByID, idOf(s.ReplyTo))
		if err != nil {
			return post{}, err
		}
		if !found || !to.seenBy(s.Citizen) {
			return post{}, fault.New(fault.NotFound, "There is no such post to answer.")
		}
		if to.gone() {
			return post{}, fault.New(fault.Gone, "The post that you answer has been deleted. Begin a new post instead.")
		}
		m.replyTo, m.thread, m.handle, m.visibility = to.id, to.thread, to.handle, to.visibility
	} else if s.To != "" {
		_, found, err := findAccount(ctx, tx, s.To)
		if err != nil {
			return post{}, err
		}
		if !found {
			return post{}, fault.Field("to", "Choose the account that you write to.")
		}
	}
	if s.Private {
		m.visibility = network.Direct
	}
	return m, nil
}

// own finds a post that a citizen may change.
func own(ctx context.Context, tx *db.Tx, citizen int64, ref network.Ref) (post, error) {
	m, found, err := findPost(ctx, tx, sqlPostByID, idOf(ref))
	switch {
	case err != nil:
		return post{}, err
	case !found || !m.seenBy(citizen):
		return post{}, fault.New(fault.NotFound, "There is no such post on the practice network.")
	case m.gone():
		return post{}, fault.New(fault.Gone, "This post has been deleted already.")
	case m.ours() || m.citizen != citizen:
		return post{}, fault.New(fault.Forbidden, "This post is by somebody else. Be that citizen first, then change it.")
	}
	return m, nil
}

// Edit changes the words of a citizen's own post. Version is the number under
// which the citizen last saw it, or 0 not to ask. Errors: fault.Invalid,
// fault.NotFound, fault.Forbidden, fault.Gone, fault.Conflict.
func (p *Practice) Edit(ctx context.Context, citizen int64, ref network.Ref, version int64, words string) error {
	err := p.options.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		m, err := own(ctx, tx, citizen, ref)
		if err != nil {
			return err
		}
		body, err := checkBody(words, m.pictures)
		if err != nil {
			return err
		}
		if body == m.body {
			return nil
		}
		if version != 0 && version != m.seq {
			return fault.Newf(fault.Conflict, "This post was changed in another window meanwhile. It now says: “%s”. Change it again if you still want to.", text.Excerpt(m.body, 200))
		}
		if err := editPost(ctx, tx, m.id, body); err != nil {
			return err
		}
		return p.options.Hub.Announce(ctx, tx, topic)
	})
	if err != nil {
		return fmt.Errorf("edit on the practice network: %w", err)
	}
	return nil
}

// Retract deletes a citizen's own post. It is idempotent. Errors:
// fault.NotFound, fault.Forbidden.
func (p *Practice) Retract(ctx context.Context, citizen int64, ref network.Ref) error {
	err := p.options.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		m, err := own(ctx, tx, citizen, ref)
		if fault.Is(err, fault.Gone) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := deletePost(ctx, tx, m.id); err != nil {
			return err
		}
		return p.options.Hub.Announce(ctx, tx, topic)
	})
	if err != nil {
		return fmt.Errorf("delete on the practice network: %w", err)
	}
	return nil
}
