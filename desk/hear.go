package desk

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/db"
)

// Addition is what a citizen wrote on a private page of ours into a
// conversation that stands on a network.
type Addition struct {
	Key      string // of the form: the same key is kept once
	Text     string
	Language string // BCP 47
	Media    []network.Media
	Notice   string // where it was written, for the officer
	At       time.Time
}

// pageRef begins the ref of a message that came through a page of ours and
// stands on no network, so that no network can be told to answer it.
const pageRef = "page:"

// offNetwork reports whether the network does not know a message by its ref.
func offNetwork(ref network.Ref) bool { return strings.HasPrefix(string(ref), pageRef) }

// Hear keeps what a citizen wrote on a page of ours as a message of their
// conversation, as if it had come by their network. It is idempotent by the key.
// Answers to it are private where the network has a private way.
//
// Errors: fault.NotFound when the conversation, or its account, is gone.
func (s *Service) Hear(ctx context.Context, conversation int64, a Addition) error {
	post := &network.Post{Ref: pageRef + network.Ref(a.Key), Text: a.Text, Language: a.Language, Media: a.Media, At: a.At}
	var c Conversation
	err := s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		if c, err = s.ConversationTx(ctx, tx, conversation); err != nil {
			return err
		}
		last, err := answerable(ctx, tx, c)
		if err != nil {
			return err
		}
		handles, err := s.People.HandlesTx(ctx, tx, []int64{c.HandleID})
		if err != nil {
			return err
		}
		if post.ReplyTo = last.Ref; offNetwork(last.Ref) {
			post.ReplyTo = last.ReplyTo
		}
		post.Conversation, post.Thread, post.Author = c.Token, cmp.Or(last.Thread, c.Thread), handles[c.HandleID].Identity
		return nil
	})
	if err != nil {
		return fmt.Errorf("hear a citizen in conversation %d: %w", conversation, err)
	}
	n, ok := s.networks[c.Network]
	if !ok {
		return errUnknownNetwork
	}
	post.Visibility = network.Direct
	sentence := a.Notice
	if compose := n.Describe().Compose; compose.ReplyVisibility == nil || len(visibilities(compose, c.Visibility, network.Direct)) == 0 {
		post.Visibility = c.Visibility
		sentence = strings.TrimSpace(sentence + " This network has no private way back: what you answer can be read by everybody.")
	}
	post.Notices = []network.Notice{{Code: "private_page", Sentence: sentence}}
	return s.Intake(ctx, c.AccountID, network.Batch{Events: []network.Event{{Post: post}}})
}

// answeredRef is the post that an answer to a message is hung under on the
// network.
func (m Message) answeredRef() network.Ref {
	if offNetwork(m.Ref) {
		return m.ReplyTo
	}
	return m.Ref
}

// SayableTx says of a text how SayTx would send it: whether nobody but the
// citizen can read it, and whether it fits into one post.
//
// Errors: fault.NotFound.
func (s *Service) SayableTx(ctx context.Context, tx *db.Tx, conversation int64, body string) (private, whole bool, err error) {
	c, err := s.ConversationTx(ctx, tx, conversation)
	if err != nil {
		return false, false, err
	}
	n, ok := s.networks[c.Network]
	if !ok || n.Describe().Past {
		return false, false, nil
	}
	asked, err := answerable(ctx, tx, c)
	if err != nil {
		return false, false, err
	}
	compose := s.connections.rulesOf(c.AccountID, n.Describe().Compose)
	to, err := chosen(visibilities(compose, c.Visibility, asked.Visibility), "")
	if err != nil {
		return false, false, nil // SayTx says why
	}
	return to == network.Direct, len(compose.Split(body)) == 1, nil
}

// MediaTx reads a file of a message.
//
// Errors: fault.NotFound.
func (s *Service) MediaTx(ctx context.Context, tx *db.Tx, id int64) (Media, error) {
	m, err := mediaByID(ctx, tx, id)
	if err == nil && m.State != "ready" {
		err = errNoFile
	}
	return m, err
}

// OffNetwork reports whether a message came through a page of ours and not by
// its network.
func (m Message) OffNetwork() bool { return offNetwork(m.Ref) }
