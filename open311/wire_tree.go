package open311

import (
	"bufio"
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"

	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/text"
)

// tree is one entry of a document, whether it came as XML or as JSON.
type tree struct {
	name  string
	text  string // of a leaf
	inner []tree
}

// What of foreign documents is read at most.
const (
	maxDepth  = 16
	maxLeaf   = 64 << 10 // bytes of one value
	maxPieces = 20_000   // values of one entry
)

// What an answer can be in place of data.
var (
	errWebPage  = fault.New(fault.Down, "The other side answered with a web page instead of data. It may be down, or the address may be that of a page for people.")
	errNoData   = fault.New(fault.Down, "The other side answered with nothing.")
	errNeither  = fault.New(fault.Down, "The other side answered with something that is neither XML nor JSON.")
	errTooDeep  = fault.New(fault.Down, "The other side answered with data that are nested too deeply to be service requests.")
	errTooLarge = fault.New(fault.Down, "The other side answered with an entry that is too large to be a service request.")
)

// entries reads a document as it comes and yields the entries of its list, or
// the one thing that it is. A list may be bare or within an object, and a list of
// one may be the entry itself. After an error nothing more comes.
func entries(r io.Reader, list, entry string) iter.Seq2[tree, error] {
	return func(yield func(tree, error) bool) {
		in := bufio.NewReaderSize(r, 32<<10)
		first, err := start(in)
		if err == nil {
			if first == '<' {
				err = xmlEntries(in, list, entry, yield)
			} else {
				err = jsonEntries(in, list, entry, yield)
			}
		}
		if err != nil && !errors.Is(err, errStopped) {
			if fault.Of(err) == "" {
				err = fault.New(fault.Down, "The other side’s answer breaks off or is not well formed.").Because(err)
			}
			yield(tree{}, err)
		}
	}
}

// errStopped says that whoever reads wants no more.
var errStopped = errors.New("no more is wanted")

// start skips a byte-order mark and white space, and says what follows.
func start(in *bufio.Reader) (byte, error) {
	if mark, err := in.Peek(3); err == nil && bytes.Equal(mark, []byte("\xef\xbb\xbf")) {
		if _, err := in.Discard(3); err != nil {
			return 0, err
		}
	}
	for {
		c, err := in.ReadByte()
		if errors.Is(err, io.EOF) {
			return 0, errNoData
		}
		if err != nil {
			return 0, err
		}
		if c == ' ' || c == '\t' || c == '\n' || c == '\r' {
			continue
		}
		if err := in.UnreadByte(); err != nil {
			return 0, err
		}
		head, err := in.Peek(512)
		if err != nil && !errors.Is(err, io.EOF) {
			return 0, err
		}
		low := bytes.ToLower(head)
		switch {
		case bytes.HasPrefix(low, []byte("<!doctype html")), bytes.HasPrefix(low, []byte("<html")), bytes.HasPrefix(low, []byte("<head")), bytes.HasPrefix(low, []byte("<body")):
			return 0, errWebPage
		case c != '<' && c != '[' && c != '{':
			return 0, errNeither
		}
		return c, nil
	}
}

func xmlEntries(in io.Reader, list, entry string, yield func(tree, error) bool) error {
	d := xml.NewDecoder(in)
	d.Strict = false
	d.Entity = xml.HTMLEntity
	d.CharsetReader = func(label string, r io.Reader) (io.Reader, error) {
		if strings.EqualFold(label, "iso-8859-1") || strings.EqualFold(label, "windows-1252") {
			return &latin{in: bufio.NewReader(r)}, nil
		}
		return r, nil // what is not UTF-8 then is cleaned away
	}
	root := true
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) && !root {
			return nil
		}
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return err
		}
		begin, is := token.(xml.StartElement)
		if !is {
			continue
		}
		name := strings.ToLower(begin.Name.Local)
		if root && name == "html" {
			return errWebPage
		}
		if root && name == list {
			root = false
			continue
		}
		pieces := 0
		one, err := xmlTree(d, begin, 1, &pieces)
		if err != nil {
			return err
		}
		// A root that is not the list is the entry, or something around it.
		if root && name != entry {
			return yieldWithin(one, list, entry, yield)
		}
		root = false
		if !yield(one, nil) {
			return errStopped
		}
	}
}

// xmlTree reads an element to its end.
func xmlTree(d *xml.Decoder, begin xml.StartElement, depth int, pieces *int) (tree, error) {
	if depth > maxDepth {
		return tree{}, errTooDeep
	}
	if *pieces++; *pieces > maxPieces {
		return tree{}, errTooLarge
	}
	t := tree{name: strings.ToLower(begin.Name.Local)}
	var leaf []byte
	for {
		token, err := d.Token()
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return tree{}, err
		}
		switch token := token.(type) {
		case xml.StartElement:
			one, err := xmlTree(d, token, depth+1, pieces)
			if err != nil {
				return tree{}, err
			}
			t.inner = append(t.inner, one)
		case xml.CharData:
			if len(leaf) < maxLeaf {
				leaf = append(leaf, token[:min(len(token), maxLeaf-len(leaf))]...)
			}
		case xml.EndElement:
			if len(t.inner) == 0 {
				t.text = string(leaf)
			}
			return t, nil
		}
	}
}

