package web

import (
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"

	"mercat.scot/mercat/platform/fault"
)

// File is one file of an upload. Name is what the sender calls it and must not
// be trusted; the reader fails with fault.TooLarge beyond the limit.
type File struct {
	Field string
	Name  string
	Type  string // as claimed
	io.Reader
}

// ReadUpload streams a multipart form: fields are kept, and each file is handed
// to take, in the order sent, without being kept in memory or on disk. What
// take does not read is skipped. Raise the route's limit with MaxBody. With an
// error comes the form as far as it was read, or nil, so that what was typed can
// be shown again.
func ReadUpload(r *http.Request, maxFile int64, take func(*File) error) (*Form, error) {
	parts, err := r.MultipartReader()
	if errors.Is(err, http.ErrNotMultipart) {
		return ReadForm(r) // a browser sends it so when the form has no enctype
	}
	if err != nil {
		return nil, errForm.Because(err)
	}
	f := NewForm()
	left := int64(maxFormText)
	for count := 0; ; count++ {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return f, nil
		}
		if err != nil {
			return f, partError(err)
		}
		if count >= maxFields {
			return f, fault.New(fault.TooLarge, "The form has too many fields.")
		}
		if part.FileName() != "" {
			if err := take(&File{
				Field:  part.FormName(),
				Name:   tidy(part.FileName()),
				Type:   part.Header.Get("Content-Type"),
				Reader: &bounded{part: part, left: maxFile, limit: maxFile},
			}); err != nil {
				return f, err
			}
			continue
		}
		body, err := io.ReadAll(io.LimitReader(part, left+1))
		if err != nil {
			return f, partError(err)
		}
		if left -= int64(len(body)); left < 0 {
			return f, fault.New(fault.TooLarge, "The text in this form is longer than can be taken. Shorten it and send it again.")
		}
		if part.Header.Get("Content-Disposition") != "" && part.FormName() != "" && !emptyFile(part) {
			f.values.Add(part.FormName(), tidy(string(body)))
		}
	}
}

// emptyFile recognises a file field in which nothing was chosen.
func emptyFile(p *multipart.Part) bool {
	_, params, err := mime.ParseMediaType(p.Header.Get("Content-Disposition"))
	_, has := params["filename"]
	return err == nil && has
}

func partError(err error) error {
	var tooLong *http.MaxBytesError
	if errors.As(err, &tooLong) {
		return err
	}
	return errForm.Because(err)
}

type bounded struct {
	part  io.Reader
	left  int64
	limit int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.part.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, fault.Newf(fault.TooLarge, "The file is larger than %s. Choose a smaller one.", Bytes(b.limit))
	}
	if err != nil && !errors.Is(err, io.EOF) {
		err = partError(err)
	}
	return n, err
}
