package mastodon

import (
	"slices"
	"time"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/blob"
	"mercat.scot/mercat/platform/text"
)

// Kind is the kind of this network.
const Kind network.Kind = "mastodon"

// What a server has that says nothing of its limits: those of Mastodon.
const (
	usualCharacters = 500
	usualPerLink    = 23
	usualFiles      = 4
	usualImageBytes = 10 << 20
	usualPixels     = 16_777_216 // 4096 × 4096
	usualAlt        = 1500
)

// forMentions is how many characters of a post are kept free for naming whom it
// answers. Without being named, nobody is told of an answer.
const forMentions = 40

// New makes the network.
func New(o Options) network.Network {
	setDefault(&o.PollEvery, 30*time.Second)
	setDefault(&o.PageSize, 40)
	setDefault(&o.BatchPosts, 40)
	setDefault(&o.LookAgain, 30*time.Second)
	setDefault(&o.MediaPause, time.Second)
	return &mastodonNetwork{options: o, photos: blob.NewPhotos(1)}
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

type mastodonNetwork struct {
	options Options
	photos  *blob.Photos
}

// Connect implements network.Network.
func (n *mastodonNetwork) Connect(a network.Account) (network.Connection, error) {
	s, err := readSettings(a.Options)
	if err != nil {
		return nil, err
	}
	return newConnection(n, s, a), nil
}

// Describe implements network.Network.
func (n *mastodonNetwork) Describe() network.Description {
	return network.Description{
		Kind:      Kind,
		Name:      "Mastodon",
		Summary:   "Answer mentions, replies and private mentions of an account on Mastodon, GoToSocial, Pleroma or another server of the Fediverse.",
		Options:   formOptions(),
		PollEvery: n.options.PollEvery,
		Settle:    settle,
		Compose:   (limits{}).compose(),
	}
}

// compose is what an answer may be under these limits.
func (l limits) compose() network.Compose {
	l = l.orUsual()
	counter := l.counter()
	room := l.Characters
	if room > 5*forMentions {
		room -= forMentions
	}
	return network.Compose{
		Limit: room,
		Unit:  "characters",
		Count: counter.count,
		Split: func(s string) []string { return text.Split(s, room, counter.count) },

		Visibilities:    []network.Visibility{network.Public, network.Unlisted, network.Direct, network.Followers},
		ReplyVisibility: replyVisibility,
		Warning:         true,
		Media: network.MediaLimits{
			Max:          l.Files,
			ContentTypes: l.pictures(),
			MaxBytes:     20 << 20, // larger ones than the server takes are made smaller
			MaxPixels:    imageSides()[0],
			AltRequired:  true,
			Focus:        true,
			AltLimit:     l.Alt,
		},
		CanDelete:  true,
		DeleteSays: "Deletes the post from the account’s server, which asks all others to do so. People may have seen or copied it, and a server may not listen.",
	}
}

// replyVisibility is never wider than the post that is answered. To what was
// written for followers the usual answer is private: our followers are others.
func replyVisibility(to network.Visibility) []network.Visibility {
	switch to {
	case network.Public:
		return []network.Visibility{network.Public, network.Unlisted, network.Direct}
	case network.Unlisted:
		return []network.Visibility{network.Unlisted, network.Direct}
	case network.Followers:
		return []network.Visibility{network.Direct, network.Followers}
	}
	return []network.Visibility{network.Direct}
}

// wider reports whether more people can see a than b.
func wider(a, b network.Visibility) bool {
	order := []network.Visibility{network.Direct, network.Followers, network.Unlisted, network.Public}
	return slices.Index(order, a) > slices.Index(order, b)
}
