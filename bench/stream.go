package bench

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

// stream is a desk that is open in a browser: its live connection, and for a
// looker the list.
type stream struct {
	watch  *watch
	answer *http.Response
	list   *browser // of a looker
	again  chan struct{}
	ended  sync.WaitGroup

	mu   sync.Mutex
	news []time.Time // when it was told that the inbox has changed
	err  error
}

// open opens the desk of everybody who is signed in; the first are lookers.
func (w *watch) open(ctx context.Context, tokens []string) error {
	base, err := url.Parse(w.address)
	if err != nil {
		return fmt.Errorf("open a desk: %w", err)
	}
	transport := &http.Transport{MaxIdleConnsPerHost: 4}
	for i, token := range tokens {
		jar, err := cookiejar.New(nil)
		if err != nil {
			return fmt.Errorf("open a desk: %w", err)
		}
		jar.SetCookies(base, []*http.Cookie{{Name: "session", Value: token, Path: "/"}})
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, w.address+"/desk/live", nil)
		if err != nil {
			return fmt.Errorf("open a desk: %w", err)
		}
		s := &stream{watch: w, again: make(chan struct{}, 1)}
		if s.answer, err = (&http.Client{Jar: jar, Transport: transport}).Do(request); err != nil {
			return errors.Join(fmt.Errorf("open a desk: %w", err), w.close())
		}
		w.streams = append(w.streams, s)
		if s.answer.StatusCode != http.StatusOK || !strings.HasPrefix(s.answer.Header.Get("Content-Type"), "text/event-stream") {
			return errors.Join(fmt.Errorf("open a desk: %s", s.answer.Status), w.close())
		}
		if i < lookers {
			s.list = &browser{o: w.o, base: w.address, http: &http.Client{Jar: jar, Transport: &http.Transport{}, Timeout: time.Minute}}
			s.ended.Go(func() { s.look(ctx) })
		}
		s.ended.Go(s.hear)
	}
	return nil
}

// close ends every stream, and says what went wrong in one.
func (w *watch) close() error {
	var errs []error
	for _, s := range w.streams {
		// The stream is cut, so what it says of that is no news.
		_ = s.answer.Body.Close()
	}
	for _, s := range w.streams {
		s.ended.Wait()
		errs = append(errs, s.err)
	}
	return errors.Join(errs...)
}

// hear notes when news come, until the stream is cut.
func (s *stream) hear() {
	defer close(s.again)
	lines := bufio.NewReaderSize(s.answer.Body, 512)
	for {
		line, err := lines.ReadSlice('\n')
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return // cut, by us or by the server: what is missing then is counted
		}
		if !strings.HasPrefix(string(line), "event: inbox") {
			continue
		}
		s.mu.Lock()
		s.news = append(s.news, s.watch.o.Now())
		s.mu.Unlock()
		select {
		case s.again <- struct{}{}:
		default: // it looks already, and again after that
		}
	}
}

var marked = regexp.MustCompile(`M1[0-9]{6}`)

// look asks for the list when news come, and notes which messages are new in it.
func (s *stream) look(ctx context.Context) {
	known := map[string]bool{}
	for range s.again {
		page, _, err := s.list.get(ctx, "/desk?view=all", true)
		now := s.watch.o.Now()
		if err != nil {
			s.err = err
			continue
		}
		s.watch.mu.Lock()
		for _, m := range marked.FindAllString(page, -1) {
			if known[m] {
				continue
			}
			known[m] = true
			var i int
			if _, err := fmt.Sscanf(m, "M%d", &i); err != nil || i-1_000_000 >= len(s.watch.sent) {
				continue
			}
			s.watch.rows = append(s.watch.rows, now.Sub(s.watch.sent[i-1_000_000]))
			s.watch.seen++
		}
		s.watch.mu.Unlock()
	}
}

// newsAfter is, for each message, how long after it was sent the browser was
// next told that there is something new.
func (s *stream) newsAfter(sent []time.Time) []time.Duration {
	var list []time.Duration
	for _, at := range sent {
		i, _ := slices.BinarySearchFunc(s.news, at, time.Time.Compare)
		if i == len(s.news) {
			list = append(list, lateAfter)
			continue
		}
		list = append(list, s.news[i].Sub(at))
	}
	return list
}

var asCitizen = regexp.MustCompile(`name="as" value="([0-9]+)"`)

// citizenOf finds the number of a citizen on the practice network's page.
func citizenOf(ctx context.Context, b *browser) (string, error) {
	page, _, err := b.get(ctx, "/practice", false)
	if err != nil {
		return "", err
	}
	found := asCitizen.FindStringSubmatch(page)
	if found == nil {
		return "", errNoCitizen
	}
	return found[1], nil
}
