// Package expect says when something will really be done: learned from what
// became of all cases before, those that are still open included, as a range
// and with the share that is never resolved.
//
// How it is estimated, and what it is worth on real history, stands in
// docs/expect.md.
package expect
