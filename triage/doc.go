// Package triage reads what people write to a council: which service it is
// about, how urgent it is, whether it needs an answer, in which tone and in
// which language.
//
// The model is linear in words, pairs of words and parts of words, so that it
// can say which words led it, reads tens of thousands of messages a second on
// one core, and can be corrected one message at a time. It is learned by
// [Train] from citizens' reports and from this package's own texts, bit for
// bit the same from the same data and seed, and calibrated on messages later
// than those it has seen. A probability of 0.8 is meant to be right four times
// in five; below [Model.Threshold] the answer is "don't know".
//
// The package knows no tables and no network. What a council's officers
// correct is kept by a [Layer] on top of the model.
package triage
