package desk

import (
	"cmp"
	"context"
	"net/http"
	"strings"
	"sync"
	"time"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/text"
	"mercat.scot/mercat/platform/web"
)

// The public thread around a conversation is asked of its network when somebody
// wants to see it: it is others' words, which we do not keep.
const (
	aroundTime  = 5 * time.Second
	aroundPosts = 50
	aroundAge   = time.Minute
	aroundKept  = 200 // conversations; beyond it the oldest go
)

// around remembers threads for a minute, so that a page that is brought up to
// date does not ask again. It is for all officers: everybody sees the same.
type around struct {
	mu   sync.Mutex
	kept map[int64]aroundThread
}

type aroundThread struct {
	at    time.Time
	posts []aroundPost
}

// aroundPost is a post as shown: cleaned, without media.
type aroundPost struct {
	ref          network.Ref
	name, handle string
	text         string
	warning      string
	url          string
	at           time.Time
	ours, theirs bool
}

func (a *around) get(conversation int64, now time.Time) ([]aroundPost, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	t, ok := a.kept[conversation]
	return t.posts, ok && now.Sub(t.at) < aroundAge
}

func (a *around) put(conversation int64, now time.Time, posts []aroundPost) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.kept == nil {
		a.kept = map[int64]aroundThread{}
	}
	for id, t := range a.kept {
		if now.Sub(t.at) >= aroundAge || len(a.kept) >= aroundKept {
			delete(a.kept, id)
		}
	}
	a.kept[conversation] = aroundThread{now, posts}
}

type aroundView struct {
	names
	c       Conversation
	posts   []aroundPost
	problem string
}

func (s *Service) getAround(w http.ResponseWriter, r *http.Request) error {
	p, err := s.barePane(r)
	if err != nil {
		return err
	}
	v := aroundView{names: p.names, c: p.whole.Conversation}
	if v.posts, err = s.threadAround(r.Context(), v.c); err != nil {
		if fault.Of(err) == "" && network.TroubleOf(err) == "" {
			return err
		}
		v.problem = cmp.Or(fault.Sentence(err), "The network does not answer just now. Try again in a minute.")
	}
	if web.IsFragment(r) {
		return web.Fragment(w, r, http.StatusOK, aroundPosted(v))
	}
	return web.Render(w, r, http.StatusOK, aroundPage(v))
}

// threadAround asks the network for the thread around a conversation.
func (s *Service) threadAround(ctx context.Context, c Conversation) ([]aroundPost, error) {
	now := s.Now()
	if posts, ok := s.around.get(c.ID, now); ok {
		return posts, nil
	}
	ctx, cancel := context.WithTimeout(ctx, aroundTime)
	defer cancel()
	connection, _, err := s.connections.of(ctx, c.AccountID)
	if err != nil {
		return nil, err
	}
	threader, ok := connection.(network.Threader)
	if !ok {
		return nil, fault.New(fault.NotFound, "This network cannot show what stands around a post.")
	}
	var ref network.Ref
	own := map[network.Ref]bool{}
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		list, err := messagesBefore(ctx, tx, c.ID, 0, threadRows)
		ref = c.Thread
		for _, m := range list {
			own[m.Ref] = true
			if m.Direction == In && m.Ref != "" {
				ref = m.Ref
			}
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	found, err := threader.Thread(ctx, ref, aroundPosts)
	if err != nil {
		return nil, err
	}
	posts := make([]aroundPost, 0, min(len(found), aroundPosts))
	for _, f := range found[:min(len(found), aroundPosts)] {
		posts = append(posts, cleanAround(f, own[f.Ref]))
	}
	s.around.put(c.ID, now, posts)
	return posts, nil
}

// cleanAround makes a stranger's post fit to be shown.
func cleanAround(f network.Post, theirs bool) aroundPost {
	line := func(s string) string {
		s, _ = text.CleanLine(s, network.MaxNameRunes)
		return s
	}
	p := aroundPost{ref: f.Ref, name: line(f.Author.Name), handle: line(f.Author.Handle), warning: line(f.Warning), at: f.At, ours: f.FromUs, theirs: theirs}
	p.name = cmp.Or(p.name, p.handle, "Somebody")
	p.text, _ = text.Clean(f.Text, longBody)
	if strings.HasPrefix(f.URL, "https://") {
		p.url = f.URL
	}
	return p
}
