package webform

import (
	"bufio"
	"errors"
	"io"
	"net/http"
	"strconv"

	"mercat.scot/mercat/platform/blob"
	"mercat.scot/mercat/platform/web"
)

// serve sends a file: a picture to be seen, anything else to be saved. Whoever
// asks must have been let in before.
func (n *Network) serve(w http.ResponseWriter, r *http.Request, f file, thumb bool) error {
	key := f.key
	if thumb && f.picture() {
		key = f.thumb
	}
	stored, size, err := n.open(r.Context(), key)
	if err != nil {
		return err
	}
	defer stored.Close()
	body := bufio.NewReaderSize(stored, blob.SniffLen)
	head, err := body.Peek(blob.SniffLen)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if kind := blob.Sniff(f.name, head); f.picture() && kind.Class == blob.Picture {
		blob.SetPicture(w.Header(), kind.ContentType)
	} else {
		blob.SetDownload(w.Header(), f.name, kind)
	}
	web.KeepPrivate(w)
	w.Header().Set("Content-Length", strconv.FormatInt(size, 10))
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodHead {
		return nil
	}
	// Whoever went away before the end needs no error page.
	_, _ = io.Copy(w, body)
	return nil
}
