package secret

import (
	"bytes"
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"mercat.scot/mercat/platform/fault"
)

func box(t interface{ Fatal(...any) }, keys ...byte) *Box {
	var list [][]byte
	for _, k := range keys {
		list = append(list, bytes.Repeat([]byte{k}, 32))
	}
	b, err := NewBox(list...)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestWhatWasSealedCanBeOpenedInItsPlaceAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := box(t, 1, 2)
		plain := rapid.SliceOf(rapid.Byte()).Draw(t, "plain")
		about, other := rapid.String().Draw(t, "about"), rapid.String().Draw(t, "other")
		sealed, err := b.Seal(plain, about)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := b.Open(sealed, about); err != nil || !bytes.Equal(got, plain) {
			t.Fatalf("opened %q, %v", got, err)
		}
		if _, err := b.Open(sealed, other); other != about && !errors.Is(err, ErrTampered) {
			t.Fatalf("in another place: %v", err)
		}
		at := rapid.IntRange(0, len(sealed)-1).Draw(t, "at")
		sealed[at] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		if _, err := b.Open(sealed, about); err == nil || fault.Sentence(err) == "" {
			t.Fatalf("changed at byte %d: %v", at, err)
		}
	})
}

func TestSealingTwiceGivesDifferentBytes(t *testing.T) {
	b := box(t, 1)
	one, err1 := b.Seal([]byte("x"), "a")
	two, err2 := b.Seal([]byte("x"), "a")
	if err1 != nil || err2 != nil || bytes.Equal(one, two) {
		t.Errorf("%x and %x, %v, %v", one, two, err1, err2)
	}
}

func TestKeysAreRotated(t *testing.T) {
	old, both, fresh := box(t, 1), box(t, 1, 2), box(t, 2)
	sealed, err := old.Seal([]byte("x"), "a")
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := both.Open(sealed, "a"); err != nil || string(plain) != "x" {
		t.Errorf("after rotation: %q, %v", plain, err)
	}
	if both.Newest(sealed) || !old.Newest(sealed) {
		t.Error("nobody would know that it must be sealed again")
	}
	if _, err := fresh.Open(sealed, "a"); !errors.Is(err, ErrUnknownKey) {
		t.Errorf("without its key: %v", err)
	}
	again, err := both.Seal([]byte("x"), "a")
	if err != nil || !both.Newest(again) {
		t.Fatal(err)
	}
	if plain, err := fresh.Open(again, "a"); err != nil || string(plain) != "x" {
		t.Errorf("sealed with the newest: %q, %v", plain, err)
	}
}

