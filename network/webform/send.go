package webform

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"regexp"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/blob"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/text"
)

var keyForm = regexp.MustCompile(`^[a-z0-9]{1,64}$`)

// Send implements network.Connection. The post and its key are written in one
// transaction, so a key has its effect once or not at all.
func (c *connection) Send(ctx context.Context, out network.Outgoing) (network.Sent, error) {
	ctx, done, err := c.begin(ctx)
	if err != nil {
		return network.Sent{}, err
	}
	defer done()
	sent, err := c.send(ctx, out)
	if err != nil {
		return network.Sent{}, explain(fmt.Errorf("send through the form %s: %w", c.form.slug, err))
	}
	return sent, nil
}

func (c *connection) send(ctx context.Context, out network.Outgoing) (network.Sent, error) {
	body, _ := text.Clean(out.Text, network.MaxText) // our own officer's words, cleaned at the desk's door already
	switch n := text.Graphemes(body); {
	case !keyForm.MatchString(out.Key):
		return network.Sent{}, refuse(network.Refused, "The answer has no proper key, so it cannot be known whether it was sent before. Nothing was sent.")
	case n > maxMessage:
		return network.Sent{}, refuse(network.Refused, fmt.Sprintf("The answer has %d characters; the web form takes %d. Shorten it.", n, maxMessage))
	case body == "" && len(out.Media) == 0:
		return network.Sent{}, refuse(network.Refused, "The answer is empty. Write something first.")
	}
	if !out.First {
		var sent network.Sent
		err := c.n.o.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
			sent, _, err = c.sentBefore(ctx, tx, out.Key)
			return err
		})
		if err != nil || sent.Ref != "" {
			return sent, err
		}
	}
	files, err := c.attach(ctx, out.Media)
	if err != nil {
		return network.Sent{}, err
	}
	var sent network.Sent
	err = c.n.o.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		before, found, err := c.sentBefore(ctx, tx, out.Key)
		if err != nil || found {
			sent = before
			return err // the files made for nothing are swept
		}
		answered, t, err := c.answered(ctx, tx, out)
		if err != nil {
			return err
		}
		if out.Conversation != "" && out.Conversation != t.conversation {
			if err := setConversation(ctx, tx, t.id, out.Conversation); err != nil {
				return err
			}
		}
		p := post{
			id: tx.NewID(), thread: t.id, account: t.account, out: true, replyTo: answered.id, key: out.Key,
			body: body, at: tx.Now, files: files,
		}
		if err := insertPost(ctx, tx, p); err != nil {
			return err
		}
		sent = network.Sent{Ref: refOf(p.id), Thread: refOf(t.first)}
		return c.n.o.Hub.Announce(ctx, tx, topicOf(t.id))
	})
	return sent, err
}

// answered finds what an answer belongs to: the post that it answers, or any
// other of its thread.
func (c *connection) answered(ctx context.Context, tx *db.Tx, out network.Outgoing) (post, thread, error) {
	p, t, err := c.find(ctx, tx, out.ReplyTo)
	if err != nil && network.TroubleOf(err) == network.Missing && out.Thread != "" && out.Thread != out.ReplyTo {
		return c.find(ctx, tx, out.Thread)
	}
	return p, t, err
}

func (c *connection) sentBefore(ctx context.Context, tx *db.Tx, key string) (network.Sent, bool, error) {
	p, found, err := postByKey(ctx, tx, c.form.account, key)
	if err != nil || !found {
		return network.Sent{}, false, err
	}
	t, _, err := readThread(ctx, tx, p.thread)
	return network.Sent{Ref: refOf(p.id), Thread: refOf(t.first)}, err == nil, err
}

// attach keeps the files of an answer. Pictures are encoded anew, so that they
// have a thumbnail and nothing hidden in them; other files are offered for
// download.
func (c *connection) attach(ctx context.Context, media []network.Attachment) ([]file, error) {
	if limit := c.n.Describe().Compose.Media.Max; len(media) > limit {
		return nil, refuse(network.Refused, fmt.Sprintf("The answer has %d files; the web form takes %d. Leave some out.", len(media), limit))
	}
	files := make([]file, 0, len(media))
	for _, m := range media {
		f, err := c.attachOne(ctx, m)
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	return files, nil
}

func (c *connection) attachOne(ctx context.Context, m network.Attachment) (file, error) {
	body, err := m.Open(ctx)
	if err != nil {
		return file{}, fmt.Errorf("open a file to be sent: %w", err)
	}
	defer body.Close()
	data, err := io.ReadAll(io.LimitReader(body, maxFile+1))
	if err != nil {
		return file{}, fmt.Errorf("read a file to be sent: %w", err)
	}
	if len(data) > maxFile {
		return file{}, refuse(network.Refused, "A file of the answer is larger than the web form takes. Send a smaller one.")
	}
	alt, _ := text.CleanLine(m.Alt, 1000)
	kind := blob.Sniff(m.Filename, data[:min(len(data), blob.SniffLen)])
	f := file{name: blob.SafeName(m.Filename, kind), alt: alt}
	switch kind.Class {
	case blob.Picture:
		photo, err := c.n.o.Photos.Make(ctx, bytes.NewReader(data), blob.Limits{})
		if fault.Is(err, fault.Invalid) || fault.Is(err, fault.TooLarge) {
			return file{}, refuse(network.Refused, fault.Sentence(err))
		}
		if err != nil {
			return file{}, err
		}
		return c.n.keepPhoto(ctx, f, photo)
	case blob.Program:
		return file{}, refuse(network.Refused, "A file of the answer is a program, which the web form does not take. Leave it out.")
	}
	f.contentType = kind.ContentType
	return c.n.keep(ctx, f, data, nil)
}

// Delete implements network.Deleter. What the citizen wrote is theirs and stays.
func (c *connection) Delete(ctx context.Context, ref network.Ref) error {
	ctx, done, err := c.begin(ctx)
	if err != nil {
		return err
	}
	defer done()
	err = c.n.o.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		p, found, err := readPost(ctx, tx, postOf(ref))
		switch {
		case err != nil:
			return err
		case !found || p.account != c.form.account:
			return nil // gone already
		case !p.out:
			return refuse(network.Refused, "This message is the citizen’s own. Only our answers can be taken back.")
		}
		taken, err := takeBack(ctx, tx, p.id)
		if err != nil || !taken {
			return err
		}
		return c.n.o.Hub.Announce(ctx, tx, topicOf(p.thread))
	})
	return explain(err)
}
