package practice

import (
	"log/slog"
	"regexp"
	"strings"
	"time"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/blob"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/live"
	"mercat.scot/mercat/platform/text"
	"mercat.scot/mercat/platform/web"
)

// Kind is the kind of this network.
const Kind network.Kind = "practice"

// topic is what the hub is told when anything here changes.
const topic = "practice"

// DefaultHandle is the handle of a council account unless its administrator
// chooses another.
const DefaultHandle = "council"

// Limits on one post.
const (
	MaxCharacters = 500 // as a reader counts them
	MaxPictures   = 4
	MaxPicture    = 10 << 20 // bytes of one file
	MaxAlt        = 1500     // characters
)

// Options are what the program gives to the network. DB, Hub, Blobs, Photos and
// Now are needed.
type Options struct {
	DB     *db.DB
	Hub    *live.Hub
	Blobs  blob.Store
	Photos *blob.Photos
	Now    func() time.Time
	Log    *slog.Logger

	// Writers may post, and make the network fail. Others who are let in look on.
	Writers web.Access

	PollEvery time.Duration // how often Wait looks by itself; 15 s
	Batch     int           // events of one Fetch; 200
}

// Practice is the network: the adapter, what citizens do, and the page.
type Practice struct {
	options Options
}

var _ network.Network = (*Practice)(nil)

// New makes the network.
func New(o Options) *Practice {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.PollEvery <= 0 {
		o.PollEvery = 15 * time.Second
	}
	if o.Batch <= 0 {
		o.Batch = 200
	}
	return &Practice{options: o}
}

// Describe implements network.Network.
func (p *Practice) Describe() network.Description {
	return network.Description{
		Kind:    Kind,
		Name:    "Practice",
		Summary: "A small network inside Mercat, for trying things out and for learning. Nothing on it reaches the public.",
		Options: []network.Option{
			{Name: "handle", Label: "Handle", Hint: "What citizens on the practice network type to reach this account, such as council.", Default: DefaultHandle},
			{Name: "name", Label: "Author’s name", Hint: "What they see as the author of your answers, such as Mercat Council.", Default: defaultName},
		},
		Internal:  true,
		PollEvery: p.options.PollEvery,
		Compose: network.Compose{
			Limit:           MaxCharacters,
			Unit:            "characters",
			Count:           text.Graphemes,
			Split:           func(s string) []string { return text.Split(s, MaxCharacters, text.Graphemes) },
			Visibilities:    []network.Visibility{network.Public, network.Unlisted, network.Followers, network.Direct},
			ReplyVisibility: replyVisibility,
			Media: network.MediaLimits{
				Max:          MaxPictures,
				ContentTypes: []string{"image/jpeg", "image/png", "image/gif", "image/webp"},
				MaxBytes:     MaxPicture,
				AltRequired:  true,
				AltLimit:     MaxAlt,
			},
			CanDelete:  true,
			DeleteSays: "Deletes the post from the practice network. Whoever has read it has read it.",
		},
	}
}

// replyVisibility is what an answer to a post may be: never seen by more people
// than the post.
func replyVisibility(to network.Visibility) []network.Visibility {
	switch to {
	case network.Direct:
		return []network.Visibility{network.Direct}
	case network.Followers:
		return []network.Visibility{network.Followers, network.Direct}
	case network.Unlisted:
		return []network.Visibility{network.Unlisted, network.Followers, network.Direct}
	default:
		return []network.Visibility{network.Public, network.Unlisted, network.Followers, network.Direct}
	}
}

const (
	defaultName    = "The council"
	maxNameLetters = 60
)

var handleForm = regexp.MustCompile(`^[a-z0-9]([a-z0-9._-]{0,28}[a-z0-9])?$`)

// Connect implements network.Network. Two accounts with one handle are two ways
// into the same account on the network.
func (p *Practice) Connect(a network.Account) (network.Connection, error) {
	var wrong fault.Fields
	handle := strings.ToLower(strings.TrimPrefix(strings.TrimSpace(a.Options["handle"]), "@"))
	if handle == "" {
		handle = DefaultHandle
	}
	if !handleForm.MatchString(handle) {
		wrong.Add("handle", "Enter a handle of at most 30 small letters, digits, dots or dashes, such as council.")
	}
	name, _ := text.CleanLine(a.Options["name"], maxNameLetters) // the administrator sees at once what became of it
	if name == "" {
		name = defaultName
	}
	if err := wrong.Err(); err != nil {
		return nil, err
	}
	return newConnection(p, account{handle: handle, name: name}), nil
}

// account is a council account on the network.
type account struct{ handle, name string }

func (a account) identity() network.Identity {
	return network.Identity{ID: "council-" + a.handle, Handle: "@" + a.handle, Name: a.name}
}
