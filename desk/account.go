package desk

import (
	"strings"
	"time"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/record"
)

// AccountState is whether an account is fetched and sent for.
type AccountState string

const (
	Active  AccountState = "active"
	Paused  AccountState = "paused"  // an administrator stopped it for now
	Removed AccountState = "removed" // its conversations stay
)

// Account is a connected account.
type Account struct {
	ID           int64
	Network      network.Kind
	Name         string            // what the council calls it
	Options      map[string]string // without secrets
	Secrets      []string          // names of the options that are kept sealed
	Self         network.Identity
	Cursor       network.Cursor
	State        AccountState
	Trouble      network.Trouble // of the last attempt, "" when all is well
	Sentence     string          // what people are told of it
	TroubleSince time.Time
	LastOK       time.Time
	SignReplies  bool  // add the officer's first name to answers
	TeamID       int64 // where its conversations go when no rule takes them; 0 is by service and area
	CreatedAt    time.Time
	Version      int64

	secrets []byte // sealed JSON
	session []byte // sealed
}

// Subject is the account as a thing that something happens to.
func (a Account) Subject() record.Subject { return record.Subject{Kind: "account", ID: a.ID} }

// NewAccount is what an administrator enters. An empty secret of an account
// that exists keeps the one that is there.
type NewAccount struct {
	Network     network.Kind
	Name        string
	Options     map[string]string
	SignReplies bool
	TeamID      int64
}

const (
	maxAccountName = 80
	maxOption      = 2_000
)

// exampleName is what an account of a network could be called.
func exampleName(d network.Description) string { return "“Roads, " + d.Name + "”" }

// clean keeps the options that the network knows, and says what is wrong with
// the name.
func (n NewAccount) clean(d network.Description) (NewAccount, error) {
	var wrong fault.Fields
	if n.Name = line(n.Name, maxAccountName); n.Name == "" {
		wrong.Add("name", "Give the account a name, so that people can tell it from others, such as "+exampleName(d)+".")
	}
	options := map[string]string{}
	for _, o := range d.Options {
		value := n.Options[o.Name]
		if !o.Secret {
			value = strings.TrimSpace(value)
		}
		if value == "" {
			value = o.Default
		}
		if len(value) > maxOption {
			wrong.Add(o.Name, "This is too long.")
			continue
		}
		if value != "" {
			options[o.Name] = value
		}
	}
	n.Options = options
	return n, wrong.Err()
}

// split parts options into what may be read and what is sealed.
func split(d network.Description, options map[string]string) (open, secrets map[string]string) {
	open, secrets = map[string]string{}, map[string]string{}
	for _, o := range d.Options {
		if v, ok := options[o.Name]; ok && o.Secret {
			secrets[o.Name] = v
		} else if ok {
			open[o.Name] = v
		}
	}
	return open, secrets
}
