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
// Tables: casework_import, casework_import_aside, casework_imported, casework_case, casework_photo, casework_step, casework_text,
// casework_feedback, casework_outcome, casework_words, casework_conversation,
// casework_told, casework_nearby, casework_me_too, casework_salt,
// casework_answer, casework_asking, casework_heard, casework_batch,
// casework_batch_case, casework_flow, casework_kept, casework_changed,
// casework_task, casework_link.
//
// Closed is not fixed for the citizen either: each case has a private page under
// a long reference, on which they see how far it is, say more, switch the news
// off, and say with one tap whether it is fixed; when it is not, the case is back
// in its team's queue (feedback.go). What they are told is the council's to word
// (wording.go).
//
// What a service asks (directory.Attributes) is read from the words first
// (answer.go); what is missing is asked in one message, and the citizen's reply
// fills it in (ask.go, questions.go): the desk tells this room by the function
// Heard, which puts a job.
//
// Paths: /cases, /case/{track} (private pages), /reports and
// /outcomes (for everybody), /settings/words.
package casework
