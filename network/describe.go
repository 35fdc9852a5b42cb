package network

import "time"

// Description is what Mercat must know of a network to offer it.
type Description struct {
	Kind    Kind
	Name    string   // "Bluesky"
	Summary string   // one sentence for Settings
	Options []Option // what an administrator enters, in order
	// Internal networks (web form, practice) have no account elsewhere.
	Internal bool
	// Past networks are those of which only archives are read: their accounts
	// hold history, and can neither be connected nor answered.
	Past bool
	// PollEvery is how long to wait between two fetches without a Waiter.
	PollEvery time.Duration
	// Settle is how long a Send whose caller has died may still take effect, where
	// a repeat has to look for that: nobody repeats it sooner. 0 is for networks on
	// which the key alone keeps a repeat from a second effect.
	Settle  time.Duration
	Compose Compose
}

// Option is one field of the connection form.
type Option struct {
	Name     string // "handle"
	Label    string // "Handle"
	Hint     string
	Secret   bool // sealed at rest, never shown again
	Required bool
	Default  string
	Choices  []string // a fixed list, or nil
	Advanced bool     // under "More settings"
}

// Compose is what an answer on this network may be.
type Compose struct {
	// Limit is the most units of one post, 0 for none; Unit names them for
	// people: "characters".
	Limit int
	Unit  string
	// Count is the network's own length count of a text, in Unit. Never nil.
	Count func(text string) int
	// Split cuts a text into parts that each fit, at sentence or word ends.
	// It returns one part when the text fits. Never nil.
	Split func(text string) []string
	// Visibilities are those an answer may have, the usual one first.
	// ReplyVisibility narrows them by the post that is answered. Never nil.
	Visibilities    []Visibility
	ReplyVisibility func(to Visibility) []Visibility
	Subject         bool // posts have a subject
	Warning         bool // posts can hide behind a content warning, which counts as text
	Media           MediaLimits
	// WrittenDown is set on networks that send nothing: an answer is what an officer
	// says they told the person. It is the sentence that tells the officer so.
	WrittenDown string
	CanDelete   bool
	// DeleteSays tells the officer what taking back does here: "Deletes the post
	// from Bluesky. People may have seen or copied it."
	DeleteSays string
}

// MediaLimits are what may be attached to one post.
type MediaLimits struct {
	Max          int      // number of files
	ContentTypes []string // "image/jpeg", …
	MaxBytes     int64    // of each
	MaxPixels    int      // longer side, 0 for none; larger ones are scaled down
	AltRequired  bool
	AltLimit     int  // characters, 0 for none
	Focus        bool // pictures have a point that stays in sight when they are cropped
}
