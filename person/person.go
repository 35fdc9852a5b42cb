package person

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/text"
	"mercat.scot/mercat/record"
)

// Person is a member of the public.
type Person struct {
	ID        int64
	Name      string // the best name known; never empty
	CreatedAt time.Time
	Version   int64
}

// Subject is the person as a thing that something happens to.
func (p Person) Subject() record.Subject { return record.Subject{Kind: "person", ID: p.ID} }

// Handle is an identity on a network, and whose it is.
type Handle struct {
	ID       int64
	PersonID int64
	Network  network.Kind
	Identity network.Identity
	FirstAt  time.Time
}

const (
	maxKey     = 512 // bytes
	maxName    = 200 // runes
	maxHandle  = 320 // runes; the longest email address is 320
	maxAddress = 2000
	maxReason  = 500
)

// key is the form of an identity's id under which it is kept: the id itself
// when it is short and clean, a digest of it otherwise, so that two ids are
// never taken for one.
func key(id string) string {
	if clean, _ := text.CleanLine(id, maxKey); clean == id && len(id) <= maxKey && !strings.HasPrefix(id, digest) {
		return id
	}
	sum := sha256.Sum256([]byte(id))
	return digest + hex.EncodeToString(sum[:])
}

const digest = "sha256:"

// clean makes what a network says of an author fit to be kept.
func clean(who network.Identity) network.Identity {
	c := network.Identity{ID: key(who.ID)}
	c.Handle, _ = text.CleanLine(who.Handle, maxHandle)
	c.Name, _ = text.CleanLine(who.Name, maxName)
	c.Profile, c.AvatarURL = address(who.Profile), address(who.AvatarURL)
	return c
}

// address returns s when it is an https address that fits, "" otherwise.
func address(s string) string {
	c, changed := text.CleanLine(s, maxAddress)
	if changed || c != s || !strings.HasPrefix(c, "https://") {
		return ""
	}
	return c
}

// called is what an identity's owner is called: the name, else the handle, else
// the id. It is never empty.
func called(who network.Identity) string {
	switch {
	case who.Name != "":
		return who.Name
	case who.Handle != "":
		return who.Handle
	}
	name, _ := text.CleanLine(who.ID, maxName)
	if name == "" {
		return "Unknown"
	}
	return name
}

// refresh puts what a network says now in place of what it said, and reports
// what became different, by field. What it leaves out is kept: not every
// message carries everything.
func (h *Handle) refresh(now network.Identity) []string {
	var fields []string
	set := func(field string, to *string, value string) {
		if value != "" && *to != value {
			*to = value
			fields = append(fields, field)
		}
	}
	set("name", &h.Identity.Name, now.Name)
	set("handle", &h.Identity.Handle, now.Handle)
	set("profile", &h.Identity.Profile, now.Profile)
	set("avatar", &h.Identity.AvatarURL, now.AvatarURL)
	return fields
}

// word is a folded text by whose beginning a handle is found.
type word struct {
	folded string
	handle int64
}

const (
	maxWord  = 64 // runes
	maxWords = 6  // of one name
	// lastRune sorts behind all that text.Clean lets through.
	lastRune = "\U0010FFFF"
)

// begins is the folded form of what a person types to find somebody.
func begins(typed string) string {
	line, _ := text.CleanLine(text.Fold(strings.TrimLeft(strings.TrimSpace(typed), "@")), maxWord)
	return line
}

// words are what a handle is found by.
func (h Handle) words() []word {
	var list []word
	seen := map[string]bool{}
	add := func(s string) {
		if s = begins(s); s != "" && !seen[s] {
			seen[s] = true
			list = append(list, word{s, h.ID})
		}
	}
	name := h.Identity.Name
	for range maxWords {
		add(name)
		_, rest, more := strings.Cut(name, " ")
		if !more {
			break
		}
		name = rest
	}
	add(h.Identity.Handle)
	if len(list) == 0 {
		add(h.Identity.ID)
	}
	return list
}

// Join is an officer's decision that two persons are one.
type Join struct {
	ID        int64
	From      int64   // the person who has no handles any more
	FromName  string  // as it was
	Into      int64   // the person who has them now
	Handles   []int64 // which were moved
	Reason    string
	OfficerID int64
	Officer   string
	At        time.Time
	UndoneAt  time.Time // zero while it holds
}

// Holds reports whether the join has not been undone.
func (j Join) Holds() bool { return j.UndoneAt.IsZero() }
