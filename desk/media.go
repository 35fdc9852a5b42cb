package desk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/blob"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/jobs"
	"mercat.scot/mercat/record"
)

// mediaArgs names the message whose files are to be fetched and made safe.
type mediaArgs struct {
	Message int64 `json:"message"`
}

func (mediaArgs) Kind() string { return "desk.media" }

// mediaTime bounds the work on the files of one message.
const mediaTime = 4 * time.Minute

// mediaLater is when to try again after trouble of our own.
const mediaLater = time.Minute

var mediaAttempts = jobs.Attempts(8)

func (s *Service) registerMedia() {
	jobs.Register(s.Queue, mediaTime, s.fetchMedia)
}

// fetchMedia makes the waiting files of a message safe. It is idempotent: what
// is ready is left alone, and keeping the same bytes twice keeps them once.
func (s *Service) fetchMedia(ctx context.Context, job jobs.Job, args mediaArgs) error {
	var waiting []Media
	var message Message
	err := s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		if message, err = messageTx(ctx, tx, args.Message); err != nil {
			return err
		}
		waiting, err = waitingMedia(ctx, tx, args.Message)
		return err
	})
	if err != nil {
		return fmt.Errorf("fetch the files of message %d: %w", args.Message, err)
	}
	var failed error
	for _, m := range waiting {
		done, err := s.makeSafe(ctx, message.AccountID, m)
		if fault.Is(err, fault.Down) && !errors.Is(err, errStopped) || db.Unwell(err) {
			// No room on our disk, say. However long that lasts, nothing is wrong with
			// the file, so no attempt is counted.
			s.Log.WarnContext(ctx, "a file cannot be kept at present", "message", args.Message, "error", err)
			return jobs.Later(mediaLater)
		}
		if err != nil && !job.Last() && temporary(err) {
			failed = err
			continue
		}
		if err != nil {
			done = m
			done.State, done.Sentence = "refused", sentenceOf(err, "This file could not be fetched. It may still be on the network.")
		}
		if err := s.keepMedia(ctx, message, done); err != nil {
			return err
		}
	}
	if failed != nil {
		return fmt.Errorf("fetch the files of message %d: %w", args.Message, failed)
	}
	return nil
}

// temporary reports whether trying again may help.
func temporary(err error) bool {
	switch fault.Of(err) {
	case fault.Invalid, fault.TooLarge, fault.NotFound, fault.Forbidden, fault.Gone:
		return false
	}
	var e *network.Error
	if errors.As(err, &e) {
		return e.Temporary()
	}
	return true
}

func sentenceOf(err error, otherwise string) string {
	var e *network.Error
	if errors.As(err, &e) {
		return e.Sentence
	}
	if said := fault.Sentence(err); said != "" {
		return said
	}
	return otherwise
}

// makeSafe fetches one file and makes of it what may be shown or offered.
func (s *Service) makeSafe(ctx context.Context, account int64, m Media) (Media, error) {
	data, err := s.bytesOf(ctx, account, m)
	if err != nil {
		return m, err
	}
	return s.keepFile(ctx, m, data)
}

// keepFile sniffs a file, encodes a picture anew, and keeps the result. What
// could run on the officer's computer is refused.
func (s *Service) keepFile(ctx context.Context, m Media, data []byte) (Media, error) {
	kind := blob.Sniff(m.Filename, data[:min(len(data), blob.SniffLen)])
	m.Filename, m.ContentType, m.Size = blob.SafeName(m.Filename, kind), kind.ContentType, int64(len(data))
	switch kind.Class {
	case blob.Program:
		return m, fault.New(fault.Invalid, "This file is a program. It is not offered, because it could harm your computer.")
	case blob.Picture:
		photo, err := s.Photos.Make(ctx, bytes.NewReader(data), blob.Limits{})
		if err != nil {
			return m, err
		}
		full, _, err := s.Blobs.Put(ctx, bytes.NewReader(photo.Full.Data), network.MaxMediaBytes)
		if err != nil {
			return m, fmt.Errorf("keep a picture: %w", err)
		}
		thumb, _, err := s.Blobs.Put(ctx, bytes.NewReader(photo.Thumb.Data), network.MaxMediaBytes)
		if err != nil {
			return m, fmt.Errorf("keep a small picture: %w", err)
		}
		m.Blob, m.Thumbnail, m.ContentType = string(full), string(thumb), photo.Full.ContentType
		m.Filename = blob.SafeName(m.Filename, blob.Sniff("", photo.Full.Data)) // what it has become
		m.Likeness, m.taken = photo.Likeness, photo.Position
		m.Width, m.Height, m.Size = photo.Full.Width, photo.Full.Height, int64(len(photo.Full.Data))
	default:
		key, size, err := s.Blobs.Put(ctx, bytes.NewReader(data), network.MaxMediaBytes)
		if err != nil {
			return m, fmt.Errorf("keep a file: %w", err)
		}
		m.Blob, m.Size = string(key), size
	}
	m.State, m.Sentence, m.Original = "ready", "", ""
	return m, nil
}

func (s *Service) bytesOf(ctx context.Context, account int64, m Media) ([]byte, error) {
	if m.Original != "" {
		key, err := blob.ParseKey(m.Original)
		if err != nil {
			return nil, err
		}
		body, _, err := s.Blobs.Open(ctx, key)
		if err != nil {
			return nil, err
		}
		defer body.Close()
		return readCapped(body)
	}
	if m.URL == "" {
		return nil, fault.New(fault.Invalid, "This file came without its content.")
	}
	c, _, err := s.connections.of(ctx, account)
	if err != nil {
		return nil, err
	}
	if o, ok := c.(network.Opener); ok {
		body, _, err := o.OpenMedia(ctx, m.URL)
		if err != nil {
			return nil, err
		}
		defer body.Close()
		return readCapped(body)
	}
	return s.OpenURL(ctx, m.URL, network.MaxMediaBytes)
}

func readCapped(r io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, network.MaxMediaBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read a file: %w", err)
	}
	if len(data) > network.MaxMediaBytes {
		return nil, fault.New(fault.TooLarge, "This file is larger than 40 MB and was not fetched.")
	}
	return data, nil
}

// keepMedia writes what became of a file, unless another run was quicker.
func (s *Service) keepMedia(ctx context.Context, message Message, m Media) error {
	err := s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		ok, err := updateMedia(ctx, tx, m)
		if err != nil || !ok {
			return err
		}
		if m.taken != nil && message.Direction == In {
			if err := putPhotoPlace(ctx, tx, m, message.ConversationID, *m.taken); err != nil {
				return err
			}
		}
		if err := record.Append(ctx, tx, record.Entry{Actor: record.Mercat("media"), Act: "desk.media." + m.State, Subject: Subject(message.ConversationID),
			After: map[string]any{"media": m.ID, "message": m.MessageID, "type": m.ContentType, "bytes": m.Size}}); err != nil {
			return err
		}
		return s.Hub.Announce(ctx, tx, Topic(message.ConversationID))
	})
	if err != nil {
		return fmt.Errorf("keep file %d: %w", m.ID, err)
	}
	return nil
}
