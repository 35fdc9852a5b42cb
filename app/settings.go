package app

import (
	"crypto/x509"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"

	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/httpx"
)

// Where says which Mercat is meant. The tags are for the command line; every
// flag is also a variable of the environment and a line of the configuration
// file.
type Where struct {
	Data      string `default:"data" env:"MERCAT_DATA" placeholder:"FOLDER" help:"Folder for the media, the keys and the SQLite database."`
	DB        string `name:"db" env:"MERCAT_DB" placeholder:"postgres://…" help:"PostgreSQL database. Without it, SQLite in the data folder."`
	KeyFile   string `env:"MERCAT_KEY_FILE" placeholder:"FILE" help:"Keys that seal stored passwords. Without it, keys/secret.key in the data folder."`
	Node      string `default:"0" env:"MERCAT_NODE" placeholder:"NUMBER" help:"Tells several processes on one PostgreSQL database apart, 0 to 1023."`
	LogFormat string `default:"text" env:"MERCAT_LOG_FORMAT" placeholder:"text|json" help:"Form of the log, which goes to standard error."`
	LogLevel  string `default:"info" env:"MERCAT_LOG_LEVEL" placeholder:"debug|info|warn|error" help:"Least grave lines that are logged."`
}

// Serving says how Mercat meets the world.
type Serving struct {
	Listen         string   `default:"127.0.0.1:8080" env:"MERCAT_LISTEN" placeholder:"HOST:PORT" help:"Where to listen. Port 0 takes a free one."`
	BaseURL        string   `name:"base-url" env:"MERCAT_BASE_URL" placeholder:"https://…" help:"How people reach Mercat, when a web server stands before it."`
	Proxies        []string `env:"MERCAT_PROXIES" placeholder:"ADDRESS" help:"Addresses or networks of web servers whose X-Forwarded-For is believed."`
	TrustedOrigins []string `env:"MERCAT_TRUSTED_ORIGINS" placeholder:"https://…" help:"Other origins whose pages may send forms here."`
	AllowPrivate   []string `env:"MERCAT_ALLOW_PRIVATE" placeholder:"HOST:PORT" help:"Servers that are not on the public internet and may be connected to: name:port, address:port or a network; all allows every one."`
	CAFile         string   `name:"ca-file" env:"MERCAT_CA_FILE" placeholder:"FILE" help:"Certificates of your own authorities, as PEM, which are believed beside the public ones: for mail servers inside the council."`
	PLCDirectory   string   `name:"plc-directory" default:"https://plc.directory" env:"MERCAT_PLC_DIRECTORY" placeholder:"https://…" help:"Where Bluesky accounts say on which server they are."`
	MapTiles       string   `env:"MERCAT_MAP_TILES" placeholder:"https://…/{z}/{x}/{y}.png" help:"Raster tiles for maps. Without it, and without a style, maps show the council’s own places."`
	MapAttribution string   `env:"MERCAT_MAP_ATTRIBUTION" placeholder:"TEXT" help:"Whose tiles these are, as their licence wants it said."`
	MapStyle       string   `env:"MERCAT_MAP_STYLE" placeholder:"https://…" help:"MapLibre style for maps, in place of tiles."`
	MapOrigins     []string `env:"MERCAT_MAP_ORIGINS" placeholder:"https://…" help:"Further origins that the map style loads from."`
	MetricsListen  string   `env:"MERCAT_METRICS_LISTEN" placeholder:"HOST:PORT" help:"Serve /metrics there too. Other than on this machine it needs a token."`
	MetricsToken   string   `env:"MERCAT_METRICS_TOKEN" placeholder:"TOKEN" help:"Bearer token that opens /metrics. Without it, /metrics answers only this machine."`
}

