package app

import (
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"mercat.scot/mercat/platform/fault"
)

func noLog(string, slog.Level) *slog.Logger { return nil }

func TestEveryMistakeIsNamedAtOnce(t *testing.T) {
	w := Where{Data: "", DB: "mysql://x", Node: "5000", LogFormat: "xml", LogLevel: "loud"}
	_, err := w.Config(noLog)
	if got := wrongFields(err); !slices.Equal(got, []string{"data", "db", "node", "log-format", "log-level"}) {
		t.Errorf("got %v", got)
	}
	s := Serving{
		Listen: "8080", BaseURL: "https://x.example/path", Proxies: []string{"10.0.0.0/8", "proxy"},
		TrustedOrigins: []string{"www.example.org"}, AllowPrivate: []string{"mail"}, PLCDirectory: "plc", CAFile: "settings.go",
		MapTiles: "https://tiles.example.org/{a}.png", MapStyle: "style.json", MapOrigins: []string{"https://a.example; script-src *"},
		MetricsListen: "0.0.0.0:9090", MetricsToken: "",
	}
	_, err = s.Into(Config{})
	want := []string{"listen", "metrics-listen", "base-url", "proxies", "trusted-origins", "allow-private", "ca-file", "plc-directory", "map-tiles", "map-tiles", "map-style", "map-origins"}
	if got := wrongFields(err); !slices.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

func wrongFields(err error) []string {
	var fields fault.Fields
	errors.As(err, &fields)
	var names []string
	for _, f := range fields {
		names = append(names, f.Field)
	}
	return names
}

func TestSettingsAreReadAsTheyAreMeant(t *testing.T) {
	c, err := Where{Data: "d", Node: "3", LogFormat: "json", LogLevel: "warn"}.Config(noLog)
	if err != nil {
		t.Fatal(err)
	}
	c, err = Serving{
		Listen: "127.0.0.1:0", BaseURL: "https://mercat.example.org/", Proxies: []string{"127.0.0.1", "10.1.2.3/8"},
		TrustedOrigins: []string{"https://www.example.org"}, AllowPrivate: []string{"mail.example.org:993", "10.1.0.0/16"},
		MapTiles: "https://tiles.example.org/{z}/{x}/{y}.png", MapOrigins: []string{"https://fonts.example.org"},
		MetricsListen: "127.0.0.1:9090", PLCDirectory: "https://plc.directory",
	}.Into(c)
	if err != nil {
		t.Fatal(err)
	}
	if c.Node != 3 || c.BaseURL != "https://mercat.example.org" || !c.Secure() || len(c.Proxies) != 2 || c.Proxies[1].String() != "10.0.0.0/8" {
		t.Errorf("got %+v", c)
	}
	if got := strings.Join(tileOrigins(c), " "); got != "https://fonts.example.org https://tiles.example.org" {
		t.Errorf("the map may load from %q", got)
	}
	if got := c.withDefaults().DSN(); got != "sqlite:d/mercat.db" {
		t.Errorf("the database is %q", got)
	}
}
