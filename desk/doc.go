// Package desk is what was said to us and what we answered: accounts,
// conversations, the inbox, replies and the way out.
//
// # In
//
// A receiver per account fetches batches and hands them to Intake, which keeps
// posts and cursor in one transaction. A batch that comes twice is kept once.
//
// # Out
//
// Reply keeps the answer, its parts and a job "desk.send" in one transaction.
// The job marks a part as tried and takes a lease before it calls the network,
// with a key that never changes, and notes afterwards what came of it, so that a
// crash at any point cannot send twice (see send.go). Answers of a conversation
// go out in their order. What cannot be sent waits and says why, is given up
// after three days, and stays: nothing that an officer wrote is dropped.
//
// # Who sees what
//
// Everybody who works here sees every conversation; who may act is decided by
// role at the routes.
//
// Tables: desk_account, desk_conversation, desk_message, desk_part, desk_media,
// desk_revision, desk_draft, desk_seen, desk_notification, desk_lease,
// desk_hold, desk_said, desk_gone, desk_unreadable, desk_rule, desk_reading,
// desk_node, desk_lead, desk_text, desk_import, desk_imported, desk_import_aside,
// desk_photo_place.
// Jobs: desk.send, desk.sweep, desk.take_back, desk.media, desk.wake.
// Paths: /desk, /notifications, /media, /settings/accounts, /settings/rules,
// /settings/triage.
package desk
