// Package casework is what we are doing about what was said to us: service
// requests, here called cases, from the report to the end.
//
// A case is made from a conversation, with everything in it taken from there:
// service, place, photos, words and person. Each change of its state reaches
// the citizen on the network that they used, in words that the officer sees
// and may change first, and that can be stopped for as long as an answer can.
//
// The states and the moves between them are a table (state.go), and so are the
// reasons for which a case ends (reason.go): closed is not fixed.
//
// Tables: casework_case, casework_photo, casework_step, casework_text.
// Paths: /cases.
package casework
