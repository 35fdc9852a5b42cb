// Package bench measures Mercat where a council would feel it: how fast it
// takes in what a snow day brings, how long an officer waits for a page of a
// full inbox, how soon a message is in the browser, what the process needs.
//
// Every benchmark makes a council of its own, in a fresh folder or in fresh
// schemas of an empty PostgreSQL database, and takes it away afterwards. None
// ever touches what is there already.
//
// Figures stand beside what the machine can do at best, measured in the same
// run, because machines differ and are busy with other things. See
// docs/performance.md.
//
// It owns no table.
package bench
