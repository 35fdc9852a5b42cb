package desk

import (
	"bytes"
	"context"
	"fmt"
	"io"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/blob"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
)

// KeepPicture makes a picture safe that somebody of ours took, as one that came
// in is: encoded anew, so that its metadata and the place where it was taken are
// gone. It is part of nothing until AddPictureTx.
//
// Errors: fault.Invalid (not a picture that we can read, or an empty file);
// fault.TooLarge; fault.Down.
func (s *Service) KeepPicture(ctx context.Context, filename string, body io.Reader) (Media, error) {
	head := make([]byte, blob.SniffLen)
	n, err := io.ReadFull(body, head)
	if n == 0 {
		if err == io.EOF {
			return Media{}, fault.Field("file", "The file is empty. Choose another.")
		}
		return Media{}, fmt.Errorf("read picture: %w", err)
	}
	m, err := s.takePicture(ctx, network.MediaLimits{}, filename, io.MultiReader(bytes.NewReader(head[:n]), body))
	if err != nil {
		return Media{}, fmt.Errorf("keep a picture: %w", err)
	}
	m.State, m.Sentence = "ready", ""
	return m, nil
}

// AddPictureTx keeps a picture of KeepPicture as one of a conversation, beside
// its messages: nobody is sent it. 0 is none.
func (s *Service) AddPictureTx(ctx context.Context, tx *db.Tx, conversation int64, m Media) (int64, error) {
	m.ID, m.ConversationID, m.MessageID, m.DraftOf = tx.NewID(), conversation, 0, 0
	return m.ID, insertFile(ctx, tx, m)
}
