package directory

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"mercat.scot/mercat/platform/text"
)

// Find looks for answers in what somebody wrote of their own accord: list
// entries by their words, a number only beside the question's own unit, a day,
// a registration number. What could mean two things is left out. now is when it
// was written, in the council's time zone, for "yesterday" and "on Tuesday".
//
// Pure and bounded: it looks at the first 16 KiB.
func (l Attributes) Find(message string, now time.Time) map[string][]string {
	r := newWritten(message, now)
	found := map[string][]string{}
	for _, a := range l.Asked() {
		if values := a.find(r); len(values) > 0 {
			found[a.Code] = values
		}
	}
	return found
}

// FindReply looks for answers in a reply to these questions, which were asked in
// this order and numbered from 1 when there were several: behind the numbers, on
// as many lines as there were questions, or anywhere in it. To a single question
// the whole reply is the answer. What does not answer is left out.
func (l Attributes) FindReply(reply string, now time.Time) map[string][]string {
	reply = unaddressed(reply)
	found := map[string][]string{}
	if len(l) == 1 {
		if values := l[0].findReply(reply, now); len(values) > 0 {
			found[l[0].Code] = values
		}
		return found
	}
	parts := l.parts(reply)
	for i, a := range l {
		if part, ok := parts[i]; ok {
			if values := a.findReply(part, now); len(values) > 0 {
				found[a.Code] = values
			}
			continue
		}
		if len(parts) > 0 && a.free() {
			continue
		}
		if values := a.findLoose(newWritten(reply, now), l); len(values) > 0 {
			found[a.Code] = values
		}
	}
	return found
}

// free reports whether any words can be the answer.
func (a Attribute) free() bool { return a.Datatype == String || a.Datatype == Text }

// numbered is the beginning of a line that answers a numbered question.
var numbered = regexp.MustCompile(`(?m)^[ \t]*\(?([0-9]{1,2})[.):\-][ \t]*`)

// parts are the pieces of a reply by the question that each answers.
func (l Attributes) parts(reply string) map[int]string {
	parts := map[int]string{}
	marks := numbered.FindAllStringSubmatchIndex(reply, 41)
	for i, m := range marks {
		n := 0
		for _, c := range reply[m[2]:m[3]] {
			n = n*10 + int(c-'0')
		}
		end := len(reply)
		if i+1 < len(marks) {
			end = marks[i+1][0]
		}
		if _, twice := parts[n-1]; n < 1 || n > len(l) || twice {
			return nil // these numbers are something else
		}
		parts[n-1] = strings.TrimSpace(reply[m[1]:end])
	}
	if len(parts) > 0 {
		return parts
	}
	lines := slices.DeleteFunc(strings.Split(reply, "\n"), func(s string) bool { return strings.TrimSpace(s) == "" })
	if len(lines) == len(l) {
		for i, line := range lines {
			parts[i] = strings.TrimSpace(line)
		}
	}
	return parts
}

// unaddressed takes the @names from the front of a reply, and quoted lines.
func unaddressed(reply string) string {
	if len(reply) > maxRead {
		reply = strings.ToValidUTF8(reply[:maxRead], "")
	}
	lines := slices.DeleteFunc(strings.Split(reply, "\n"), func(s string) bool { return strings.HasPrefix(strings.TrimSpace(s), ">") })
	reply = strings.TrimSpace(strings.Join(lines, "\n"))
	for strings.HasPrefix(reply, "@") {
		_, rest, ok := strings.Cut(reply, " ")
		if !ok {
			return ""
		}
		reply = strings.TrimSpace(rest)
	}
	return reply
}

// findReply reads what was written in answer to this question alone.
func (a Attribute) findReply(reply string, now time.Time) []string {
	r := newWritten(reply, now)
	if r.unsure() {
		return nil
	}
	if values, why := a.Read([]string{reply}); why == "" && (!a.free() || r.says()) {
		return values
	}
	if values := a.find(r); len(values) > 0 {
		return values
	}
	switch {
	case a.Datatype == Number && len(r.numbers) == 1:
		return r.numbers
	case a.Datatype == SingleValueList && a.yesNo():
		return a.readYesNo(r)
	}
	return nil
}

// findLoose reads an answer to one of several questions out of a whole reply.
func (a Attribute) findLoose(r written, asked Attributes) []string {
	if values := a.find(r); len(values) > 0 {
		return values
	}
	of := func(d Datatype) (n int) {
		for _, one := range asked {
			if one.Datatype == d {
				n++
			}
		}
		return n
	}
	if a.Datatype == Number && of(Number) == 1 && len(r.numbers) == 1 && len(r.days) == 0 {
		return r.numbers
	}
	return nil
}

