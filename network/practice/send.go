package practice

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/text"
)

var keyForm = regexp.MustCompile(`^[a-z0-9]{1,64}$`)

func refused(sentence string) error {
	return &network.Error{Trouble: network.Refused, Sentence: sentence}
}

// Send implements network.Connection. The key is unique in the table, and
// writers take turns, so the same key is one post whatever happens.
func (c *connection) Send(ctx context.Context, out network.Outgoing) (network.Sent, error) {
	var sent network.Sent
	err := c.call(ctx, func(ctx context.Context, met Fault) error {
		m, err := c.take(ctx, out)
		if err != nil {
			return err
		}
		if met.Kind == Unconfirmed {
			return errUnconfirmed()
		}
		sent = network.Sent{Ref: refOf(m.id), Thread: refOf(m.thread), URL: address(m.id)}
		return nil
	})
	if err != nil {
		return network.Sent{}, err
	}
	return sent, nil
}

func (c *connection) take(ctx context.Context, out network.Outgoing) (post, error) {
	if !keyForm.MatchString(out.Key) {
		return post{}, refused("This post has no proper key, so it could be sent twice. Write it again.")
	}
	author := c.self.identity().ID
	if !out.First {
		// Before its pictures are decoded once more.
		m, found, err := c.practice.byKey(ctx, author, out.Key)
		if err != nil || found {
			return m, err
		}
	}
	pictures, err := c.pictures(ctx, out.Media)
	if err != nil {
		return post{}, err
	}
	body, err := checkBody(out.Text, pictures)
	if err != nil {
		return post{}, refused(fault.Sentence(err))
	}
	warning, _ := text.CleanLine(out.Warning, MaxCharacters) // as with the text
	language, _ := text.CleanLine(out.Language, 35)
	m := post{
		author: author, handle: c.self.handle, key: out.Key, visibility: out.Visibility,
		body: body, warning: warning, language: language, pictures: pictures,
	}
	var kept post
	err = c.practice.options.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		var found bool
		var err error
		if kept, found, err = findPost(ctx, tx, sqlPostByKey, author, out.Key); err != nil || found {
			return err
		}
		fit, err := c.place(ctx, tx, m, out)
		if err != nil {
			return err
		}
		if kept, err = insertPost(ctx, tx, fit); err != nil {
			return err
		}
		return c.practice.options.Hub.Announce(ctx, tx, topic)
	})
	if err != nil {
		return post{}, fmt.Errorf("send on the practice network: %w", err)
	}
	return kept, nil
}

// place finds out where a post belongs and who may read it.
func (c *connection) place(ctx context.Context, tx *db.Tx, m post, out network.Outgoing) (post, error) {
	if !slices.Contains(replyVisibility(network.Public), m.visibility) {
		return post{}, refused("Choose who can read this: everybody, followers, or only the person it is for.")
	}
	m.addressee = citizenOf(out.To)
	if out.ReplyTo != "" {
		to, found, err := findPost(ctx, tx, sqlPostByID, idOf(out.ReplyTo))
		if err != nil {
			return post{}, err
		}
		if !found || to.gone() || !to.reaches(c.self.handle) {
			return post{}, &network.Error{Trouble: network.Missing, Sentence: "The post that this answers has been deleted from the practice network, so the answer was not sent."}
		}
		if !slices.Contains(replyVisibility(to.visibility), m.visibility) {
			if to.visibility == network.Direct {
				return post{}, refused("This was written to the council in private, so it can only be answered in private. Change who can read the answer.")
			}
			return post{}, refused("An answer cannot be read by more people than the post that it answers. Change who can read it.")
		}
		m.replyTo, m.thread = to.id, to.thread
		if m.addressee == 0 || to.visibility == network.Direct {
			m.addressee = max(to.citizen, to.addressee)
		}
	}
	if m.visibility != network.Direct {
		m.addressee = 0
		return m, nil
	}
	_, found, err := findCitizen(ctx, tx, m.addressee)
	if err != nil {
		return post{}, err
	}
	if !found {
		return post{}, refused("A private post needs somebody on the practice network whom it is for. Answer one of their posts.")
	}
	return m, nil
}

const citizenPrefix = "citizen-"

// citizenOf is the citizen whom an identity names, or 0.
func citizenOf(who network.Identity) int64 {
	id, err := strconv.ParseInt(strings.TrimPrefix(who.ID, citizenPrefix), 10, 64)
	if err != nil || id < 0 || !strings.HasPrefix(who.ID, citizenPrefix) {
		return 0
	}
	return id
}

// pictures makes what is attached safe and keeps it here.
func (c *connection) pictures(ctx context.Context, media []network.Attachment) ([]Picture, error) {
	if len(media) > MaxPictures {
		return nil, refused("A post here has at most four pictures. Leave some out.")
	}
	var list []Picture
	for _, a := range media {
		r, err := a.Open(ctx)
		if err != nil {
			return nil, fmt.Errorf("open what is attached: %w", err)
		}
		k, err := c.practice.TakePicture(ctx, r, a.Filename)
		closed := r.Close()
		if err != nil {
			return nil, err
		}
		if closed != nil {
			return nil, fmt.Errorf("close what is attached: %w", closed)
		}
		k.Alt = a.Alt
		list = append(list, k)
	}
	return list, nil
}

func (p *Practice) byKey(ctx context.Context, author, key string) (m post, found bool, err error) {
	err = p.options.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		m, found, err = findPost(ctx, tx, sqlPostByKey, author, key)
		return err
	})
	if err != nil {
		return post{}, false, fmt.Errorf("look for a post by its key: %w", err)
	}
	return m, found, nil
}

// Delete implements network.Deleter.
func (c *connection) Delete(ctx context.Context, ref network.Ref) error {
	return c.call(ctx, func(ctx context.Context, met Fault) error {
		err := c.practice.options.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
			m, found, err := findPost(ctx, tx, sqlPostByID, idOf(ref))
			if err != nil || !found || m.gone() {
				return err
			}
			if m.author != c.self.identity().ID {
				return refused("This post is not by this account, so it cannot be deleted from here.")
			}
			if err := deletePost(ctx, tx, m.id); err != nil {
				return err
			}
			return c.practice.options.Hub.Announce(ctx, tx, topic)
		})
		if err != nil {
			return fmt.Errorf("delete from the practice network: %w", err)
		}
		if met.Kind == Unconfirmed {
			return errUnconfirmed()
		}
		return nil
	})
}
