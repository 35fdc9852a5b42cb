package archive

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"strings"

	"github.com/bluesky-social/indigo/atproto/syntax"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/network/bluesky"
	"mercat.scot/mercat/platform/fault"
)

// repository reads the posts of an AT Protocol repository, as the network
// exports it: in a CAR file, without the pictures. Its tree has posts in the
// order in which they were written.
type repository struct {
	car   *car
	walk  walk
	own   bluesky.Stored
	items int64
	seen  threads
}

const postPrefix = bluesky.PostCollection + "/"

func newRepository(file *os.File, o Options) (Reader, error) {
	c, err := openCAR(file)
	if err != nil {
		return nil, err
	}
	r := &repository{car: c, seen: threads{}, own: bluesky.Stored{Now: o.Now}}
	if len(o.Own) > 0 && strings.Contains(o.Own[0], ".") {
		r.own.Handle = o.Own[0]
	}
	root, err := r.readCommit()
	if err != nil {
		return nil, err
	}
	if err := r.readProfile(root); err != nil {
		return nil, err
	}
	for l, at := range c.blocks { // what was gone through for the profile is gone through again
		at.visited = false
		c.blocks[l] = at
	}
	r.begin(root)
	return r, skipTo(r, o.From)
}

// readCommit reads whose repository it is, and returns the root of its tree.
func (r *repository) readCommit() (link, error) {
	data, ok, err := r.car.block(r.car.root)
	if err != nil {
		return link{}, err
	}
	var commit struct {
		DID     string `cbor:"did"`
		Version int64  `cbor:"version"`
		Data    link   `cbor:"data"`
	}
	if !ok || dag.Unmarshal(data, &commit) != nil {
		return link{}, fault.Newf(fault.Invalid, notWhole, "its newest commit is missing or broken")
	}
	if _, err := syntax.ParseDID(commit.DID); err != nil || commit.Version != 3 && commit.Version != 2 {
		return link{}, fault.Newf(fault.Invalid, notWhole, "its newest commit is of a form that is not known").Because(err)
	}
	r.own.DID = commit.DID
	return commit.Data, nil
}

// begin goes to the beginning of the tree.
func (r *repository) begin(root link) {
	// One node stands above the root, so that a root that is missing is told like
	// any other.
	r.walk = walk{car: r.car, stack: []frame{{next: &root}}}
}

// readProfile reads what the account calls itself; its key stands before those
// of posts.
func (r *repository) readProfile(root link) error {
	const key = "app.bsky.actor.profile/self"
	r.begin(root)
	for {
		at, record, whole, err := r.walk.next()
		if errors.Is(err, io.EOF) || whole && at > key {
			return nil
		}
		if err != nil {
			return err
		}
		if !whole || at != key {
			continue
		}
		data, ok, err := r.car.block(record)
		var profile struct {
			Name string `cbor:"displayName"`
		}
		if err == nil && ok && dag.Unmarshal(data, &profile) == nil {
			r.own.Name = cleanLine(profile.Name, network.MaxNameRunes)
		}
		return err
	}
}

// Next implements Reader.
func (r *repository) Next() (Item, error) {
	for {
		key, record, whole, err := r.walk.next()
		if err != nil {
			return Item{}, err
		}
		if whole && !strings.HasPrefix(key, postPrefix) {
			continue
		}
		r.items++
		place := postPlace(r.items)
		if !whole {
			return Item{Place: place, Wrong: "A part of the repository is missing or broken here, with the posts that were in it."}, nil
		}
		key = strings.TrimPrefix(key, postPrefix)
		data, ok, err := r.car.block(record)
		if err != nil {
			return Item{}, err
		}
		item := Item{Wrong: "It is missing, or broken."}
		if ok {
			item = r.item(key, data)
		}
		item.Place, item.Size = place+" ("+cleanLine(key, 60)+")", int64(len(data))
		return item, nil
	}
}

// item makes a post of a record.
func (r *repository) item(key string, data []byte) Item {
	var record map[string]any
	if err := dag.Unmarshal(data, &record); err != nil {
		return Item{Wrong: "It is not as Bluesky writes it."}
	}
	raw, err := json.Marshal(asJSON(record))
	if err != nil {
		return Item{Wrong: "It holds what no post holds."}
	}
	p, to, dated, ok := r.own.Read(key, raw)
	if !ok {
		return Item{Wrong: "It is no post."}
	}
	if !dated {
		return Item{Wrong: "It has no date that can be right."}
	}
	mine := to.ID == r.own.DID
	if mine {
		to = network.Identity{}
	}
	thread := p.Thread // the record names it
	to = r.seen.place(p, mine, thread, to)
	p.Thread = thread
	return Item{Post: p, To: to}
}

// Position implements Reader.
func (r *repository) Position() Position { return Position{Items: r.items} }

// Owner implements Reader.
func (r *repository) Owner() network.Identity { return r.own.Owner() }

// Close implements Reader.
func (r *repository) Close() error { return r.car.file.Close() }
