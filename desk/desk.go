package desk

import (
	"context"
	"embed"
	"io/fs"
	"log/slog"
	"sync"
	"time"

	"github.com/a-h/templ"

	"mercat.scot/mercat/directory"
	"mercat.scot/mercat/network"
	"mercat.scot/mercat/person"
	"mercat.scot/mercat/platform/blob"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/jobs"
	"mercat.scot/mercat/platform/live"
	"mercat.scot/mercat/platform/secret"
	"mercat.scot/mercat/record"
	"mercat.scot/mercat/staff"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrations are this room's tables.
func Migrations() fs.FS { return migrations }

// Triage reads a batch of texts, before the transaction. It may use a snapshot
// of the directory and must not change anything. It returns one Reading per
// text.
type Triage func(ctx context.Context, texts []string) ([]Reading, error)

// Options are what desk stands on. All are needed but those with a default.
type Options struct {
	DB        *db.DB
	Queue     *jobs.Queue
	Hub       *live.Hub
	Blobs     blob.Store
	Photos    *blob.Photos
	Box       *secret.Box
	Networks  []network.Network
	Staff     *staff.Service
	Directory *directory.Directory
	People    *person.People
	Triage    Triage       // nil: what the directory recognises by words
	Log       *slog.Logger // nil: none
	Now       func() time.Time
	// OpenURL opens media by address, through the guard; it fails beyond max
	// bytes.
	OpenURL func(ctx context.Context, url string, max int64) ([]byte, error)
	// BaseURL is how people reach us ("https://mercat.council.example"), for those
	// who come back from another server; "" is as they ask.
	BaseURL string
	// Panel is what stands beside a conversation: its case. Nil is nothing.
	Panel func(ctx context.Context, c Conversation) (templ.Component, error)
	// Dates are what is known of when things are done.
	Dates Dates
	// Received is told how many events were kept, for the metrics. Nil is nobody.
	Received func(kind network.Kind, events int)
	// Happened is told, in the transaction of each, which conversations were
	// opened and what was said in them. Nil is nobody.
	Happened func(ctx context.Context, tx *db.Tx, list []Happening) error
	// UndoWindow is how long an answer waits before it is sent; 0 means ten
	// seconds.
	UndoWindow time.Duration
	// Node tells the processes on one database apart.
	Node int
}

// Service is the desk. It is safe for concurrent use.
type Service struct {
	Options
	networks    map[network.Kind]network.Network
	connections *connections
	presence    *presence
	around      around
	receivers   *receivers // nil until Start
	// sending are the messages for which this process is calling a network. The
	// lease says so too, but by a clock, which may jump.
	sending sync.Map
}

// New makes the desk and registers its jobs; call it before the queue opens.
func New(o Options) *Service {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.UndoWindow == 0 {
		o.UndoWindow = UndoWindow
	}
	if o.Received == nil {
		o.Received = func(network.Kind, int) {}
	}
	s := &Service{Options: o, networks: map[network.Kind]network.Network{}, presence: newPresence(o.Now)}
	for _, n := range o.Networks {
		s.networks[n.Describe().Kind] = n
	}
	s.connections = newConnections(s)
	if s.Triage == nil {
		s.Triage = s.readByWords
	}
	s.registerIncoming()
	s.registerOutgoing()
	return s
}

// Topics of platform/live that desk announces.
const (
	TopicInbox    = "inbox"    // some conversation is new or changed
	TopicAccounts = "accounts" // an account is new, changed, or in trouble
)

// Topic is what is announced when this conversation changes.
func Topic(conversation int64) string { return topic("conversation", conversation) }

// TopicOfficer is what is announced when an officer has a notification.
func TopicOfficer(officer int64) string { return topic("officer", officer) }

// Subject is a conversation as a thing that something happens to.
func Subject(conversation int64) record.Subject {
	return record.Subject{Kind: "conversation", ID: conversation}
}
