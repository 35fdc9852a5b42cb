package desk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/blob"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/text"
)

// Draft is what an officer has not sent yet: an answer, and beside it a note.
type Draft struct {
	ConversationID int64
	Body           string // of the answer
	Subject        string
	Warning        string
	Visibility     network.Visibility
	Note           string // for colleagues; never a part of the answer
	Noting         bool   // the note was written at last
	Media          []Media
	UpdatedAt      time.Time
}

func (d Draft) empty() bool {
	return strings.TrimSpace(d.Body) == "" && strings.TrimSpace(d.Note) == "" && len(d.Media) == 0
}

// DraftOf returns an officer's draft in a conversation; an empty one when there
// is none.
func (s *Service) DraftOf(ctx context.Context, officer, conversation int64) (Draft, error) {
	var d Draft
	err := s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		d, err = readDraft(ctx, tx, officer, conversation)
		return err
	})
	return d, err
}

// SaveDraft keeps an officer's draft; empty words without files remove it. Its
// Media are not looked at: files come by Attach.
//
// Errors: fault.NotFound.
func (s *Service) SaveDraft(ctx context.Context, officer int64, d Draft) error {
	var err error
	if d.Body, err = worded(d.Body); err != nil {
		return err
	}
	if d.Note, err = worded(d.Note); err != nil {
		return err
	}
	d.Subject, _ = text.CleanLine(d.Subject, maxHeading)
	d.Warning, _ = text.CleanLine(d.Warning, maxHeading)
	if privacy(d.Visibility) < 0 {
		d.Visibility = ""
	}
	err = s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		if _, err := s.ConversationTx(ctx, tx, d.ConversationID); err != nil {
			return err
		}
		kept := d
		if kept.Media, err = draftFiles(ctx, tx, officer, d.ConversationID); err != nil {
			return err
		}
		return putDraft(ctx, tx, officer, kept)
	})
	if err != nil {
		return fmt.Errorf("keep draft in conversation %d: %w", d.ConversationID, err)
	}
	return nil
}

// Attach adds a file to an officer's draft: pictures are encoded anew, other
// files are taken where the network takes them.
//
// Errors: fault.NotFound; fault.Invalid (file), fault.TooLarge with what to do.
func (s *Service) Attach(ctx context.Context, officer, conversation int64, filename string, body io.Reader) (Media, error) {
	_, compose, err := s.composeFor(ctx, conversation)
	if err != nil {
		return Media{}, err
	}
	if compose.Media.Max == 0 {
		return Media{}, fault.Field("file", "No files can be sent on this network. Put a link into the text instead.")
	}
	have, err := s.DraftOf(ctx, officer, conversation)
	if err != nil {
		return Media{}, err
	}
	if err := roomForFile(compose.Media, have.Media); err != nil {
		return Media{}, err // before anything is read
	}
	m, err := s.takeFile(ctx, compose.Media, filename, body)
	if err != nil {
		return Media{}, fmt.Errorf("attach a file in conversation %d: %w", conversation, err)
	}
	m.DraftOf, m.ConversationID, m.State = officer, conversation, "ready"
	err = s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		d, err := readDraft(ctx, tx, officer, conversation)
		if err != nil {
			return err
		}
		if err := roomForFile(compose.Media, d.Media); err != nil {
			return err
		}
		m.ID, m.N = tx.NewID(), 0
		if n := len(d.Media); n > 0 {
			m.N = d.Media[n-1].N + 1
		}
		if err := insertFile(ctx, tx, m); err != nil {
			return err
		}
		d.Media = append(d.Media, m)
		return putDraft(ctx, tx, officer, d)
	})
	if err != nil {
		return Media{}, fmt.Errorf("attach a file in conversation %d: %w", conversation, err)
	}
	return m, nil
}

func roomForFile(l network.MediaLimits, have []Media) error {
	if len(have) >= l.Max {
		return fault.Field("file", fmt.Sprintf("%d files are attached already, the most that can be sent here. Remove one first.", len(have)))
	}
	return nil
}

