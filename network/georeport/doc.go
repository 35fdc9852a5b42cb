// Package georeport is the network of people who report through another
// program: an app or a website that sends their requests by Open311 GeoReport v2
// with a key.
//
// What comes in is put into the desk by the room open311, in the transaction that
// makes the case; there is nothing to fetch. What is answered stays in the desk,
// where that program fetches it among the updates of its requests; the person
// also sees it on the private page of their case. So sending needs neither a
// server nor a table: it says that the answer is there, under a name made of its
// key, and saying it twice is saying it once.
//
// An account that is paused, or none, is the switch by which a council takes no
// requests from other programs.
package georeport
