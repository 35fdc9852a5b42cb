// Package practice is a small social network inside Mercat. Whoever is new sees
// the whole loop on it in two browser tabs, and people who are learning answer
// on it without the public watching.
//
// # The network
//
// There is one per database. Its citizens are people whom anybody at work may
// be for a moment; its council accounts are those that were connected, each
// under the handle that its administrator chose. A citizen's post is addressed
// to one account, or to every account when there is none yet.
//
// Everything that happens to a post (it is made, edited, deleted) gives it the
// next sequence number, in the transaction that does it. Writers take turns on
// both engines, so numbers are committed in their order and without gaps, and
// the number up to which one has read is a cursor that skips nothing. Fetch
// shows each post once behind the cursor, as it is now.
//
// Wait is woken by the topic "practice" of the hub. It also looks by itself now
// and then, for the writes of nodes that it cannot hear.
//
// # Faults
//
// The page can make the network slow, down, limited, broken, revoked, or unable
// to confirm what it took. The adapter then returns what a real network would
// make it return, so that people see what Mercat does about it.
//
// # What it never does
//
// Nothing reaches anybody outside: there is no network call in this package.
// Pictures are decoded and encoded anew before they are kept, and where they
// were taken is dropped.
//
// Tables: practice_account, practice_citizen, practice_post, practice_picture,
// practice_fault.
// Paths: /practice and below.
package practice
