// Package text makes foreign text safe, comparable and presentable.
//
// Clean and CleanLine stand at the door: whatever comes from outside passes one
// of them once, before it is stored. Fold and Tokens make the form that search
// and comparison use. Find, Split and the grapheme functions know what a post
// looks like to its reader. HTML is a type of its own, and only Sanitise makes
// it.
//
// Every function is pure, accepts any bytes, and takes time and memory in
// proportion to its input; those that enlarge it say by how much at most.
package text
