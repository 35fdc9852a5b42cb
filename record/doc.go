// Package record is what happened: append-only, hash-chained, written by every
// capability inside the transaction of what it did.
//
// # The chain
//
// Entries are numbered 1, 2, 3 … without gaps. Each holds
//
//	hash = SHA-256(previous hash ‖ canonical form of the entry)
//
// so that changing, leaving out, adding or reordering an entry breaks every
// link after it. The head (last number and hash) is kept beside the entries: an
// end that was cut off is found too. Verify reads the whole chain and names the
// first broken link. What one who holds the whole database could still do is
// write a new chain from some point on; the head's hash, noted elsewhere (it is
// printed by "mercat verify" and in backups), shows that.
//
// # Personal data
//
// An entry names people by id. What was said is in the messages, not here; an
// erased person stays in the record as a number.
//
// It owns record_entry, record_about and record_head.
package record
