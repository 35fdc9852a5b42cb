package casework

import "testing"

func TestASearchThatStoppedSaysSo(t *testing.T) {
	full := make([]Case, usualLimit)
	for _, c := range []struct {
		name string
		v    listView
		want bool
	}{
		{"stopped with nothing", listView{filterView: filterView{Query: Query{Words: "gully"}}, Older: "/cases?before=1"}, true},
		{"stopped with some", listView{filterView: filterView{Query: Query{Words: "gully"}}, Older: "/cases?before=1", Cases: full[:3]}, true},
		{"a full page", listView{filterView: filterView{Query: Query{Words: "gully"}}, Older: "/cases?before=1", Cases: full}, false},
		{"the end", listView{filterView: filterView{Query: Query{Words: "gully"}}, Cases: full[:3]}, false},
		{"no search", listView{Older: "/cases?before=1"}, false},
	} {
		if got := c.v.stopped(); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}
