package archive

import (
	"bufio"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"strings"

	"github.com/fxamacker/cbor/v2"

	"mercat.scot/mercat/platform/fault"
)

const (
	// maxBlock bounds one block: the protocol allows records of 1 MB.
	maxBlock = 2 << 20
	// maxNested is how deep data may be nested; posts have a dozen levels.
	maxNested = 64
)

// link is a CID as the protocol has it: version 1, DAG-CBOR or raw, SHA-256.
// https://atproto.com/specs/data-model
type link [sha256.Size]byte

// cidBegins is how such a CID begins, but for its second byte, the codec.
const (
	cidLength = 4 + sha256.Size
	codecCBOR = 0x71
	codecRaw  = 0x55
)

// parseLink reads a binary CID and returns what stands behind it.
func parseLink(b []byte) (l link, rest []byte, ok bool) {
	if len(b) < cidLength || b[0] != 1 || b[1] != codecCBOR && b[1] != codecRaw || b[2] != 0x12 || b[3] != sha256.Size {
		return l, b, false
	}
	copy(l[:], b[4:cidLength])
	return l, b[cidLength:], true
}

// UnmarshalCBOR implements cbor.Unmarshaler: a link is tag 42 around a zero and
// a CID.
func (l *link) UnmarshalCBOR(b []byte) error {
	var t cbor.RawTag
	if err := dag.Unmarshal(b, &t); err != nil {
		return err
	}
	var content []byte
	if err := dag.Unmarshal(t.Content, &content); err != nil {
		return err
	}
	if t.Number != 42 || len(content) == 0 || content[0] != 0 {
		return errors.New("it is no link")
	}
	got, rest, ok := parseLink(content[1:])
	if !ok || len(rest) > 0 {
		return errors.New("it is a link of a form that the protocol does not have")
	}
	*l = got
	return nil
}

// dag reads DAG-CBOR, the strict form of CBOR that the protocol has.
var dag = func() cbor.DecMode {
	m, err := cbor.DecOptions{DupMapKey: cbor.DupMapKeyEnforcedAPF, IndefLength: cbor.IndefLengthForbidden, MaxNestedLevels: maxNested,
		DefaultMapType: reflect.TypeFor[map[string]any](), UTF8: cbor.UTF8RejectInvalid}.DecMode()
	if err != nil {
		panic(err) // the options are constants
	}
	return m
}()

// span is where in the file a block is.
type span struct {
	offset  int64
	length  int32
	visited bool
}

// car is the blocks of a CAR file (version 1), found by their hashes. It holds
// where they are and not what is in them: about eighty bytes a block.
//
// It is not the reader of github.com/bluesky-social/indigo because that holds
// the whole repository in memory and gives it up for one broken block.
type car struct {
	file   *os.File
	root   link
	blocks map[link]span
}

const notWhole = "The file is no repository, or is damaged: %s. Export it once more."

// openCAR reads a file once, and keeps in mind which of its blocks are what
// their hashes say. One that is cut off is read as far as it goes.
func openCAR(file *os.File) (*car, error) {
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return nil, fmt.Errorf("read a repository: %w", err)
	}
	in := &counter{in: bufio.NewReaderSize(file, 64<<10)}
	header, err := section(in)
	if err != nil {
		return nil, fault.Newf(fault.Invalid, notWhole, "it has no beginning").Because(err)
	}
	var h struct {
		Version int64           `cbor:"version"`
		Roots   cbor.RawMessage `cbor:"roots"`
	}
	if err := dag.Unmarshal(header, &h); err != nil || h.Version != 1 {
		return nil, fault.Newf(fault.Invalid, notWhole, "it is no CAR file of version 1").Because(err)
	}
	var roots []link
	if err := dag.Unmarshal(h.Roots, &roots); err != nil || len(roots) != 1 {
		return nil, fault.Newf(fault.Invalid, notWhole, "it does not say where it begins").Because(err)
	}
	c := &car{file: file, root: roots[0], blocks: map[link]span{}}
	for {
		b, err := section(in)
		if err != nil {
			return c, nil // the end, or as far as it can be read: what lacks is missed later
		}
		l, data, ok := parseLink(b)
		if ok && sha256.Sum256(data) == l {
			c.blocks[l] = span{offset: in.n - int64(len(data)), length: int32(len(data))}
		}
	}
}

