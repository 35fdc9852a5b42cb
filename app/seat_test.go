package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestEachRunFromOneFolderSitsInTheSameSeat(t *testing.T) {
	each(t, func(t *testing.T, c Config) {
		take := func() seat {
			t.Helper()
			s, err := takeSeat(c)
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
		first := take()
		if first.run.Seat == 0 {
			t.Fatal("there is no seat")
		}
		if second, err := takeSeat(c); c.DB == "" && !InUse(err) || c.DB != "" && (err != nil || second.run.Seat != 0) {
			t.Errorf("two at once: %+v, %v", second.run, err)
		}
		if err := first.Close(); err != nil {
			t.Fatal(err)
		}
		second := take()
		if second.run.Seat != first.run.Seat || second.run.Boot == first.run.Boot {
			t.Errorf("first %+v, then %+v", first.run, second.run)
		}
		if err := second.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

// Whoever copies a data folder to a second machine has a second Mercat, which
// knows nothing of whether the first still runs.
func TestACopyOfAFolderIsAnotherSeat(t *testing.T) {
	c := testConfig(t, "sqlite")
	first, err := takeSeat(c)
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	text, err := os.ReadFile(filepath.Join(c.Data, "mercat.lock"))
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"copied": string(text), "cut off": strings.TrimSpace(string(text))[:20], "empty": "", "older": "4711\n", "foreign": "seat seat seat\nseat 0 is file 1 on \"\"\n"} {
		t.Run(name, func(t *testing.T) {
			c := testConfig(t, "sqlite")
			if err := os.WriteFile(filepath.Join(c.Data, "mercat.lock"), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			s, err := takeSeat(c)
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			if s.run.Seat == 0 || s.run.Seat == first.run.Seat {
				t.Errorf("it sits in %+v", s.run)
			}
		})
	}
}
