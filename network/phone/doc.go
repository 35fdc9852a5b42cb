// Package phone is the telephone, the counter and the letter box, as a network:
// what an officer writes down of a contact that no program carried.
//
// It has no server elsewhere. Its tables (phone_…) are in Mercat's own database.
// LogTx keeps a contact in its caller's transaction, in which the caller keeps
// the posts that it is in the desk; Fetch brings the same posts again, by a number that is
// given out in the order of commits, so whatever the caller did not keep is not
// lost, and what it kept falls on its key.
//
// # One form is one contact
//
// Each form carries a random key. A double click, a reload or a repeat after a
// broken line finds the contact of the first. When its words differ from the
// first, it is not the same contact, and LogTx says so.
//
// # Nothing is sent
//
// An answer on this network is what an officer says they told the person. Send
// writes it down and reaches nobody; Describe says so (Compose.WrittenDown).
//
// Tables: phone_contact, phone_sequence.
package phone
