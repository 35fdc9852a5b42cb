// Package bluesky is the network Bluesky, or any other that speaks the AT
// Protocol with the app.bsky lexicon: one account, reached through the server
// that keeps it (its PDS).
package bluesky
