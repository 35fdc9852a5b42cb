package casework

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/blob"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/secret"
	"mercat.scot/mercat/platform/text"
	"mercat.scot/mercat/platform/web"
)

const (
	maxMore       = 10_000   // characters of what a citizen adds
	maxMorePhotos = 4        // photos with it
	maxMoreFile   = 12 << 20 // bytes of one photo as it comes
	maxUpload     = 50 << 20
)

var keyForm = regexp.MustCompile(`^[A-Za-z0-9_-]{22}$`)

// receive reads a form with words and photos. It fails only for faults of ours:
// whatever a citizen may have sent ends as a form that can be shown again.
// Photos are encoded anew, which also forgets where they were taken.
func (s *Service) receive(w http.ResponseWriter, r *http.Request, words *pageWords) (received, error) {
	var in received
	from, now := web.ClientAddr(r), web.Now(r.Context())
	wait := s.sends.Wait(from, now)
	var wrong []string
	form, err := web.ReadUpload(r, maxMoreFile, func(f *web.File) error {
		if f.Field != "photos" {
			return nil
		}
		switch {
		case s.Photos == nil || wait > 0:
			wrong = append(wrong, words.errPhotosNotNow)
			return nil
		case len(in.photos) == maxMorePhotos:
			wrong = append(wrong, words.errPhotosMany)
			return nil
		}
		// Read to its end first: a slow line must not hold a place in which
		// pictures are decoded.
		data, err := io.ReadAll(f)
		var whole *http.MaxBytesError
		switch {
		case errors.As(err, &whole):
			return err
		case fault.Is(err, fault.TooLarge):
			wrong = append(wrong, words.errPhotoLarge)
			return nil
		case err != nil:
			return err
		}
		photo, err := s.Photos.Make(r.Context(), bytes.NewReader(data), blob.Limits{MaxBytes: maxMoreFile})
		switch {
		case fault.Is(err, fault.TooLarge):
			wrong = append(wrong, words.errPhotoLarge)
		case fault.Is(err, fault.Invalid):
			wrong = append(wrong, words.errPhoto)
		case err != nil:
			return err
		default:
			n := len(in.photos) + 1
			in.photos = append(in.photos, network.Media{Data: photo.Full.Data, ContentType: photo.Full.ContentType, Size: int64(len(photo.Full.Data)),
				Filename: blob.SafeName(fmt.Sprintf("photo-%d", n), blob.Sniff("", photo.Full.Data))})
		}
		return nil
	})
	if in.form = form; form == nil {
		in.form = web.NewForm()
	}
	var whole *http.MaxBytesError
	switch {
	case err == nil:
	case errors.As(err, &whole) || fault.Is(err, fault.TooLarge):
		in.form.Fail("", words.errTooLarge)
		in.status = http.StatusRequestEntityTooLarge
	case fault.Is(err, fault.Invalid):
		in.form.Fail("", fault.Sentence(err))
	default:
		return in, err
	}
	if in.key = in.form.Value("form"); !keyForm.MatchString(in.key) {
		in.key = secret.Token(16)
		if err == nil {
			in.form.Fail("", words.errChanged)
		}
	}
	in.words, _ = text.Clean(in.form.Value("message"), maxMore)
	for _, sentence := range wrong {
		in.form.Fail("photos", sentence)
	}
	if wait > 0 {
		in.form.Fail("", words.tooMany)
		in.status = http.StatusTooManyRequests
		w.Header().Set("Retry-After", strconv.Itoa(int(wait.Seconds())+1))
	}
	s.sends.Spend(from, now)
	return in, nil
}