func TestAKeyFileIsMadeOnceAndForItsOwnerAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret.key")
	boxes := make([]*Box, 8)
	var all sync.WaitGroup
	for i := range boxes {
		all.Go(func() {
			var err error
			if boxes[i], err = OpenFile(path); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if t.Failed() {
		return
	}
	sealed, err := boxes[0].Seal([]byte("x"), "a")
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range boxes {
		if _, err := b.Open(sealed, "a"); err != nil {
			t.Error(err)
		}
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if entries, err := os.ReadDir(filepath.Dir(path)); err != nil || len(entries) != 1 {
		t.Errorf("%v, %v", entries, err)
	}

	if err := AddKey(path); err != nil {
		t.Fatal(err)
	}
	rotated, err := OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := rotated.Open(sealed, "a"); err != nil || string(plain) != "x" || rotated.Newest(sealed) {
		t.Errorf("after a key was added: %q, %v", plain, err)
	}

	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenFile(path); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("a key that others may read: %v", err)
	}
}

func TestKeysThatAreNone(t *testing.T) {
	good := NewKey()
	for _, text := range []string{"", "# nothing\n", "abc", good[:40], good + "\n" + good, base64.StdEncoding.EncodeToString(make([]byte, 31))} {
		if _, err := ParseKeys(text); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if _, err := ParseKeys(" " + good + "\r\n\n# old\n," + NewKey()); err != nil {
		t.Error(err)
	}
}

func FuzzOpen(f *testing.F) {
	b := box(f, 1)
	sealed, err := b.Seal([]byte("x"), "a")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sealed, "a")
	f.Add([]byte{1}, "")
	f.Fuzz(func(t *testing.T, s []byte, about string) {
		// Each process of the fuzzer seals its own, with the same key.
		if plain, err := b.Open(s, about); err == nil && (about != "a" || string(plain) != "x") {
			t.Fatalf("opened %x for %q", s, about)
		}
	})
}

func TestTokensAreKnownByTheirHash(t *testing.T) {
	token := Token(32)
	if token == Token(32) || len(token) < 43 || len(Token(1)) < 22 {
		t.Errorf("%q", token)
	}
	if hash := HashToken(token); !SameToken(hash, token) || SameToken(hash, token+"x") || SameToken("", token) || strings.Contains(hash, token) {
		t.Errorf("hash is %q", hash)
	}
}

func TestReferencesAreReadAsPeopleTypeThem(t *testing.T) {
	if r := LongReference(); !regexp.MustCompile(`^MC(-[0-9A-HJKMNP-TV-Z]{4}){4}-[0-9A-HJKMNP-TV-Z]$`).MatchString(r) {
		t.Errorf("long: %s", r)
	}
	if r := ShortReference(); !regexp.MustCompile(`^MC(-[0-9A-HJKMNP-TV-Z]{4}){2}$`).MatchString(r) {
		t.Errorf("short: %s", r)
	}
	rapid.Check(t, func(t *rapid.T) {
		make := rapid.SampledFrom([]func() string{LongReference, ShortReference}).Draw(t, "make")
		ref := make()
		typed := ref
		for _, change := range rapid.SliceOf(rapid.SampledFrom([][2]string{{"-", ""}, {"-", " "}, {"MC-", ""}, {"0", "O"}, {"1", "l"}, {"1", "I"}, {"-", " – "}})).Draw(t, "changes") {
			typed = strings.ReplaceAll(typed, change[0], change[1])
		}
		if rapid.Bool().Draw(t, "lower") {
			typed = strings.ToLower(typed)
		}
		if got, err := ParseReference(" " + typed + " "); err != nil || got != ref {
			t.Fatalf("%q typed as %q is read as %q, %v", ref, typed, got, err)
		}
	})
}

func TestEveryWrongSymbolAndEverySwapIsFound(t *testing.T) {
	for _, ref := range []string{ShortReference(), LongReference(), format(append(make([]byte, 16), 0))} {
		symbols := []byte(strings.ReplaceAll(strings.TrimPrefix(ref, "MC"), "-", ""))
		for i := range symbols {
			for _, c := range []byte(alphabet) {
				wrong := bytes.Clone(symbols)
				wrong[i] = c
				if _, err := ParseReference(string(wrong)); (err == nil) != (c == symbols[i]) {
					t.Fatalf("%s for %s: %v", wrong, symbols, err)
				}
			}
			for j := range i {
				swapped := bytes.Clone(symbols)
				swapped[i], swapped[j] = swapped[j], swapped[i]
				if _, err := ParseReference(string(swapped)); (err == nil) != (symbols[i] == symbols[j]) {
					t.Fatalf("%s for %s: %v", swapped, symbols, err)
				}
			}
		}
	}
}

func FuzzParseReference(f *testing.F) {
	f.Add("MC-7K3F-92QX")
	f.Add(LongReference())
	f.Fuzz(func(t *testing.T, s string) {
		if ref, err := ParseReference(s); err == nil {
			if again, err := ParseReference(ref); err != nil || again != ref {
				t.Fatalf("%q is %q is %q, %v", s, ref, again, err)
			}
		} else if !fault.Is(err, fault.Invalid) {
			t.Fatal(err)
		}
	})
}
