package mastodontest

import (
	"bytes"
	"fmt"
	"image"
	_ "image/jpeg" // what may be uploaded
	_ "image/png"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
)

// file is a MediaAttachment.
type file struct {
	id    string
	owner *Account
	kind  string
	alt   string
	focus string
	waits int // how often it is not ready yet
	used  bool
}

// upload is a file as it came.
type upload struct {
	kind string
	data []byte
}

func readUpload(r *http.Request) (url.Values, *upload, error) {
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, nil, err
	}
	values := url.Values{}
	var up *upload
	for {
		p, err := parts.NextPart()
		if err == io.EOF {
			return values, up, nil
		}
		if err != nil {
			return nil, nil, err
		}
		data, err := io.ReadAll(io.LimitReader(p, 64<<20))
		if err != nil {
			return nil, nil, err
		}
		if isFile(p) {
			up = &upload{p.Header.Get("Content-Type"), data}
		}
		values.Add(p.FormName(), string(data))
	}
}

func isFile(p *multipart.Part) bool { return p.FormName() == "file" && p.FileName() != "" }

func (s *Server) newFile(owner *Account, kind, alt, focus string) *file {
	f := &file{id: fmt.Sprint(22_348_641 + len(s.files)), owner: owner, kind: kind, alt: alt, focus: focus}
	s.files[f.id] = f
	return f
}

func (s *Server) fileFor(f *file) object {
	var x, y float64
	if f.focus != "" {
		// It was checked when it came in.
		_, _ = fmt.Sscanf(f.focus, "%g,%g", &x, &y)
	}
	o := object{
		"id": f.id, "type": "image", "url": "https://files.burgh.test/original/" + f.id + ".jpeg", "preview_url": "https://files.burgh.test/small/" + f.id + ".jpeg",
		"remote_url": nil, "preview_remote_url": nil, "text_url": nil, "description": orNull(f.alt), "blurhash": "UFBWY:8_0Jxv4mx]t8t64.%M-:IUWGWAt6M}",
		"meta": object{"focus": object{"x": x, "y": y}, "original": object{"width": 640, "height": 480, "size": "640x480", "aspect": 1.3333333333333333}},
	}
	if f.waits > 0 {
		o["url"] = nil
	}
	return o
}

var focusForm = regexp.MustCompile(`^-?[01](\.\d+)?,-?[01](\.\d+)?$`)

func (c *call) uploadMedia() (any, error) {
	s := c.s
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.upload == nil {
		return nil, failure{http.StatusUnprocessableEntity, "Validation failed: File can't be blank"}
	}
	if _, kind, err := image.DecodeConfig(bytes.NewReader(c.upload.data)); err != nil || "image/"+kind != c.upload.kind {
		return nil, mediaNot
	}
	if f := c.in.Get("focus"); f != "" && !focusForm.MatchString(f) {
		s.slip("focus %q", f)
		return nil, failure{http.StatusUnprocessableEntity, "Validation failed: Focus is invalid"}
	}
	if len([]rune(c.in.Get("description"))) > 1500 {
		return nil, failure{http.StatusUnprocessableEntity, "Validation failed: Description is too long (maximum is 1500 characters)"}
	}
	f := s.newFile(c.who, c.upload.kind, c.in.Get("description"), c.in.Get("focus"))
	if s.options.AsyncMedia > 0 && c.r.URL.Path == "/api/v2/media" {
		f.waits = s.options.AsyncMedia
		c.w.Header().Set(statusHeader, "202")
	}
	return s.fileFor(f), nil
}

func (c *call) showMedia() (any, error) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	f := c.s.files[c.path["id"]]
	if f == nil || f.owner != c.who {
		return nil, notFound
	}
	if f.waits > 0 {
		f.waits--
		c.w.Header().Set(statusHeader, "206")
		o := c.s.fileFor(f)
		o["url"] = nil
		return o, nil
	}
	return c.s.fileFor(f), nil
}