func (a Attribute) find(r written) []string {
	switch a.Datatype {
	case SingleValueList, MultiValueList:
		return a.findValues(r)
	case Number:
		return a.findNumber(r)
	case DateTime:
		if len(r.days) == 1 {
			return r.days
		}
	case String:
		if strings.Contains(text.Fold(a.Description), "registration number") {
			if plate := plates.FindString(strings.ToUpper(r.text)); plate != "" {
				return []string{plate}
			}
		}
	}
	return nil
}

// plates are registration numbers of the form that is given out since 2001.
var plates = regexp.MustCompile(`\b[A-Z]{2}[0-9]{2} ?[A-Z]{3}\b`)

// findValues finds list entries by their names and words, the longest phrase at
// each place. Of a single list only one that stands out counts.
func (a Attribute) findValues(r written) []string {
	byPhrase := newTrie(len(a.Values) * 8)
	means := map[uint32][]int{}
	for i, v := range a.Values {
		for _, phrase := range append(splitList(v.Words), v.Name, v.Welsh, v.Gaelic) {
			var words []string
			for _, k := range tokenise(phrase, maxRead) {
				words = append(words, singular(k.word))
			}
			if len(words) == 0 || len(words) == 1 && (words[0] == "yes" || words[0] == "no") {
				continue // said of anything; readYesNo knows better
			}
			if node := byPhrase.add(words); !slices.Contains(means[node], i) {
				means[node] = append(means[node], i)
			}
		}
	}
	ids := byPhrase.words(r.tokens, singular)
	weights := make([]int, len(a.Values))
	for i := 0; i < len(ids); {
		if ids[i] == 0 {
			i++
			continue
		}
		node, length := byPhrase.longest(r.tokens, ids, i, func(n uint32) bool { return len(means[n]) > 0 })
		if length == 0 {
			i++
			continue
		}
		if !r.denied(i) {
			for _, v := range means[node] {
				weights[v] += length
			}
		}
		i += length
	}
	return a.heaviest(weights)
}

func (a Attribute) heaviest(weights []int) []string {
	var found []string
	best, tie := 0, false
	for i, w := range weights {
		if w == 0 {
			continue
		}
		found = append(found, a.Values[i].Key)
		if w > weights[best] {
			best = i
		}
	}
	if a.Datatype == MultiValueList || len(found) == 0 {
		return found
	}
	for i, w := range weights {
		tie = tie || i != best && w == weights[best]
	}
	if tie {
		return nil
	}
	return []string{a.Values[best].Key}
}

// findNumber finds the one number that stands before a word of the question:
// "12 cm" where it asks for centimetres.
func (a Attribute) findNumber(r written) []string {
	units := map[string]bool{}
	for _, k := range tokenise(a.Description, maxRead) {
		units[unit(k.word)] = true
	}
	var found []string
	for i := 0; i+1 < len(r.tokens); i++ {
		n, word := r.tokens[i].word, r.tokens[i+1].word
		if value, ok := readNumber(n); ok && units[unit(word)] && len(word) > 1 && !slices.Contains(found, value) {
			found = append(found, value)
		}
	}
	for _, k := range r.tokens { // written without the space
		if n := strings.TrimRight(k.word, "abcdefghijklmnopqrstuvwxyz"); n != k.word && units[unit(k.word[len(n):])] {
			if value, ok := readNumber(n); ok && !slices.Contains(found, value) {
				found = append(found, value)
			}
		}
	}
	if len(found) != 1 {
		return nil
	}
	return found
}

// unit is the one form of a word for a unit.
func unit(word string) string {
	switch word = singular(word); word {
	case "cm", "centimeter":
		return "centimetre"
	case "mm", "millimeter":
		return "millimetre"
	case "metre", "meter", "m":
		return "metre"
	}
	return word
}

func (a Attribute) yesNo() bool {
	_, yes := a.Value("yes")
	_, no := a.Value("no")
	return yes && no
}

func (a Attribute) readYesNo(r written) []string {
	if len(r.tokens) == 0 {
		return nil
	}
	switch r.tokens[0].word {
	case "yes", "aye", "yep", "yeah", "ydy", "ydi", "oes", "do", "tha":
		return []string{"yes"}
	case "no", "naw", "nope", "nah", "na", "nac", "naddo", "chan", "cha":
		return []string{"no"}
	}
	return nil
}
