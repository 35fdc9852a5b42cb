// Package person is the members of the public who wrote to us, and the handles
// under which they did.
//
// A handle is an identity on one network. Every handle belongs to one person;
// a new handle begins with a person of its own. Nothing joins two persons but an
// officer's decision, with the reason; the join moves the handles and can be
// undone without loss, because it remembers which they were.
//
// Tables: person_person, person_handle, person_join.
package person
