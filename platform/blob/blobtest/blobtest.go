// Package blobtest holds every blob.Store to the same rules.
package blobtest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"

	"mercat.scot/mercat/platform/blob"
	"mercat.scot/mercat/platform/fault"
)

// Run runs the suite. open returns a new, empty store for each test.
func Run(t *testing.T, open func(t *testing.T) blob.Store) {
	for name, test := range map[string]func(*testing.T, blob.Store){
		"what was put can be opened":         opens,
		"the same content is kept once":      once,
		"too much is refused and not kept":   bounded,
		"a broken upload leaves nothing":     broken,
		"an upload that is given up":         cancelled,
		"what is not there is not found":     absent,
		"keys cannot lead elsewhere":         tricks,
		"deleting twice is deleting once":    deleted,
		"many put the same at the same time": together,
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

func put(t *testing.T, s blob.Store, content string) blob.Key {
	t.Helper()
	key, size, err := s.Put(t.Context(), strings.NewReader(content), 1<<20)
	if err != nil || size != int64(len(content)) || key != keyOf(content) {
		t.Fatalf("put %d bytes: key %s, size %d, %v", len(content), key, size, err)
	}
	return key
}

func keyOf(content string) blob.Key {
	sum := sha256.Sum256([]byte(content))
	return blob.Key(hex.EncodeToString(sum[:]))
}

func opens(t *testing.T, s blob.Store) {
	for _, content := range []string{"", "x", strings.Repeat("0123456789", 50_000)} {
		body, size, err := s.Open(t.Context(), put(t, s, content))
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(body)
		if err != nil || string(got) != content || size != int64(len(content)) {
			t.Errorf("read %d of %d bytes (said %d): %v", len(got), len(content), size, err)
		}
		if at, err := body.Seek(-int64(min(1, len(content))), io.SeekEnd); err != nil || at != int64(max(0, len(content)-1)) {
			t.Errorf("seek to the last byte: %d, %v", at, err)
		}
		if rest, err := io.ReadAll(body); err != nil || !strings.HasSuffix(content, string(rest)) || len(rest) > 1 {
			t.Errorf("the last byte is %q, %v", rest, err)
		}
		if err := body.Close(); err != nil {
			t.Error(err)
		}
	}
}

func once(t *testing.T, s blob.Store) {
	if first, second := put(t, s, "same"), put(t, s, "same"); first != second {
		t.Errorf("%s and %s", first, second)
	}
	if put(t, s, "other") == keyOf("same") {
		t.Error("other content has the same key")
	}
}

func bounded(t *testing.T, s blob.Store) {
	if _, _, err := s.Put(t.Context(), strings.NewReader("12345"), 4); !fault.Is(err, fault.TooLarge) || fault.Sentence(err) == "" {
		t.Errorf("one byte too many: %v", err)
	}
	if has, err := s.Has(t.Context(), keyOf("12345")); has || err != nil {
		t.Errorf("it was kept: %v, %v", has, err)
	}
	if _, _, err := s.Put(t.Context(), strings.NewReader("12345"), 5); err != nil {
		t.Errorf("what just fits: %v", err)
	}
}

type breaks struct{ err error }

func (b breaks) Read([]byte) (int, error) { return 0, b.err }

func broken(t *testing.T, s blob.Store) {
	cause := errors.New("cut off")
	_, _, err := s.Put(t.Context(), io.MultiReader(strings.NewReader("half"), breaks{cause}), 100)
	if !errors.Is(err, cause) {
		t.Errorf("got %v", err)
	}
	if has, err := s.Has(t.Context(), keyOf("half")); has || err != nil {
		t.Errorf("half a file was kept: %v, %v", has, err)
	}
}

func cancelled(t *testing.T, s blob.Store) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := s.Put(ctx, bytes.NewReader(make([]byte, 1<<20)), 1<<20); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func absent(t *testing.T, s blob.Store) {
	if _, _, err := s.Open(t.Context(), keyOf("never")); !fault.Is(err, fault.NotFound) {
		t.Errorf("open: %v", err)
	}
	if has, err := s.Has(t.Context(), keyOf("never")); has || err != nil {
		t.Errorf("has: %v, %v", has, err)
	}
}

func tricks(t *testing.T, s blob.Store) {
	put(t, s, "inside")
	for _, key := range []blob.Key{"", "..", "../../etc/passwd", "/etc/passwd", blob.Key(strings.Repeat("../", 21) + "x"),
		blob.Key(strings.ToUpper(string(keyOf("inside")))), keyOf("inside") + "/", blob.Key(strings.Repeat("g", 64)), blob.Key(strings.Repeat("\x00", 64))} {
		if _, _, err := s.Open(t.Context(), key); !fault.Is(err, fault.NotFound) {
			t.Errorf("open %q: %v", key, err)
		}
		if has, err := s.Has(t.Context(), key); has || err != nil {
			t.Errorf("has %q: %v, %v", key, has, err)
		}
		if err := s.Delete(t.Context(), key); err != nil {
			t.Errorf("delete %q: %v", key, err)
		}
	}
}

func deleted(t *testing.T, s blob.Store) {
	key := put(t, s, "short-lived")
	kept := put(t, s, "long-lived")
	for range 2 {
		if err := s.Delete(t.Context(), key); err != nil {
			t.Fatal(err)
		}
	}
	if has, err := s.Has(t.Context(), key); has || err != nil {
		t.Errorf("it is still there: %v, %v", has, err)
	}
	if has, err := s.Has(t.Context(), kept); !has || err != nil {
		t.Errorf("the other one is gone: %v, %v", has, err)
	}
	put(t, s, "short-lived")
}

func together(t *testing.T, s blob.Store) {
	content := strings.Repeat("together", 10_000)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if _, _, err := s.Put(t.Context(), strings.NewReader(content), 1<<20); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	body, size, err := s.Open(t.Context(), keyOf(content))
	if err != nil || size != int64(len(content)) {
		t.Fatalf("%d bytes, %v", size, err)
	}
	if err := body.Close(); err != nil {
		t.Error(err)
	}
}
