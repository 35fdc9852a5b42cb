// Package jobs runs what follows from a change, later, on both engines, with
// River (https://riverqueue.com).
//
// A job is put in the transaction of its cause: both are committed or neither.
// It may run more than once (a crash between its effect and its completion), so
// every worker is idempotent by a key in its arguments. A job that fails is
// tried again with growing pauses; a job that has nothing to do is a success.
package jobs
