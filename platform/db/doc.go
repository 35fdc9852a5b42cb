// Package db is the one door to the database, SQLite or PostgreSQL.
//
// Statements are written once, in the dialect that both engines share, with
// $1 … $n for arguments; what cannot be shared is a named fork in this package
// (full-text search) or a pair of migration files.
//
// # Writers take turns
//
// On both engines one Write runs at a time. SQLite has one writer connection;
// on PostgreSQL every Write first takes a table lock, before its snapshot is
// made. So a closure sees all that was committed before it and nothing else
// moves while it runs: read-modify-write is right without further locks, a
// write never fails because of another one, and the record's hash chain has one
// head. Throughput comes from batches, not from writers side by side.
//
// # What is not shared, and silent
//
//   - Arguments: two SQLite drivers bind $2 … $1 in the order seen, so $n is
//     rewritten to ?n for SQLite.
//   - PostgreSQL refuses NUL and invalid UTF-8 in TEXT; clean at the door.
//   - LIKE, lower() and sort order differ; keep folded columns made in Go.
//   - An untyped parameter in "$1 IS NULL OR x = $1" needs a CAST.
package db
