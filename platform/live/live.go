// Package live tells browsers that something changed.
//
// What is sent is only the name of what changed (a topic, such as
// "conversation/42"); whoever listens reads the news from the database. So
// nothing is lost when a listener is slow: it is told "something changed" once
// more instead, and no queue grows.
//
// Between nodes the news travels by PostgreSQL's NOTIFY, in the transaction
// that caused it.
package live

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"

	"mercat.scot/mercat/platform/db"
)

// channel is PostgreSQL's name for what nodes tell each other.
const channel = "mercat_live"

// maxTopics bounds what one announcement names; with more, everybody is told
// to look.
const maxTopics = 100

// Everything is the topic that reaches every subscription: "news was missed".
const Everything = "*"

// Hub connects those who change things with those who watch.
type Hub struct {
	node string

	mu     sync.Mutex
	byName map[string]map[*Subscription]bool
}

// New makes a hub. Node tells this process from others on one database.
func New(node string) *Hub {
	return &Hub{node: node, byName: map[string]map[*Subscription]bool{}}
}

type message struct {
	Node   string   `json:"n"`
	Topics []string `json:"t"`
}

// Announce tells everybody who watches one of the topics, on every node, when
// the transaction is committed.
func (h *Hub) Announce(ctx context.Context, tx *db.Tx, topics ...string) error {
	if len(topics) == 0 {
		return nil
	}
	if len(topics) > maxTopics {
		topics = []string{Everything}
	}
	tx.AfterCommit(func() { h.Tell(topics...) })
	payload, err := json.Marshal(message{h.node, topics})
	if err != nil {
		return fmt.Errorf("announce: %w", err)
	}
	return tx.Notify(ctx, channel, string(payload))
}

// Run hears the other nodes until ctx ends.
func (h *Hub) Run(ctx context.Context, d *db.DB) {
	d.Listen(ctx, channel, func(payload string) {
		var m message
		if err := json.Unmarshal([]byte(payload), &m); err != nil {
			h.Tell(Everything) // another version said something: looking is always right
			return
		}
		if m.Node != h.node {
			h.Tell(m.Topics...)
		}
	}, func() { h.Tell(Everything) })
}

// Tell tells those on this node, at once. Use it for what is not in the
// database (who is typing).
func (h *Hub) Tell(topics ...string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, topic := range topics {
		if topic == Everything {
			for _, set := range h.byName {
				for s := range set {
					s.add(Everything)
				}
			}
			continue
		}
		for s := range h.byName[topic] {
			s.add(topic)
		}
	}
}

// Subscription is somebody who watches. Close it when done.
type Subscription struct {
	hub    *Hub
	topics []string
	ring   chan struct{}

	mu      sync.Mutex
	pending map[string]bool
}

// Subscribe watches topics.
func (h *Hub) Subscribe(topics ...string) *Subscription {
	s := &Subscription{hub: h, topics: topics, ring: make(chan struct{}, 1), pending: map[string]bool{}}
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, topic := range topics {
		if h.byName[topic] == nil {
			h.byName[topic] = map[*Subscription]bool{}
		}
		h.byName[topic][s] = true
	}
	return s
}

func (s *Subscription) add(topic string) {
	s.mu.Lock()
	s.pending[topic] = true
	s.mu.Unlock()
	select {
	case s.ring <- struct{}{}:
	default: // it rings already
	}
}

// Ring receives when Take would return something.
func (s *Subscription) Ring() <-chan struct{} { return s.ring }

// Take returns the topics that changed since the last Take, each once.
func (s *Subscription) Take() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	topics := make([]string, 0, len(s.pending))
	for topic := range s.pending {
		topics = append(topics, topic)
	}
	clear(s.pending)
	return topics
}

// Close ends the watching.
func (s *Subscription) Close() {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	for _, topic := range s.topics {
		delete(s.hub.byName[topic], s)
		if len(s.hub.byName[topic]) == 0 {
			delete(s.hub.byName, topic)
		}
	}
}

// Watching says how many subscriptions there are, for the metrics.
func (h *Hub) Watching() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := map[*Subscription]bool{}
	for _, set := range h.byName {
		for s := range set {
			all[s] = true
		}
	}
	return len(all)
}
