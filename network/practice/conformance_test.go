package practice_test

import (
	"testing"
	"time"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/network/networktest"
	"mercat.scot/mercat/network/practice"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/db/dbtest"
)

// switches are the network's own faults, as a wire.
type switches struct {
	t *testing.T
	v *village
}

func (s switches) Faults() []networktest.Fault {
	var list []networktest.Fault
	for _, kind := range []networktest.FaultKind{
		networktest.Refuse, networktest.Hang, networktest.Slow, networktest.TooMany, networktest.ServerError, networktest.LoseAnswer,
	} {
		list = append(list, networktest.Fault{Kind: kind})
	}
	return list
}

func (s switches) Break(f networktest.Fault) {
	s.set(map[networktest.FaultKind]practice.Fault{
		networktest.Refuse:      {Kind: practice.Down},
		networktest.Hang:        {Kind: practice.Slow, Lasts: practice.MaxSlow},
		networktest.Slow:        {Kind: practice.Slow, Lasts: 50 * time.Millisecond},
		networktest.TooMany:     {Kind: practice.Limited, Lasts: networktest.RetryAfter},
		networktest.ServerError: {Kind: practice.Broken},
		networktest.LoseAnswer:  {Kind: practice.Unconfirmed},
	}[f.Kind])
}

func (s switches) Mend() { s.set(practice.Fault{Kind: practice.None}) }

func (s switches) set(f practice.Fault) {
	s.t.Helper()
	must(s.t, s.v.SetFault(s.t.Context(), f))
}

func TestConformance(t *testing.T) {
	for _, engine := range []db.Engine{db.SQLite, db.Postgres} {
		t.Run(string(engine), func(t *testing.T) {
			networktest.Run(t, func(t *testing.T) *networktest.Harness { return harness(t, engine) })
		})
	}
}

func harness(t *testing.T, engine db.Engine) *networktest.Harness {
	clock := dbtest.NewClock()
	v := newVillage(t, dbtest.Open(t, engine, schema, clock), clock)
	wire := switches{t, v}
	say := func(t *testing.T, to network.Ref, text string) network.Ref {
		clock.Advance(time.Millisecond)
		return v.say(t, practice.Saying{Citizen: mairi, ReplyTo: to, Text: text})
	}
	return &networktest.Harness{
		Network: v,
		Connect: func(t *testing.T) network.Connection {
			c, err := v.Connect(network.Account{ID: 1, Options: map[string]string{"handle": "council"}})
			must(t, err)
			return c
		},
		ReadWire: wire, SendWire: wire,
		CitizenPosts:   func(t *testing.T, text string) network.Ref { return say(t, "", text) },
		CitizenReplies: say,
		CitizenSees: func(t *testing.T) []string {
			threads, err := v.Timeline(t.Context(), practice.View{Citizen: mairi})
			must(t, err)
			var texts []string
			for _, thread := range threads.Threads {
				for _, p := range thread.Posts {
					if p.FromCouncil {
						texts = append(texts, p.Text)
					}
				}
			}
			return texts
		},
		CitizenEdits: func(t *testing.T, ref network.Ref, text string) {
			clock.Advance(time.Minute)
			must(t, v.Edit(t.Context(), mairi, ref, 0, text))
		},
		CitizenDeletes: func(t *testing.T, ref network.Ref) { must(t, v.Retract(t.Context(), mairi, ref)) },
		Revoke:         func(t *testing.T) { wire.set(practice.Fault{Kind: practice.Revoked}) },
		Now:            clock.Now,
	}
}
