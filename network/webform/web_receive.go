package webform

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strconv"

	"mercat.scot/mercat/platform/blob"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/secret"
	"mercat.scot/mercat/platform/text"
	"mercat.scot/mercat/platform/web"
)

// received is a form as it came: its fields, and those of its photos that could
// be read and now wait under its token.
type received struct {
	form   *web.Form
	token  string
	files  []file   // that wait, in order
	wrong  []string // about the photos
	broken string   // why the form did not come whole
	// tooLarge says that it was cut off for its size, ours that we could not keep
	// what came.
	tooLarge, ours bool
}

// fileIDs are the ids of the waiting files.
func (in received) fileIDs() []int64 {
	ids := make([]int64, len(in.files))
	for i, f := range in.files {
		ids[i] = f.id
	}
	return ids
}

// receive reads a form with photos. It fails only for faults of ours: whatever
// a citizen may have sent ends as a form that can be shown again, with
// everything in it that could be read.
func (n *Network) receive(r *http.Request, words *words, photos bool) (received, error) {
	type named struct {
		name  string
		photo blob.Photo
	}
	var made []named
	var in received
	tried, many, skipped := 0, false, false
	form, err := web.ReadUpload(r, maxFile, func(f *web.File) error {
		if f.Field != "photos" {
			return nil
		}
		if !photos {
			skipped = true
			return nil
		}
		if tried++; tried > maxPhotos {
			many = true
			return nil
		}
		photo, err := n.photo(r.Context(), f)
		name, _ := text.CleanLine(f.Name, 60)
		var whole *http.MaxBytesError
		switch {
		case errors.As(err, &whole):
			return err
		case errors.Is(err, errHEIC):
			in.wrong = append(in.wrong, fmt.Sprintf(words.ErrPhotoHEICF, name))
			return nil
		case fault.Is(err, fault.TooLarge):
			in.wrong = append(in.wrong, fmt.Sprintf(words.ErrPhotoLargeF, name))
			return nil
		case fault.Is(err, fault.Invalid):
			in.wrong = append(in.wrong, fmt.Sprintf(words.ErrPhotoF, name))
			return nil
		case err != nil:
			return err
		}
		made = append(made, named{name, photo})
		return nil
	})
	if in.form = form; form == nil {
		in.form = web.NewForm()
	}
	var whole *http.MaxBytesError
	switch {
	case err == nil:
	case errors.As(err, &whole):
		in.broken, in.tooLarge = words.ErrAllTooLarge, true
	case fault.Is(err, fault.TooLarge):
		in.broken, in.tooLarge = words.ErrTextLong, true
	case fault.Is(err, fault.Invalid):
		in.broken = words.ErrCutOff
	default:
		return received{}, err
	}
	if in.token = in.form.Value("form"); !tokenForm.MatchString(in.token) {
		in.token = newToken()
		if in.broken == "" {
			in.broken = words.ErrToken
		}
	}
	if in.broken != "" {
		in.form.Fail("", in.broken)
	}
	if skipped {
		in.wrong = append(in.wrong, words.ErrPhotosNotNow)
	}
	if err := n.waiting(r.Context(), &in); err != nil {
		return received{}, err
	}
	for _, m := range made {
		if len(in.files) == maxPhotos {
			many = true
			break
		}
		kind := blob.Sniff("", m.photo.Full.Data)
		f, err := n.keepPhoto(r.Context(), file{formHash: secret.HashToken(in.token), name: blob.SafeName(m.name, kind)}, m.photo)
		if err != nil {
			n.o.Log.ErrorContext(r.Context(), "a photo could not be kept", "reference", web.RequestID(r.Context()), "error", err)
			in.form.Fail("", words.ErrTryAgain)
			in.ours = true
			in.wrong = append(in.wrong, words.ErrPhotosNotNow)
			break
		}
		in.files = append(in.files, f)
	}
	if many {
		in.wrong = append(in.wrong, words.ErrPhotosMany)
	}
	return in, nil
}

// errHEIC is what iPhones make unless they are told otherwise, or convert it
// for the page that asks.
var errHEIC = errors.New("the photo is in the format HEIC")

// photo reads a photo to its end before it is decoded: a slow line must not
// hold one of the few places in which pictures are.
func (n *Network) photo(ctx context.Context, f io.Reader) (blob.Photo, error) {
	spool, err := os.CreateTemp("", "mercat-photo-*")
	if err != nil {
		return blob.Photo{}, fmt.Errorf("receive a photo: %w", err)
	}
	defer func() {
		_ = spool.Close()
		_ = os.Remove(spool.Name()) // gone already where open files can be removed
	}()
	_ = os.Remove(spool.Name())
	if _, err := io.Copy(spool, f); err != nil {
		return blob.Photo{}, fmt.Errorf("receive a photo: %w", err)
	}
	head := make([]byte, blob.SniffLen)
	read, err := spool.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return blob.Photo{}, fmt.Errorf("receive a photo: %w", err)
	}
	if blob.Sniff("", head[:read]).ContentType == "image/heic" {
		return blob.Photo{}, errHEIC
	}
	if _, err := spool.Seek(0, io.SeekStart); err != nil {
		return blob.Photo{}, fmt.Errorf("receive a photo: %w", err)
	}
	return n.o.Photos.Make(ctx, spool, blob.Limits{MaxBytes: maxFile})
}

// waiting finds the photos that came with an earlier try of the same form,
// without those that the citizen no longer wants.
func (n *Network) waiting(ctx context.Context, in *received) error {
	if len(in.form.Values("kept")) == 0 {
		return nil
	}
	return n.o.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		files, err := filesOfForm(ctx, tx, secret.HashToken(in.token))
		in.files = slices.DeleteFunc(files, func(f file) bool {
			id := strconv.FormatInt(f.id, 10)
			return !in.form.Has("kept", id) || in.form.Has("without", id)
		})
		return err
	})
}

// note adds what is wrong with the photos to the form's problems.
func (in *received) note() {
	for _, sentence := range in.wrong {
		in.form.Fail("photos", sentence)
	}
}

// placed reports whether any photo says where it was taken.
func (in received) placed() bool {
	return slices.ContainsFunc(in.files, func(f file) bool { return f.position != nil })
}
