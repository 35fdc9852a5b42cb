package staff

import (
	"context"
	"crypto/rand"
	"slices"
	"strings"
	"time"

	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/secret"
	"mercat.scot/mercat/record"
)

// Scope is one thing that a key may do, "what:how" as OAuth 2 writes scopes
// (RFC 6749, section 3.3).
type Scope string

const (
	ReadCases         Scope = "cases:read"
	WriteCases        Scope = "cases:write"
	ReadConversations Scope = "conversations:read"
	ReadPeople        Scope = "people:read"
	ReadContacts      Scope = "contacts:read"
	WriteContacts     Scope = "contacts:write"
	ReadServices      Scope = "services:read"
	WriteOpen311      Scope = "open311:write"
)

// Scopes are all scopes, in the order in which they are offered.
func Scopes() []Scope {
	return []Scope{ReadCases, WriteCases, ReadConversations, ReadPeople, ReadContacts, WriteContacts, ReadServices, WriteOpen311}
}

// Explains says in a line what a scope allows.
func (s Scope) Explains() string {
	switch s {
	case ReadCases:
		return "Read cases, their steps and photos."
	case WriteCases:
		return "Make cases, from conversations as well, move them on, and write notes on them."
	case ReadConversations:
		return "Read conversations and what was said in them, private messages included."
	case ReadPeople:
		return "Read who wrote to you: names and handles."
	case ReadContacts:
		return "Read when and on which channel each person was in touch."
	case WriteContacts:
		return "Write phone calls, visits and letters down."
	case ReadServices:
		return "Read the list of services and teams."
	case WriteOpen311:
		return "Send in service requests by Open311."
	}
	return ""
}

// Key lets a program do some things without a person who signs in. Only who has
// the token can use it, and the token is kept nowhere.
type Key struct {
	ID        int64
	Name      string // what it is for: "Lagan CRM"
	Prefix    string // how its token begins, to know it by
	Scopes    []Scope
	PerMinute int // requests a minute; as many may come at once after a pause
	CreatedAt time.Time
	CreatedBy int64
	ExpiresAt time.Time // zero for never
	UsedAt    time.Time // to within keyTouchEvery; zero for never
	RevokedAt time.Time // zero while it is good
}

const (
	maxKeyName     = 80
	maxKeys        = 200 // that are good; it bounds what a node remembers of rates
	maxPerMinute   = 60_000
	usualPerMinute = 600
	keyTouchEvery  = time.Hour
	keyMark        = "mk_"
	keyPrefixSize  = 8
)

// Subject is the key as a thing that something happens to.
func (k Key) Subject() record.Subject { return record.Subject{Kind: "key", ID: k.ID} }

// Actor is the key as the record names it: a program that is not Mercat.
func (k Key) Actor() record.Actor {
	return record.Actor{Kind: record.Program, ID: k.ID, Name: k.Name}
}

// Officer is the key in the place of an officer, for use cases that ask who does
// something. It has no id, and the record names the key.
func (k Key) Officer() Officer { return Officer{Name: k.Name, FirstName: k.Name, key: k.ID} }

// May reports whether the key may do what a scope allows.
func (k Key) May(s Scope) bool { return slices.Contains(k.Scopes, s) }

// Good reports whether the key can be used.
func (k Key) Good(now time.Time) bool {
	return k.RevokedAt.IsZero() && (k.ExpiresAt.IsZero() || now.Before(k.ExpiresAt))
}

func (k Key) stale(now time.Time) bool { return now.Sub(k.UsedAt) >= keyTouchEvery }

func (k Key) facts() facts {
	f := facts{"name": k.Name, "prefix": k.Prefix, "scopes": k.Scopes, "per_minute": k.PerMinute}
	if !k.ExpiresAt.IsZero() {
		f["expires_at"] = k.ExpiresAt
	}
	return f
}

// clean makes a key as entered fit to be kept, or says what is wrong.
func (k Key) clean(now time.Time) (Key, error) {
	var wrong fault.Fields
	if k.Name = line(&wrong, "name", k.Name, maxKeyName); k.Name == "" {
		wrong.Add("name", "Say what the key is for, such as the name of the program that will use it.")
	}
	if len(k.Scopes) == 0 {
		wrong.Add("scopes", "Choose what the key may do.")
	}
	for _, s := range k.Scopes {
		if !slices.Contains(Scopes(), s) {
			wrong.Add("scopes", "Choose from the list what the key may do.")
			break
		}
	}
	k.Scopes = slices.DeleteFunc(Scopes(), func(s Scope) bool { return !slices.Contains(k.Scopes, s) })
	if k.PerMinute == 0 {
		k.PerMinute = usualPerMinute
	}
	if k.PerMinute < 1 || k.PerMinute > maxPerMinute {
		wrong.Add("per_minute", "Enter a number from 1 to 60000.")
	}
	if !k.ExpiresAt.IsZero() && !k.ExpiresAt.After(now) {
		wrong.Add("expires", "This day has passed already. Choose a later one, or leave it empty.")
	}
	return k, wrong.Err()
}

// newToken draws a token and its prefix. What follows the prefix has 256 random
// bits, so that a plain SHA-256 of the whole is enough to keep: there is nothing
// to guess, hence nothing for a slow hash or a salt to protect, and every
// request can be checked by one look into an index.
func newToken() (token, prefix string) {
	prefix = keyMark + strings.ToLower(rand.Text()[:keyPrefixSize])
	return prefix + "_" + secret.Token(32), prefix
}

func looksLikeToken(token string) bool {
	return strings.HasPrefix(token, keyMark) && len(token) >= 40 && len(token) <= 100
}

type keyKey struct{}

// WithKey is for what runs behind a request that a key was found good for.
func WithKey(ctx context.Context, k Key) context.Context { return context.WithValue(ctx, keyKey{}, k) }

// KeyOf returns the key by which a request came in, if any.
func KeyOf(ctx context.Context) (Key, bool) {
	k, ok := ctx.Value(keyKey{}).(Key)
	return k, ok
}