// section reads what stands behind its length.
func section(in *counter) ([]byte, error) {
	n, err := binary.ReadUvarint(in)
	if err != nil {
		return nil, err
	}
	if n == 0 || n > maxBlock {
		return nil, errTooLong
	}
	b := make([]byte, n)
	_, err = io.ReadFull(in, b)
	return b, err
}

// counter counts what is read.
type counter struct {
	in *bufio.Reader
	n  int64
}

func (c *counter) ReadByte() (byte, error) {
	b, err := c.in.ReadByte()
	if err == nil {
		c.n++
	}
	return b, err
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.in.Read(p)
	c.n += int64(n)
	return n, err
}

// block reads a block. Ok is false for one that is missing or broken.
func (c *car) block(l link) (data []byte, ok bool, err error) {
	at, there := c.blocks[l]
	if !there {
		return nil, false, nil
	}
	data = make([]byte, at.length)
	if _, err := c.file.ReadAt(data, at.offset); err != nil {
		return nil, false, fmt.Errorf("read a repository: %w", err)
	}
	return data, true, nil
}

// node is a node of the tree that leads from keys to records.
// https://atproto.com/specs/repository#mst-structure
type node struct {
	Left    *link   `cbor:"l"`
	Entries []entry `cbor:"e"`
}

type entry struct {
	Prefix int64  `cbor:"p"` // bytes shared with the key before
	Suffix []byte `cbor:"k"`
	Value  link   `cbor:"v"`
	Right  *link  `cbor:"t"`
}

// walk goes through the keys of a tree in their order. It holds the nodes from
// the root to where it is.
type walk struct {
	car   *car
	stack []frame
	last  string
}

type frame struct {
	node node
	next *link // a subtree to be gone through before the next entry
	i    int
	key  string
}

// maxDepth is how deep a tree may be; one of a million keys has about ten.
const maxDepth = 128

// next returns the next key and its record. Whole is false for a part of the
// tree that is missing or broken, and is passed over. At the end it returns
// io.EOF.
func (w *walk) next() (key string, record link, whole bool, err error) {
	for len(w.stack) > 0 {
		f := &w.stack[len(w.stack)-1]
		if f.next != nil {
			into := *f.next
			f.next = nil
			if pushed, err := w.push(into); err != nil || !pushed {
				return "", link{}, false, err
			}
			continue
		}
		if f.i == len(f.node.Entries) {
			w.stack = w.stack[:len(w.stack)-1]
			continue
		}
		e := f.node.Entries[f.i]
		if e.Prefix < 0 || e.Prefix > int64(len(f.key)) || len(e.Suffix) > 1_000 {
			w.stack = w.stack[:len(w.stack)-1]
			return "", link{}, false, nil
		}
		f.key = f.key[:e.Prefix] + string(e.Suffix)
		f.i, f.next = f.i+1, e.Right
		if f.key <= w.last {
			// Keys only rise; a tree in which they do not was made to have no end.
			w.stack = w.stack[:len(w.stack)-1]
			return "", link{}, false, nil
		}
		w.last = f.key
		return f.key, e.Value, true, nil
	}
	return "", link{}, true, io.EOF
}

// push goes into a node, each once.
func (w *walk) push(l link) (bool, error) {
	at := w.car.blocks[l]
	data, ok, err := w.car.block(l)
	if err != nil || !ok || at.visited || len(w.stack) == maxDepth {
		return false, err
	}
	at.visited = true
	w.car.blocks[l] = at
	var n node
	if dag.Unmarshal(data, &n) != nil {
		return false, nil
	}
	w.stack = append(w.stack, frame{node: n, next: n.Left})
	return true, nil
}

// asJSON makes of a record what the protocol has in JSON: links as {"$link":
// CID}, bytes as {"$bytes": …}.
func asJSON(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, one := range v {
			v[k] = asJSON(one)
		}
	case []any:
		for i, one := range v {
			v[i] = asJSON(one)
		}
	case cbor.Tag:
		if b, is := v.Content.([]byte); is && v.Number == 42 && len(b) > 1 {
			return map[string]any{"$link": "b" + strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b[1:]))}
		}
		return nil
	case []byte:
		return map[string]any{"$bytes": v}
	}
	return v
}
