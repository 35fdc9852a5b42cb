package email

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"mercat.scot/mercat/network"
)

const prefixBytes = 64 << 10 // of a message that could not be read as a whole

// strikes counts how often one message could not be read. Only the first of a
// batch can be in the way, so one is enough.
type strikes struct {
	validity uint32
	uid      imap.UID
	count    int
}

const (
	strikesForPrefix      = 4 // then only the beginning is asked for
	strikesForPlaceholder = 6 // then a post says that there is something
)

// summary is what is known of a message before its body is read.
type summary struct {
	uid      imap.UID
	size     int64
	received time.Time
}

// Fetch implements network.Connection.
func (c *connection) Fetch(ctx context.Context, from network.Cursor) (network.Batch, error) {
	ctx, leave, err := c.enter(ctx, c.commands.turn)
	if err != nil {
		return network.Batch{}, err
	}
	defer leave()
	x, folder, err := c.open(ctx, &c.commands, c.settings.folder)
	if err != nil {
		return network.Batch{}, err
	}
	now := c.options.Now()
	at, _ := readCursor(from) // one that we do not understand begins anew, which loses nothing
	at = at.at(folder, now)

	batch, err := c.read(ctx, x, folder, at, now)
	if err != nil {
		c.commands.failed(err)
		return network.Batch{}, explainIMAP(c.settings.imap, "hand over the mail", err)
	}
	return batch, nil
}

// read fetches one batch.
func (c *connection) read(ctx context.Context, x *session, folder *imap.SelectData, at cursor, now time.Time) (network.Batch, error) {
	batch := network.Batch{}
	uids, more, err := c.find(ctx, x, folder, &at)
	if err != nil {
		return batch, err
	}
	if len(uids) == 0 {
		batch.Cursor = network.Cursor(at.String())
		return batch, nil
	}
	list, err := summaries(ctx, x, uids)
	if err != nil {
		return batch, err
	}
	r := reader{self: c.settings.self, separator: c.settings.separator, now: now}
	size := int64(0)
	var copies []imap.UID // of what we sent
	bodies, grouped := map[imap.UID][]byte{}, 0
	for i, m := range list {
		if size += min(m.size, c.options.WholeBytes); i > 0 && size > c.options.BatchBytes {
			more = true
			break
		}
		if i >= grouped {
			grouped, err = c.group(ctx, x, folder.UIDValidity, list, i, bodies)
		}
		var got reading
		var ok bool
		if body := bodies[m.uid]; err == nil && body != nil {
			got, ok = r.event(body, m.received), true
		} else if err == nil {
			got, ok, err = c.message(ctx, x, r, folder.UIDValidity, m)
		}
		if err != nil && i == 0 {
			return batch, err
		}
		if err != nil {
			// What has been read counts; the next fetch meets the trouble first.
			c.commands.failed(err)
			more = true
			break
		}
		if ok {
			batch.Events = append(batch.Events, got.Event)
		}
		if got.copy {
			copies = append(copies, m.uid)
		}
		at.next = m.uid + 1
	}
	if len(copies) > 0 && c.settings.copy == copyInbox && !x.dead() {
		c.tidy(ctx, x, copies)
	}
	if !more {
		at.next = max(at.next, uids[len(uids)-1]+1)
		if at.until != 0 {
			at.next, at.until, at.since = at.until, 0, time.Time{}
			more = folder.UIDNext == 0 || at.next < folder.UIDNext
		} else {
			at.next = max(at.next, folder.UIDNext)
		}
	}
	batch.More = more
	batch.Cursor = network.Cursor(at.String())
	return batch, nil
}

