package network

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"time"
)

// Kind names a network: "bluesky", "email", "webform", "practice", …
type Kind string

// Visibility is who can see a post.
type Visibility string

const (
	Public    Visibility = "public"    // anybody, and in public lists
	Unlisted  Visibility = "unlisted"  // anybody who has the address; not in public lists
	Followers Visibility = "followers" // the author's followers
	Direct    Visibility = "direct"    // only those addressed
)

// Ref is a post's identity on its network: opaque, stable, unique within one
// account. An AT URI, a Message-ID without angle brackets, a status id.
type Ref string

// Cursor is an adapter's own note of how far it has read. Opaque to others; ""
// means "from the beginning", which an adapter may bound (for example, the last
// 30 days).
type Cursor string

// Network is one kind of network.
type Network interface {
	// Describe is what Settings shows and what the composer obeys. It does no I/O.
	Describe() Description
	// Connect makes a connection for an account from what an administrator
	// entered. It checks the form only (fault.Fields) and does no I/O.
	Connect(Account) (Connection, error)
}

// Authorizer is a network on whose server an administrator can sign in and let
// Mercat in (OAuth 2), in place of copying a secret.
type Authorizer interface {
	// Authorize begins: from what was entered, secrets excepted, it makes the
	// address at which the administrator's browser signs in. From there it comes
	// back to redirect, with parameters of the server's. An error is fault.Fields
	// about the form, or an *Error.
	Authorize(ctx context.Context, options map[string]string, redirect string) (Authorization, error)
	// Finish makes of what the browser came back with the options that were
	// lacking. An error is an *Error; nothing was changed then.
	Finish(ctx context.Context, pending []byte, back url.Values) (options map[string]string, err error)
}

// Authorization is a sign-in that has begun.
type Authorization struct {
	URL  string // where the browser goes
	Host string // its server, for people
	// Pending is what Finish must know. It holds secrets: it is kept sealed, for
	// the one browser that began, and for minutes.
	Pending []byte
}

// Account is what is known of one connected account.
type Account struct {
	ID      int64             // Mercat's id of the account
	Self    Identity          // filled by Check; empty before the first one
	Options map[string]string // what the administrator entered, secrets unsealed; keys are Option.Name
	// Session is the adapter's own changing state, such as rotated tokens; kept
	// sealed. It may be empty. SaveSession stores a new one durably; it is called
	// before the new state is relied upon. Nil means "do not keep".
	Session     []byte
	SaveSession func(ctx context.Context, session []byte) error
}

// Identity is an author on a network.
type Identity struct {
	ID        string // stable id (DID, address in lower case, account id); never empty
	Handle    string // what people type: "@ann.bsky.social", "ann@example.org"
	Name      string // display name, may be empty
	Profile   string // https address of the profile, may be empty
	AvatarURL string // may be empty; shown only through Mercat's own proxy, if at all
}

// Connection is one account on one network. All methods are safe for
// concurrent use and obey their context's deadline.
type Connection interface {
	// Check tests the connection from end to end (address, certificate, sign-in,
	// reading, sending rights) without any effect that the public could see.
	Check(ctx context.Context) (Identity, error)
	// Fetch returns what came after cursor, oldest first, at most a few hundred
	// events. Batch.More says that another Fetch now would find more.
	Fetch(ctx context.Context, cursor Cursor) (Batch, error)
	// Send sends one post. See Outgoing.Key.
	Send(ctx context.Context, out Outgoing) (Sent, error)
	// Close ends what the connection holds (streams, sockets) and waits for it.
	Close() error
}

// Waiter is a connection that is told when there is something to fetch.
type Waiter interface {
	// Wait blocks until Fetch would probably find something, or until ctx ends,
	// and returns nil. What can only be learned from the stream it hands to
	// deliver, which must be called from one goroutine at a time; such a batch
	// has an empty Cursor. An error means: fall back to polling for a while.
	Wait(ctx context.Context, cursor Cursor, deliver func(context.Context, Batch) error) error
}

// Webhook is a connection that the network calls.
type Webhook interface {
	// Accept checks a request's signature and returns the events in it. The
	// caller answers with success only after they are stored.
	Accept(r *http.Request, body []byte) (Batch, error)
}

// Deleter is a connection that can take a sent post back.
type Deleter interface {
	// Delete removes our own post. It is idempotent: one that is gone already is
	// a success.
	Delete(ctx context.Context, ref Ref) error
}

// Threader is a connection that can show what stands around a post in public.
type Threader interface {
	// Thread returns the posts of the thread around ref, oldest first, at most
	// limit of them, ref itself among them when it still exists.
	Thread(ctx context.Context, ref Ref, limit int) ([]Post, error)
}

// Composer is a connection whose account has rules of its own, such as a server
// that allows longer posts than others of its network.
type Composer interface {
	// Compose is what an answer may be, as far as is known now. It does no I/O.
	Compose() Compose
}

// Opener is a connection whose media need its credentials to be read.
type Opener interface {
	// OpenMedia opens media that a Post named by URL. Size is -1 when unknown.
	OpenMedia(ctx context.Context, url string) (body io.ReadCloser, size int64, err error)
}