// takeFile reads a file and keeps what may be sent of it.
func (s *Service) takeFile(ctx context.Context, l network.MediaLimits, filename string, body io.Reader) (Media, error) {
	head := make([]byte, blob.SniffLen)
	n, err := io.ReadFull(body, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return Media{}, fmt.Errorf("read file: %w", err)
	}
	if n == 0 {
		return Media{}, fault.Field("file", "The file is empty. Choose another.")
	}
	kind := blob.Sniff(filename, head[:n])
	body = io.MultiReader(bytes.NewReader(head[:n]), body)
	if kind.Class == blob.Picture {
		return s.takePicture(ctx, l, filename, body)
	}
	if kind.ContentType == "image/heic" || kind.ContentType == "image/avif" {
		return s.takePicture(ctx, l, filename, body) // which says how such a photo becomes a JPEG
	}
	base, _, _ := strings.Cut(kind.ContentType, ";")
	if kind.Class == blob.Program || !slices.Contains(l.ContentTypes, base) {
		return Media{}, fault.Field("file", "This kind of file cannot be sent here. Choose "+takes(l)+".")
	}
	key, size, err := s.Blobs.Put(ctx, body, l.MaxBytes)
	if fault.Is(err, fault.TooLarge) {
		return Media{}, tooLarge(l)
	}
	if err != nil {
		return Media{}, err
	}
	return Media{Filename: blob.SafeName(filename, kind), ContentType: base, Size: size, Blob: string(key)}, nil
}

func tooLarge(l network.MediaLimits) error {
	return &fault.Error{Kind: fault.TooLarge, Field: "file", Sentence: fmt.Sprintf("The file is too large. It may have %d MB at most; send a smaller one or a link to it.", max(1, l.MaxBytes>>20))}
}

// takes lists for people what a network takes.
func takes(l network.MediaLimits) string {
	var kinds []string
	add := func(kind string, types ...string) {
		if slices.ContainsFunc(types, func(t string) bool { return slices.Contains(l.ContentTypes, t) }) {
			kinds = append(kinds, kind)
		}
	}
	add("a picture (JPEG, PNG, GIF, WebP)", "image/jpeg", "image/png")
	add("a PDF", "application/pdf")
	add("a plain text", "text/plain")
	add("an office document", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "application/vnd.oasis.opendocument.text")
	add("a video", "video/mp4")
	switch len(kinds) {
	case 0:
		return "another"
	case 1:
		return kinds[0]
	}
	return strings.Join(kinds[:len(kinds)-1], ", ") + " or " + kinds[len(kinds)-1]
}

// maxPicture is the largest picture that is read, before it is made smaller.
const maxPicture = 40 << 20

// takePicture encodes a picture anew, as large as the network takes it.
func (s *Service) takePicture(ctx context.Context, l network.MediaLimits, filename string, body io.Reader) (Media, error) {
	data, err := io.ReadAll(io.LimitReader(body, maxPicture+1))
	if err != nil {
		return Media{}, fmt.Errorf("read picture: %w", err)
	}
	if len(data) > maxPicture {
		return Media{}, &fault.Error{Kind: fault.TooLarge, Field: "file", Sentence: "The picture is too large. It may have 40 MB at most; take a smaller one."}
	}
	side := 2048
	if l.MaxPixels > 0 {
		side = min(side, l.MaxPixels)
	}
	var photo blob.Photo
	for ; ; side = side * 3 / 4 {
		if photo, err = s.Photos.Make(ctx, bytes.NewReader(data), blob.Limits{Side: side}); err != nil {
			return Media{}, onFile(err)
		}
		if l.MaxBytes == 0 || int64(len(photo.Full.Data)) <= l.MaxBytes {
			break
		}
		if side < 400 {
			return Media{}, tooLarge(l)
		}
	}
	if len(l.ContentTypes) > 0 && !slices.Contains(l.ContentTypes, photo.Full.ContentType) {
		return Media{}, fault.Field("file", "This kind of picture cannot be sent here. Save it as a JPEG without transparency, then choose it again.")
	}
	full, size, err := s.Blobs.Put(ctx, bytes.NewReader(photo.Full.Data), maxPicture)
	if err != nil {
		return Media{}, err
	}
	thumb, _, err := s.Blobs.Put(ctx, bytes.NewReader(photo.Thumb.Data), maxPicture)
	if err != nil {
		return Media{}, err
	}
	m := Media{Filename: blob.SafeName(filename, blob.Sniff("", photo.Full.Data)), ContentType: photo.Full.ContentType, Size: size,
		Width: photo.Full.Width, Height: photo.Full.Height, Blob: string(full), Thumbnail: string(thumb)}
	if photo.Still {
		m.Sentence = "This was an animation. Its first picture is sent."
	}
	return m, nil
}

