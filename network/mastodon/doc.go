// Package mastodon is the network of all servers that speak the API of Mastodon:
// Mastodon itself and its forks, GoToSocial, Pleroma, Akkoma and others. One
// connection is one account on one server, which exchanges posts with all the
// others.
//
// The client is a small one of our own, as the servers differ more than any
// library knows: identifiers are digits, ULIDs or other rows of signs, fields
// are left out or of another type, calls are missing. Each entity is read by
// itself and each field of a status too, so that one odd thing loses itself
// alone. Identifiers are never reckoned with; they are compared by length, then
// by their signs, which is in order for each kind.
//
// # Reading
//
// Fetch reads the account's notifications of mentions (and of quotes, where the
// server tells of them) forwards by min_id and the Link header, thirty days back
// at first: of those, the newest 2,000. What was made in the last two minutes is
// read again at each fetch, because notifications that are made at the same time
// may become visible in the other order; the cursor holds the posts that were
// handed over, and what is among them is not new. Private mentions are mentions;
// those of strangers, which Mastodon keeps back, are asked for.
//
// A status names what it answers and not what began its thread, so the thread of
// a reply is asked for once (its context) and remembered.
//
// Servers tell of edits and deletions only those who follow the author, and of
// deletions those who were mentioned. So the followed posts (the newest 200 in
// the cursor, none older than 30 days) are looked at again: the newest ten and
// ten others in turn at each fetch and, while a stream is open, every
// Options.LookAgain. Servers without the list of statuses (before Mastodon 4.3,
// GoToSocial) are asked for two of the newest and three others. A post that the
// server does not show is taken for deleted, unless its author has blocked the
// account, or is blocked by it.
//
// What people answer from this account in other programs comes as a post with
// FromUs. Mercat's own posts are known by their application, and where the server
// does not tell that (Pleroma), by being remembered; then others come in only
// after five minutes.
//
// Wait listens to the stream "user", by WebSocket or, where there is none, by
// server-sent events. Its events only ring; what is in no list (edits and
// deletions) is delivered. One stream stays open from one wait to the next. On
// servers that do not stream Wait returns after Options.PollEvery, and asks again
// for a stream every half hour.
//
// # Sending, and what is guaranteed
//
// A post is published with an Idempotency-Key made of Outgoing.Key. Mastodon
// keeps keys for an hour, others not at all. So every repeat first looks through
// the account's own posts since Outgoing.At for one that answers the same post,
// as visible as this and with the same words (servers change their form, so
// letters and digits are compared), that was published by the same application
// and is not known to be another answer. What that does not see: a first try that
// the server completes only after the second has looked. Two answers to one post
// with the very same words within minutes are told apart as long as Mercat runs.
//
// Nobody is told of an answer that does not name them, so the author is named at
// its beginning, and so is who else was named in the post that is answered, as
// far as there is room (40 characters are kept free). A private answer names the
// author alone, and no other name may stand in it: whoever is named can read it.
// An answer is never wider visible than what it answers.
//
// Lengths are counted as the server does: Mastodon counts graphemes, links as 23
// and mentions without their server; the others every code point. The limits are
// those that the server gives in its description.
//
// Pictures are encoded anew, so that nothing but the picture is published, in
// JPEG or PNG; videos are not sent.
//
// # Signing in
//
// The account signs in by an access token with the rights read, write:statuses
// and write:media: one that an administrator copies, or one that the server gives
// when they sign in there (Authorize and Finish: OAuth 2 with a state and, where
// the server offers it, PKCE). Check tries the last two rights with requests that
// can have no effect.
//
// Network limits show as network.Limited with the time that the server names.
// When a server says in a good answer that nothing is left of a limit, the next
// call of the same kind is not made before the limit is reset.
package mastodon
