package desk

import (
	"cmp"
	"context"
	"strings"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/db"
)

// receiptTx notes what a network reports of an answer of ours. One that did not
// arrive fails the answer, and its officer is told. One that did arrive confirms
// a part of which we do not know yet whether it was sent. It is idempotent, and
// does nothing for posts that are not ours.
func (s *Service) receiptTx(ctx context.Context, tx *db.Tx, account int64, r network.Receipt) error {
	p, found, err := ownPart(ctx, tx, account, r.Of)
	if err != nil || !found {
		return err
	}
	if !r.Failed {
		return s.confirmTx(ctx, tx, p.message, p.n, network.Sent{Ref: r.Of})
	}
	if _, err := markSent(ctx, tx, p.message, p.n, network.Sent{Ref: r.Of}); err != nil {
		return err
	}
	m, err := s.ourMessageTx(ctx, tx, p.message)
	if err != nil {
		return err
	}
	switch m.State {
	case Sent, Sending, Queued:
	default:
		return nil // told already, or taken back
	}
	return s.failTx(ctx, tx, &m, "bounced", cmp.Or(cleanSentence(r.Sentence), "It did not arrive. Check the address, then write again."))
}

// ownPostTx reports whether a post is a part of an answer of ours. When the part
// was not confirmed yet (a crash came between the network's yes and our note of
// it), it is now. Ask only for posts that our own account wrote: others could
// name themselves after one of ours.
func (s *Service) ownPostTx(ctx context.Context, tx *db.Tx, account int64, post network.Sent) (bool, error) {
	p, found, err := ownPart(ctx, tx, account, post.Ref)
	if err != nil || !found {
		return false, err
	}
	return true, s.confirmTx(ctx, tx, p.message, p.n, post)
}

// ownPart finds the part that a post is: by its identity, or while that is not
// known, by the key within the identity (a Message-ID or a record key that the
// adapter made of it).
func ownPart(ctx context.Context, tx *db.Tx, account int64, ref network.Ref) (partPlace, bool, error) {
	if ref == "" {
		return partPlace{}, false, nil
	}
	p, found, err := partByRef(ctx, tx, account, ref)
	if err != nil || found {
		return p, found, err
	}
	open, err := unconfirmedParts(ctx, tx, account)
	if err != nil {
		return partPlace{}, false, err
	}
	for _, p := range open {
		if namedIn(string(ref), p.key) {
			return p, true, nil
		}
	}
	return partPlace{}, false, nil
}

// namedIn reports whether a key stands in a reference as a word of its own.
func namedIn(ref, key string) bool {
	word := func(i int) bool {
		return i >= 0 && i < len(ref) && (ref[i] >= 'a' && ref[i] <= 'z' || ref[i] >= '0' && ref[i] <= '9')
	}
	for from := 0; ; {
		i := strings.Index(ref[from:], key)
		if i < 0 {
			return false
		}
		start, end := from+i, from+i+len(key)
		if !word(start-1) && !word(end) {
			return true
		}
		from = start + 1
	}
}
