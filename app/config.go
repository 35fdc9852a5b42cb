package app

import (
	"cmp"
	"crypto/x509"
	"log/slog"
	"net/netip"
	"path/filepath"
	"strings"
	"time"

	"mercat.scot/mercat/platform/httpx"
	"mercat.scot/mercat/staff"
)

// Config is what an App needs to know. Where and Serving make one of what an
// operator wrote; the zero value of a field is its usual value.
type Config struct {
	Listen         string         // "127.0.0.1:8080"; port 0 takes a free one
	Data           string         // folder for media, keys and the SQLite database; required
	DB             string         // "postgres://…"; "" is SQLite in Data
	BaseURL        string         // how people reach us, without a slash at the end; "" is as they ask
	Proxies        []netip.Prefix // whose X-Forwarded-For is believed
	TrustedOrigins []string       // other origins whose forms we accept
	Guard          httpx.Guard    // where outgoing connections may lead
	Authorities    *x509.CertPool // whose certificates other servers may show; nil is the system's
	PLCDirectory   string         // of AT Protocol; "" is the public one
	MapTiles       string         // address of raster tiles with {z}, {x}, {y}
	MapAttribution string         // whose tiles they are
	MapStyle       string         // address of a MapLibre style
	MapOrigins     []string       // further origins that the style loads from
	MetricsListen  string         // where /metrics is served too, such as "127.0.0.1:9090"
	MetricsToken   string         // bearer token that opens /metrics
	Node           int            // tells processes on one database apart, 0 to 1023
	KeyFile        string         // "" is keys/secret.key in Data

	Log *slog.Logger     // nil: nothing is logged
	Now func() time.Time // nil: the system's clock

	// For tests.
	PasswordCost staff.Cost    // zero is the usual one
	Twice        bool          // every write closure runs twice
	Workers      int           // jobs at once; 0 is the usual number
	UndoWindow   time.Duration // how long an answer can be stopped; 0 is the usual time
}

func (c Config) withDefaults() Config {
	c.Listen = cmp.Or(c.Listen, "127.0.0.1:8080")
	c.KeyFile = cmp.Or(c.KeyFile, filepath.Join(c.Data, "keys", "secret.key"))
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return c
}

// DSN is the address of the database.
func (c Config) DSN() string {
	if c.DB == "" {
		return "sqlite:" + filepath.Join(c.Data, databaseFile)
	}
	return c.DB
}

// Secure reports whether people reach us over https.
func (c Config) Secure() bool { return strings.HasPrefix(c.BaseURL, "https://") }

const (
	databaseFile = "mercat.db"
	mediaFolder  = "media"
)
