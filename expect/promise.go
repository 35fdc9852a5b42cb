package expect

import (
	"strings"
	"time"
)

// Promise is a time by which an answer says that something will be done.
type Promise struct {
	Words    string  // that name the time, as they stand there
	Sentence string  // that they stand in, as it stands there
	Days     float64 // working days from now until the end of it
}

// maxPromises bounds how many are told of one text.
const maxPromises = 5

// Promises are the times by which a text says that something will be done, in
// English, Welsh or Gaelic. It holds no grammar: it looks for words that name a
// time in a clause that speaks of what will be, and leaves out what is past,
// denied, asked or conditional, what the reader is to do, and what is promised
// but another word from us or the beginning of work.
func (c *Calendar) Promises(s string, now time.Time) []Promise {
	var list []Promise
	now = now.In(c.zone)
	for _, sentence := range sentences(s) {
		if sentence.asks {
			continue
		}
		d := deadlines{sentence.words, now}
		for i := 0; i < len(d.ws) && len(list) < maxPromises; i++ {
			found, ok := d.find(i)
			if !ok {
				continue
			}
			if d.promised(i, found) {
				days := found.days
				if days == 0 {
					days = max(c.Between(now, found.by), 0)
				}
				list = append(list, Promise{Words: s[d.ws[i].start:d.ws[i+found.words-1].end], Sentence: s[sentence.start:sentence.end], Days: days})
			}
			i += found.words - 1
		}
	}
	return list
}

// clauseReach bounds how far a clause is looked at, in words to each side.
const clauseReach = 30

// clause is where the clause around some words begins and ends.
func (d *deadlines) clause(i, j int) (from, to int) {
	from, to = i, j
	for from > 0 && i-from < clauseReach && !d.ws[from-1].cuts() && !in(d.at(from-1), "but because ond oherwydd ach oir") {
		from--
	}
	for to < len(d.ws) && to-j < clauseReach && !d.ws[to].cuts() && !in(d.at(to), "but because ond oherwydd ach oir") {
		to++
	}
	return from, to
}

// promised reports whether the clause around a deadline says that something will
// be done by then.
func (d *deadlines) promised(i int, found deadline) bool {
	from, to := d.clause(i, i+found.words)
	if from == i && i == 0 && to < len(d.ws) && to == i+found.words {
		_, to = d.clause(i, to+1) // "By Friday, we will …"
	}
	cue := d.cue(from, i, i+found.words, to)
	switch {
	case cue < 0 && !(found.firm && d.bare(from, i, to)), d.at(i+found.words) == "of":
		return false
	case cue >= i+found.words && i-from > 1:
		return false // "was cleared today and will be …": the time belongs to what was
	}
	for k := from; k < to; k++ {
		if k >= i && k < i+found.words {
			continue
		}
		w := d.at(k)
		switch {
		case in(w, denied), in(w, repliesOnly), in(w, "please plis"):
			return false
		case k == from && in(w, conditional), k == from && in(w, imperative):
			return false
		case in(w, "has have been was were had wedi cafodd bha chaidh") && k < i && cue < 0:
			return false
		case w == "get" && d.at(k+1) == "back", w == "let" && in(d.at(k+1), "you them him her"), w == "in" && d.at(k+1) == "touch", w == "cuiridh" && d.at(k+2) == "fios":
			return false
		}
	}
	yours := cue >= 0 && in(d.at(cue-1), "you chi sibh") && in(d.at(cue+1), "need have") && d.at(cue+2) == "to"
	return !yours
}

const (
	denied      = "not never unable cannot can't cant won't wont without isn't aren't didn't doesn't don't hasn't haven't ddim ni na nid cha chan would could might may half hanner leth"
	conditional = "if when unless once after whether until os pan oni ma nuair mura and"
	imperative  = "call contact apply send email report submit leave put place return ring phone visit check pay register ask tell keep remove cysylltwch ffoniwch anfonwch rhowch gofynnwch cuir cuiribh"
	// Of these a promise is kept by a word, a look or a beginning, and the history
	// knows nothing.
	repliesOnly = "contact contacted call called calling phone phoned ring email emailed write reply respond response responded update updated updates hear inspect inspected inspecting inspection inspector visit visited look looked looking investigate investigated investigation assess assessed assessment check checked survey reviewed review monitor monitored discuss discussed speak speaks talk meet meeting start starts started starting begin begins commence commences resume resumes open opens reopen reopens " +
		"closed cysylltu gysylltu ymateb ateb ffonio archwilio edrych asesu gwirio dechrau freagairt coimhead sgrudadh toiseachadh fios"
)

// cue is the word of a clause that speaks of what will be; -1 for none.
func (d *deadlines) cue(from, i, j, to int) int {
	for k := from; k < to; k++ {
		if k >= i && k < j && !in(d.at(k), "take takes") {
			continue
		}
		w, next := d.at(k), d.at(k+1)
		switch {
		case in(w, "will shall we'll it'll they'll i'll you'll he'll she'll that'll gonna promise guarantee"),
			w == "going" && next == "to", w == "should" && in(next, "be have get take"), w == "can" && in(next, "be get have do"),
			in(w, "aim aiming plan planning planned hope hoping expect expecting expected intend intending try trying scheduled booked") && in(next, "to for by on in within today tomorrow this next"),
			w == "due" && (k+1 >= i || next == "to" && in(d.at(k+2), "be come arrive")), in(w, "is are") && in(next, "being coming booked scheduled due"), in(w, "take takes") && k >= i:
			return k
		case strings.HasPrefix(w, "bydd"), strings.HasPrefix(w, "fydd"), in(w, "caiff gaiff gwnawn wnawn gwneir bwriadu disgwyl gobeithio"):
			return k
		case in(w, "bidh thig theid ni duil"), len(w) >= 5 && strings.HasSuffix(w, "idh") && w != "chaidh":
			return k
		}
	}
	return -1
}

// bare reports whether a clause is a participle and a limit, as people write when
// they are brief: "Fixed by Friday", "To be done within 2 days".
func (d *deadlines) bare(from, i, to int) bool {
	if i-from > 4 || i == from && to-i > 5 {
		return false
	}
	if d.at(from) == "to" && d.at(from+1) == "be" {
		return true
	}
	last := d.at(i - 1)
	return i > from && (strings.HasSuffix(last, "ed") || in(last, "done swept cut")) && !in(last, "received reported needed required")
}
