//go:build linux

package torture

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"mercat.scot/mercat/network/mastodon/mastodontest"
	"mercat.scot/mercat/platform/db"
)

// onSmallDisk puts the data folder on a disk of its own.
func (m *mercat) onSmallDisk(options string) {
	m.t.Helper()
	if err := os.MkdirAll(m.data, 0o700); err != nil {
		m.t.Fatal(err)
	}
	err := syscall.Mount("tmpfs", m.data, "tmpfs", 0, options)
	if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EACCES) {
		m.t.Skip("a small disk can be made by root alone")
	}
	if err != nil {
		m.t.Fatal(err)
	}
	m.t.Cleanup(func() {
		m.kill() // it holds files there
		if err := syscall.Unmount(m.data, syscall.MNT_DETACH); err != nil {
			m.t.Error(err)
		}
	})
}

// fill leaves no byte free, also of what is given back meanwhile; the returned
// function makes room again.
func (m *mercat) fill() (empty func()) {
	m.t.Helper()
	path := filepath.Join(m.data, "ballast")
	f, err := os.Create(path)
	if err != nil {
		m.t.Fatal(err)
	}
	full := func() {
		for block := make([]byte, 1<<20); len(block) > 0; {
			if _, err := f.Write(block); err != nil {
				block = block[:len(block)/2]
			}
		}
	}
	full()
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for again := time.NewTicker(50 * time.Millisecond); ; {
			select {
			case <-again.C:
				full()
			case <-stop:
				again.Stop()
				return
			}
		}
	}()
	return func() {
		close(stop)
		<-stopped
		if err := errors.Join(f.Close(), os.Remove(path)); err != nil {
			m.t.Fatal(err)
		}
	}
}

// photo is a form with a photo in it, as a browser sends it.
func (v *visitor) photo(text, token string) (page, error) {
	picture := image.NewRGBA(image.Rect(0, 0, 600, 400))
	for i := range picture.Pix {
		picture.Pix[i] = byte(i * i >> 3)
	}
	picture.Set(1, 1, color.White)
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for name, value := range map[string]string{"form": token, "about": "question", "message": text, "name": "Gavin"} {
		if err := form.WriteField(name, value); err != nil {
			return page{}, err
		}
	}
	part, err := form.CreateFormFile("photos", "lamp.jpg")
	if err == nil {
		err = jpeg.Encode(part, picture, nil)
	}
	if err = errors.Join(err, form.Close()); err != nil {
		return page{}, err
	}
	r, err := http.NewRequestWithContext(v.t.Context(), http.MethodPost, v.base+"/form/contact", &body)
	if err != nil {
		return page{}, err
	}
	r.Header.Set("Content-Type", form.FormDataContentType())
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("X-Forwarded-For", v.from)
	return v.answer(r)
}

// TestAFullDiskTakesNothingSaysSoAndLosesNothing fills the disk of the data
// folder while people write, upload and answer. Nobody is told that something was
// taken which was not; when there is room again, everything goes on by itself.
func TestAFullDiskTakesNothingSaysSoAndLosesNothing(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, m *mercat) {
		m.onSmallDisk("size=96m")
		r := chance(t)
		n := newTown(m, mastodontest.Options{IgnoreKeys: true})
		n.pardons = func(what string) bool {
			return strings.Contains(what, ": 503 ") && (strings.Contains(what, "Nothing was sent") || strings.Contains(what, "was not saved"))
		}
		admin := m.council(m.start(), n.server.URL, n.token)
		for i, name := range []string{"ann", "bob", "cat"} {
			n.posts(name, 200*time.Millisecond, r.Uint64()+uint64(i))
		}
		n.writes("Elspeth", 300*time.Millisecond, r.Uint64())
		n.answers(admin, "Mairi", 250*time.Millisecond, r.Uint64())
		gavin := m.visitor("198.51.100.7")
		if p, err := gavin.photo("A lamp is out before the disk is full.", "0123456789012345678901"); err != nil || p.status != http.StatusSeeOther {
			t.Fatalf("a photo before: %d %s %v", p.status, words(p.body), err)
		}
		time.Sleep(12 * time.Second) // into the middle of sending

		empty := m.fill()
		ready := func(status int, words string) func() (bool, string) {
			return func() (bool, string) {
				p, err := gavin.once(t.Context(), http.MethodGet, "/readyz", nil)
				if err != nil {
					return false, err.Error()
				}
				return p.status == status && strings.Contains(p.body, words), p.body
			}
		}
		if err := eventually(t, 20*time.Second, ready(http.StatusServiceUnavailable, "the disk of the data folder is full")); err != nil {
			t.Errorf("on a full disk it says: %v", err)
		}
		const later = "A lamp is out while the disk is full."
		refused := 0
		for end := time.Now().Add(8 * time.Second); time.Now().Before(end); {
			p, err := gavin.photo(later, "0123456789012345678902")
			switch {
			case err != nil:
				t.Fatal(err)
			case p.status == http.StatusServiceUnavailable && strings.Contains(words(p.body), "Nothing was sent"):
				refused++
			default:
				t.Fatalf("a photo on a full disk: %d %s", p.status, words(p.body))
			}
			time.Sleep(300 * time.Millisecond)
		}
		m.lives()
		empty()
		if err := eventually(t, 20*time.Second, ready(http.StatusOK, "ready")); err != nil {
			t.Errorf("with room again it says: %v", err)
		}
		if p, err := gavin.photo(later, "0123456789012345678902"); err != nil || p.status != http.StatusSeeOther {
			t.Errorf("the same photo afterwards: %d %s %v", p.status, words(p.body), err)
		}
		n.mu.Lock()
		n.formed = append(n.formed, "A lamp is out before the disk is full.", later)
		n.mu.Unlock()
		time.Sleep(2 * time.Second)
		n.quiet()
		t.Logf("a photo was refused %d times, other things %d times", refused, n.pardoned)
		if m.engine == db.SQLite && n.pardoned == 0 {
			t.Error("the database's disk was never full")
		}
		d := m.look()
		n.settles(d, atRest)
		n.balances(d)
	})
}
