// Package archive reads what other programs exported of a council's history:
// mail in mbox files, the account archives of Mastodon and X, repositories of
// AT Protocol (Bluesky) as CAR files, and tables in CSV or JSON lines with a
// mapping that says which column is what.
//
// Every reader goes through its file once, from any position that it named
// before, and holds no more than one post of it at a time: a mailbox of 5 GB
// costs no more memory than one of 5 MB. What cannot be read is named with its
// place and passed over; only a file that is not what it should be, or that
// ends in the middle of its structure, stops a reader.
//
// The package also describes the networks of which nothing but archives is
// left (Networks): accounts that hold history and can neither be connected nor
// answered.
package archive
