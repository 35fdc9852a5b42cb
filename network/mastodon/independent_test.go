package mastodon_test

import (
	"context"
	"encoding/json"
	"image"
	"image/jpeg"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mercat.scot/mercat/network/mastodon/mastodontest"
)

// TestTheStrictServerIsWhatAnIndependentClientExpects keeps the server honest
// that all other tests stand on: a client that others wrote goes through it.
func TestTheStrictServerIsWhatAnIndependentClientExpects(t *testing.T) {
	python := pythonWithMastodon(t)
	server := mastodontest.New(t, mastodontest.Options{})
	council, ann := server.NewAccount("council"), server.NewAccount("ann")
	picture := filepath.Join(t.TempDir(), "picture.jpg")
	file, err := os.Create(picture)
	if err != nil {
		t.Fatal(err)
	}
	if err := jpeg.Encode(file, image.NewGray(image.Rect(0, 0, 64, 48)), nil); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	given, err := json.Marshal(map[string]string{
		"server": server.URL, "picture": picture, "council": council.Token("read", "write"), "ann": ann.Token("read", "write"), "ann_id": ann.ID(),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, python, filepath.Join("testdata", "client.py"), string(given)).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if !strings.Contains(string(out), "all is as Mastodon.py expects") {
		t.Errorf("it says:\n%s", out)
	}
}

// pythonWithMastodon is an interpreter that has Mastodon.py (on Debian the
// package python3-mastodon, which goes with the system's own).
func pythonWithMastodon(t *testing.T) string {
	t.Helper()
	for _, python := range []string{"/usr/bin/python3", "python3"} {
		if exec.Command(python, "-c", "import mastodon; mastodon.Mastodon").Run() == nil {
			return python
		}
	}
	t.Skip("no Python has Mastodon.py (on Debian install python3-mastodon; make test does so as root)")
	return ""
}
