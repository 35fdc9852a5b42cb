package archive

import (
	"errors"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/text"
)

// threads remembers where our own replies belong: archives hold our posts only,
// and a reply to a reply of ours goes on with whom that was said to. It costs
// about a hundred bytes for each reply.
type threads map[network.Ref]reply

type reply struct {
	thread network.Ref
	to     network.Identity
}

// place puts a post into its thread. Mine says whether what it answers is ours;
// first is the thread, as far as the archive knows one, and to whom it answers,
// where it is not.
func (t threads) place(p *network.Post, mine bool, first network.Ref, to network.Identity) network.Identity {
	switch {
	case p.ReplyTo == "":
		p.Thread = p.Ref
	case mine:
		before, known := t[p.ReplyTo]
		if !known {
			before.thread = p.ReplyTo
		}
		p.Thread = before.thread
		if to.ID == "" {
			to = before.to
		}
	case first != "":
		p.Thread = first
	default:
		p.Thread = p.ReplyTo
	}
	if p.ReplyTo != "" {
		t[p.Ref] = reply{p.Thread, to}
	}
	return to
}

// skipTo passes over items that an earlier run has read. They are read all the
// same, because later ones may stand in their threads.
func skipTo(r Reader, from Position) error {
	for r.Position().Items < from.Items {
		if _, err := r.Next(); errors.Is(err, io.EOF) {
			return nil // the next call says so too
		} else if err != nil {
			return err
		}
	}
	return nil
}

// postPlace names the n-th post of an archive.
func postPlace(n int64) string { return "post " + strconv.FormatInt(n, 10) }

// files is where an archive keeps the files of posts.
type files struct {
	folder folder
	byName map[string]string // member by what posts call it
}

// newFiles takes the members of a folder; called says what posts call one, ""
// for those that are no files of posts.
func newFiles(f folder, called func(name string) string) files {
	out := files{f, map[string]string{}}
	for _, name := range f.names() {
		if c := called(name); c != "" {
			out.byName[c] = name
		}
	}
	return out
}

// opener opens the files of a post by what it calls them.
func (f files) opener(called []string) func(int) ([]byte, error) {
	return func(i int) ([]byte, error) {
		member, there := f.byName[called[i]]
		if !there {
			return nil, nil
		}
		b, err := readMember(f.folder, member, network.MaxMediaBytes)
		if fault.Is(err, fault.TooLarge) {
			return nil, fault.New(fault.TooLarge, "This file is larger than 40 MB and was not taken from the archive.")
		}
		return b, err
	}
}

// fileName is what a file is called: the post's number for it.
func fileName(n int, address string) string {
	ext := path.Ext(address)
	if len(ext) > 6 || strings.ContainsAny(ext, "?/&") {
		ext = ""
	}
	return fmt.Sprintf("file-%d%s", n+1, ext)
}

// cleanLine is a short foreign text on one line.
func cleanLine(s string, most int) string {
	out, _ := text.CleanLine(s, most)
	return out
}
