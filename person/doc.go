// Package person is the members of the public who wrote to us, and the handles
// under which they did.
//
// A handle is an identity on one network. Every handle belongs to one person;
// a new handle begins with a person of its own. Nothing joins two persons but an
// officer's decision, with the reason; the join moves the handles and can be
// undone without loss, because it remembers which they were.
//
// What a network says of an author (name, address) is cleaned once, here, and
// kept as it was said last. The record holds ids and which fields changed, no
// names.
//
// A fact is how somebody can be reached otherwise (a phone number, an email or
// postal address), as an officer wrote it down: with where we have it from, for
// what it is kept, and until when. What has ended is removed. A join moves no
// facts: those of whoever was joined are read along.
//
// Tables: person_person, person_handle, person_word, person_join, person_fact.
package person
