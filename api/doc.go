// Package api is how other programs work with Mercat: an HTTP API for those that
// ask, webhooks for those that want to be told, and CSV for those that are a
// person with a spreadsheet.
//
// # The HTTP API
//
// Its operations are types that huma reads (web_api*.go); they are registered
// with the same router as every page, each with the scope of the key that it
// needs, and described in OpenAPI 3.1 from the same types. What a POST with an
// Idempotency-Key does and the answer to it are one transaction (once.go).
//
// # Webhooks
//
// An event is written in the transaction of its cause: casework and desk call
// functions of this room that app hands them. With it goes one delivery for each
// endpoint that wants the kind, and a job for each endpoint that has none in the
// queue. The job takes what is due in small handfuls: it claims them by putting
// their next try off for as long as a call can take, calls without a transaction,
// and notes what came of it. So a kill at any moment loses nothing; at most an
// event is sent again, under the same id, as the Standard Webhooks specification
// has it. Order is not promised, but each event has a number, without gaps.
//
// What is kept of an event names ids and states and holds no words of anybody;
// words that an endpoint was opted in for are read when they are sent, so what
// was erased meanwhile is not sent.
//
// Tables: api_endpoint, api_event, api_sequence, api_delivery, api_once.
// Jobs: api.deliver, api.sweep, api.prune.
// Paths: /settings/webhooks, /settings/csv, /api, /api/v1.
package api
