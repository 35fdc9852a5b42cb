package practice

import (
	"context"
	"fmt"
	"time"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
)

// FaultKind is a way in which the network can be made to fail.
type FaultKind string

const (
	None        FaultKind = "none"
	Slow        FaultKind = "slow"        // every call takes Fault.Lasts longer
	Down        FaultKind = "down"        // nobody answers
	Limited     FaultKind = "limited"     // too many requests, until Fault.Lasts have passed
	Broken      FaultKind = "broken"      // an error of the network's own
	Revoked     FaultKind = "revoked"     // the council's sign-in no longer works
	Unconfirmed FaultKind = "unconfirmed" // what is sent arrives, and the answer that says so is lost
)

// Limits on Fault.Lasts.
const (
	MaxSlow    = time.Minute
	MaxLimited = time.Hour
)

// Fault is what the network suffers from.
type Fault struct {
	Kind  FaultKind
	Lasts time.Duration // how much longer calls take, or how long requests are refused
	Since time.Time
}

// Until is when a fault ends by itself; zero when it does not.
func (f Fault) Until() time.Time {
	if f.Kind != Limited {
		return time.Time{}
	}
	return f.Since.Add(f.Lasts)
}

// At is what is left of a fault at a time.
func (f Fault) At(now time.Time) Fault {
	if until := f.Until(); !until.IsZero() && !now.Before(until) {
		return Fault{Kind: None}
	}
	return f
}

// check says whether a fault makes sense.
func (f Fault) check() error {
	switch f.Kind {
	case None, Down, Broken, Revoked, Unconfirmed:
		return nil
	case Slow:
		if f.Lasts <= 0 || f.Lasts > MaxSlow {
			return fault.Field("seconds", "Enter how much slower, from 1 to 60 seconds.")
		}
		return nil
	case Limited:
		if f.Lasts <= 0 || f.Lasts > MaxLimited {
			return fault.Field("seconds", "Enter for how long, from 1 to 3,600 seconds.")
		}
		return nil
	}
	return fault.Field("kind", "Choose what is to go wrong.")
}

// trouble is what a call meets before it has any effect.
func (f Fault) trouble() error {
	switch f.Kind {
	case Down:
		return &network.Error{Trouble: network.Unreachable, Sentence: "The practice network is down, because somebody switched it off on its page. Mercat will try again."}
	case Limited:
		return &network.Error{Trouble: network.Limited, RetryAt: f.Until(), Sentence: "The practice network takes no more requests for a while, because somebody set that on its page. Mercat will try again."}
	case Broken:
		return &network.Error{Trouble: network.Broken, Sentence: "The practice network has an error of its own, because somebody set that on its page. Mercat will try again."}
	case Revoked:
		return &network.Error{Trouble: network.Revoked, Sentence: "The practice network no longer accepts this account, because somebody set that on its page. Choose “All well again” there, then connect the account again."}
	}
	return nil
}

// errUnconfirmed is what Send returns although the post was taken.
func errUnconfirmed() error {
	return &network.Error{Trouble: network.Unreachable, Sentence: "The practice network did not say whether it took the post. Mercat will ask again."}
}

// Fault is what the network suffers from now.
func (p *Practice) Fault(ctx context.Context) (Fault, error) {
	var f Fault
	err := p.options.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		f, err = readFault(ctx, tx)
		return err
	})
	if err != nil {
		return Fault{}, fmt.Errorf("read the fault of the practice network: %w", err)
	}
	return f.At(p.options.Now()), nil
}

// SetFault makes the network fail, or with None work again. Errors: fault.Invalid.
func (p *Practice) SetFault(ctx context.Context, f Fault) error {
	if err := f.check(); err != nil {
		return err
	}
	err := p.options.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := writeFault(ctx, tx, f); err != nil {
			return err
		}
		return p.options.Hub.Announce(ctx, tx, topic)
	})
	if err != nil {
		return fmt.Errorf("set the fault of the practice network: %w", err)
	}
	p.options.Log.InfoContext(ctx, "the practice network was told to fail or to work", "fault", f.Kind, "lasts", f.Lasts)
	return nil
}

// meet lets a call suffer from the fault of the moment.
func (c *connection) meet(ctx context.Context) (Fault, error) {
	f, err := c.practice.Fault(ctx)
	if err != nil {
		return f, err
	}
	if f.Kind == Slow {
		late := time.NewTimer(f.Lasts)
		defer late.Stop()
		select {
		case <-late.C:
		case <-ctx.Done():
			return f, ctx.Err()
		}
	}
	return f, f.trouble()
}
