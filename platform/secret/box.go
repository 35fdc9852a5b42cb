package secret

import (
	"bytes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/chacha20poly1305"

	"mercat.scot/mercat/platform/fault"
)

// What Open can find wrong. Both come within a fault that says what to do.
var (
	ErrUnknownKey = errors.New("sealed with a key that is not in the key file")
	ErrTampered   = errors.New("sealed for another place, or changed since")
)

// A sealed secret is: version, key id, nonce, and the ciphertext with its tag
// (XChaCha20-Poly1305; its nonces are long enough to be drawn at random). The
// first two and what the secret is about are authenticated with it.
const (
	version    = 1
	idSize     = 4
	headerSize = 1 + idSize
	overhead   = headerSize + chacha20poly1305.NonceSizeX + chacha20poly1305.Overhead
)

type keyID [idSize]byte

type key struct {
	id   keyID
	aead cipher.AEAD
}

// Box seals and opens secrets. It is safe for concurrent use.
type Box struct {
	keys   []key  // the newest last
	oldest []byte // what Derive begins with
}

// NewBox makes a box of keys of 32 bytes, the newest last.
func NewBox(keys ...[]byte) (*Box, error) {
	if len(keys) == 0 {
		return nil, errors.New("a box needs a key")
	}
	b := &Box{oldest: bytes.Clone(keys[0])}
	for _, k := range keys {
		aead, err := chacha20poly1305.NewX(k)
		if err != nil {
			return nil, fmt.Errorf("make a box: %w", err)
		}
		// The id is drawn from the key, so that nobody has to number them.
		sum := sha256.Sum256(append([]byte("mercat key id:"), k...))
		id := keyID(sum[:idSize])
		for _, other := range b.keys {
			if other.id == id {
				return nil, fault.New(fault.Invalid, "The same key stands twice in the key file. Remove one of the two lines.")
			}
		}
		b.keys = append(b.keys, key{id: id, aead: aead})
	}
	return b, nil
}

// ParseKeys makes a box of keys in base64, one a line or parted by commas, the
// newest last: the form of the key file and of the configuration.
func ParseKeys(text string) (*Box, error) {
	var keys [][]byte
	for i, line := range strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == ',' }) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		k, err := base64.StdEncoding.DecodeString(line)
		if err != nil || len(k) != chacha20poly1305.KeySize {
			return nil, fault.Newf(fault.Invalid, "Line %d of the secret key is not 32 bytes in base64. Restore the key from your backup; without it stored passwords cannot be read.", i+1)
		}
		keys = append(keys, k)
	}
	if len(keys) == 0 {
		return nil, fault.New(fault.Invalid, "The secret key is empty. Restore it from your backup; without it stored passwords cannot be read.")
	}
	return NewBox(keys...)
}

// Seal seals plain with the newest key. About names the place that the secret
// is for ("account:123:password"); only there can it be opened.
func (b *Box) Seal(plain []byte, about string) ([]byte, error) {
	k := b.keys[len(b.keys)-1]
	sealed := make([]byte, headerSize+chacha20poly1305.NonceSizeX, overhead+len(plain))
	sealed[0] = version
	copy(sealed[1:], k.id[:])
	nonce := sealed[headerSize:]
	if _, err := rand.Read(nonce); err != nil {
		return nil, fmt.Errorf("seal a secret: %w", err)
	}
	return k.aead.Seal(sealed, nonce, plain, bound(sealed[:headerSize], about)), nil
}

// Open opens what Seal sealed for the same place, with whichever key it was. It
// fails with a fault around ErrUnknownKey or ErrTampered.
func (b *Box) Open(sealed []byte, about string) ([]byte, error) {
	if len(sealed) < overhead || sealed[0] != version {
		return nil, unreadable(ErrTampered)
	}
	header, nonce := sealed[:headerSize], sealed[headerSize:headerSize+chacha20poly1305.NonceSizeX]
	for _, k := range b.keys {
		if !bytes.Equal(k.id[:], header[1:]) {
			continue
		}
		plain, err := k.aead.Open(nil, nonce, sealed[headerSize+len(nonce):], bound(header, about))
		if err != nil {
			return nil, unreadable(ErrTampered)
		}
		return plain, nil
	}
	return nil, unreadable(ErrUnknownKey)
}

// Newest reports whether sealed was sealed with the newest key. Whatever was
// not should be opened and sealed again before its key is removed.
func (b *Box) Newest(sealed []byte) bool {
	id := b.keys[len(b.keys)-1].id
	return len(sealed) >= headerSize && bytes.Equal(sealed[1:headerSize], id[:])
}

// Derive returns a key of 32 bytes for another purpose, such as signing. It is
// the same on every node and after every start, until the oldest key is
// removed.
func (b *Box) Derive(purpose string) ([]byte, error) {
	k, err := hkdf.Key(sha256.New, b.oldest, nil, "mercat "+purpose, 32)
	if err != nil {
		return nil, fmt.Errorf("derive a key: %w", err)
	}
	return k, nil
}

func bound(header []byte, about string) []byte {
	return append(append(make([]byte, 0, len(header)+len(about)), header...), about...)
}

func unreadable(cause error) error {
	return fault.New(fault.Conflict, "A stored password or key cannot be read with this installation’s secret key. Restore the key file from the same backup as the database, or enter the password again.").Because(cause)
}
