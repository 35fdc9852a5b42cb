package staff

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	_ "embed"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/text"
)

const (
	minPassword = 12  // characters, as the NCSC advises over rules of composition
	maxPassword = 200 // characters; argon2 takes any length, a form should not
)

// Cost is what argon2id is asked to spend on a password.
type Cost struct {
	MemoryKiB uint32
	Passes    uint32
	Threads   uint8
}

// usual is the cost when none is given: about a tenth of a second of two cores,
// above RFC 9106's second recommendation.
var usual = Cost{MemoryKiB: 64 << 10, Passes: 3, Threads: 2}

const (
	saltSize = 16
	keySize  = 32
	// hashing is how many passwords are worked on at a time, so 256 MiB in all;
	// waiting is how many more may queue before people are asked to come back.
	hashing = 4
	waiting = 64
)

// hasher makes and checks password hashes, a bounded number at a time.
type hasher struct {
	cost  Cost
	slots chan struct{}
	queue chan struct{}
	dummy string // a hash of nothing, to spend the same time on unknown people
}

func newHasher(cost Cost) (*hasher, error) {
	if cost == (Cost{}) {
		cost = usual
	}
	if cost.Passes == 0 || cost.Threads == 0 || cost.MemoryKiB < 8*uint32(cost.Threads) {
		return nil, errors.New("staff: the cost of passwords makes no sense")
	}
	h := &hasher{cost: cost, slots: make(chan struct{}, hashing), queue: make(chan struct{}, hashing+waiting)}
	key := make([]byte, keySize)
	rand.Read(key)                       // never fails, by its contract
	h.dummy = h.phc(key[:saltSize], key) // that nothing fits is enough: making a true one takes 64 MiB at every start
	return h, nil
}

// enter waits for a slot and returns how to give it back.
//
// Errors: fault.TooMany when too many wait already.
func (h *hasher) enter(ctx context.Context) (leave func(), err error) {
	select {
	case h.queue <- struct{}{}:
	default:
		return nil, fault.New(fault.TooMany, "Many people are signing in just now. Wait a minute, then try again.")
	}
	select {
	case h.slots <- struct{}{}:
		return func() { <-h.slots; <-h.queue }, nil
	case <-ctx.Done():
		<-h.queue
		return nil, fmt.Errorf("wait to check a password: %w", ctx.Err())
	}
}

// make returns the hash of a password in PHC form, when it has a slot.
func (h *hasher) make(ctx context.Context, password string) (string, error) {
	leave, err := h.enter(ctx)
	if err != nil {
		return "", err
	}
	defer leave()
	return h.compute(password), nil
}

// compute is make for callers that have a slot already.
func (h *hasher) compute(password string) string {
	salt := make([]byte, saltSize)
	rand.Read(salt) // never fails, by its contract
	return h.phc(salt, h.cost.key(password, salt, keySize))
}

// phc writes a hash in PHC form.
func (h *hasher) phc(salt, key []byte) string {
	b64 := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, h.cost.MemoryKiB, h.cost.Passes, h.cost.Threads, b64(salt), b64(key))
}

func (c Cost) key(password string, salt []byte, size uint32) []byte {
	return argon2.IDKey([]byte(norm.NFC.String(password)), salt, c.Passes, c.MemoryKiB, c.Threads, size)
}

// check reports whether password is the one that was hashed, and whether the
// hash should be made anew at today's cost. An empty hash takes as long as any
// and fits nothing. The caller has a slot.
func (h *hasher) check(hash, password string) (right, renew bool, err error) {
	none := hash == ""
	if none {
		hash = h.dummy
	}
	cost, salt, key, err := parsePHC(hash)
	if err != nil {
		return false, false, err
	}
	if utf8.RuneCountInString(password) > maxPassword {
		password = "" // nobody's password is empty; this spends the usual time
	}
	same := subtle.ConstantTimeCompare(cost.key(password, salt, uint32(len(key))), key) == 1
	return same && !none, cost != h.cost, nil
}

// parsePHC reads what make wrote. It refuses costs that no installation of ours
// would have chosen, for it reads from a database that may have been restored
// from anywhere.
func parsePHC(hash string) (cost Cost, salt, key []byte, err error) {
	wrong := errors.New("staff: a stored password hash cannot be read")
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return Cost{}, nil, nil, wrong
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &cost.MemoryKiB, &cost.Passes, &cost.Threads); err != nil {
		return Cost{}, nil, nil, wrong
	}
	if cost.Passes == 0 || cost.Passes > 100 || cost.Threads == 0 || cost.MemoryKiB > 1<<20 {
		return Cost{}, nil, nil, wrong
	}
	if salt, err = base64.RawStdEncoding.DecodeString(parts[4]); err != nil || len(salt) < 8 || len(salt) > 64 {
		return Cost{}, nil, nil, wrong
	}
	if key, err = base64.RawStdEncoding.DecodeString(parts[5]); err != nil || len(key) < 16 || len(key) > 64 {
		return Cost{}, nil, nil, wrong
	}
	return cost, salt, key, nil
}

//go:embed common.txt
var common string

// checkPassword says what is wrong with a new password for a person, if
// anything. It asks for length and refuses what is guessed first; it does not
// ask for digits or signs.
func checkPassword(password string, p Person) error {
	switch n := utf8.RuneCountInString(password); {
	case n < minPassword:
		return fault.Field("password", "Choose a password of 12 characters or more. Three words that do not belong together are good.")
	case n > maxPassword:
		return fault.Field("password", "Choose a password of 200 characters or fewer.")
	}
	folded := text.Fold(password)
	if seen := distinct(folded); seen < 5 {
		return fault.Field("password", "This password uses too few different characters. Choose one that is harder to guess.")
	}
	local, domain, _ := strings.Cut(p.Email, "@")
	own := append(strings.FieldsFunc(local, func(r rune) bool { return !unicode.IsLetter(r) }), strings.FieldsFunc(text.Fold(p.Name), unicode.IsSpace)...)
	own = append(own, strings.FieldsFunc(domain, func(r rune) bool { return r == '.' || r == '-' })...)
	if left, taken := remainder(folded, append([]string{local}, own...), len(own)+1); taken > 0 && left < 6 {
		return fault.Field("password", "This password is made of your name or email address. Choose one that has nothing to do with them.")
	}
	// Up to two words of the list with digits and signs around them is what
	// programs try first.
	if left, _ := remainder(folded, strings.Fields(common), 2); left < 4 {
		return fault.Field("password", "This password is one of those that are guessed first. Choose another, such as three words that do not belong together.")
	}
	return nil
}

// remainder is how many letters of folded are left when up to limit of the words
// (of four characters or more) are taken out, and how many were.
func remainder(folded string, words []string, limit int) (letters, taken int) {
	for _, word := range words {
		if word = text.Fold(word); utf8.RuneCountInString(word) < 4 {
			continue
		}
		if taken < limit && strings.Contains(folded, word) {
			folded = strings.ReplaceAll(folded, word, "")
			taken++
		}
	}
	for _, r := range folded {
		if unicode.IsLetter(r) {
			letters++
		}
	}
	return letters, taken
}

func distinct(s string) int {
	seen := map[rune]bool{}
	for _, r := range s {
		seen[r] = true
	}
	return len(seen)
}