// tidy moves copies of what we sent to the Sent folder, where the council's
// people look for them. It moves nothing else, and only where the server can
// move: the older way expunges whatever else is marked as deleted. That it
// failed is of no consequence; the copies stay where they are.
func (c *connection) tidy(ctx context.Context, x *session, copies []imap.UID) {
	if !x.caps.Has(imap.CapMove) {
		return
	}
	sent, err := c.sentName(ctx)
	if err != nil || sent == "" || sent == c.settings.folder || c.commands.kept != x {
		return
	}
	err = x.do(ctx, answerBytes, func() error {
		if _, err := x.client.Select(c.settings.folder, nil).Wait(); err != nil {
			return err
		}
		set := imap.UIDSetNum(copies...)
		seen := &imap.StoreFlags{Op: imap.StoreFlagsAdd, Silent: true, Flags: []imap.Flag{imap.FlagSeen}}
		if err := x.client.Store(set, seen, nil).Close(); err != nil {
			return err
		}
		_, err := x.client.Move(set, sent).Wait()
		return err
	})
	if err != nil {
		c.commands.failed(err)
	}
}

// find returns the UIDs that come next, and moves at over stretches without any.
func (c *connection) find(ctx context.Context, x *session, folder *imap.SelectData, at *cursor) (uids []imap.UID, more bool, err error) {
	if at.until != 0 {
		if at.next < at.until {
			set := imap.UIDSet{{Start: at.next, Stop: at.until - 1}}
			uids, more, err = x.search(ctx, &imap.SearchCriteria{UID: []imap.UIDSet{set}, Since: at.since}, c.options.BatchMessages)
			if err != nil || len(uids) > 0 {
				return uids, more, err
			}
		}
		at.next, at.until, at.since = at.until, 0, time.Time{}
	}
	if folder.UIDNext != 0 && at.next >= folder.UIDNext {
		return nil, false, nil
	}
	set := imap.UIDSet{{Start: at.next, Stop: 0}}
	if folder.UIDNext != 0 {
		set[0].Stop = folder.UIDNext - 1
	}
	uids, more, err = x.search(ctx, &imap.SearchCriteria{UID: []imap.UIDSet{set}}, c.options.BatchMessages)
	if err != nil {
		return nil, false, err
	}
	// n:* always has the last message in it, even when its UID is below n.
	uids = slices.DeleteFunc(uids, func(uid imap.UID) bool { return uid < at.next })
	if len(uids) == 0 {
		at.next = max(at.next, folder.UIDNext)
	}
	return uids, more, nil
}

// summaries asks for sizes and dates. Messages that are gone are not among them.
func summaries(ctx context.Context, x *session, uids []imap.UID) ([]summary, error) {
	var list []summary
	o := &imap.FetchOptions{UID: true, RFC822Size: true, InternalDate: true}
	err := x.fetch(ctx, imap.UIDSetNum(uids...), o, 0, func(b *imapclient.FetchMessageBuffer) {
		list = append(list, summary{uid: b.UID, size: b.RFC822Size, received: b.InternalDate})
	})
	slices.SortFunc(list, func(a, b summary) int { return int(int64(a.uid) - int64(b.uid)) })
	return list, err
}

const (
	groupBytes = 4 << 20   // of small messages that are read with one command
	smallBytes = 256 << 10 // what counts as small
)

// group reads small messages from list[i] on with one command into bodies, and
// returns how far it came. Those that it did not get are asked for one by one,
// as are all after a failure, so that the one that is to blame is found.
func (c *connection) group(ctx context.Context, x *session, validity uint32, list []summary, i int, bodies map[imap.UID][]byte) (end int, err error) {
	clear(bodies)
	if c.struck(validity, list[i].uid, 0) > 0 {
		return i + 1, nil
	}
	var set imap.UIDSet
	total := int64(0)
	small := min(smallBytes, c.options.WholeBytes)
	for end = i; end < len(list) && list[end].size <= small && total+list[end].size <= groupBytes; end++ {
		set.AddNum(list[end].uid)
		total += list[end].size
	}
	if end-i < 2 {
		return i + 1, nil
	}
	o := &imap.FetchOptions{UID: true, BodySection: []*imap.FetchItemBodySection{{Peek: true}}}
	err = x.fetch(ctx, set, o, total, func(b *imapclient.FetchMessageBuffer) {
		if len(b.BodySection) > 0 && len(b.BodySection[0].Bytes) > 0 {
			bodies[b.UID] = b.BodySection[0].Bytes
		}
	})
	if err != nil && ctx.Err() == nil {
		c.struck(validity, list[i].uid, 1)
	}
	return end, err
}

