package bluesky

import (
	"context"
	"encoding/json"
	"fmt"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/blob"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/text"
)

// maxImageBytes is what every server takes. Newer ones take two million.
const maxImageBytes = 1_000_000

// imageSides are the longer sides that are tried until a picture is small
// enough. Bluesky itself shows no more than 2,000 pixels.
func imageSides() []int { return []int{2000, 1600, 1280, 1024, 800, 640, 480} }

type outImages struct {
	Type   string     `json:"$type"`
	Images []outImage `json:"images"`
}

type outImage struct {
	Image       json.RawMessage `json:"image"`
	Alt         string          `json:"alt"`
	AspectRatio aspectRatio     `json:"aspectRatio"`
}

// attach uploads pictures and makes the embed that names them. What is uploaded
// twice has the same address, so a repeat leaves nothing behind; and what no
// post names the server removes by itself.
func (c *connection) attach(ctx context.Context, media []network.Attachment) (outImages, error) {
	embed := outImages{Type: "app.bsky.embed.images"}
	for i, m := range media {
		picture, err := c.shrink(ctx, m)
		if err != nil {
			return outImages{}, pictureError(i, err)
		}
		var answer struct {
			Blob json.RawMessage `json:"blob"`
		}
		err = c.authed(ctx, func(token string) error {
			return c.client.upload(ctx, token, methodUploadBlob, picture.ContentType, picture.Data, &answer)
		})
		if err == nil && len(answer.Blob) == 0 {
			err = &nonsenseError{Method: methodUploadBlob, Status: 200, Cause: errNoList}
		}
		if err != nil {
			return outImages{}, err
		}
		alt, _ := text.Clean(m.Alt, 10_000) // the officer sees what they wrote
		embed.Images = append(embed.Images, outImage{Image: answer.Blob, Alt: alt, AspectRatio: aspectRatio{picture.Width, picture.Height}})
	}
	return embed, nil
}

// shrink encodes a picture anew, upright and small enough. Whatever else was in
// the file, such as where it was taken, is not published.
func (c *connection) shrink(ctx context.Context, m network.Attachment) (blob.Image, error) {
	for _, side := range imageSides() {
		file, err := m.Open(ctx)
		if err != nil {
			return blob.Image{}, fmt.Errorf("open the picture: %w", err)
		}
		photo, err := c.photos.Make(ctx, file, blob.Limits{Side: side, Thumb: 1})
		// It was read to the end, or not at all: closing it says nothing more.
		_ = file.Close()
		if err != nil {
			return blob.Image{}, err
		}
		if len(photo.Full.Data) <= maxImageBytes {
			return photo.Full, nil
		}
	}
	return blob.Image{}, fault.New(fault.TooLarge, "It cannot be made small enough.")
}

func pictureError(i int, err error) error {
	switch fault.Of(err) {
	case fault.Invalid, fault.TooLarge:
		return refused(fmt.Sprintf("Picture %d cannot be published on Bluesky. %s", i+1, fault.Sentence(err)), err)
	case "":
	default:
		return trouble(network.Broken, fmt.Sprintf("Picture %d could not be read. %s", i+1, fault.Sentence(err)), err)
	}
	return trouble(network.Broken, fmt.Sprintf("Picture %d could not be read from Mercat’s own store. Mercat will try again.", i+1), err)
}
