package desk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"mercat.scot/mercat/platform/blob"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
)

var errNoFile = fault.New(fault.NotFound, "There is no such file.")

// getMedia serves a file of a message or of a draft: pictures as we made them,
// everything else to be saved only.
func (s *Service) getMedia(w http.ResponseWriter, r *http.Request) error {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil || id <= 0 {
		return errNoFile
	}
	var m Media
	err = s.DB.Read(r.Context(), func(ctx context.Context, tx *db.Tx) error {
		m, err = mediaByID(ctx, tx, id)
		return err
	})
	if err != nil {
		return err
	}
	if m.State != "ready" {
		return errNoFile
	}
	key, picture := m.Blob, m.Thumbnail != ""
	switch size := r.PathValue("size"); {
	case size == "thumb" && picture:
		key = m.Thumbnail
	case size == "full" && picture:
	case size == "file":
		picture = false
	default:
		return errNoFile
	}
	return s.sendBlob(w, r, m, key, picture)
}

func (s *Service) sendBlob(w http.ResponseWriter, r *http.Request, m Media, name string, picture bool) error {
	key, err := blob.ParseKey(name)
	if err != nil {
		return err
	}
	body, _, err := s.Blobs.Open(r.Context(), key)
	if err != nil {
		return err
	}
	defer body.Close()
	// What it is decides its bytes, not what was said of it.
	head := make([]byte, blob.SniffLen)
	n, err := io.ReadFull(body, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read file %d: %w", m.ID, err)
	}
	if _, err := body.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("read file %d: %w", m.ID, err)
	}
	kind := blob.Sniff(m.Filename, head[:n])
	switch {
	case !picture:
		blob.SetDownload(w.Header(), m.Filename, kind)
	case kind.Class == blob.Picture:
		blob.SetPicture(w.Header(), kind.ContentType)
	default:
		return errNoFile
	}
	http.ServeContent(w, r, "", time.Time{}, body)
	return nil
}

// ShowPicture serves a picture of a message to somebody whom the caller lets
// see it.
//
// Errors: fault.NotFound.
func (s *Service) ShowPicture(w http.ResponseWriter, r *http.Request, id int64, thumb bool) error {
	var m Media
	err := s.DB.Read(r.Context(), func(ctx context.Context, tx *db.Tx) (err error) {
		m, err = s.MediaTx(ctx, tx, id)
		return err
	})
	if err != nil {
		return err
	}
	if !m.Picture() {
		return errNoFile
	}
	key := m.Blob
	if thumb {
		key = m.Thumbnail
	}
	return s.sendBlob(w, r, m, key, true)
}
