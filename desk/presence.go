package desk

import (
	"slices"
	"strings"
	"sync"
	"time"
)

// Present is an officer who has a conversation open.
type Present struct {
	OfficerID int64
	Name      string
	Typing    bool
}

const (
	presenceFor = 45 * time.Second // without word from the browser
	mostPresent = 20_000           // officers times conversations; whoever comes after is not shown
)

// presence knows who looks at what. It is in memory: who restarts, looks again.
type presence struct {
	now func() time.Time

	mu    sync.Mutex
	rooms map[int64]map[int64]looking // conversation, officer
	count int
	swept time.Time
}

type looking struct {
	name   string
	typing bool
	until  time.Time
}

func newPresence(now func() time.Time) *presence {
	return &presence{now: now, rooms: map[int64]map[int64]looking{}}
}

// look notes an officer and reports whether others would see a difference.
func (p *presence) look(conversation, officer int64, name string, typing bool) bool {
	now := p.now()
	p.mu.Lock()
	defer p.mu.Unlock()
	// When it is full it is swept more often, but never at each look.
	if since := now.Sub(p.swept); since > presenceFor || p.count >= mostPresent && since > time.Second {
		p.sweep(now)
	}
	room := p.rooms[conversation]
	was, there := room[officer]
	if !there {
		if p.count >= mostPresent {
			return false // nobody is harmed by one who is not shown
		}
		if room == nil {
			room = map[int64]looking{}
			p.rooms[conversation] = room
		}
		p.count++
	}
	room[officer] = looking{name: name, typing: typing, until: now.Add(presenceFor)}
	return !there || was.typing != typing || !was.until.After(now)
}

// sweep forgets who has not been heard of; the caller holds the lock.
func (p *presence) sweep(now time.Time) {
	p.swept = now
	for conversation, room := range p.rooms {
		for officer, l := range room {
			if !l.until.After(now) {
				p.remove(conversation, officer)
			}
		}
	}
}

func (p *presence) remove(conversation, officer int64) bool {
	room := p.rooms[conversation]
	if _, there := room[officer]; !there {
		return false
	}
	delete(room, officer)
	p.count--
	if len(room) == 0 {
		delete(p.rooms, conversation)
	}
	return true
}

func (p *presence) leave(conversation, officer int64) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.remove(conversation, officer)
}

func (p *presence) present(conversation, asks int64) []Present {
	now := p.now()
	p.mu.Lock()
	defer p.mu.Unlock()
	var list []Present
	for officer, l := range p.rooms[conversation] {
		if officer != asks && l.until.After(now) {
			list = append(list, Present{OfficerID: officer, Name: l.name, Typing: l.typing})
		}
	}
	slices.SortFunc(list, func(a, b Present) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// TopicPresence is what is told, on this node, when others look at a
// conversation, type in it, or leave it.
func TopicPresence(conversation int64) string { return topic("presence", conversation) }

// Look notes that an officer has a conversation open, or is typing in it, and
// tells the others. It is to be repeated every 20 seconds; Leave ends it.
func (s *Service) Look(conversation, officer int64, name string, typing bool) {
	if s.presence.look(conversation, officer, name, typing) {
		s.Hub.Tell(TopicPresence(conversation))
	}
}

// Leave notes that an officer has closed a conversation.
func (s *Service) Leave(conversation, officer int64) {
	if s.presence.leave(conversation, officer) {
		s.Hub.Tell(TopicPresence(conversation))
	}
}

// Present returns who has a conversation open, without the officer who asks.
func (s *Service) Present(conversation, asks int64) []Present {
	return s.presence.present(conversation, asks)
}
