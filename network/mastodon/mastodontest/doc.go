// Package mastodontest is a strict server of the Mastodon API, written from its
// documentation (docs.joinmastodon.org), for tests.
//
// It refuses what the documentation does not allow, where real servers often
// look away: unknown parameters and calls, other methods, another form of body,
// tokens without the right. Each such slip also fails the test. Its answers have
// every field that the documentation has, nulls included, and the headers (Link,
// X-RateLimit-…). It streams by WebSocket and by server-sent events.
//
// Options make it like other servers (GoToSocial, Pleroma) and like bad ones.
package mastodontest
