// Package contact is the contact record: for each person every contact on every
// channel, and the writing down of those that no program carried (a phone call,
// a visit at the counter, a letter).
//
// Log keeps a contact in one transaction: the person, the conversation at the
// desk, and how they can be reached. What it keeps is the desk's, the network
// phone's and the persons' own: this room has no tables and runs no jobs.
//
// Nothing that was read by listening comes here.
//
// Paths: /contacts (log a contact), /people (find and see a person).
package contact
