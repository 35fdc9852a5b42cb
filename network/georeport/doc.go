// Package georeport is the network of people who report through another
// program: an app or a website that sends their requests by Open311 GeoReport v2
// with a key.
//
// What comes in is put into the desk by the room open311, in the transaction that
// makes the case; there is nothing to fetch. What is answered is kept there too,
// once for each key, for that program to fetch it among the updates of its
// requests.
//
// An account that is paused, or none, is the switch by which a council takes no
// requests from other programs.
package georeport
