// Package torture does to Mercat what the world does to it, and counts
// afterwards: the program that people run is built, started as a process of its
// own, and killed, starved or cut off while citizens write and officers answer.
// What counts is a ledger that is not Mercat's: the strict Mastodon server's own
// list, and what the citizens themselves remember. docs/faults.md says for every
// fault what comes of it.
//
// The tests are short in continuous integration. `make torture KILLS=200 SEED=7`
// makes them long; the seed that is printed makes a run again.
//
// They need Linux: elsewhere a killed test could leave its children behind.
package torture