// message reads one message. Ok is false when it is gone.
func (c *connection) message(ctx context.Context, x *session, r reader, validity uint32, m summary) (got reading, ok bool, err error) {
	strike := c.struck(validity, m.uid, 0)
	switch {
	case strike >= strikesForPlaceholder:
		return unreadable(validity, m, r.now), true, nil
	case strike >= strikesForPrefix:
		got, ok, err = readPrefix(ctx, x, r, m)
	case m.size > c.options.WholeBytes:
		got, ok, err = c.readParts(ctx, x, r, m)
	default:
		got, ok, err = readWhole(ctx, x, r, m, c.options.WholeBytes)
	}
	if err != nil && ctx.Err() == nil {
		c.struck(validity, m.uid, 1)
	}
	return got, ok, err
}

// struck adds n strikes to a message and returns how many it has.
func (c *connection) struck(validity uint32, uid imap.UID, n int) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.strikes.validity != validity || c.strikes.uid != uid {
		if n == 0 {
			return 0
		}
		c.strikes = strikes{validity: validity, uid: uid}
	}
	c.strikes.count += n
	return c.strikes.count
}

// one runs a FETCH for one message. A message that the server still has but
// does not hand over is an error, so that it is not passed over in silence.
func one(ctx context.Context, x *session, uid imap.UID, o *imap.FetchOptions, most int64) (*imapclient.FetchMessageBuffer, error) {
	var got *imapclient.FetchMessageBuffer
	err := x.fetch(ctx, imap.UIDSetNum(uid), o, most, func(b *imapclient.FetchMessageBuffer) { got = b })
	if err != nil {
		return nil, err
	}
	if got == nil {
		left, err := summaries(ctx, x, []imap.UID{uid})
		if err != nil {
			return nil, err
		}
		if len(left) > 0 {
			return nil, fmt.Errorf("message %d was not handed over", uid)
		}
	}
	return got, nil
}

func readWhole(ctx context.Context, x *session, r reader, m summary, most int64) (reading, bool, error) {
	got, err := one(ctx, x, m.uid, &imap.FetchOptions{UID: true, BodySection: []*imap.FetchItemBodySection{{Peek: true}}}, most)
	if err != nil || got == nil {
		return reading{}, false, err
	}
	if len(got.BodySection) == 0 || len(got.BodySection[0].Bytes) == 0 && m.size > 0 {
		return reading{}, false, errors.New("the message came without its body")
	}
	return r.event(got.BodySection[0].Bytes, m.received), true, nil
}

// readPrefix reads the beginning of a message that could not be read as a whole.
func readPrefix(ctx context.Context, x *session, r reader, m summary) (reading, bool, error) {
	section := &imap.FetchItemBodySection{Peek: true, Partial: &imap.SectionPartial{Size: prefixBytes}}
	got, err := one(ctx, x, m.uid, &imap.FetchOptions{UID: true, BodySection: []*imap.FetchItemBodySection{section}}, prefixBytes)
	if err != nil || got == nil {
		return reading{}, false, err
	}
	if len(got.BodySection) == 0 {
		return reading{}, false, errors.New("the message came without its beginning")
	}
	event := r.event(got.BodySection[0].Bytes, m.received)
	if event.Post != nil && m.size > prefixBytes {
		event.Post.Notices = append(event.Post.Notices, network.Notice{
			Code:     "message_cut",
			Sentence: "The mail server could not hand over the whole message; only its beginning is here.",
		})
	}
	return event, true, nil
}

// unreadable stands for a message that the server has and cannot hand over.
func unreadable(validity uint32, m summary, now time.Time) reading {
	ref := network.Ref(fmt.Sprintf("%d.%d%s", validity, m.uid, unidentified))
	at := m.received
	if !sane(at, now) {
		at = now
	}
	return reading{Event: network.Event{Post: &network.Post{
		Ref: ref, Thread: ref, At: at.UTC(), Visibility: network.Direct,
		Author:    network.Identity{ID: "unknown@sender.invalid", Handle: "unknown@sender.invalid"},
		Automatic: "bulk",
		Notices: []network.Notice{{
			Code:     "unreadable",
			Sentence: fmt.Sprintf("The mail server has a message of %s that it could not hand over. Look at it in the mailbox itself.", megabytes(m.size)),
		}},
	}}}
}

