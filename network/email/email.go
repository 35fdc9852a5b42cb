package email

import (
	"context"
	"crypto/tls"
	"net"
	"time"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/text"
)

// Kind is the kind of this network.
const Kind network.Kind = "email"

// Options are what the program gives to the network. Dial and Now are needed;
// the rest have defaults.
type Options struct {
	// Dial makes every connection. The program passes a dialler that refuses
	// addresses which an administrator must not reach.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	Now  func() time.Time
	// TLS is cloned for each connection; the name of the server and a floor of
	// TLS 1.2 are set. Nil means the system's authorities.
	TLS *tls.Config

	DialTimeout    time.Duration // for connection, TLS and greeting; 20 s
	CommandTimeout time.Duration // for each command; 60 s
	BodyTimeout    time.Duration // for reading or sending one message; 5 min
	IdleFor        time.Duration // longest Wait, so that a dead line is noticed; 9 min
	PollEvery      time.Duration // how often Wait asks a server without IDLE; 60 s
	Settle         time.Duration // how long a repeat waits for the witness of the first attempt; 10 s

	// BatchMessages and BatchBytes bound one Fetch; a single larger message is
	// still fetched. WholeBytes is the size above which a message is read part
	// by part. 100, 24 MiB, 36 MiB.
	BatchMessages int
	BatchBytes    int64
	WholeBytes    int64
}

// New makes the network.
func New(o Options) network.Network {
	setDefault(&o.DialTimeout, 20*time.Second)
	setDefault(&o.CommandTimeout, time.Minute)
	setDefault(&o.BodyTimeout, 5*time.Minute)
	setDefault(&o.IdleFor, 9*time.Minute)
	setDefault(&o.PollEvery, time.Minute)
	setDefault(&o.Settle, 10*time.Second)
	setDefault(&o.BatchMessages, 100)
	setDefault(&o.BatchBytes, 24<<20)
	setDefault(&o.WholeBytes, 36<<20)
	return &mailNetwork{options: o}
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

type mailNetwork struct{ options Options }

// Connect implements network.Network.
func (n *mailNetwork) Connect(a network.Account) (network.Connection, error) {
	s, err := readSettings(a.Options)
	if err != nil {
		return nil, err
	}
	return newConnection(n.options, s), nil
}

// Describe implements network.Network.
func (n *mailNetwork) Describe() network.Description {
	direct := []network.Visibility{network.Direct}
	return network.Description{
		Kind:      Kind,
		Name:      "Email",
		Summary:   "Read a mailbox by IMAP and answer from its address.",
		Options:   formOptions(),
		PollEvery: n.options.PollEvery,
		Settle:    settle,
		Compose: network.Compose{
			Unit:            "characters",
			Count:           text.Graphemes,
			Split:           func(s string) []string { return []string{s} },
			Visibilities:    direct,
			ReplyVisibility: func(network.Visibility) []network.Visibility { return direct },
			Subject:         true,
			Media: network.MediaLimits{
				Max: 10,
				ContentTypes: []string{
					"image/jpeg", "image/png", "image/gif", "image/webp", "application/pdf",
					"text/plain", "text/csv",
					"application/vnd.openxmlformats-officedocument.wordprocessingml.document",
					"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
					"application/vnd.oasis.opendocument.text",
				},
				MaxBytes: 10 << 20,
				AltLimit: 1000,
			},
			DeleteSays: "An email cannot be taken back: it is in the other person’s mailbox. Send a correction instead.",
		},
	}
}
