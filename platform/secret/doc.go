// Package secret keeps what must not be read or guessed.
//
// A Box seals credentials before they are stored, so that a copy of the database
// alone gives none away. Tokens are random and stored by their hash. References
// are what citizens read out on the telephone or open in a browser.
package secret
