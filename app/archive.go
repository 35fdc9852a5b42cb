package app

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"

	"mercat.scot/mercat/platform/blob"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
)

// A backup is one tar file, in this order: a mark, the database, the keys, every
// media file under its key, and the manifest. The manifest stands last because
// only then all of it is known, which lets a backup be written to a pipe; a file
// that was cut off has none.
//
// The database is either SQLite's own file, or the schema that it had and every
// table in pieces of JSON lines: from PostgreSQL, and wherever open forms are
// wanted. Form 1 had SQLite's file only.
const (
	archiveMark     = "mercat-backup"
	archiveDatabase = databaseFile
	archiveKeys     = "keys/secret.key"
	archiveMedia    = "media/"
	archiveManifest = "manifest.json"
	archiveSchema   = "schema.json"
	archiveTables   = "tables/"
	archiveFormat   = 2

	maxManifest = 1 << 20
	maxKeys     = 64 << 10
)

// Manifest says what is in a backup.
type Manifest struct {
	Format   int       `json:"format"`
	Version  string    `json:"version"` // of the program that made it
	Made     time.Time `json:"made"`
	Engine   db.Engine `json:"engine"`
	Record   Head      `json:"record"`
	Database *Piece    `json:"database,omitempty"` // SQLite's file, or nil
	Tables   []Rows    `json:"tables,omitempty"`   // in place of it
	Keys     *Piece    `json:"keys,omitempty"`     // nil when they were left out
	Media    Pieces    `json:"media"`
}

// Head is the end of the record.
type Head struct {
	Entries int64  `json:"entries"`
	Hash    string `json:"hash"`
}

// Rows are one table, in lines of JSON.
type Rows struct {
	Table  string `json:"table"`
	Rows   int64  `json:"rows"`
	SHA256 string `json:"sha256"` // of all its lines
}

// Piece is one file of a backup.
type Piece struct {
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// Pieces are many files, of which each is named by its hash: so their names
// and sizes, hashed in order, stand for all.
type Pieces struct {
	Files  int64  `json:"files"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// tally reckons Pieces.
type tally struct {
	pieces Pieces
	sum    hash.Hash
}

func newTally() *tally { return &tally{sum: sha256.New()} }

func (t *tally) add(key blob.Key, size int64) {
	t.pieces.Files++
	t.pieces.Bytes += size
	fmt.Fprintf(t.sum, "%s %d\n", key, size) // a hash takes all that it is given
}

func (t *tally) total() Pieces {
	p := t.pieces
	p.SHA256 = hex.EncodeToString(t.sum.Sum(nil))
	return p
}

// archiveWriter writes a backup.
type archiveWriter struct {
	tar  *tar.Writer
	made time.Time
}

// put writes one file of a known size and returns its hash.
func (w *archiveWriter) put(name string, size int64, body io.Reader) (Piece, error) {
	header := &tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o600, ModTime: w.made, Format: tar.FormatPAX}
	if err := w.tar.WriteHeader(header); err != nil {
		return Piece{}, fmt.Errorf("write %s into the backup: %w", name, err)
	}
	sum := sha256.New()
	if _, err := io.CopyN(io.MultiWriter(w.tar, sum), body, size); err != nil {
		return Piece{}, fmt.Errorf("write %s into the backup: %w", name, err)
	}
	return Piece{Size: size, SHA256: hex.EncodeToString(sum.Sum(nil))}, nil
}

func (w *archiveWriter) putText(name, text string) error {
	_, err := w.put(name, int64(len(text)), strings.NewReader(text))
	return err
}

func (w *archiveWriter) finish(m Manifest) error {
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return fmt.Errorf("write the manifest: %w", err)
	}
	if err := w.putText(archiveManifest, string(text)+"\n"); err != nil {
		return err
	}
	if err := w.tar.Close(); err != nil {
		return fmt.Errorf("end the backup: %w", err)
	}
	return nil
}

// errDamaged marks every fault that says a backup cannot be trusted.
var errDamaged = errors.New("the backup is damaged")

// Damaged reports whether err says that a backup file is not whole, not one of
// ours, or was changed.
func Damaged(err error) bool { return errors.Is(err, errDamaged) }

func damaged(format string, args ...any) error {
	return fault.Newf(fault.Conflict, "This backup cannot be restored: "+format+" Nothing was put into the data folder. Use another backup.", args...).Because(errDamaged)
}

// tablePiece is the name of a piece of a table: tables/desk_message/000001.jsonl.
var tablePiece = regexp.MustCompile(`^tables/([a-z][a-z0-9_]{0,62})/(\d{6,9})\.jsonl$`)

// archiveReader reads a backup and checks its form. Only names that a backup of
// ours has are let through, so no name leads out of the folder.
type archiveReader struct {
	tar   *tar.Reader
	begun bool
}

// next returns the next file, "" at the end.
func (r *archiveReader) next() (name string, size int64, err error) {
	header, err := r.tar.Next()
	switch {
	case errors.Is(err, io.EOF):
		return "", 0, nil
	case err != nil:
		return "", 0, r.broken(err)
	case header.Typeflag != tar.TypeReg:
		return "", 0, damaged("%q in it is not a plain file.", header.Name)
	}
	name = header.Name
	if !r.begun {
		if name != archiveMark {
			return "", 0, damaged("it is not a backup that Mercat made.")
		}
		r.begun = true
		text, err := r.text(16)
		if err != nil {
			return "", 0, err
		}
		if form, err := strconv.Atoi(strings.TrimSpace(text)); err != nil || form < 1 || form > archiveFormat {
			return "", 0, damaged("it was made by a newer Mercat, in a form (%s) that this one does not know.", strings.TrimSpace(text))
		}
		return r.next()
	}
	switch name {
	case archiveDatabase, archiveKeys, archiveManifest, archiveSchema:
		return name, header.Size, nil
	}
	if tablePiece.MatchString(name) {
		return name, header.Size, nil
	}
	key, ok := strings.CutPrefix(name, archiveMedia)
	if _, err := blob.ParseKey(key); !ok || err != nil {
		return "", 0, damaged("it holds %q, which does not belong in a backup.", name)
	}
	return name, header.Size, nil
}

// text reads a short file.
func (r *archiveReader) text(max int64) (string, error) {
	b, err := io.ReadAll(io.LimitReader(r.tar, max+1))
	if err != nil {
		return "", r.broken(err)
	}
	if int64(len(b)) > max {
		return "", damaged("a file in it is larger than it can be.")
	}
	return string(b), nil
}

func (r *archiveReader) manifest() (Manifest, error) {
	text, err := r.text(maxManifest)
	if err != nil {
		return Manifest{}, err
	}
	var m Manifest
	if err := json.Unmarshal([]byte(text), &m); err != nil || m.Format < 1 || m.Format > archiveFormat {
		return Manifest{}, damaged("its manifest cannot be read.")
	}
	return m, nil
}

// broken turns what the tar reader found into a fault; what the disk or the
// pipe said stays as it is.
func (r *archiveReader) broken(err error) error {
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return damaged("it is cut off.")
	case errors.Is(err, tar.ErrHeader), errors.Is(err, tar.ErrFieldTooLong), errors.Is(err, tar.ErrInsecurePath):
		if !r.begun {
			return damaged("it is not a backup that Mercat made.")
		}
		return damaged("it was changed or written over in its middle.")
	}
	return fmt.Errorf("read the backup: %w", err)
}
