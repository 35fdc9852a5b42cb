package bluesky

import (
	"time"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/blob"
	"mercat.scot/mercat/platform/text"
)

// Kind is the kind of this network.
const Kind network.Kind = "bluesky"

const (
	maxGraphemes = 300  // of a post's text
	maxBytes     = 3000 // of the same in UTF-8
	maxImages    = 4
)

// New makes the network.
func New(o Options) network.Network {
	setDefault(&o.Directory, "https://plc.directory")
	setDefault(&o.PollEvery, 15*time.Second)
	setDefault(&o.PageSize, 100)
	setDefault(&o.BatchPosts, 100)
	setDefault(&o.Followed, 200)
	return &bskyNetwork{options: o, photos: blob.NewPhotos(1)}
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

type bskyNetwork struct {
	options Options
	photos  *blob.Photos
}

// Connect implements network.Network.
func (n *bskyNetwork) Connect(a network.Account) (network.Connection, error) {
	s, err := readSettings(a.Options)
	if err != nil {
		return nil, err
	}
	return newConnection(n, s, a), nil
}

// count is the length of a text as the network limits it. There are two limits,
// 300 graphemes and 3,000 bytes; the second only matters to texts whose signs
// take more than ten bytes each, such as rows of flags. Counting such a sign as
// more than one keeps both with one number.
func count(s string) int { return max(text.Graphemes(s), (len(s)+9)/10) }

// Describe implements network.Network.
func (n *bskyNetwork) Describe() network.Description {
	public := []network.Visibility{network.Public}
	return network.Description{
		Kind:      Kind,
		Name:      "Bluesky",
		Summary:   "Answer mentions, replies and quotes of an account on Bluesky.",
		Options:   formOptions(),
		PollEvery: n.options.PollEvery,
		Compose: network.Compose{
			Limit: maxGraphemes,
			Unit:  "characters",
			Count: count,
			Split: func(s string) []string { return text.Split(s, maxGraphemes, count) },

			Visibilities: public,
			ReplyVisibility: func(to network.Visibility) []network.Visibility {
				if to == network.Direct {
					return nil // there are no direct posts here to answer
				}
				return public
			},
			Media: network.MediaLimits{
				Max:          maxImages,
				ContentTypes: []string{"image/jpeg", "image/png", "image/webp"},
				MaxBytes:     20 << 20,
				MaxPixels:    imageSides()[0],
				AltRequired:  true,
				AltLimit:     2000,
			},
			CanDelete:  true,
			DeleteSays: "Deletes the post from Bluesky. People may have seen, copied or quoted it.",
		},
	}
}
