package mastodon

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mercat.scot/mercat/network"
)

// TestStatusesOfEachKindOfServerAreRead reads statuses in the form that each kind
// of server gives them, and compares the text with what a reader sees there.
func TestStatusesOfEachKindOfServerAreRead(t *testing.T) {
	visibility := map[string]network.Visibility{"mastodon-link": network.Public, "gotosocial-warning": network.Followers, "pleroma-plain": network.Direct}
	for name, raw := range corpus(t) {
		want, err := os.ReadFile(filepath.Join("testdata", "statuses", name+".txt"))
		if err != nil {
			t.Fatal(err)
		}
		s, ok := readStatus(raw)
		if !ok || s.Odd {
			t.Fatalf("%s: %+v", name, s)
		}
		p := limits{Domain: "burgh.test"}.post(s, "", "1", noon())
		sane(t, p)
		if p.Text != strings.TrimSpace(string(want)) {
			t.Errorf("%s: the text is %q, want %q", name, p.Text, strings.TrimSpace(string(want)))
		}
		if p.Visibility != visibility[name] || len(p.Mentions) != 1 || p.Mentions[0].ID != "council@burgh.test" || len(p.Notices) != 0 {
			t.Errorf("%s: %+v", name, p)
		}
	}
}

func corpus(t testing.TB) map[string][]byte {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", "statuses", "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no statuses: %v", err)
	}
	all := map[string][]byte{}
	for _, f := range files {
		if all[strings.TrimSuffix(filepath.Base(f), ".json")], err = os.ReadFile(f); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

func TestTextsAreTheSameHoweverAServerShowsThem(t *testing.T) {
	for _, pair := range [][2]string{
		{"@ann@elsewhere.test Yes, on Friday", "Yes, on Friday"},
		{"See https://www.example.org/x", "see example.org/x"},
		{"Ask @roads@burgh.test", "Ask @roads"},
		{"“Smart” quotes – and dashes", "\"Smart\" quotes -- and dashes"},
		{"🚧 🚧", "🚧🚧"},
	} {
		if a, b := essence(pair[0]), essence(pair[1]); a != b {
			t.Errorf("%q is %q, and %q is %q", pair[0], a, pair[1], b)
		}
	}
	if essence("Part 1/2") == essence("Part 2/2") || essence("Yes") == essence("No") {
		t.Error("different texts are taken for the same")
	}
}
