package archive

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/fault"
)

const (
	// Archives unpack to at most so many times their size, and what is granted to
	// small ones: more is a bomb. JSON packs to a tenth, pictures hardly at all.
	maxRatio    = 100
	maxRatioMin = 64 << 20
	// maxMembers is how many files an archive may hold.
	maxMembers = 2_000_000
)

// folder is the files of an account archive, however they are packed.
type folder interface {
	// names are the files in it, with slashes.
	names() []string
	// open opens one. What is larger than it said ends with an error.
	open(name string) (io.ReadCloser, error)
	close() error
}

// openFolder looks into a file. One that is no archive is a folder of itself,
// under the name only.
func openFolder(file *os.File, only, scratch string) (folder, error) {
	begin := make([]byte, 4)
	n, err := file.ReadAt(begin, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read an archive: %w", err)
	}
	info, err := file.Stat()
	if err != nil {
		return nil, fmt.Errorf("read an archive: %w", err)
	}
	switch begin = begin[:n]; {
	case bytes.HasPrefix(begin, []byte("PK\x03\x04")), bytes.HasPrefix(begin, []byte("PK\x05\x06")):
		return openZip(file, info.Size())
	case bytes.HasPrefix(begin, []byte{0x1f, 0x8b}):
		return unpack(file, info.Size(), scratch)
	}
	return single{file, only}, nil
}

func mostOf(packed int64) int64 { return maxRatioMin + maxRatio*packed }

// zipped is a zip file. Its members are read where they are.
type zipped struct {
	file    *os.File
	members map[string]*zip.File
}

func openZip(file *os.File, size int64) (folder, error) {
	z, err := zip.NewReader(file, size)
	if err != nil {
		return nil, fault.New(fault.Invalid, "The zip file is damaged or not whole. Fetch it once more.").Because(err)
	}
	if len(z.File) > maxMembers {
		return nil, fault.New(fault.Invalid, "The zip file holds more than two million files. Is it the right one?")
	}
	out := zipped{file, map[string]*zip.File{}}
	for _, f := range z.File {
		if !f.FileInfo().IsDir() {
			out.members[strings.TrimPrefix(path.Clean("/"+f.Name), "/")] = f
		}
	}
	return out, nil
}

func (z zipped) names() []string {
	var list []string
	for name := range z.members {
		list = append(list, name)
	}
	return list
}

func (z zipped) open(name string) (io.ReadCloser, error) {
	f := z.members[name]
	if f == nil {
		return nil, fs.ErrNotExist
	}
	if f.UncompressedSize64 > uint64(mostOf(int64(min(f.CompressedSize64, 1<<50)))) {
		return nil, fault.Newf(fault.Invalid, "The file %s in the archive unpacks to more than %d times its size. It was not read.", clip(name), maxRatio)
	}
	body, err := f.Open()
	if err != nil {
		return nil, fault.Newf(fault.Invalid, "The file %s in the archive is damaged.", clip(name)).Because(err)
	}
	// Its header may lie.
	return readCloser{&bounded{in: body, left: int64(f.UncompressedSize64) + 1}, body}, nil
}

func (z zipped) close() error { return z.file.Close() }

type readCloser struct {
	io.Reader
	io.Closer
}

// unpacked is a tar file that was unpacked: its members stand one after another
// and cannot be found without reading it all.
type unpacked struct {
	file    *os.File
	at      string
	members map[string]string // file names in at
}

