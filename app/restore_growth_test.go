package app

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"mercat.scot/mercat/platform/growthtest"
)

// archived is a tar of one file behind the mark, without the end of a tar.
func archived(t *testing.T, name, body string, records map[string]string) (mark, file string) {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	put := func(h tar.Header, body string) {
		h.Size, h.Typeflag, h.Mode = int64(len(body)), tar.TypeReg, 0o600
		err := w.WriteHeader(&h)
		if err == nil {
			_, err = io.WriteString(w, body)
		}
		if err = errors.Join(err, w.Flush()); err != nil {
			t.Fatal(err)
		}
	}
	put(tar.Header{Name: archiveMark}, "2\n")
	n := b.Len()
	put(tar.Header{Name: name, PAXRecords: records}, body)
	return b.String()[:n], b.String()[n:]
}

// readWhole goes through a backup as restoring does.
func readWhole(s string) {
	r := &archiveReader{tar: tar.NewReader(strings.NewReader(s))}
	for {
		name, _, err := r.next()
		if err != nil || name == "" {
			return
		}
		if name == archiveManifest {
			_, err = r.manifest()
		} else {
			err = eachLine(r.tar, func([]byte) error { return nil })
		}
		if err != nil {
			return
		}
	}
}

func TestReadingABackupTakesLinearTime(t *testing.T) {
	mark, media := archived(t, archiveMedia+strings.Repeat("a", 64), "x", nil)
	_, piece := archived(t, archiveTables+"desk_message/000001.jsonl", `{"id":1}`+"\n", nil)
	_, extended := archived(t, archiveMedia+strings.Repeat("a", 64), "x", map[string]string{"comment": "a"})
	_, manifest := archived(t, archiveManifest, "{", nil)
	growthtest.Linear(t, map[string]growthtest.Shape{
		"media":            {Head: mark, Unit: media},
		"pieces":           {Head: mark, Unit: piece},
		"extended headers": {Head: mark, Unit: extended},
		"half headers":     {Head: mark, Unit: extended[:1024]},
		"zeros":            {Head: mark, Unit: "\x00"},
		"marks":            {Unit: mark},
		"manifests":        {Head: mark, Unit: manifest},
		"no tar":           {Unit: "a"},
	}, readWhole)
}

func TestReadingWhatIsInABackupTakesLinearTime(t *testing.T) {
	for name, shapes := range map[string]map[string]growthtest.Shape{archiveManifest: growthtest.JSON, archiveTables + "desk_message/000001.jsonl": growthtest.Lines} {
		growthtest.Linear(t, shapes, func(s string) {
			mark, file := archived(t, name, s, nil)
			readWhole(mark + file)
		})
	}
}
