//go:build unix

// Command run is what `make test` runs. It checks the code, starts the real
// servers that the tests talk to, runs the Go and the browser tests, stops
// everything that it started, and closes with the counts.
//
// With CI=true, or as root on Debian, it is strict: it installs what is
// missing, and a test left out is a failure. Elsewhere it runs what it can and
// ends with a list of what it left out and why.
//
// Each server is a script under test/peers, called as `run --dir DIR --out
// FILE`: it writes FILE when it is ready and ends with all it started on TERM.
// Exit status 3 says that it cannot be had on this machine.
package main
