package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"mercat.scot/mercat/app"
	"mercat.scot/mercat/network"
	"mercat.scot/mercat/network/practice"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/record"
)

// aimOfCeiling is which share of a plain insert intake aims at.
const aimOfCeiling = 0.5

// turns is in how many parts posts are taken in and rows inserted.
const turns = 10

// Intake hands batches of ready posts to the desk as a receiver does: each is
// cleaned, read by triage and the gazetteer, routed, and kept with its people,
// its conversation, its place in the record, its jobs and its full text, in one
// durable transaction with the cursor. Half of the posts answer in a thread that
// is known, one in ten has a picture.
//
// Beside it stands the ceiling: the very rows that this wrote, inserted many at
// a time into the same tables of a second database, with the same indexes, the
// same full-text index and the same transactions, by statements that were
// prepared, and nothing else.
func Intake(ctx context.Context, o Options) (r Result, err error) {
	o = o.withDefaults(20_000)
	began := o.Now()
	g, err := newGround(ctx, o)
	if err != nil {
		return Result{}, err
	}
	defer func() { err = errors.Join(err, g.remove(ctx)) }()
	c, err := g.council(ctx, "council")
	if err != nil {
		return Result{}, err
	}
	a, err := app.Open(ctx, c)
	if err != nil {
		return Result{}, err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	if err := setUp(ctx, a); err != nil {
		return Result{}, err
	}
	t, err := newTwin(ctx, g, a.DB(), c)
	if err != nil {
		return Result{}, err
	}
	defer func() { err = errors.Join(err, t.close()) }()

	r = Result{Bench: "intake", Engine: g.engine, Size: o.Size}
	account, err := practiceAccount(ctx, a)
	if err != nil {
		return Result{}, err
	}
	batches := talk(o)
	var took, raw float64
	// In turns, so that what else the machine does slows both alike.
	for some := range slices.Chunk(batches, max((len(batches)+turns-1)/turns, 1)) {
		seconds, err := takeIn(ctx, o, a, account, some)
		if err != nil {
			return Result{}, err
		}
		took += seconds
		if err := t.read(ctx); err != nil {
			return Result{}, err
		}
		if seconds, err = t.insert(ctx, o, o.Batch); err != nil {
			return Result{}, err
		}
		raw += seconds
		o.Log.Info("taken in", "posts", t.messages, "seconds", took, "plain", raw)
	}
	if err := whole(ctx, o, a.DB(), t); err != nil {
		return Result{}, err
	}
	posts, rows := float64(o.Size), float64(t.written)
	r.add("posts_per_second", posts/took, "posts/s")
	r.add("rows_per_second", rows/took, "rows/s")
	r.add("raw_posts_per_second", posts/raw, "posts/s")
	r.add("raw_rows_per_second", rows/raw, "rows/s")
	r.add("ratio", raw/took, "").AtLeast = aimOfCeiling
	r.add("rows_per_post", rows/posts, "rows")
	r.add("batch", float64(o.Batch), "posts")
	r.Seconds = rounded(o.since(began))
	return r, nil
}

// takeIn measures the seconds that intake takes, as a receiver does it.
func takeIn(ctx context.Context, o Options, a *app.App, account int64, batches []network.Batch) (seconds float64, err error) {
	began := o.Now()
	err = a.Rooms().Desk.IntakeAll(ctx, account, func(yield func(network.Batch, error) bool) {
		for _, b := range batches {
			if !yield(b, nil) {
				return
			}
		}
	}, func(network.Batch) {})
	return o.since(began), err
}

// whole checks that nothing was lost, nothing is there twice and the record is
// unbroken.
func whole(ctx context.Context, o Options, d *db.DB, t *twin) error {
	for _, side := range []*db.DB{d, t.to} {
		n, err := countMessages(ctx, side)
		if err != nil {
			return err
		}
		if n != int64(o.Size) {
			return fmt.Errorf("%d posts were taken in, and %d messages are there", o.Size, n)
		}
	}
	report, err := record.Verify(ctx, d, nil)
	if err == nil && !report.Whole() {
		err = fmt.Errorf("the record is broken after intake: %s", report.Why)
	}
	return err
}

// practiceAccount is the account that the posts are for.
func practiceAccount(ctx context.Context, a *app.App) (int64, error) {
	accounts, err := a.Rooms().Desk.Accounts(ctx)
	if err != nil {
		return 0, err
	}
	for _, one := range accounts {
		if one.Network == practice.Kind {
			return one.ID, nil
		}
	}
	return 0, errors.New("there is no practice network")
}

// talk makes the posts, in batches. Every citizen speaks about four times.
func talk(o Options) []network.Batch {
	s := newSpeaker(1)
	citizens := max(o.Size/4, 10)
	at := o.Now().Add(-time.Hour)
	last := map[int]*network.Post{} // of each citizen
	var batches []network.Batch
	for n := 0; n < o.Size; {
		var b network.Batch
		for range min(o.Batch, o.Size-n) {
			p := newPost(s, n, at.Add(time.Duration(n)*time.Second/20))
			who := s.IntN(citizens)
			p.Author = network.Identity{ID: fmt.Sprintf("citizen-%d", who), Handle: fmt.Sprintf("@citizen%d@fediverse.example", who), Name: name(who),
				Profile: fmt.Sprintf("https://fediverse.example/@citizen%d", who)}
			if before := last[who]; before != nil && s.IntN(3) > 0 {
				p.Thread, p.ReplyTo = before.Thread, before.Ref
			}
			last[who] = p
			b.Events = append(b.Events, network.Event{Post: p})
			n++
		}
		b.Cursor = network.Cursor(fmt.Sprint(n))
		batches = append(batches, b)
	}
	return batches
}

func newPost(s *speaker, n int, at time.Time) *network.Post {
	ref := network.Ref(fmt.Sprintf("https://fediverse.example/statuses/%012d", n))
	p := &network.Post{Ref: ref, Thread: ref, URL: string(ref), Visibility: network.Public, Text: s.complaint(), Language: "en", At: at,
		Mentions: []network.Identity{{ID: "council", Handle: "@council@fediverse.example", Name: "Benchmark Council"}}}
	if s.IntN(10) == 0 {
		p.Media = []network.Media{{URL: fmt.Sprintf("https://media.fediverse.example/%012d.jpg", n), ContentType: "image/jpeg", Alt: "What it looks like from our door."}}
	}
	return p
}
