package desk

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"mercat.scot/mercat/platform/live"
	"mercat.scot/mercat/platform/web"
)

// lookEvery is how often an open page says that somebody still looks.
const lookEvery = 20 * time.Second

// getLive tells a page of the desk what changed: the inbox, the conversation
// that is open, who is there, and whether there are notifications. The page
// then asks for what it shows.
func (s *Service) getLive(w http.ResponseWriter, r *http.Request) error {
	me := web.MustViewer(r.Context())
	conversation, err := strconv.ParseInt(r.URL.Query().Get("conversation"), 10, 64)
	if err != nil || conversation < 0 {
		conversation = 0
	}
	topics := []string{TopicInbox, TopicOfficer(me.ID)}
	if conversation != 0 {
		topics = append(topics, Topic(conversation), TopicPresence(conversation))
	}
	sub := s.Hub.Subscribe(topics...)
	defer sub.Close()
	if conversation != 0 {
		s.Look(conversation, me.ID, me.Name, false)
		defer s.Leave(conversation, me.ID)
	}
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	return web.Stream(w, r, s.watch(ctx, sub, conversation, me), func(_ context.Context, topics []string) ([]web.Event, error) {
		return s.liveEvents(topics, conversation, me.ID), nil
	})
}

// watch yields what changed until ctx ends, and keeps saying that somebody
// looks.
func (s *Service) watch(ctx context.Context, sub *live.Subscription, conversation int64, me web.Viewer) <-chan []string {
	out := make(chan []string)
	go func() {
		defer close(out)
		look := time.NewTicker(lookEvery)
		defer look.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-look.C:
				if conversation != 0 {
					s.Look(conversation, me.ID, me.Name, false)
				}
			case <-sub.Ring():
				select {
				case out <- sub.Take():
				case <-ctx.Done():
					return
				}
			}
		}
	}()
	return out
}

// liveEvents are the events of topics, each once.
func (s *Service) liveEvents(topics []string, conversation, officer int64) []web.Event {
	var list []web.Event
	for _, name := range topics {
		switch name {
		case live.Everything:
			return []web.Event{{Name: "inbox"}, {Name: "conversation"}, {Name: "presence"}, {Name: "notification"}}
		case TopicInbox:
			list = append(list, web.Event{Name: "inbox"})
		case TopicOfficer(officer):
			list = append(list, web.Event{Name: "notification"})
		case Topic(conversation):
			list = append(list, web.Event{Name: "conversation"})
		case TopicPresence(conversation):
			list = append(list, web.Event{Name: "presence"})
		}
	}
	return list
}
