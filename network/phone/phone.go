package phone

import (
	"cmp"
	"context"
	"embed"
	"io/fs"
	"time"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/live"
	"mercat.scot/mercat/platform/text"
)

// Kind is the kind of this network.
const Kind network.Kind = "phone"

// topic is what Wait watches: somebody wrote a contact down.
const topic = "phone"

//go:embed migrations/*.sql
var migrations embed.FS

// Migrations are this network's tables.
func Migrations() fs.FS { return migrations }

// Options are what the program gives to the network. DB and Hub are needed.
type Options struct {
	DB        *db.DB
	Hub       *live.Hub
	PollEvery time.Duration // how often Wait looks without being told; 0 is 30 s
}

// Network is the adapter, and the writing down.
type Network struct{ o Options }

// New makes the network.
func New(o Options) *Network {
	if o.PollEvery == 0 {
		o.PollEvery = 30 * time.Second
	}
	return &Network{o: o}
}

// WrittenDown is what an officer is told who answers here.
const WrittenDown = "Written down, not sent. Ring, write to or speak with the person yourself, then write here what you told them."

// Describe implements network.Network.
func (n *Network) Describe() network.Description {
	direct := []network.Visibility{network.Direct}
	return network.Description{
		Kind:      Kind,
		Name:      "Phone and counter",
		Summary:   "Phone calls, counter visits and letters that officers write down. Nothing is sent through it.",
		Internal:  true,
		Options:   []network.Option{{Name: "name", Label: "Called", Hint: "Leave empty for “Phone and counter”.", Default: "Phone and counter"}},
		PollEvery: n.o.PollEvery,
		Compose: network.Compose{
			Limit:           maxWords,
			Unit:            "characters",
			Count:           text.Graphemes,
			Split:           func(s string) []string { return text.Split(s, maxWords, text.Graphemes) },
			Visibilities:    direct,
			ReplyVisibility: func(network.Visibility) []network.Visibility { return direct },
			WrittenDown:     WrittenDown,
			DeleteSays:      "What was written down stays: the person has heard it. Write a note beside it when it is wrong.",
		},
	}
}

// Connect implements network.Network.
func (n *Network) Connect(a network.Account) (network.Connection, error) {
	name, _ := text.CleanLine(a.Options["name"], maxName)
	if name == "" {
		name = "Phone and counter"
	}
	return newConnection(n, a.ID, name), nil
}

// Prepare makes what was typed fit to be kept, and gives it its identity, so
// that its posts can be read before the transaction in which LogTx keeps it.
//
// Errors: fault.Fields (words, told, at, lasted, channel, outcome);
// fault.NotFound when what it goes on with is not there.
func (n *Network) Prepare(ctx context.Context, c Contact) (Contact, error) {
	c, err := c.clean(n.o.DB.Now())
	if err != nil {
		return Contact{}, err
	}
	c.ID = n.o.DB.NewID()
	c.thread, c.replyTo = c.ID, 0
	if c.After == "" {
		return c, nil
	}
	err = n.o.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		earlier, found, err := readContact(ctx, tx, idOf(c.After))
		if err != nil || !found {
			return cmp.Or(err, errNoEarlier)
		}
		c.thread, c.replyTo = earlier.thread, earlier.ID
		return nil
	})
	return c, err
}

// LogTx keeps a contact that was prepared. A form that comes again gives the
// contact of the first time: again is true, and nothing was kept.
//
// Errors: fault.Conflict when the form came before with other words: nothing is
// lost, and with another key it is a contact of its own.
func (n *Network) LogTx(ctx context.Context, tx *db.Tx, c Contact) (kept Contact, again bool, err error) {
	before, found, err := contactByForm(ctx, tx, c.Key)
	if err != nil {
		return Contact{}, false, err
	}
	if found {
		if before.digest != c.digest {
			return Contact{}, false, errUsed
		}
		return before, true, nil
	}
	c.LoggedAt = tx.Now
	if err := insertContact(ctx, tx, &c); err != nil {
		return Contact{}, false, err
	}
	return c, false, n.o.Hub.Announce(ctx, tx, topic)
}

var errNoEarlier error = fault.New(fault.NotFound, "The contact that this goes on with is no longer there. Write it down as one of its own.")

// Logged reports whether a form with this key was kept.
func (n *Network) Logged(ctx context.Context, key string) (found bool, err error) {
	err = n.o.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		_, found, err = contactByForm(ctx, tx, key)
		return err
	})
	return found, err
}

// Used is the sentence of LogTx about a form that comes a second time, with other
// words. It needs another key.
const Used = "What this form held before is written down already. What it holds now is not kept yet: send it once more to write it down as a contact of its own."

var errUsed = fault.New(fault.Conflict, Used)

// ContactsTx returns what is known of those refs that are contacts of this
// network, by ref.
func (n *Network) ContactsTx(ctx context.Context, tx *db.Tx, refs []network.Ref) (map[network.Ref]Contact, error) {
	var ids []int64
	for _, ref := range refs {
		if id := idOf(ref); id != 0 {
			ids = append(ids, id)
		}
	}
	list, err := contactsByID(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	found := make(map[network.Ref]Contact, len(list))
	for _, c := range list {
		found[c.Ref()] = c
	}
	return found, nil
}
