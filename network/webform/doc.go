// Package webform is the council's own contact and report form, as a network:
// citizens write on a public page, without an account, and follow the exchange
// on a private page of theirs, where they can write again.
//
// It has no server elsewhere. Its tables (webform_…) are in Mercat's own
// database, and its files among Mercat's blobs. Fetch reads posts by a number
// that is given out in the order of commits, so its cursor can skip nothing;
// Wait watches the hub's topic "webform", and Send shows an answer on the
// private page at once, by the topic "webform/THREAD".
//
// # The two references
//
// The short one (MC-7K3F-92QX) is for the telephone and opens nothing. The long
// one is the address of the private page and the only key to it: there is no
// sign-in behind it. It is kept as a hash. A repeat of the same form must lead
// to the same page all the same, so the reference is also kept sealed with the
// form's own token, which the citizen's browser has and the database has not.
//
// # One form is one post
//
// Each form that is shown carries a random token. The post remembers its hash
// under a unique key: a double click, a reload or a repeat after a broken line
// leads to the page of the first. When the words differ from the first, they
// are shown again on that page to be sent as another message, not dropped.
//
// Photos are encoded anew as they come and wait, bound to the token, until the
// form is sent; so a form with a mistake in it keeps them. Where a photo was
// taken is used only with consent and forgotten when the form is sent. Sweep
// removes what was never sent.
//
// Every file begins with random bytes of its own. No other room's file can then
// have the same content and key, and whoever deletes one deletes nobody else's.
//
// Paths: /form/{slug} (contact and report), /track (private pages).
package webform
