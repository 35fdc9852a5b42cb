// Package open311 speaks Open311 GeoReport v2 with other programs.
//
// It lists services and what has to be asked about them, and answers what became
// of service requests, in XML and JSON. What it shows is what everybody may see
// (casework.Public): nothing that a citizen wrote.
//
// With a key it takes service requests in (submit.go, receive.go). Each is a
// conversation of the desk and its case, made in one transaction, together with
// the row by which the same request is known when it comes again.
//
// What these people are answered is kept for their program (updates.go), which
// fetches it among the updates; what they say further goes into the conversation.
//
// Tables: open311_request, open311_once, open311_answer.
//
// Paths: /open311.
//
// Its reader accepts what real servers send (numbers as strings, single objects
// for lists, dates in many forms, empty elements for null); its writer sends
// what the specification says and nothing else.
//
// Source: GeoReport v2, http://wiki.open311.org/GeoReport_v2, with the
// extensions for updates that FixMyStreet made (servicerequestupdates).
package open311