// Config checks what the operator wrote. Log is where lines go.
//
// Errors: fault.Fields with every mistake, each under its flag's name.
func (w Where) Config(log func(format string, level slog.Level) *slog.Logger) (Config, error) {
	var wrong fault.Fields
	c := Config{Data: w.Data, DB: w.DB, KeyFile: w.KeyFile}
	if w.Data == "" {
		wrong.Add("data", "Name a folder.")
	}
	if w.DB != "" {
		if u, err := url.Parse(w.DB); err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" {
			wrong.Add("db", "A database address looks like postgres://user:password@host:5432/name. Leave it out for SQLite in the data folder.")
		}
	}
	node, err := strconv.Atoi(w.Node)
	if err != nil || node < 0 || node > 1023 {
		wrong.Add("node", fmt.Sprintf("%q is not a whole number from 0 to 1023.", w.Node))
	}
	c.Node = node
	if !slices.Contains([]string{"text", "json"}, w.LogFormat) {
		wrong.Add("log-format", fmt.Sprintf("%q is neither text nor json.", w.LogFormat))
	}
	var level slog.Level
	if !slices.Contains([]string{"debug", "info", "warn", "error"}, w.LogLevel) {
		wrong.Add("log-level", fmt.Sprintf("%q is none of debug, info, warn, error.", w.LogLevel))
	} else if err := level.UnmarshalText([]byte(w.LogLevel)); err != nil {
		wrong.Add("log-level", err.Error())
	}
	c.Log = log(w.LogFormat, level)
	return c, wrong.Err()
}

// Reached says for commands other than serve how people reach Mercat.
type Reached struct {
	Listen  string `default:"127.0.0.1:8080" env:"MERCAT_LISTEN" placeholder:"HOST:PORT" help:"Where Mercat listens, for links when no base URL is given."`
	BaseURL string `name:"base-url" env:"MERCAT_BASE_URL" placeholder:"https://…" help:"How people reach Mercat, for links."`
}

// Into checks what the operator wrote and adds it to c.
//
// Errors: fault.Fields with every mistake, each under its flag's name.
func (r Reached) Into(c Config) (Config, error) {
	var wrong fault.Fields
	c.Listen = r.Listen
	checkAddress(&wrong, "listen", r.Listen)
	c.BaseURL = checkBase(&wrong, r.BaseURL)
	return c, wrong.Err()
}

func checkBase(wrong *fault.Fields, given string) string {
	if given == "" {
		return ""
	}
	base, ok := originOf(strings.TrimSuffix(given, "/"))
	if !ok {
		wrong.Add("base-url", fmt.Sprintf("%q is not like https://mercat.example.org. Mercat needs a host name of its own, without a path behind it.", given))
	}
	return base
}

// Into checks what the operator wrote and adds it to c.
//
// Errors: fault.Fields with every mistake, each under its flag's name.
func (s Serving) Into(c Config) (Config, error) {
	var wrong fault.Fields
	c.Listen, c.MetricsListen, c.MetricsToken = s.Listen, s.MetricsListen, s.MetricsToken
	c.MapTiles, c.MapAttribution, c.MapStyle = s.MapTiles, s.MapAttribution, s.MapStyle
	checkAddress(&wrong, "listen", s.Listen)
	if s.MetricsListen != "" && checkAddress(&wrong, "metrics-listen", s.MetricsListen) && !loopback(s.MetricsListen) && s.MetricsToken == "" {
		wrong.Add("metrics-listen", fmt.Sprintf("%q can be reached from other machines. Set a --metrics-token too, or listen at 127.0.0.1.", s.MetricsListen))
	}
	if s.MetricsToken != "" && len(s.MetricsToken) < 16 {
		wrong.Add("metrics-token", "A token needs at least 16 characters, or it can be guessed.")
	}
	c.BaseURL = checkBase(&wrong, s.BaseURL)
	for _, p := range s.Proxies {
		prefix, ok := parsePrefix(p)
		if !ok {
			wrong.Add("proxies", fmt.Sprintf("%q is neither an IP address nor a network such as 10.0.0.0/8.", p))
			continue
		}
		c.Proxies = append(c.Proxies, prefix)
	}
	c.TrustedOrigins = checkOrigins(&wrong, "trusted-origins", s.TrustedOrigins)
	if slices.Contains(s.AllowPrivate, "all") {
		c.Guard.AllowPrivate = true
	} else if allow, err := httpx.ParseAllow(s.AllowPrivate); err != nil {
		wrong.Add("allow-private", fault.Sentence(err))
	} else {
		c.Guard.Allow = allow
	}
	c.Authorities = readAuthorities(&wrong, s.CAFile)
	if s.PLCDirectory != "" {
		plc, ok := originOf(strings.TrimSuffix(s.PLCDirectory, "/"))
		if !ok {
			wrong.Add("plc-directory", fmt.Sprintf("%q is not like https://plc.directory.", s.PLCDirectory))
		}
		c.PLCDirectory = plc
	}
	checkMap(&wrong, s)
	c.MapOrigins = checkOrigins(&wrong, "map-origins", s.MapOrigins)
	return c, wrong.Err()
}