// Batch is what one Fetch found.
type Batch struct {
	Events []Event
	Cursor Cursor // to be stored together with the events
	More   bool
}

// Event is one thing that happened on a network. Exactly one field is set.
type Event struct {
	Post    *Post    // a post is new, or was edited (same Ref, later EditedAt)
	Deleted *Deleted // a post was deleted by its author or by the network
	Receipt *Receipt // something became of a post that we sent
}

// Deleted says that a post is gone.
type Deleted struct {
	Ref Ref
	At  time.Time
}

// Receipt says what became of something that we sent: a bounce, for example.
type Receipt struct {
	Of       Ref    // our post
	Failed   bool   // it did not arrive and will not
	Sentence string // for people: "The mailbox of ann@example.org is full."
	At       time.Time
}

// Post is something that somebody said. Text is plain text as people read it;
// HTML, when the network has it, is untrusted and not yet sanitised.
type Post struct {
	Ref        Ref
	ReplyTo    Ref   // what it answers, "" when it begins a thread
	Thread     Ref   // the thread's first post; equal to Ref when it begins one
	References []Ref // other posts that it belongs to, nearest first (mail's References; a quoted post)
	Quotes     Ref   // the post that it quotes, if any
	// Conversation is set when the post itself names one of our conversations
	// (a plus-address, a tracking page). It is the token that Outgoing carried.
	Conversation string

	Author     Identity
	Visibility Visibility
	Subject    string // mail's subject, a form's title; may be empty
	Text       string
	HTML       string
	Warning    string // content warning (Mastodon's spoiler_text)
	Language   string // BCP 47 as the author declared it, may be empty
	Mentions   []Identity
	Tags       []string // without #
	Media      []Media
	Place      *Place
	URL        string // https address at which people can read it, may be empty
	At         time.Time
	EditedAt   time.Time // zero when never edited

	FromUs bool // our own account wrote it (in another program); shown, never answered
	// With is whom a post of ours was for, when it may begin something: a call that
	// we made. Without it, what we say outside of a conversation is nobody's.
	With *Identity
	// Automatic is a message that no person wrote (auto-reply, bounce, list,
	// newsletter). It is kept and shown and never answered automatically.
	Automatic string // "", or why: "auto-reply", "bounce", "list", "bulk"
	// Contact is how else the author can be reached, when they said so.
	Contact Contact
	// Fields are answers to the questions of a form, in order.
	Fields []Field
	// Notices tell the officer what could not be read as it was sent.
	Notices []Notice
	// Raw is the original as received, at most MaxRaw bytes, kept when Notices
	// is not empty or when the network's own form matters (mail).
	Raw []byte
}

// Notice is a remark to the officer about a post that came in damaged or
// hostile: "An attachment of 300 MB was left out."
type Notice struct {
	Code     string // stable, for tests and counting: "attachment_too_large"
	Sentence string
}

// Contact is how a person asked to be reached.
type Contact struct {
	Name, Email, Phone string
}

// Field is one question of a form with its answer.
type Field struct {
	Code, Question, Answer string
}

// Place is where a post says it is about.
type Place struct {
	Lat, Lon float64 // WGS 84 degrees
	Accuracy float64 // metres, 0 when unknown
	Label    string  // as the author wrote it
	// Given is true when the author gave the position on purpose (map, consent),
	// as opposed to having been found in a photo or in the text.
	Given bool
}

// Media is a file of a post. Either URL (fetch it later, through the guard or
// the connection's Opener) or Data is set.
type Media struct {
	URL         string
	Data        []byte
	Filename    string
	ContentType string // as declared; never trusted
	Alt         string
	FocusX      float64 // -1 to 1; 0,0 is the middle
	FocusY      float64
	Size        int64 // bytes as declared, 0 when unknown
}

// Outgoing is one post to be sent. A long answer is split before (Split), and
// each part is an Outgoing of its own whose ReplyTo is the part before it.
type Outgoing struct {
	// Key identifies this post for ever: 1 to 64 characters [a-z0-9]. Sending
	// the same Key twice has no second effect.
	Key string
	// First is true when this key is known never to have been tried before; an
	// adapter may then leave out the check for an earlier success.
	First        bool
	At           time.Time // when the officer sent it; deterministic, unlike the clock
	To           Identity  // whom it answers
	ReplyTo      Ref       // may be empty for a new thread
	Thread       Ref
	References   []Ref // ancestors, oldest first (mail)
	Conversation string
	Visibility   Visibility
	Subject      string
	Text         string // plain text; links, mentions and tags are found by the adapter
	Language     string
	Warning      string
	Media        []Attachment
}

// Attachment is a file to be sent. Open may be called more than once.
type Attachment struct {
	Open          func(ctx context.Context) (io.ReadCloser, error)
	ContentType   string
	Filename      string
	Size          int64
	Alt           string
	Width, Height int
	// FocusX and FocusY are what must stay in sight when the picture is cropped:
	// -1 to 1, 0,0 is the middle.
	FocusX, FocusY float64
}

// Sent is what the network made of an Outgoing.
type Sent struct {
	Ref    Ref
	Thread Ref
	URL    string
}
