// Package network is the interface through which Mercat meets the outside: one
// package per network beneath it, each importing network and platform only.
//
// # The way in
//
// A Connection is one account on one network. Fetch returns what is new since a
// cursor, oldest first, together with the cursor that comes after it. The
// caller stores events and cursor in one transaction, so a crash anywhere means
// that the same batch is fetched again; duplicates fall on the key (account,
// Ref). Fetch may therefore repeat and reorder events, and must never skip one.
//
// A network that pushes implements Waiter: Wait returns when Fetch would find
// something. The stream is the doorbell and the fetch is the truth, so that
// nothing is lost between two connections of a stream. Events that exist only
// in a stream (edits, deletions) are handed to deliver while waiting. A network
// that calls us implements Webhook.
//
// # The way out
//
// Send is idempotent by Outgoing.Key: a second Send with the same key must have
// no second effect at the network and returns the same Ref. How, is the
// adapter's affair (Idempotency-Key, a deterministic record key, Message-ID,
// looking for the post before repeating it).
//
// # Errors
//
// Every error that an adapter returns is a *network.Error, which says what kind
// of trouble it is, whether and when to try again, and a sentence for people
// that says what is wrong and what to do. The suite networktest holds every
// adapter to this, with faults.
package network
