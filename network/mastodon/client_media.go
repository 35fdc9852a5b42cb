package mastodon

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"strconv"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/blob"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/text"
)

// mediaTries is how often it is asked whether a file has been processed. With a
// pause of a second between two that is less than the time for one answer.
const mediaTries = 60

// imageSides are the longer sides that are tried until a picture is small
// enough. Mastodon itself shows no more than 3,840 × 2,160 pixels.
func imageSides() []int { return []int{3000, 2400, 2000, 1600, 1280, 1024, 800, 640, 480} }

// attach uploads pictures and returns their identifiers. What no post names the
// server removes by itself after a day, so a repeat leaves nothing behind.
func (c *connection) attach(ctx context.Context, l limits, media []network.Attachment) ([]string, error) {
	var ids []string
	for i, m := range media {
		picture, err := c.shrink(ctx, l, m)
		if err != nil {
			return nil, pictureError(i, err)
		}
		one, err := c.upload(ctx, m, picture)
		if err != nil {
			if answered(err, 400, 406, 415, 422) {
				var a *apiError
				errors.As(err, &a)
				return nil, refused(fmt.Sprintf("The server %s does not accept picture %d.%s", c.settings.host, i+1, serverWords(a)), err)
			}
			return nil, err
		}
		ids = append(ids, string(one))
	}
	return ids, nil
}

// shrink encodes a picture anew, upright and small enough. Whatever else was in
// the file, such as where it was taken, is not published.
func (c *connection) shrink(ctx context.Context, l limits, m network.Attachment) (blob.Image, error) {
	l = l.orUsual()
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
		if int64(len(photo.Full.Data)) <= l.ImageBytes && photo.Full.Width*photo.Full.Height <= l.Pixels {
			return photo.Full, nil
		}
	}
	return blob.Image{}, fault.New(fault.TooLarge, "It cannot be made small enough.")
}

func pictureError(i int, err error) error {
	switch fault.Of(err) {
	case fault.Invalid, fault.TooLarge:
		return refused(fmt.Sprintf("Picture %d cannot be published on Mastodon. %s", i+1, fault.Sentence(err)), err)
	case "":
	default:
		return trouble(network.Broken, fmt.Sprintf("Picture %d could not be read. %s", i+1, fault.Sentence(err)), err)
	}
	return trouble(network.Broken, fmt.Sprintf("Picture %d could not be read from Mercat’s own store. Mercat will try again.", i+1), err)
}

// upload sends one file and waits until the server has processed it.
func (c *connection) upload(ctx context.Context, m network.Attachment, picture blob.Image) (id, error) {
	body, bodyType, err := form(m, picture)
	if err != nil {
		return "", fmt.Errorf("write the upload: %w", err)
	}
	var answer attachment
	r := request{verb: http.MethodPost, path: "/api/v2/media", body: body, bodyType: bodyType}
	back, err := c.client.do(ctx, r, &answer)
	if err == nil && !answer.ID.sane() {
		err = &nonsenseError{Call: "POST /api/v2/media", Status: back.status, Cause: errNoNotification}
	}
	if err != nil {
		return "", err
	}
	// 202, or a file without an address, is one that is still being processed.
	ready := back.status == http.StatusOK && answer.URL != ""
	for range mediaTries {
		if ready {
			return answer.ID, nil
		}
		if err := pause(ctx, c.options.MediaPause); err != nil || ctx.Err() != nil {
			return "", errors.Join(err, ctx.Err())
		}
		var now attachment
		back, err := c.client.do(ctx, get("/api/v1/media/"+url.PathEscape(string(answer.ID)), nil), &now)
		if err != nil {
			return "", err
		}
		ready = back.status == http.StatusOK && now.URL != ""
	}
	return "", trouble(network.Broken, fmt.Sprintf("The server %s takes very long to process a picture. Mercat will try again.", c.settings.host), nil)
}

// form is an upload as multipart/form-data.
func form(m network.Attachment, picture blob.Image) (body []byte, contentType string, err error) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	name := "picture.jpg"
	if picture.ContentType == "image/png" {
		name = "picture.png"
	}
	part, err := w.CreatePart(textproto.MIMEHeader{
		"Content-Disposition": {`form-data; name="file"; filename="` + name + `"`},
		"Content-Type":        {picture.ContentType},
	})
	if err == nil {
		_, err = part.Write(picture.Data)
	}
	alt, _ := text.Clean(m.Alt, 10_000) // the officer sees what they wrote
	if err == nil && alt != "" {
		err = w.WriteField("description", alt)
	}
	if x, y := focus(m.FocusX), focus(m.FocusY); err == nil && (x != 0 || y != 0) {
		err = w.WriteField("focus", strconv.FormatFloat(x, 'f', 3, 64)+","+strconv.FormatFloat(y, 'f', 3, 64))
	}
	err = errors.Join(err, w.Close()) // which writes the end
	return b.Bytes(), w.FormDataContentType(), err
}
