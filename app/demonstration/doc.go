// Package demonstration makes the council that one can try Mercat on: a made-up
// Scottish council with six weeks of history.
//
// Nothing in it is put into tables by a back door. Citizens write on the
// practice network, the desk fetches what they wrote, officers answer, assign,
// note, close and make cases through the same use cases as everybody, and the
// record tells it all. Only the clock is another one: it runs through six weeks
// in some seconds.
//
// It uses the practice network alone, so that nothing reaches the public, and it
// is the same each time but for the dates.
package demonstration
