package web

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"time"

	"mercat.scot/mercat/platform/web/ui"
)

// Notice tells a person, after the fact, what was done, and how to undo it.
type Notice = ui.Notice

const (
	noticeCookie = "notice"
	noticeAge    = 5 * time.Minute
	noticeMax    = 2800 // bytes; browsers refuse cookies over 4096
)

// Redirect sends the browser to a page of this site after a change was made, so
// that reloading does not make it again.
func Redirect(w http.ResponseWriter, r *http.Request, url string) error {
	url = LocalPath(url, "/")
	if IsFragment(r) {
		w.Header().Set("HX-Redirect", url)
		w.WriteHeader(http.StatusOK)
		return nil
	}
	http.Redirect(w, r, url, http.StatusSeeOther)
	return nil
}

// RedirectWithNotice is Redirect with a sentence for the page that follows.
func RedirectWithNotice(w http.ResponseWriter, r *http.Request, url, text string) error {
	return RedirectNotice(w, r, url, Notice{Text: text})
}

// RedirectNotice is Redirect with a notice, which may carry an undo.
func RedirectNotice(w http.ResponseWriter, r *http.Request, url string, n Notice) error {
	SetNotice(w, r, n)
	return Redirect(w, r, url)
}

// SetNotice keeps a notice for the next whole page that this browser asks for.
func SetNotice(w http.ResponseWriter, r *http.Request, n Notice) {
	q := requestOf(r.Context())
	if q.router == nil {
		return // a handler tested without a Router
	}
	body, err := json.Marshal(n)
	if err != nil {
		panic(err) // strings always encode
	}
	if len(body) > noticeMax {
		// Better no undo than no notice: it is still on the record's page.
		body, _ = json.Marshal(Notice{Text: "Saved."})
	}
	SetCookie(r.Context(), w, noticeCookie, q.router.sign(body), noticeAge)
}

// takeNotices reads the notice of the redirect that led here and forgets it.
func takeNotices(w http.ResponseWriter, r *http.Request) context.Context {
	q := requestOf(r.Context())
	value := Cookie(r, noticeCookie)
	if q.router == nil || value == "" {
		return r.Context()
	}
	ClearCookie(r.Context(), w, noticeCookie)
	var n Notice
	body, ok := q.router.verify(value)
	if ok && json.Unmarshal(body, &n) == nil && n.Text != "" {
		q.notices = append(q.notices, n)
	}
	return r.Context()
}

// sign keeps other hosts of the domain, or a shared browser's user, from
// putting words of their own into our pages.
func (rt *Router) sign(body []byte) string {
	return base64.RawURLEncoding.EncodeToString(append(rt.mac(body), body...))
}

func (rt *Router) verify(value string) ([]byte, bool) {
	raw, err := base64.RawURLEncoding.DecodeString(value)
	if err != nil || len(raw) < sha256.Size {
		return nil, false
	}
	body := raw[sha256.Size:]
	return body, hmac.Equal(raw[:sha256.Size], rt.mac(body))
}

func (rt *Router) mac(body []byte) []byte {
	h := hmac.New(sha256.New, rt.options.SigningKey)
	h.Write([]byte("notice:"))
	h.Write(body)
	return h.Sum(nil)
}
