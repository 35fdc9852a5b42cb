// Package email is the email network: one mailbox, read by IMAP and answered
// by SMTP submission.
//
// # Reading
//
// The cursor is UIDVALIDITY and the next UID. The first fetch, and the first
// after the server has changed UIDVALIDITY, goes back 30 days; mail that comes
// a second time falls on its Message-ID. The folder is examined, not selected, and
// bodies are read with PEEK: mail stays as unread, and as much there, as it was.
// The one exception is the copy of what Mercat itself has sent (see below).
// Wait holds a second connection in IDLE; a server that has none is asked once a
// minute.
//
// A message that the server cannot hand over is first asked for by its
// beginning alone and, when that fails too, stands in the batch as a post that
// says so. One bad message never keeps back the others.
//
// Messages are read leniently, and for that reason not with go-message's
// reader: that one ends at the first malformed header line, which hostile and
// broken mail both have. Depth, number of parts and sizes are bounded, time is
// linear, and what is left out leaves a Notice. Nothing in a message makes
// Mercat connect anywhere.
//
// Post.Text holds the new words only, without the quoted tail, when a tail is
// plainly one; Post.HTML then always holds the whole, and Post.Raw the source.
//
// The author of a post is whoever answers should go to: Reply-To where it
// names one other person and no mailing list is involved (with a Notice), From
// otherwise. Both are equally easy to forge, and no more is made of either.
//
// # Sending, and what is guaranteed
//
// The Message-ID is made from Outgoing.Key and our domain, the date is
// Outgoing.At, the MIME boundary comes from the key: a repeated message is the
// same message, byte for byte, and receivers that know its Message-ID show it
// once. SMTP itself has no idempotency. When the connection breaks between the
// final dot and the server's answer, or Mercat dies before it has noted the
// answer, nobody on our side knows whether the message is on its way.
//
// So that it can be known, a copy goes to our own address in the same SMTP
// transaction (option copy, value "inbox", the usual one). The server accepts
// the message for both recipients with one answer, so the copy is a witness
// made by the very act that it is to prove. Before a repeat (Outgoing.First is
// false) the folder and the Sent folder are searched for the Message-ID; when
// it is there, nothing is sent again. When the mailbox cannot be searched,
// nothing is sent either, and Send says so and can be tried later.
//
// What remains: a witness that takes longer than Options.Settle to arrive in
// our mailbox (it is looked for repeatedly for that long), is refused by our own
// server, or is deleted or moved elsewhere by a person or a filter within that
// time. Then the citizen's server gets a second copy with the same Message-ID.
// We prefer this to an answer that is lost.
//
// With the value "server" the mail server keeps its own copy in the Sent folder
// (Gmail and Microsoft 365 do) and that is the witness. With "sent" Mercat puts
// one there itself after the server's answer, and a crash in the fraction of a
// second between the two leads to a repeat.
//
// The copy is reported as a Receipt that has not failed, never as a post. Once
// fetched it is marked as read and moved to the Sent folder, where people look
// for what was sent, if there is such a folder and the server can move. Mail
// that a person wrote from this address in another program is a post with
// FromUs.
//
// Bodies are text/plain in quoted-printable with one line per paragraph. Every
// mail program wraps such lines to its window; format=flowed would be honoured
// by some and shown as ragged lines by the most used. An HTML copy of plain
// words would add nothing that a reader can see.
package email