// yieldWithin looks for the entries in what stands around them.
func yieldWithin(t tree, list, entry string, yield func(tree, error) bool) error {
	found := t.deep(list)
	if found == nil {
		if t.has(entry) {
			found = &t
		} else {
			return yieldOne(t, yield)
		}
	}
	inner := found.inner
	if len(inner) == 1 && inner[0].has(entry) { // a list within its name, as JSON has it
		inner = inner[0].inner
	}
	for _, one := range inner {
		if !yield(one, nil) {
			return errStopped
		}
	}
	return nil
}

func yieldOne(t tree, yield func(tree, error) bool) error {
	if !yield(t, nil) {
		return errStopped
	}
	return nil
}

func jsonEntries(in io.Reader, list, entry string, yield func(tree, error) bool) error {
	d := json.NewDecoder(&numbers{in: bufio.NewReader(in)})
	token, err := d.Token()
	if err != nil {
		return err
	}
	if token != json.Delim('[') {
		pieces := 0
		one, err := jsonObject(d, "", 1, &pieces)
		if err != nil {
			return err
		}
		if within := one.find(list); within != nil {
			for _, inner := range within.inner {
				if inner.name != entry && inner.name != list && len(inner.inner) == 0 {
					return yieldOne(one, yield) // the name is a field of the entry itself
				}
			}
			return yieldWithin(one, list, entry, yield)
		}
		if one.has(entry) && len(one.inner) == 1 {
			return yieldWithin(one, list, entry, yield)
		}
		return yieldOne(one, yield)
	}
	for d.More() {
		pieces := 0
		one, err := jsonTree(d, entry, 1, &pieces)
		if err != nil {
			return err
		}
		if !yield(one, nil) {
			return errStopped
		}
	}
	if _, err := d.Token(); err != nil { // the end of the list
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return err
	}
	return nil
}

// jsonTree reads a value. A list becomes an element with entries of its name.
func jsonTree(d *json.Decoder, name string, depth int, pieces *int) (tree, error) {
	token, err := d.Token()
	if err != nil {
		return tree{}, err
	}
	if depth > maxDepth {
		return tree{}, errTooDeep
	}
	if *pieces++; *pieces > maxPieces {
		return tree{}, errTooLarge
	}
	t := tree{name: name}
	switch token := token.(type) {
	case json.Delim:
		if token == '{' {
			return jsonObject(d, name, depth, pieces)
		}
		for d.More() {
			one, err := jsonTree(d, name, depth+1, pieces)
			if err != nil {
				return tree{}, err
			}
			t.inner = append(t.inner, one)
		}
		_, err := d.Token()
		return t, err
	case string:
		t.text = token[:min(len(token), maxLeaf)]
	case bool:
		t.text = fmt.Sprint(token)
	}
	return t, nil
}

// jsonObject reads an object of which the brace has been read.
func jsonObject(d *json.Decoder, name string, depth int, pieces *int) (tree, error) {
	if depth > maxDepth {
		return tree{}, errTooDeep
	}
	t := tree{name: name}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return tree{}, err
		}
		field, is := key.(string)
		if !is {
			return tree{}, errNeither
		}
		one, err := jsonTree(d, strings.ToLower(field), depth+1, pieces)
		if err != nil {
			return tree{}, err
		}
		t.inner = append(t.inner, one)
	}
	_, err := d.Token()
	return t, err
}

func (t *tree) find(name string) *tree {
	for i := range t.inner {
		if t.inner[i].name == name {
			return &t.inner[i]
		}
	}
	return nil
}

// deep finds an element anywhere within.
func (t *tree) deep(name string) *tree {
	if found := t.find(name); found != nil {
		return found
	}
	for i := range t.inner {
		if found := t.inner[i].deep(name); found != nil {
			return found
		}
	}
	return nil
}

func (t *tree) has(name string) bool { return t.find(name) != nil }

// line is the text of a field on one line, of several lines with block.
func (t *tree) line(name string, most int) string {
	if one := t.find(name); one != nil {
		s, _ := text.CleanLine(one.leaf(), most)
		return s
	}
	return ""
}

func (t *tree) block(name string, most int) string {
	if one := t.find(name); one != nil {
		s, _ := text.Clean(one.leaf(), most)
		return s
	}
	return ""
}

// leaf is the text of a value; of a list, its first.
func (t *tree) leaf() string {
	for len(t.inner) > 0 {
		t = &t.inner[0]
	}
	return t.text
}

// list are the entries of a field, whether they stand in a list, in a list of
// lists as XML has them, or alone.
func (t *tree) list(name, entry string) []tree {
	one := t.find(name)
	if one == nil {
		return nil
	}
	if len(one.inner) > 0 && one.inner[0].name != entry && one.inner[0].name != name {
		return []tree{*one}
	}
	if len(one.inner) == 1 && one.inner[0].name == entry && len(one.inner[0].inner) > 0 && one.inner[0].inner[0].name == entry {
		return one.inner[0].inner
	}
	return one.inner
}

// truth reads true in the forms that servers use.
func truth(s string) bool {
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "true", "1", "yes", "y", "t":
		return true
	}
	return false
}
