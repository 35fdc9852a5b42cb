package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"time"
)

// browser asks a server for pages as somebody who is signed in, one request at a
// time over one connection, compressed as browsers want them.
type browser struct {
	o    Options
	base string
	http *http.Client
}

func (o Options) browser(base string) (*browser, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, fmt.Errorf("make a browser: %w", err)
	}
	return &browser{o: o, base: base, http: &http.Client{
		Jar: jar, Transport: &http.Transport{MaxIdleConnsPerHost: 4}, Timeout: 2 * time.Minute,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// signedIn is a browser of the administrator.
func (o Options) signedIn(ctx context.Context, base string) (*browser, error) {
	b, err := o.browser(base)
	if err != nil {
		return nil, err
	}
	return b, b.post(ctx, "/sign-in", url.Values{"email": {adminEmail}, "password": {adminPassword}})
}

// post sends a form, and fails unless it leads on.
func (b *browser) post(ctx context.Context, path string, form url.Values) error {
	return b.send(ctx, path, form, http.StatusSeeOther)
}

// send sends a form, and fails unless it is answered as it should be.
func (b *browser) send(ctx context.Context, path string, form url.Values, want int) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, b.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		return fmt.Errorf("send %s: %w", path, err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Sec-Fetch-Site", "same-origin")
	answer, err := b.http.Do(request)
	if err != nil {
		return fmt.Errorf("send %s: %w", path, err)
	}
	_, err = io.Copy(io.Discard, answer.Body)
	err = errors.Join(err, answer.Body.Close())
	if err == nil && answer.StatusCode != want {
		err = errors.New(answer.Status)
	}
	if err != nil {
		return fmt.Errorf("send %s: %w", path, err)
	}
	return nil
}

// get asks for a page and returns it with the time until its last byte was
// there. With fragment it asks as htmx does.
func (b *browser) get(ctx context.Context, path string, fragment bool) (page string, took time.Duration, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, b.base+path, nil)
	if err != nil {
		return "", 0, fmt.Errorf("ask for %s: %w", path, err)
	}
	if fragment {
		request.Header.Set("HX-Request", "true")
	}
	began := b.o.Now()
	answer, err := b.http.Do(request)
	if err != nil {
		return "", 0, fmt.Errorf("ask for %s: %w", path, err)
	}
	body, err := io.ReadAll(answer.Body)
	took = b.o.Now().Sub(began)
	err = errors.Join(err, answer.Body.Close())
	if err == nil && answer.StatusCode != http.StatusOK {
		err = errors.New(answer.Status)
	}
	if err != nil {
		return "", 0, fmt.Errorf("ask for %s: %w", path, err)
	}
	return string(body), took, nil
}

// asked is how often a page is asked for before the slowest of a hundred can be
// told; seldom in a council so small that it can only be a trial.
func (o Options) asked() int { return min(max(o.Size/10, 5), 300) }

// time asks for a page again and again and returns how long each answer took.
// The first two are not counted: they fill caches.
func (b *browser) time(ctx context.Context, paths ...string) ([]time.Duration, error) {
	var times []time.Duration
	for i := range b.o.asked() + 2 {
		_, took, err := b.get(ctx, paths[i%len(paths)], false)
		if err != nil {
			return nil, err
		}
		if i >= 2 {
			times = append(times, took)
		}
	}
	return times, nil
}
