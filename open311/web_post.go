package open311

import (
	"bytes"
	"cmp"
	"errors"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strings"

	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/web"
	"mercat.scot/mercat/staff"
)

// maxForm bounds what is sent in: 4,000 characters, each of up to twelve bytes in
// a form, and as much again for all the rest.
const maxForm = 256 << 10

// ofUs reports whether a jurisdiction is this council's: the host of its Mercat,
// a domain that this stands in, or none.
//
// Errors: fault.NotFound.
func (s *Server) ofUs(r *http.Request, jurisdiction string) error {
	jurisdiction = strings.ToLower(strings.TrimSpace(jurisdiction))
	if jurisdiction == "" {
		return nil
	}
	ours := strings.ToLower(hostOf(cmp.Or(s.BaseURL, web.Origin(r))))
	ours, jurisdiction = strings.TrimPrefix(ours, "www."), strings.TrimPrefix(jurisdiction, "www.")
	// A council whose Mercat is mercat.fife.gov.uk is known to other programs as
	// fife.gov.uk; a name without a dot is nobody's.
	if jurisdiction == ours || strings.Contains(jurisdiction, ".") && strings.HasSuffix(ours, "."+jurisdiction) && net.ParseIP(ours) == nil {
		return nil
	}
	return fault.Newf(fault.NotFound, "jurisdiction_id %.100q was not found. This server is for %s alone: leave jurisdiction_id out, or send that.", jurisdiction, ours)
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	if host, _, err := net.SplitHostPort(u.Host); err == nil {
		return host
	}
	return u.Host
}

// readForm reads what a program posts.
//
// Errors: fault.Invalid, fault.TooLarge.
func readForm(r *http.Request) (url.Values, error) {
	mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case err == nil && mediaType == "multipart/form-data":
		err = r.ParseMultipartForm(maxForm)
	case err == nil && mediaType == "application/x-www-form-urlencoded":
		err = r.ParseForm()
	default:
		return nil, fault.New(fault.Invalid, "The body is not a form. Send it as application/x-www-form-urlencoded.")
	}
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, fault.New(fault.TooLarge, "The body is larger than 256 KB. Shorten it, and send pictures by media_url.")
	case err != nil:
		return nil, fault.New(fault.Invalid, "The body is not a form that can be read: "+mediaType+".").Because(err)
	case r.MultipartForm != nil && len(r.MultipartForm.File) > 0:
		return nil, fault.New(fault.Invalid, "Files are not taken. Put each picture where it can be fetched, and send its address as media_url.")
	}
	return r.PostForm, nil
}

// send takes what another program posts: a request, or an update of one.
func (s *Server) send(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Cache-Control", "no-store")
	name, f := named(r)
	if name != "requests" && name != "servicerequestupdates" {
		return answer(w, r, f, errNoPath, nil)
	}
	v, err := readForm(r)
	if err == nil {
		err = s.ofUs(r, v.Get("jurisdiction_id"))
	}
	if err != nil {
		return answer(w, r, f, err, nil)
	}
	k, err := s.Key(r.Context(), cmp.Or(web.Bearer(r), v.Get("api_key"), r.URL.Query().Get("api_key")))
	if err == nil && name == "servicerequestupdates" {
		u, err := s.TakeUpdate(r.Context(), k, v)
		return answer(w, r, f, err, func(b *bytes.Buffer) error { return WriteUpdates(b, f, []Update{u}) })
	}
	var a Accepted
	if err == nil {
		a, err = s.Submit(r.Context(), k, v, r.Header.Get("Idempotency-Key"))
	}
	return answer(w, r, f, err, func(b *bytes.Buffer) error { return WriteAccepted(b, f, a) })
}

// updates lists what became of requests. A key is needed only for the answers to
// the people of its program.
func (s *Server) updates(w http.ResponseWriter, r *http.Request, f Format) error {
	v := r.URL.Query()
	var k *staff.Key
	if token := cmp.Or(web.Bearer(r), v.Get("api_key")); token != "" {
		w.Header().Set("Cache-Control", "no-store")
		found, err := s.Key(r.Context(), token)
		if err != nil {
			return answer(w, r, f, err, nil)
		}
		k = &found
	}
	list, err := s.Updates(r.Context(), k, v)
	return answer(w, r, f, err, func(b *bytes.Buffer) error { return WriteUpdates(b, f, list) })
}

// token says which request a token became: our ids are given at once, so a token
// is the id itself.
func (s *Server) token(w http.ResponseWriter, r *http.Request) error {
	name, f := named(r)
	err := s.ofUs(r, r.URL.Query().Get("jurisdiction_id"))
	var one Request
	if err == nil {
		if one, err = s.Request(r.Context(), name, false); fault.Is(err, fault.NotFound) {
			err = fault.Newf(fault.NotFound, "token %.60q was not found.", name)
		}
	}
	return answer(w, r, f, err, func(b *bytes.Buffer) error { return WriteAccepted(b, f, Accepted{ID: one.ID, Token: one.ID}) })
}
