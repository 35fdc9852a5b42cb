// Package backoffice hands cases to the systems that a council has already, by
// Open311 GeoReport v2, and follows what becomes of them there.
//
// # On the way out
//
// A case whose service is given by a back office gets a row in the transaction
// that makes it, and a job. The row says that it is being asked for before the
// other side is called: when the answer is lost, or we are killed meanwhile, the
// request is looked for there before it is posted again, and it is posted under
// the same Idempotency-Key. What was refused is tried a few times and then waits
// for an officer; what could not be sent waits without being counted.
//
// # On the way back
//
// A job asks for updates of a time that overlaps with the last one, and for the
// status of each request by its id, which no clock can upset. Each update is
// taken once; one that comes before its request is known here waits for it; one
// that is older than what was taken already moves nothing.
//
// Tables: backoffice_office, backoffice_route, backoffice_push, backoffice_pulled.
// Jobs: backoffice.push, backoffice.pull, backoffice.sweep.
// Paths: /settings/backoffices.
package backoffice
