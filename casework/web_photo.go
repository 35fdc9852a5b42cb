package casework

import (
	"bytes"
	"cmp"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"time"

	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/web"
	"mercat.scot/mercat/staff"
)

func (s *Service) photoRoutes(r *web.Router) {
	r.Handle("POST /cases/{id}/photos", staff.MayAnswer(), s.takePhotos, photoBody()...)
	r.Handle("POST /cases/{id}/photos/{n}", staff.MayAnswer(), s.changePhoto)
	r.Handle("POST /cases/{id}/photos/{n}/out", staff.MayAnswer(), s.takePhotoOut)
	r.Handle("POST /cases/{id}/photos/{n}/back", staff.MayAnswer(), s.putPhotoBack)
	r.Handle("GET /reports/{reference}/photo/{n}", web.Public("everybody may see the photos of a report that an officer released"), s.showPublicPhoto)
}

// maxPhotoFile is how large a photo may be as it comes, in bytes.
const maxPhotoFile = 20 << 20

// photoBody lets a phone send photos over a slow line.
func photoBody() []web.RouteOption {
	return []web.RouteOption{web.MaxBody(maxAtOnce*maxPhotoFile + 1<<20), web.Deadline(10 * time.Minute)}
}

// readPhotos reads a form with photos under a field. What is wrong with one
// stands in the form, and the others are not lost. otherwise is what they show
// where the form does not say.
func (s *Service) readPhotos(r *http.Request, field string, otherwise Phase) (*web.Form, []NewPhoto, error) {
	var list []NewPhoto
	var wrong []string
	form, err := web.ReadUpload(r, maxPhotoFile, func(f *web.File) error {
		if f.Field != field {
			return nil
		}
		if len(list) == maxAtOnce {
			wrong = append(wrong, "These are too many photos at once. Send 5 at most, then the others.")
			return nil
		}
		// To its end first: a slow line must not hold a place in which pictures are
		// decoded.
		data, err := io.ReadAll(f)
		var whole *http.MaxBytesError
		switch {
		case errors.As(err, &whole):
			return err
		case fault.Is(err, fault.TooLarge):
			wrong = append(wrong, f.Name+" is too large. A photo may have 20 MB at most.")
			return nil
		case err != nil:
			return err
		}
		m, err := s.Desk.KeepPicture(r.Context(), f.Name, bytes.NewReader(data))
		switch {
		case fault.Is(err, fault.Invalid), fault.Is(err, fault.TooLarge):
			wrong = append(wrong, f.Name+": "+fault.Sentence(err))
		case err != nil:
			return err
		default:
			list = append(list, NewPhoto{Media: m})
		}
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	for _, sentence := range wrong {
		form.Fail(field, sentence)
	}
	for i := range list {
		list[i].Phase, list[i].Alt = Phase(cmp.Or(form.Value("phase"), string(otherwise))), form.Value("alt")
	}
	return form, list, nil
}

// numbered finds the photo that a path names, counted from 1.
func numbered(list []Photo, n string) (Photo, bool) {
	number, err := strconv.ParseInt(n, 10, 64)
	i := slices.IndexFunc(list, func(p Photo) bool { return p.N == number-1 })
	if err != nil || i < 0 {
		return Photo{}, false
	}
	return list[i], true
}

// photosIn are the photos of some phases, in their order.
func photosIn(list []Photo, phases ...Phase) []Photo {
	return slices.DeleteFunc(slices.Clone(list), func(p Photo) bool { return !slices.Contains(phases, p.Phase) })
}

// alt describes a photo of which nobody wrote what it shows.
func (p Photo) alt() string {
	switch {
	case p.Alt != "":
		return p.Alt
	case p.Phase == Before:
		return "Photo from before the work"
	case p.Phase == After:
		return "Photo from after the work"
	}
	return "Photo from the citizen"
}

func (p Photo) number() string { return strconv.FormatInt(p.N+1, 10) }

func (v caseView) photoURL(p Photo) string { return caseURL(v.ID) + "/photos/" + p.number() }

// moveEncoding is how the form of a move is sent: with a photo, where it offers
// to take one.
func moveEncoding(to State) string {
	if to == Done {
		return "multipart/form-data"
	}
	return "application/x-www-form-urlencoded"
}

func (s *Service) takePhotos(w http.ResponseWriter, r *http.Request) error {
	form, list, err := s.readPhotos(r, "photos", "")
	if err != nil {
		return err
	}
	id, err := idOf(r)
	if err != nil {
		return err
	}
	by, err := s.officerOf(r)
	if err != nil {
		return err
	}
	if len(list) == 0 && form.Err() == nil {
		form.Fail("photos", "Choose a photo.")
	}
	added, err := s.AddPhotos(r.Context(), by, id, list)
	var one *fault.Error
	if err != nil && (fault.Is(err, fault.NotFound) || !errors.As(err, &one) || !form.Take(err)) {
		return err
	}
	if form.Err() != nil {
		return s.notMoved(w, r, form)
	}
	n := web.Notice{Text: "The photos were here already."}
	switch len(added) {
	case 0:
	case 1:
		n.Text = "The photo is added. The citizen sees it on their private page."
		n.UndoURL, n.Undo = caseURL(id)+"/photos/"+added[0].number()+"/out", map[string]string{"undo": "1"}
	default:
		n.Text = number(int64(len(added))) + " photos are added. The citizen sees them on their private page."
	}
	return web.RedirectNotice(w, r, caseURL(id)+"#case-photos", n)
}

// onPhoto changes a photo that the path names, and says what was done.
func (s *Service) onPhoto(w http.ResponseWriter, r *http.Request, change func(*web.Form) PhotoChange, notice func(id int64, p Photo) web.Notice) error {
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	id, err := idOf(r)
	if err != nil {
		return err
	}
	n, err := strconv.ParseInt(r.PathValue("n"), 10, 64)
	if err != nil {
		return errNoCase
	}
	by, err := s.officerOf(r)
	if err != nil {
		return err
	}
	p, err := s.ChangePhoto(r.Context(), by, id, n-1, change(form))
	if fault.Is(err, fault.Invalid) {
		return web.RedirectWithNotice(w, r, caseURL(id)+"#case-photos", fault.Sentence(err))
	}
	if err != nil {
		return err
	}
	return web.RedirectNotice(w, r, caseURL(id)+"#case-photos", notice(id, p))
}

func (s *Service) changePhoto(w http.ResponseWriter, r *http.Request) error {
	return s.onPhoto(w, r, func(form *web.Form) PhotoChange {
		alt, released := form.Value("alt"), form.Ticked("released")
		ch := PhotoChange{Alt: &alt}
		if phase := Phase(form.Value("phase")); phase != "" {
			ch.Phase, ch.Released = &phase, &released
		}
		return ch
	}, func(int64, Photo) web.Notice { return web.Notice{Text: "Saved."} })
}

func (s *Service) takePhotoOut(w http.ResponseWriter, r *http.Request) error {
	return s.onPhoto(w, r, func(*web.Form) PhotoChange { return removed(true) }, func(id int64, p Photo) web.Notice {
		return web.Notice{Text: "Photo " + p.number() + " is taken out. Nobody sees it with this case any more.",
			UndoURL: caseURL(id) + "/photos/" + p.number() + "/back", Undo: map[string]string{"undo": "1"}}
	})
}

func (s *Service) putPhotoBack(w http.ResponseWriter, r *http.Request) error {
	return s.onPhoto(w, r, func(*web.Form) PhotoChange { return removed(false) }, func(_ int64, p Photo) web.Notice {
		return web.Notice{Text: "Photo " + p.number() + " is back."}
	})
}

func removed(is bool) PhotoChange { return PhotoChange{Removed: &is} }

// showPublicPhoto serves a photo that an officer released.
func (s *Service) showPublicPhoto(w http.ResponseWriter, r *http.Request) error {
	p, err := s.Report(r.Context(), r.PathValue("reference"))
	if err != nil {
		return err
	}
	photo, ok := numbered(p.Photos, r.PathValue("n"))
	if !ok {
		return errNoReport
	}
	return s.Desk.ShowPicture(w, r, photo.MediaID, r.URL.Query().Has("thumb"))
}