// readAuthorities are the public ones and those of a file; nil without a file.
func readAuthorities(wrong *fault.Fields, file string) *x509.CertPool {
	if file == "" {
		return nil
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		wrong.Add("ca-file", fmt.Sprintf("%q cannot be read: %v.", file, err))
		return nil
	}
	pool, err := x509.SystemCertPool()
	if err != nil { // no public ones on this machine
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(pem) {
		wrong.Add("ca-file", fmt.Sprintf("%q holds no certificate. It must be PEM text that begins with -----BEGIN CERTIFICATE-----.", file))
	}
	return pool
}

func checkMap(wrong *fault.Fields, s Serving) {
	if s.MapTiles != "" && s.MapStyle != "" {
		wrong.Add("map-tiles", "Choose either tiles or a style for the map.")
	}
	if s.MapTiles != "" {
		holes := strings.NewReplacer("{z}", "0", "{x}", "0", "{y}", "0")
		if _, ok := webAddress(holes.Replace(s.MapTiles)); !ok || holes.Replace(s.MapTiles) == s.MapTiles {
			wrong.Add("map-tiles", fmt.Sprintf("%q is not like https://tiles.example.org/{z}/{x}/{y}.png.", s.MapTiles))
		}
	}
	if s.MapStyle != "" {
		if _, ok := webAddress(s.MapStyle); !ok {
			wrong.Add("map-style", fmt.Sprintf("%q is not like https://tiles.example.org/style.json.", s.MapStyle))
		}
	}
}

func checkAddress(wrong *fault.Fields, flag, address string) bool {
	_, port, err := net.SplitHostPort(address)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		wrong.Add(flag, fmt.Sprintf("%q is not like 127.0.0.1:8080, a host and a port.", address))
	}
	return err == nil
}

func checkOrigins(wrong *fault.Fields, flag string, list []string) []string {
	var origins []string
	for _, text := range list {
		origin, ok := originOf(text)
		if !ok {
			wrong.Add(flag, fmt.Sprintf("%q is not like https://www.example.org, without a path behind it.", text))
			continue
		}
		origins = append(origins, origin)
	}
	return origins
}

// originOf reads scheme://host, and nothing more.
func originOf(text string) (string, bool) {
	u, ok := webAddress(text)
	if !ok || u.Path != "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return "", false
	}
	return u.Scheme + "://" + u.Host, true
}

// webAddress reads an address whose origin may stand in a content security
// policy: a semicolon or space in it would begin another directive.
func webAddress(text string) (*url.URL, bool) {
	u, err := url.Parse(text)
	ok := err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && !strings.ContainsAny(u.Host, " ;,'\"")
	return u, ok
}

func parsePrefix(text string) (netip.Prefix, bool) {
	if p, err := netip.ParsePrefix(text); err == nil {
		return p.Masked(), true
	}
	if a, err := netip.ParseAddr(text); err == nil {
		return netip.PrefixFrom(a, a.BitLen()), true
	}
	return netip.Prefix{}, false
}
