package mastodon

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"
)

// limits are what is known of a server. The zero value is one of which nothing
// is known.
type limits struct {
	Domain     string    `json:"domain,omitempty"` // of its accounts' handles
	Version    string    `json:"version,omitempty"`
	Streaming  string    `json:"streaming,omitempty"` // "wss://…", "" for the server itself
	Characters int       `json:"characters,omitempty"`
	PerLink    int       `json:"per_link,omitempty"`
	Files      int       `json:"files,omitempty"`
	ImageBytes int64     `json:"image_bytes,omitempty"`
	Pixels     int       `json:"pixels,omitempty"`
	Alt        int       `json:"alt,omitempty"`
	Types      []string  `json:"types,omitempty"`
	Plain      bool      `json:"plain,omitempty"`   // see counter
	Quotes     bool      `json:"quotes,omitempty"`  // tells of quotes
	Filters    bool      `json:"filters,omitempty"` // keeps notifications back; see notifications
	ReadAt     time.Time `json:"read_at"`
}

// limitsFor is how long they are believed.
const limitsFor = 12 * time.Hour

func (l limits) orUsual() limits {
	usual := func(field *int, value int) {
		if *field <= 0 {
			*field = value
		}
	}
	usual(&l.Characters, usualCharacters)
	usual(&l.PerLink, usualPerLink)
	usual(&l.Files, usualFiles)
	usual(&l.Pixels, usualPixels)
	usual(&l.Alt, usualAlt)
	if l.ImageBytes <= 0 {
		l.ImageBytes = usualImageBytes
	}
	return l
}

func (l limits) counter() counter { return counter{perLink: l.orUsual().PerLink, plain: l.Plain} }

// pictures are the types that an officer may attach. They are encoded anew as
// JPEG or PNG, so the server must take those.
func (l limits) pictures() []string {
	all := []string{"image/jpeg", "image/png", "image/webp"}
	if len(l.Types) > 0 && !slices.Contains(l.Types, "image/jpeg") {
		return []string{"image/png"}
	}
	return all
}

type configuration struct {
	URLs struct {
		Streaming string `json:"streaming"`
	} `json:"urls"`
	Statuses struct {
		Characters int `json:"max_characters"`
		Files      int `json:"max_media_attachments"`
		PerLink    int `json:"characters_reserved_per_url"`
	} `json:"statuses"`
	Media struct {
		Types      []string `json:"supported_mime_types"`
		ImageBytes int64    `json:"image_size_limit"`
		Pixels     int      `json:"image_matrix_limit"`
		Alt        int      `json:"description_limit"`
	} `json:"media_attachments"`
}

// instance is what /api/v2/instance and /api/v1/instance say; each has fields of
// its own, and servers other than Mastodon have some of either.
type instance struct {
	Domain        string          `json:"domain"` // v2
	URI           string          `json:"uri"`    // v1, at times with https://
	Version       string          `json:"version"`
	SourceURL     string          `json:"source_url"`
	Configuration json.RawMessage `json:"configuration"`
	URLs          struct {
		Streaming string `json:"streaming_api"`
	} `json:"urls"` // v1
	MaxTootChars int            `json:"max_toot_chars"`    // Pleroma, and old forks
	DescLimit    int            `json:"description_limit"` // Pleroma
	APIVersions  map[string]int `json:"api_versions"`
}

func readInstance(raw json.RawMessage, now time.Time) (limits, error) {
	var in instance
	var odd *json.UnmarshalTypeError
	if err := json.Unmarshal(raw, &in); err != nil && !errors.As(err, &odd) {
		return limits{}, err
	}
	if in.Domain == "" && in.URI == "" && in.Version == "" {
		return limits{}, errors.New("it names neither a domain nor a version")
	}
	var c configuration
	if len(in.Configuration) > 0 {
		// What cannot be read is as if the server did not say.
		_ = json.Unmarshal(in.Configuration, &c)
	}
	l := limits{
		Domain: in.Domain, Version: in.Version, Streaming: c.URLs.Streaming,
		Characters: c.Statuses.Characters, PerLink: c.Statuses.PerLink, Files: c.Statuses.Files,
		ImageBytes: c.Media.ImageBytes, Pixels: c.Media.Pixels, Types: c.Media.Types, Alt: c.Media.Alt,
		Plain:   plainCount(in.Version, in.SourceURL),
		Quotes:  in.APIVersions["mastodon"] >= 7, // Mastodon 4.5
		Filters: in.APIVersions["mastodon"] >= 2, // 4.3
		ReadAt:  now,
	}
	if l.Domain == "" {
		l.Domain = in.URI
	}
	l.Domain = strings.ToLower(strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(l.Domain, "https://"), "http://"), "/"))
	if l.Streaming == "" {
		l.Streaming = in.URLs.Streaming
	}
	if l.Characters <= 0 {
		l.Characters = in.MaxTootChars
	}
	if l.Alt <= 0 {
		l.Alt = in.DescLimit
	}
	if len(l.Types) > 100 {
		l.Types = l.Types[:100]
	}
	return l, nil
}

// plainCount reports whether a server counts every sign of a text. Mastodon and
// its forks do not; the others say whom they are compatible with, or have a
// version below 2.
func plainCount(version, source string) bool {
	if strings.Contains(version, "compatible") || strings.Contains(source, "gotosocial") {
		return true
	}
	major, _, _ := strings.Cut(version, ".")
	n, err := strconv.Atoi(major)
	return err == nil && n < 2
}

// serverLimits asks the server, or returns what it said lately.
func (c *connection) serverLimits(ctx context.Context) (limits, error) {
	now := c.options.Now()
	c.known.Lock()
	have := c.known.Limits
	c.known.Unlock()
	if have.Version+have.Domain != "" && now.Sub(have.ReadAt) < limitsFor {
		return have, nil
	}
	l, err := c.askLimits(ctx, now)
	if err != nil {
		if have.Version+have.Domain != "" && ctx.Err() == nil {
			return have, nil // what it said before is better than to stop
		}
		return limits{}, err
	}
	return l, c.learn(ctx, func(k *knowledge) { k.Limits = l })
}

func (c *connection) askLimits(ctx context.Context, now time.Time) (limits, error) {
	var last error
	for _, path := range []string{"/api/v2/instance", "/api/v1/instance"} {
		var raw json.RawMessage
		_, err := c.client.do(ctx, get(path, nil), &raw)
		if err == nil {
			var l limits
			if l, err = readInstance(raw, now); err == nil {
				if l.Domain == "" {
					l.Domain = c.settings.host
				}
				return l, nil
			}
			err = &nonsenseError{Call: path, Status: 200, Cause: err}
		}
		if !unknownCall(err) {
			return limits{}, err
		}
		last = err
	}
	return limits{}, last
}