// unpack unpacks a .tar.gz into a folder of its own in scratch. Names in the
// archive are never names on the disk.
func unpack(file *os.File, size int64, scratch string) (_ folder, err error) {
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return nil, fmt.Errorf("unpack an archive: %w", err)
	}
	if err := clearScratch(scratch); err != nil {
		return nil, err
	}
	at, err := os.MkdirTemp(scratch, scratchName(os.Getpid())+"*")
	if err != nil {
		return nil, fmt.Errorf("unpack an archive: %w", err)
	}
	u := unpacked{file, at, map[string]string{}}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(at))
		}
	}()
	const damaged = "The archive is damaged or not whole. Fetch it once more."
	zipped, err := gzip.NewReader(file)
	if err != nil {
		return nil, fault.New(fault.Invalid, damaged).Because(err)
	}
	in := tar.NewReader(&bounded{in: zipped, left: mostOf(size)})
	for n := 0; ; n++ {
		h, err := in.Next()
		switch {
		case errors.Is(err, io.EOF):
			return u, nil
		case errors.Is(err, errTooLong), n == maxMembers:
			return nil, fault.Newf(fault.Invalid, "The archive unpacks to more than %d times its size. It was not read.", maxRatio)
		case err != nil:
			return nil, fault.New(fault.Invalid, damaged).Because(err)
		case h.Typeflag != tar.TypeReg:
			continue
		}
		name := strings.TrimPrefix(path.Clean("/"+h.Name), "/")
		if h.Size > network.MaxMediaBytes && path.Ext(name) != ".json" {
			continue // as a file of a post it would be refused
		}
		if err := u.put(name, in); errors.Is(err, errTooLong) {
			return nil, fault.Newf(fault.Invalid, "The archive unpacks to more than %d times its size. It was not read.", maxRatio)
		} else if err != nil {
			return nil, err
		}
	}
}

// put writes a member to the disk.
func (u unpacked) put(name string, body io.Reader) error {
	to := filepath.Join(u.at, strconv.Itoa(len(u.members)))
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("unpack an archive: %w", err)
	}
	if _, err := io.Copy(out, body); err != nil {
		err = errors.Join(err, out.Close())
		if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, gzip.ErrChecksum) || errors.Is(err, gzip.ErrHeader) {
			return fault.New(fault.Invalid, "The archive is damaged or not whole. Fetch it once more.").Because(err)
		}
		return fmt.Errorf("unpack an archive: %w", err)
	}
	u.members[name] = to
	return out.Close()
}

func (u unpacked) names() []string {
	var list []string
	for name := range u.members {
		list = append(list, name)
	}
	return list
}

func (u unpacked) open(name string) (io.ReadCloser, error) {
	at, there := u.members[name]
	if !there {
		return nil, fs.ErrNotExist
	}
	return os.Open(at)
}

func (u unpacked) close() error { return errors.Join(os.RemoveAll(u.at), u.file.Close()) }

// scratchName begins the name of a folder in which a process unpacks.
func scratchName(pid int) string { return fmt.Sprintf(".import-%d-", pid) }

// clearScratch removes what processes that were killed have left: those whose
// number no process has any more.
func clearScratch(scratch string) error {
	left, err := filepath.Glob(filepath.Join(scratch, ".import-*"))
	if err != nil {
		return fmt.Errorf("look for what was left unpacked: %w", err)
	}
	for _, at := range left {
		number, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(at), ".import-"), "-")
		pid, err := strconv.Atoi(number)
		if err != nil || alive(pid) {
			continue
		}
		if err := os.RemoveAll(at); err != nil {
			return fmt.Errorf("remove what was left unpacked: %w", err)
		}
	}
	return nil
}

// single is a file that is no archive.
type single struct {
	file *os.File
	only string
}

func (s single) names() []string { return []string{s.only} }

func (s single) open(name string) (io.ReadCloser, error) {
	if name != s.only {
		return nil, fs.ErrNotExist
	}
	if _, err := s.file.Seek(0, io.SeekStart); err != nil {
		return nil, fmt.Errorf("read an archive: %w", err)
	}
	return io.NopCloser(s.file), nil
}

func (s single) close() error { return s.file.Close() }

// readMember reads a file of an archive whole, at most most bytes.
func readMember(f folder, name string, most int64) ([]byte, error) {
	in, err := f.open(name)
	if err != nil {
		return nil, err
	}
	defer in.Close() // it was only read
	b, err := io.ReadAll(io.LimitReader(in, most+1))
	if err != nil {
		return nil, fault.Newf(fault.Invalid, "The file %s in the archive is damaged.", clip(path.Base(name))).Because(err)
	}
	if int64(len(b)) > most {
		return nil, fault.Newf(fault.TooLarge, "The file %s in the archive is too large.", clip(path.Base(name)))
	}
	return b, nil
}
