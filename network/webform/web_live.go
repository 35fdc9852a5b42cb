package webform

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"time"

	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/web"
)

// maxStreams are the pages of one thread that are kept up to date at once.
const maxStreams = 6

// watch keeps a private page up to date: it sends the steps and messages anew
// whenever they are not those that the page has.
func (n *Network) watch(w http.ResponseWriter, r *http.Request) error {
	reference, t, found, err := n.holderOf(r)
	if err != nil || !found {
		return errors.Join(err, n.lostUnless(err, w, r))
	}
	v, err := n.viewPage(r, reference, t)
	if err != nil {
		return err
	}
	leave, err := n.enterStream(t.id)
	if err != nil {
		return err
	}
	defer leave()
	web.KeepPrivate(w)
	ctx, stop := context.WithCancel(r.Context())
	defer stop()
	news := n.o.Hub.Subscribe(topicOf(t.id))
	defer news.Close()
	look := make(chan struct{})
	go n.ring(ctx, news.Ring(), look)
	has := cmp.Or(r.Header.Get("Last-Event-ID"), r.URL.Query().Get("state"))
	return web.Stream(w, r, look, func(ctx context.Context, _ struct{}) ([]web.Event, error) {
		news.Take()
		if err := n.refresh(ctx, &v); err != nil {
			return nil, err
		}
		if v.state == has {
			return nil, nil
		}
		has = v.state
		return []web.Event{{ID: has, Part: changingParts(v, true)}}, nil
	})
}

// ring asks to look at once, whenever there are news, and now and then, for
// steps come from elsewhere.
func (n *Network) ring(ctx context.Context, news <-chan struct{}, look chan<- struct{}) {
	again := time.NewTicker(n.o.PollEvery)
	defer again.Stop()
	for {
		select {
		case look <- struct{}{}:
		case <-ctx.Done():
			return
		}
		select {
		case <-news:
		case <-again.C:
		case <-ctx.Done():
			return
		}
	}
}

func (n *Network) enterStream(thread int64) (leave func(), err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.streams[thread] >= maxStreams {
		return nil, fault.New(fault.TooMany, "This page is open too often to be kept up to date. Reload it to see what is new.")
	}
	n.streams[thread]++
	return func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		if n.streams[thread]--; n.streams[thread] == 0 {
			delete(n.streams, thread)
		}
	}, nil
}
