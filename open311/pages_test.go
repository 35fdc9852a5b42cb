package open311

import (
	"net/url"
	"testing"
	"time"

	"mercat.scot/mercat/casework"
)

func TestAPageGoesOnWhereTheOneBeforeEnded(t *testing.T) {
	var p pages
	now := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	q := question(url.Values{"status": {"open"}, "page": {"3"}, "api_key": {"x"}})
	if q != "status=open" {
		t.Errorf("the question is %q", q)
	}
	if n, _ := p.before(q, 49, now); n != 0 {
		t.Errorf("page %d is known", n)
	}
	p.ended(q, 1, casework.Key{ID: 11}, now)
	p.ended(q, 2, casework.Key{ID: 22}, now)
	p.ended("status=closed", 40, casework.Key{ID: 9}, now)
	if n, key := p.before(q, 49, now); n != 2 || key.ID != 22 {
		t.Errorf("page %d ended at %d", n, key.ID)
	}
	if n, key := p.before(q, 1, now); n != 1 || key.ID != 11 {
		t.Errorf("page %d ended at %d", n, key.ID)
	}
	if n, _ := p.before(q, 49, now.Add(pagesFor)); n != 0 {
		t.Error("it is remembered for too long")
	}
	for i := range 3 * pagesMost {
		p.ended(q, i, casework.Key{ID: 1}, now)
	}
	if len(p.ends) > pagesMost {
		t.Errorf("%d are remembered", len(p.ends))
	}
}