// onFile puts an error for people at the field of the file.
func onFile(err error) error {
	var f *fault.Error
	if errors.As(err, &f) && f.Field == "" {
		return &fault.Error{Kind: f.Kind, Field: "file", Sentence: f.Sentence, Cause: f.Cause}
	}
	return err
}

var errNotInDraft = fault.New(fault.NotFound, "This file is not in your draft any more.")

// draftFileTx returns a file of an officer's draft.
func draftFileTx(ctx context.Context, tx *db.Tx, officer, id int64) (Media, error) {
	m, found, err := readFile(ctx, tx, id)
	if err != nil {
		return Media{}, err
	}
	if !found || m.DraftOf != officer || officer == 0 {
		return Media{}, errNotInDraft
	}
	return m, nil
}

// maxDescription bounds an alternative text where the network has no bound, in
// runes.
const maxDescription = 2000

// Describe sets the alternative text of a file of an officer's draft.
//
// Errors: fault.NotFound; fault.Invalid (alt_ID).
func (s *Service) Describe(ctx context.Context, officer, media int64, alt string) error {
	var m Media
	err := s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		m, err = draftFileTx(ctx, tx, officer, media)
		return err
	})
	if err != nil {
		return err
	}
	_, compose, err := s.composeFor(ctx, m.ConversationID)
	if err != nil {
		return err
	}
	most := maxDescription
	if compose.Media.AltLimit > 0 {
		most = compose.Media.AltLimit
	}
	alt, _ = text.Clean(alt, 2*maxDescription)
	if n := len([]rune(alt)); n > most {
		return fault.Field(fmt.Sprintf("alt_%d", media), fmt.Sprintf("The description is too long: %d characters, and %d are the most.", n, most))
	}
	err = s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if _, err := draftFileTx(ctx, tx, officer, media); err != nil {
			return err
		}
		return describeFile(ctx, tx, media, alt)
	})
	if err != nil {
		return fmt.Errorf("describe file %d: %w", media, err)
	}
	return nil
}

// Focus says what of a picture in an officer's draft must stay in sight when it
// is cropped: -1 to 1 from left to right and from the bottom to the top.
//
// Errors: fault.NotFound.
func (s *Service) Focus(ctx context.Context, officer, media int64, x, y float64) error {
	err := s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		m, err := draftFileTx(ctx, tx, officer, media)
		if err != nil || m.FocusX == x && m.FocusY == y {
			return err
		}
		return focusFile(ctx, tx, media, x, y)
	})
	if err != nil {
		return fmt.Errorf("keep what stays in sight of file %d: %w", media, err)
	}
	return nil
}

// Detach removes a file from an officer's draft. It is idempotent.
func (s *Service) Detach(ctx context.Context, officer, media int64) error {
	err := s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		m, err := draftFileTx(ctx, tx, officer, media)
		if errors.Is(err, errNotInDraft) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := deleteFile(ctx, tx, media); err != nil {
			return err
		}
		d, err := readDraft(ctx, tx, officer, m.ConversationID)
		if err != nil || !d.empty() {
			return err
		}
		return deleteDraft(ctx, tx, officer, m.ConversationID)
	})
	if err != nil {
		return fmt.Errorf("detach file %d: %w", media, err)
	}
	return nil
}
