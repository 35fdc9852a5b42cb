package webform

import (
	"cmp"
	"context"
	"embed"
	"errors"
	"io/fs"
	"log/slog"
	"regexp"
	"strings"
	"sync"
	"time"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/blob"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/live"
	"mercat.scot/mercat/platform/text"
)

// Kind is the kind of this network.
const Kind network.Kind = "webform"

// topic is what Wait watches: some citizen wrote.
const topic = "webform"

const (
	maxMessage = 10_000 // characters of one message, in and out
	maxTitle   = 120
	maxIntro   = 2_000
	// seenEvery is how often a connection says that it reads, and openFor how
	// long a form stays open after it last said so: a form that nobody reads
	// must not take what citizens write.
	seenEvery = 5 * time.Minute
	openFor   = 15 * time.Minute
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrations are this network's tables.
func Migrations() fs.FS { return migrations }

// Service is something that a citizen can choose to write about.
type Service struct {
	ID         int64
	Name       string
	Summary    string
	NeedsPlace bool
}

// Council is what the pages say about whom one writes to, and where the map
// begins.
type Council struct {
	Name           string
	Lat, Lon, Zoom float64
}

// Step is something that happened to what the citizen asked for.
type Step struct {
	At          time.Time
	Title, Text string
}

// Options are what the program gives to the network. DB, Hub, Blobs and Photos
// are needed.
type Options struct {
	DB      *db.DB
	Hub     *live.Hub
	Blobs   blob.Store
	Photos  *blob.Photos
	Now     func() time.Time // nil: the database's clock
	Log     *slog.Logger     // nil: slog.Default()
	BaseURL string           // "https://contact.council.example", without a slash at the end

	Services func(ctx context.Context) ([]Service, error) // those offered to the public; nil is none
	// Questions are what a service must know, in a language; Answers checks what a
	// citizen answered, by Question.Field. Nil asks nothing.
	Questions func(ctx context.Context, service int64, language string) ([]Question, error)
	Answers   func(ctx context.Context, service int64, given map[string][]string) (Checked, error)
	Council   func(ctx context.Context) (Council, error)
	Steps     func(ctx context.Context, conversation, language string) ([]Step, error) // by Outgoing.Conversation; nil is none
	MapStyle  func(context.Context) (string, error)                                    // address of the map's style, "" for no map; nil is none

	PollEvery time.Duration // how often Wait looks without being told; 0 is 30 s
}

// Network is the web form: the adapter and its public pages.
type Network struct {
	o      Options
	limits *limits

	mu      sync.Mutex
	streams map[int64]int // open live streams of each thread
}

// New makes the network.
func New(o Options) *Network {
	if o.Now == nil {
		o.Now = o.DB.Now
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Services == nil {
		o.Services = func(context.Context) ([]Service, error) { return nil, nil }
	}
	if o.Council == nil {
		o.Council = func(context.Context) (Council, error) { return Council{}, nil }
	}
	if o.Steps == nil {
		o.Steps = func(context.Context, string, string) ([]Step, error) { return nil, nil }
	}
	if o.PollEvery == 0 {
		o.PollEvery = 30 * time.Second
	}
	o.BaseURL = strings.TrimSuffix(o.BaseURL, "/")
	return &Network{o: o, limits: newLimits(), streams: map[int64]int{}}
}

// Describe implements network.Network.
func (n *Network) Describe() network.Description {
	direct := []network.Visibility{network.Direct}
	return network.Description{
		Kind:     Kind,
		Name:     "Web form",
		Summary:  "A contact and report form on Mercat’s own public pages, with a private page for each citizen.",
		Internal: true,
		Options: []network.Option{
			{Name: "slug", Label: "Address", Hint: "The end of the form’s address: contact makes /form/contact.", Required: true, Default: "contact"},
			{Name: "title", Label: "Title", Hint: "Leave empty for “Contact us or report a problem” in the citizen’s language."},
			{Name: "intro", Label: "Introduction", Hint: "A sentence or two under the title. Leave empty for the usual one."},
		},
		PollEvery: n.o.PollEvery,
		Compose: network.Compose{
			Limit:           maxMessage,
			Unit:            "characters",
			Count:           text.Graphemes,
			Split:           func(s string) []string { return text.Split(s, maxMessage, text.Graphemes) },
			Visibilities:    direct,
			ReplyVisibility: func(network.Visibility) []network.Visibility { return direct },
			Media: network.MediaLimits{
				Max:          10,
				ContentTypes: []string{"image/jpeg", "image/png", "image/webp", "application/pdf"},
				MaxBytes:     maxFile,
				AltLimit:     1000,
			},
			CanDelete:  true,
			DeleteSays: "Removes the message from the citizen’s page, which then says that it was removed. They may have read it already.",
		},
	}
}

var slugForm = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$`)

// Connect implements network.Network.
func (n *Network) Connect(a network.Account) (network.Connection, error) {
	var wrong fault.Fields
	f := form{account: a.ID, slug: cmp.Or(strings.TrimSpace(a.Options["slug"]), "contact")}
	if !slugForm.MatchString(f.slug) {
		wrong.Add("slug", "Enter the end of the form’s address: small letters, digits and hyphens, at most 40, such as contact.")
	}
	// An administrator sees at once what became of the words.
	f.title, _ = text.CleanLine(a.Options["title"], maxTitle)
	f.intro, _ = text.Clean(a.Options["intro"], maxIntro)
	if err := wrong.Err(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	return &connection{n: n, form: f, ctx: ctx, cancel: cancel}, nil
}

// Sweep removes the files of forms that were begun before a moment and never
// sent, and those of answers that were taken back. Choose a moment at least a
// day ago: somebody may still be at the form. It returns how many files it
// removed.
func (n *Network) Sweep(ctx context.Context, before time.Time) (int, error) {
	removed := 0
	for {
		var list []file
		err := n.o.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
			list, err = takeLooseFiles(ctx, tx, before)
			return err
		})
		if err != nil || len(list) == 0 {
			return removed, err
		}
		ids := make([]int64, 0, len(list))
		for _, f := range list {
			// The file goes before its row: should we stop here, the row leads to it again.
			if err := errors.Join(n.discard(ctx, f.key), n.discard(ctx, f.thumb)); err != nil {
				return removed, err
			}
			ids = append(ids, f.id)
		}
		if err := n.o.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error { return dropFiles(ctx, tx, ids) }); err != nil {
			return removed, err
		}
		removed += len(list)
	}
}

func (n *Network) discard(ctx context.Context, key blob.Key) error {
	if key == "" {
		return nil
	}
	return n.o.Blobs.Delete(ctx, key)
}
