package assets

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Prefix is where the assets are served.
const Prefix = "/assets/"

//go:embed files
var files embed.FS

// inner finds references from one asset to another: url("asset:name").
var inner = regexp.MustCompile(`asset:([a-z0-9._-]+)`)

type asset struct {
	name, hash, mime string
	body             []byte
	zipped           func() []byte // nil when compressing does not help
}

var load = sync.OnceValues(func() (map[string]*asset, error) {
	sub, err := fs.Sub(files, "files")
	if err != nil {
		return nil, fmt.Errorf("open the assets: %w", err)
	}
	return read(sub)
})

// read hashes every file. Style sheets and scripts may name other assets; they
// are read last, so that the addresses they contain are known.
func read(dir fs.FS) (map[string]*asset, error) {
	entries, err := fs.ReadDir(dir, ".")
	if err != nil {
		return nil, fmt.Errorf("list the assets: %w", err)
	}
	refers := func(name string) bool {
		return strings.HasSuffix(name, ".css") || strings.HasSuffix(name, ".js")
	}
	slices.SortStableFunc(entries, func(a, b fs.DirEntry) int {
		switch ra, rb := refers(a.Name()), refers(b.Name()); {
		case ra == rb:
			return 0
		case ra:
			return 1
		default:
			return -1
		}
	})
	all := make(map[string]*asset, len(entries))
	for _, e := range entries {
		if e.IsDir() {
			continue
		}
		body, err := fs.ReadFile(dir, e.Name())
		if err != nil {
			return nil, fmt.Errorf("read asset %s: %w", e.Name(), err)
		}
		if refers(e.Name()) {
			if body, err = resolve(e.Name(), body, all); err != nil {
				return nil, err
			}
		}
		all[e.Name()] = newAsset(e.Name(), body)
	}
	return all, nil
}

func resolve(name string, body []byte, known map[string]*asset) ([]byte, error) {
	var missing string
	out := inner.ReplaceAllFunc(body, func(m []byte) []byte {
		ref := string(m[len("asset:"):])
		a, ok := known[ref]
		if !ok {
			missing = ref
			return m
		}
		return []byte(a.url())
	})
	if missing != "" {
		return nil, fmt.Errorf("asset %s names %s, which does not exist or is read after it", name, missing)
	}
	return out, nil
}

func newAsset(name string, body []byte) *asset {
	sum := sha256.Sum256(body)
	a := &asset{name: name, hash: hex.EncodeToString(sum[:6]), mime: mimeOf(name), body: body}
	if compressible(name) {
		a.zipped = sync.OnceValue(func() []byte { return zip(body) })
	}
	return a
}

func (a *asset) url() string { return Prefix + a.hash + "/" + a.name }

func zip(body []byte) []byte {
	var buf bytes.Buffer
	// The level is valid and a bytes.Buffer cannot fail to be written.
	w, _ := gzip.NewWriterLevel(&buf, gzip.BestCompression)
	_, _ = w.Write(body)
	_ = w.Close()
	return buf.Bytes()
}

func compressible(name string) bool {
	switch path.Ext(name) {
	case ".css", ".js", ".mjs", ".svg", ".txt", ".json", ".webmanifest":
		return true
	}
	return false
}

// mimeOf does not ask the operating system, whose table may lack .mjs.
func mimeOf(name string) string {
	switch path.Ext(name) {
	case ".css":
		return "text/css; charset=utf-8"
	case ".js", ".mjs":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".png":
		return "image/png"
	case ".ico":
		return "image/x-icon"
	case ".woff2":
		return "font/woff2"
	case ".webmanifest":
		return "application/manifest+json"
	case ".txt":
		return "text/plain; charset=utf-8"
	}
	return "application/octet-stream"
}

// URL returns the address of an asset. It panics when there is none of that
// name: the name is written in our own source, and a test renders every page.
func URL(name string) string {
	all, err := load()
	if err != nil {
		panic(err)
	}
	a, ok := all[name]
	if !ok {
		panic("assets: there is no asset " + strconv.Quote(name))
	}
	return a.url()
}

// Handler serves GET /assets/{hash}/{name}. A page rendered by an older Mercat
// asks for an older hash: it gets the file as it is now, and may not keep it.
func Handler() (http.Handler, error) {
	all, err := load()
	if err != nil {
		return nil, err
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		hash, name, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, Prefix), "/")
		a, ok := all[name]
		if !ok {
			w.Header().Set("Cache-Control", "no-store")
			http.Error(w, "There is no such file.", http.StatusNotFound)
			return
		}
		serve(w, r, a, hash == a.hash)
	}), nil
}

func serve(w http.ResponseWriter, r *http.Request, a *asset, current bool) {
	h := w.Header()
	h.Set("Content-Type", a.mime)
	h.Set("Cache-Control", "no-cache")
	if current {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	body, tag := a.body, `"`+a.hash+`"`
	if a.zipped != nil {
		h.Set("Vary", "Accept-Encoding")
		if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			h.Set("Content-Encoding", "gzip")
			body, tag = a.zipped(), `"`+a.hash+`-gz"`
		}
	}
	h.Set("ETag", tag)
	if r.Header.Get("If-None-Match") == tag {
		h.Del("Content-Encoding")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method == http.MethodHead {
		return
	}
	// A browser that went away is no concern of ours.
	_, _ = w.Write(body)
}
