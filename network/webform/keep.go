package webform

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"

	"mercat.scot/mercat/platform/blob"
	"mercat.scot/mercat/platform/db"
)

const (
	maxPhotos = 5
	maxFile   = 20 << 20 // bytes of one file as it comes
	saltLen   = 16       // random bytes with which each of our files begins
)

// keepPhoto keeps a photo that was encoded anew, with its thumbnail.
func (n *Network) keepPhoto(ctx context.Context, f file, p blob.Photo) (file, error) {
	f.contentType, f.width, f.height, f.position = p.Full.ContentType, p.Full.Width, p.Full.Height, p.Position
	return n.keep(ctx, f, p.Full.Data, p.Thumb.Data)
}

// keep keeps a file for whoever f says, its row before its content: a row
// without a file does no harm and is swept, a file without a row would stay
// for ever.
func (n *Network) keep(ctx context.Context, f file, full, thumb []byte) (file, error) {
	f.size = int64(len(full))
	full, f.key = salted(full)
	if thumb != nil {
		thumb, f.thumb = salted(thumb)
	}
	err := n.o.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		f.id = tx.NewID()
		return insertFile(ctx, tx, f)
	})
	if err != nil {
		return file{}, fmt.Errorf("note a file: %w", err)
	}
	for key, data := range map[blob.Key][]byte{f.key: full, f.thumb: thumb} {
		if key == "" {
			continue
		}
		if _, _, err := n.o.Blobs.Put(ctx, bytes.NewReader(data), int64(len(data))); err != nil {
			return file{}, fmt.Errorf("keep a file: %w", err)
		}
	}
	return f, nil
}

// salted puts random bytes before a file, so that no other is the same, and
// says under which key it will be found.
func salted(data []byte) ([]byte, blob.Key) {
	out := make([]byte, saltLen, saltLen+len(data))
	rand.Read(out) // never fails
	out = append(out, data...)
	sum := sha256.Sum256(out)
	return out, blob.Key(hex.EncodeToString(sum[:]))
}

// open opens one of our files behind its salt.
func (n *Network) open(ctx context.Context, key blob.Key) (io.ReadCloser, int64, error) {
	body, size, err := n.o.Blobs.Open(ctx, key)
	if err != nil {
		return nil, 0, err
	}
	if _, err := body.Seek(saltLen, io.SeekStart); err != nil {
		body.Close()
		return nil, 0, fmt.Errorf("read a file behind its first bytes: %w", err)
	}
	return body, size - saltLen, nil
}
