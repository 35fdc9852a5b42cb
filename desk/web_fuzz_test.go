package desk

import (
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

func FuzzQueryOf(f *testing.F) {
	for _, s := range []string{"q=0", "view=mine", "view=team&after=1700000000000000-5&q=%00bin", "place=%ff&team=9&state=open", "network=bluesky&account=7&service=1&state=x", "after=-1-5&team=99999999999999999999"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		r := httptest.NewRequest("GET", "/desk", nil)
		r.URL.RawQuery = raw
		q := queryOf(r, 7, []int64{1, 2})
		again := httptest.NewRequest("GET", "/desk", nil)
		again.URL.RawQuery = q.values().Encode()
		if got := queryOf(again, 7, []int64{1, 2}); !reflect.DeepEqual(withoutPage(q), withoutPage(got)) {
			t.Errorf("%q is read as %+v, and its own address as %+v", raw, q, got)
		}
		if q.View == "" || q.Before.ID < 0 {
			t.Errorf("%q is read as %+v", raw, q)
		}
	})
}

func withoutPage(q Query) Query {
	q.Before = Key{}
	return q
}

func FuzzProse(f *testing.F) {
	for _, s := range []string{"Hello https://example.org/a?b=<c> there", `<script>alert(1)</script>`, `"'&<>`, strings.Repeat("x", 300), "javascript:alert(1) http://a.b/\"onclick=x", "سلام https://a.example"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var b strings.Builder
		if err := prose(s).Render(t.Context(), &b); err != nil {
			t.Fatal(err)
		}
		page, err := html.Parse(strings.NewReader(b.String()))
		if err != nil {
			t.Fatal(err)
		}
		for n := range page.Descendants() {
			if n.Type != html.ElementNode {
				continue
			}
			switch n.Data {
			case "html", "head", "body", "p", "wbr":
			case "a":
				if href := attr(n, "href"); !strings.HasPrefix(href, "https://") && !strings.HasPrefix(href, "http://") {
					t.Errorf("%q becomes a link to %q", s, href)
				}
			default:
				t.Errorf("%q becomes an element %s", s, n.Data)
			}
			for _, a := range n.Attr {
				if strings.HasPrefix(a.Key, "on") {
					t.Errorf("%q becomes an attribute %s", s, a.Key)
				}
			}
		}
	})
}
