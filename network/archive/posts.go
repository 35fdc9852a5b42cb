package archive

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"

	"mercat.scot/mercat/platform/fault"
)

// maxPost bounds one post in JSON. Real ones have a few kilobytes.
const maxPost = 4 << 20

// posts goes through the elements of JSON arrays, which may stand in several
// files, one element at a time.
type posts struct {
	folder folder
	files  []string // in order
	enter  func(in *json.Decoder) error
	// strip is how many bytes stand before the JSON of a file; nil is none.
	strip func(in io.Reader) (io.Reader, error)

	body  io.Closer
	bound *bounded
	in    *json.Decoder
	count int64 // elements read
}

// next returns the next element; io.EOF is the end. It is good until the next
// call.
func (p *posts) next() (json.RawMessage, error) {
	for {
		if p.in == nil {
			if len(p.files) == 0 {
				return nil, io.EOF
			}
			if err := p.begin(); err != nil {
				return nil, err
			}
		}
		p.bound.left = maxPost
		if !p.in.More() {
			// Whether the array ended as it should is for its bracket to say.
			if _, err := p.in.Token(); err != nil {
				return nil, p.broken(err)
			}
			p.end()
			p.files = p.files[1:]
			continue
		}
		var raw json.RawMessage
		if err := p.in.Decode(&raw); err != nil {
			return nil, p.broken(err)
		}
		p.count++
		return raw, nil
	}
}

// begin opens the next file and goes into its array.
func (p *posts) begin() error {
	body, err := p.folder.open(p.files[0])
	if err != nil {
		return err
	}
	p.body = body
	p.bound = &bounded{in: body, left: maxPost}
	var in io.Reader = p.bound
	if p.strip != nil {
		if in, err = p.strip(in); err != nil {
			p.end()
			return err
		}
	}
	p.in = json.NewDecoder(in)
	if err := p.enter(p.in); err != nil {
		p.end()
		return err
	}
	return nil
}

// broken says where a file cannot be read any further.
func (p *posts) broken(err error) error {
	place := postPlace(p.count)
	if errors.Is(err, errTooLong) {
		return fault.Newf(fault.Invalid, "The file cannot be read beyond %s: the next one is larger than 4 MB.", place).Because(err)
	}
	if e := fault.Of(err); e != "" {
		return err
	}
	return fault.Newf(fault.Invalid, "The file cannot be read beyond %s: it is damaged or not whole, at byte %d.", place, p.in.InputOffset()).Because(err)
}

// end closes the file that is being read.
func (p *posts) end() {
	if p.body != nil {
		_ = p.body.Close() // it was only read; what is wrong with it, reading said
	}
	p.in, p.body = nil, nil
}

func (p *posts) close() error {
	p.end()
	return p.folder.close()
}

// enterArray goes into an array that is the whole file.
func enterArray(in *json.Decoder) error {
	if t, err := in.Token(); err != nil || t != json.Delim('[') {
		return fault.New(fault.Invalid, "The file is not what it should be: no list of posts is in it.").Because(err)
	}
	return nil
}

// enterField goes into the array that is a field of the object that the file is,
// and passes over what stands before it.
func enterField(name string) func(in *json.Decoder) error {
	return func(in *json.Decoder) error {
		wrong := func(err error) error {
			return fault.Newf(fault.Invalid, "The file is not what it should be: it has no list %q.", name).Because(err)
		}
		if t, err := in.Token(); err != nil || t != json.Delim('{') {
			return wrong(err)
		}
		for in.More() {
			key, err := in.Token()
			if err != nil {
				return wrong(err)
			}
			if key == name {
				if t, err := in.Token(); err != nil || t != json.Delim('[') {
					return wrong(err)
				}
				return nil
			}
			var passed json.RawMessage
			if err := in.Decode(&passed); err != nil {
				return wrong(err)
			}
		}
		return wrong(nil)
	}
}

// afterAssignment passes over the beginning of a script that assigns the array:
// "window.YTD.tweets.part0 = ".
func afterAssignment(in io.Reader) (io.Reader, error) {
	begin := make([]byte, 200)
	n, err := io.ReadFull(in, begin)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return nil, fault.New(fault.Invalid, "The file in the archive is damaged.").Because(err)
	}
	begin = begin[:n]
	if i := bytes.IndexByte(begin, '['); i >= 0 {
		begin = begin[i:]
	}
	return io.MultiReader(bytes.NewReader(begin), in), nil
}
