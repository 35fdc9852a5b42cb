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
// Tables: person_person, person_handle, person_word, person_join.
package person
