// Package bluesky is the network Bluesky, or any other that speaks the AT
// Protocol with the app.bsky lexicon: one account, reached through the server
// that keeps it (its PDS), which passes questions about others on to an AppView.
//
// The client is a small one of our own. The dozen calls that are needed are one
// function of HTTP and JSON; the generated client of indigo would bring the
// whole lexicon, a repository engine and their dependencies, and its strict
// types would lose a whole page of notifications to one odd record. Of indigo
// only atproto/syntax is used, which is the grammar of handles, DIDs, AT URIs,
// times and record keys, and needs nothing but the standard library.
//
// # Reading
//
// Fetch walks through the account's notifications (mentions, replies, quotes)
// from the newest back to where it has been, and hands over what is new, oldest
// first. What the account has seen in Bluesky's own programs is not touched.
//
// The network orders notifications by the time at which it received a post, or
// by the time that the author's program claims, whichever is earlier. So posts
// come in late, behind others, and many can have the same time. The cursor
// therefore is no point in time: it holds the newest posts that were handed over
// (Options.Followed, 200) and a mark below them, and what stands above the mark
// and is not among them is new. Every fetch looks back a day behind the newest,
// or to the mark. What the network puts in later than that is not seen. When a
// fetch finds more than a batch, the rest is kept in memory and found again by a
// new walk if the program ends; a walk that was cut short goes on where it was.
// Nothing is skipped, and a post comes twice only when its cursor was not kept.
//
// Where a page of notifications ends in the midst of posts of the same
// millisecond, the next is asked for from that millisecond again, as the
// network's own cursor would pass over them. More than a hundred of one
// millisecond, which is a page, cannot be had from the network.
//
// Then each post is asked for as the AppView shows it, for labels and the
// addresses of pictures. One that is not shown (it was deleted in between, or
// its author has blocked the account) is taken as the notification had it.
//
// Posts on this network cannot be edited. They can be deleted, and nobody is
// told. The followed posts (those in the cursor, and none older than 30 days)
// are watched: one whose notification has gone is asked for by itself at once,
// that is by the fetch after its deletion for posts of the last day, and of all
// older ones 25 are asked for at each fetch, in turn: two minutes for 200. A
// deletion is reported only when the AppView says that there is no such post,
// never because it does not show one.
//
// What people answer from this account in other programs is read from the
// account's own repository and comes as a post with FromUs. Mercat's own posts
// name it in the field via, as several programs do, and are left out. A post
// that another program wrote while it was offline, and publishes after a newer
// one, is not noticed, and neither are more than the newest 2,000 of a month; they
// still show in Thread.
//
// People whom the account has blocked or muted, and threads that it has muted,
// are not heard: the network leaves them out. Direct messages (chat.bsky) are
// another service and not read.
//
// There is no Waiter: nothing on this network tells an account of its
// notifications, except the stream of everything that everybody does. Fetch
// costs three short requests and is to be repeated every Options.PollEvery.
//
// # Sending, and what is guaranteed
//
// A post is a record, and its key is made from Outgoing.Key and Outgoing.At (see
// recordKey). It is written on the condition that there is none with this key,
// so the server itself makes sure that a repeat, after a lost answer, a crash or
// at the same time, has no second effect. What the first try has published is
// then read back and returned. No more than one post can come of one key, as
// long as Outgoing.At is the same each time.
//
// Pictures are encoded anew, at most 1,000,000 bytes and 2,000 pixels, so that
// nothing but the picture is published: files of an account stay readable for
// everyone as long as a post names them, metadata included.
//
// # Signing in
//
// The password gives a session, whose tokens are kept by Account.SaveSession
// before they are used, as each renewal makes the one before invalid after a
// while. The password itself is used when there is no session, and when the
// server does not renew it. Servers limit that to 30 times in five minutes and
// 300 in a day, so it is never done in a loop: not again for ten minutes after a
// refusal (except by Check, which an administrator asks for), and at most five
// times in ten minutes at all.
//
// A password that is withdrawn in Bluesky ends the renewal at once; the access
// token that was given before lives on for an hour or two. Check renews the
// session, and so knows.
//
// Network limits show as network.Limited with the time that the server names.
// When a server says in a good answer that nothing is left of the limit, the
// next call of the same kind is not made before the limit is reset.
package bluesky
