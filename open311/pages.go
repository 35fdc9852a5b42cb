package open311

import (
	"net/url"
	"sync"
	"time"

	"mercat.scot/mercat/casework"
)

// How many ends of pages are remembered, and for how long. Whoever reads page
// after page is quicker than that; others are answered by reading the pages
// before once more.
const (
	pagesMost = 2_000
	pagesFor  = 5 * time.Minute
)

// pages remembers where pages of lists ended, so that page 50 need not go through
// the 49 before it. It is for this process alone and may forget at any time.
type pages struct {
	mu   sync.Mutex
	ends map[string]pageEnd // by the question and the number of the page
}

type pageEnd struct {
	key casework.Key
	at  time.Time
}

func pageName(question string, page int) string { return question + "\n" + string(rune(page)) }

// question is a list without the page of it.
func question(v url.Values) string {
	same := url.Values{}
	for name, values := range v {
		if name != "page" && name != "api_key" && name != "extensions" {
			same[name] = values
		}
	}
	return same.Encode()
}

// before is the nearest page at or before one of which it is known where it ends,
// 0 for none.
func (p *pages) before(question string, page int, now time.Time) (int, casework.Key) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for ; page > 0; page-- {
		if e, ok := p.ends[pageName(question, page)]; ok && now.Sub(e.at).Abs() < pagesFor {
			return page, e.key
		}
	}
	return 0, casework.Key{}
}

// ended notes where a page ended.
func (p *pages) ended(question string, page int, key casework.Key, now time.Time) {
	if len(question) > 1_000 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ends == nil || len(p.ends) >= pagesMost {
		p.ends = map[string]pageEnd{}
	}
	p.ends[pageName(question, page)] = pageEnd{key, now}
}
