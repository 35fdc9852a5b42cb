package practice

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
)

const (
	threadsShown = 20  // on one page
	postsShown   = 30  // of each of them
	postsAlone   = 500 // of a thread that is shown alone
	threadsMoved = 100 // told to a page at once; it catches up with the rest afterwards
)

// View is who looks, and where.
type View struct {
	Citizen int64
	Post    network.Ref // only the thread of this post; "" is the timeline
	Before  int64       // threads older than that one, by Thread.Number; 0 is the newest
}

// Timeline is what a citizen sees, newest thread first.
type Timeline struct {
	Threads []Thread
	Older   int64 // View.Before of what comes next; 0 when there is nothing
	Seq     int64 // the number of the last thing that happened
}

// Thread is a post with its answers, oldest first.
type Thread struct {
	Ref    network.Ref
	Number int64
	Posts  []Said
	Cut    bool // there may be posts between the first and the others
}

// Said is a post as a citizen sees it.
type Said struct {
	Ref         network.Ref
	Version     int64 // for Edit
	FromCouncil bool
	Mine        bool
	Name        string
	Handle      string // without @
	To          string // the handle of the council account that it is for; "" is every one
	Visibility  network.Visibility
	Text        string
	Warning     string
	Language    string
	Pictures    []Picture
	At, Edited  time.Time
	Deleted     bool
}

func (m post) said(citizen int64) Said {
	s := Said{
		Ref: refOf(m.id), Version: m.seq, FromCouncil: m.ours(), Mine: !m.ours() && m.citizen == citizen,
		Name: m.name, Handle: m.authorHandle, Visibility: m.visibility,
		Text: m.body, Warning: m.warning, Language: m.language, Pictures: m.pictures,
		At: m.at, Edited: m.edited, Deleted: m.gone(),
	}
	if !m.ours() {
		s.To = m.handle
	}
	return s
}

// Timeline is what a citizen sees now. Errors: fault.NotFound for View.Post.
func (p *Practice) Timeline(ctx context.Context, v View) (Timeline, error) {
	var out Timeline
	err := p.options.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		seq, err := lastSeq(ctx, tx)
		if err != nil {
			return err
		}
		var roots []int64
		older, last := int64(0), postsShown
		if v.Post != "" {
			m, found, err := findPost(ctx, tx, sqlPostByID, idOf(v.Post))
			if err != nil {
				return err
			}
			if !found || !m.seenBy(v.Citizen) {
				return fault.New(fault.NotFound, "There is no such post on the practice network.")
			}
			roots, last = []int64{m.thread}, postsAlone
		} else {
			before := v.Before
			if before <= 0 {
				before = math.MaxInt64
			}
			if roots, err = readRoots(ctx, tx, v.Citizen, before, threadsShown+1); err != nil {
				return err
			}
		}
		more := len(roots) > threadsShown
		roots = roots[:min(len(roots), threadsShown)]
		threads, err := threadsOf(ctx, tx, v.Citizen, roots, last)
		if err != nil {
			return err
		}
		if more {
			older = threads[len(threads)-1].Number
		}
		out = Timeline{Threads: threads, Older: older, Seq: seq}
		return nil
	})
	if err != nil {
		return Timeline{}, fmt.Errorf("read the practice network: %w", err)
	}
	return out, nil
}

// Moved is what happened behind a number, for a page that shows the network as
// it was then.
type Moved struct {
	Changed []Thread // threads as they are now
	Seq     int64    // up to which this tells
}

// Moved tells what a citizen sees changed since seq.
func (p *Practice) Moved(ctx context.Context, citizen, after int64) (Moved, error) {
	var out Moved
	err := p.options.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		ids, upTo, err := readThreadsAfter(ctx, tx, citizen, after, threadsMoved)
		if err != nil {
			return err
		}
		threads, err := threadsOf(ctx, tx, citizen, ids, postsShown)
		if err != nil {
			return err
		}
		out = Moved{Changed: threads, Seq: upTo}
		return nil
	})
	if err != nil {
		return Moved{}, fmt.Errorf("read what changed on the practice network: %w", err)
	}
	return out, nil
}

// threadsOf groups the posts of threads, newest thread first.
func threadsOf(ctx context.Context, tx *db.Tx, citizen int64, ids []int64, last int) ([]Thread, error) {
	posts, err := readThreads(ctx, tx, citizen, ids, last)
	if err != nil {
		return nil, err
	}
	var list []Thread
	at := map[int64]int{}
	for _, m := range posts {
		i, known := at[m.thread]
		if !known {
			i, at[m.thread] = len(list), len(list)
			list = append(list, Thread{Ref: refOf(m.thread), Number: m.number})
		}
		list[i].Posts = append(list[i].Posts, m.said(citizen))
		list[i].Cut = len(list[i].Posts) > last
	}
	slices.SortFunc(list, func(a, b Thread) int { return int(b.Number - a.Number) })
	return list, nil
}