// readParts reads a message that is too large to be read at once: its header,
// its structure, and the parts that are small enough.
func (c *connection) readParts(ctx context.Context, x *session, r reader, m summary) (reading, bool, error) {
	got, err := one(ctx, x, m.uid, &imap.FetchOptions{
		UID:           true,
		BodyStructure: &imap.FetchItemBodyStructure{Extended: true},
		BodySection: []*imap.FetchItemBodySection{{
			Specifier: imap.PartSpecifierHeader, Peek: true, Partial: &imap.SectionPartial{Size: maxHeaderBytes},
		}},
	}, maxHeaderBytes)
	if err != nil || got == nil {
		return reading{}, false, err
	}
	if got.BodyStructure == nil || len(got.BodySection) == 0 {
		return reading{}, false, errors.New("the message came without its structure")
	}
	raw := append(bytes.TrimRight(got.BodySection[0].Bytes, "\r\n"), "\r\n\r\n"...)
	h, _ := splitHeader(raw)
	p := partReader{x: x, uid: m.uid, room: c.options.WholeBytes}
	if err := p.read(ctx, got.BodyStructure, nil, h, 0, nil); err != nil {
		return reading{}, false, err
	}
	return r.make(h, &p.content, raw, m.received), true, nil
}

// partReader reads a message part by part into content.
type partReader struct {
	content
	x    *session
	uid  imap.UID
	room int64 // bytes that may still be read of this message
}

func (p *partReader) read(ctx context.Context, s imap.BodyStructure, path []int, h header, depth int, words *block) error {
	p.parts++
	if p.parts > maxParts {
		p.notice("too_many_parts", "The message has more than %d parts; the rest was left out.", maxParts)
		return nil
	}
	switch s := s.(type) {
	case *imap.BodyStructureMultiPart:
		if depth == maxDepth {
			p.notice("too_deep", "The message is nested more than %d times; the inner parts were left out.", maxDepth)
			return nil
		}
		if s.MediaType() == "multipart/alternative" && words == nil {
			words = &block{}
			p.blocks = append(p.blocks, words)
		}
		p.isReport = p.isReport || s.MediaType() == "multipart/report"
		for i, child := range s.Children {
			if err := p.read(ctx, child, append(slices.Clone(path), i+1), header{}, depth+1, words); err != nil {
				return err
			}
		}
	case *imap.BodyStructureSinglePart:
		return p.readLeaf(ctx, s, path, h, words)
	}
	return nil
}

func (p *partReader) readLeaf(ctx context.Context, s *imap.BodyStructureSinglePart, path []int, h header, words *block) error {
	size := int64(s.Size)
	decoded := size
	if s.Encoding == "base64" || s.Encoding == "BASE64" {
		decoded = size / 78 * 57
	}
	if size > p.room || decoded > network.MaxMediaBytes {
		p.tooLarge(cleanFilename(s.Filename()), decoded)
		return nil
	}
	var sections []*imap.FetchItemBodySection
	if len(path) == 0 { // the message is this one part, and its header is at hand
		path = []int{1}
	} else {
		sections = append(sections, &imap.FetchItemBodySection{Part: path, Specifier: imap.PartSpecifierMIME, Peek: true, Partial: &imap.SectionPartial{Size: maxHeaderBytes}})
	}
	body := &imap.FetchItemBodySection{Part: path, Peek: true, Partial: &imap.SectionPartial{Size: max(size, 1)}}
	got, err := one(ctx, p.x, p.uid, &imap.FetchOptions{UID: true, BodySection: append(sections, body)}, max(size, maxHeaderBytes))
	if err != nil {
		return err
	}
	if got == nil {
		return errors.New("the message went away while it was read")
	}
	if len(sections) > 0 {
		h, _ = splitHeader(got.FindBodySection(sections[0]))
	}
	data := got.FindBodySection(body)
	p.room -= int64(len(data))
	kind, params := contentType(h)
	p.leaf(h, kind, params, data, words)
	return nil
}
