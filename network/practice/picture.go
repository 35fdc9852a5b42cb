package practice

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/blob"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
)

// TakePicture makes a foreign picture safe and keeps it, without where it was
// taken, under the name that its file came with. Errors for people are those of blob.Photos.
func (p *Practice) TakePicture(ctx context.Context, r io.Reader, name string) (Picture, error) {
	photo, err := p.options.Photos.Make(ctx, r, blob.Limits{MaxBytes: MaxPicture})
	if err != nil {
		return Picture{}, fmt.Errorf("read a picture for the practice network: %w", err)
	}
	k := Picture{
		Name:     blob.SafeName(cmp.Or(name, "picture"), blob.Sniff("", photo.Full.Data)),
		FullType: photo.Full.ContentType, ThumbType: photo.Thumb.ContentType,
		Width: photo.Full.Width, Height: photo.Full.Height, Bytes: int64(len(photo.Full.Data)),
	}
	for _, file := range []struct {
		key  *blob.Key
		data []byte
	}{{&k.Full, photo.Full.Data}, {&k.Thumb, photo.Thumb.Data}} {
		if *file.key, _, err = p.options.Blobs.Put(ctx, bytes.NewReader(file.data), int64(len(file.data))); err != nil {
			return Picture{}, fmt.Errorf("keep a picture of the practice network: %w", err)
		}
	}
	return k, nil
}

func errNoPicture() error {
	return fault.New(fault.NotFound, "This picture is no longer on the practice network.")
}

// picture finds a picture of a post that may be read.
func (p *Practice) picture(ctx context.Context, ref network.Ref, position int, may func(post) bool) (Picture, error) {
	var m post
	found := false
	err := p.options.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		m, found, err = findPost(ctx, tx, sqlPostByID, idOf(ref))
		return err
	})
	if err != nil {
		return Picture{}, fmt.Errorf("find a picture of the practice network: %w", err)
	}
	if !found || !may(m) || position < 0 || position >= len(m.pictures) {
		return Picture{}, errNoPicture()
	}
	return m.pictures[position], nil
}
