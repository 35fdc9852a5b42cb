package directory

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// written is a text in which answers are looked for.
type written struct {
	text    string
	tokens  []token
	numbers []string // each once, in order
	days    []string // 2006-01-02, each once
}

func newWritten(s string, now time.Time) written {
	if len(s) > maxRead {
		s = strings.ToValidUTF8(s[:maxRead], "")
	}
	r := written{text: s, tokens: tokenise(s, maxRead)}
	used := r.findDays(now)
	for i, k := range r.tokens {
		if used[i] {
			continue
		}
		n, ok := readNumber(k.word)
		if !ok {
			n, ok = numeral(k.word)
		}
		if ok && !slices.Contains(r.numbers, n) {
			r.numbers = append(r.numbers, n)
		}
	}
	return r
}

// says reports whether there is any word in it.
func (r written) says() bool { return len(r.tokens) > 0 }

// unsure reports whether somebody says that they do not know, or asks back.
func (r written) unsure() bool {
	if t := strings.TrimSpace(r.text); strings.HasSuffix(t, "?") {
		return true
	}
	line := " "
	for _, k := range r.tokens {
		line += k.word + " "
	}
	for _, said := range []string{" dont know ", " do not know ", " dinnae ken ", " not sure ", " no idea ", " dunno ", " ddim yn gwybod ", " chan eil fhios "} {
		if strings.Contains(line, said) {
			return true
		}
	}
	return false
}

// denied reports whether the word before says that it is not so.
func (r written) denied(i int) bool {
	if i == 0 || r.tokens[i].breaks {
		return false
	}
	switch r.tokens[i-1].word {
	case "not", "no", "isnt", "wasnt", "never", "nae", "without":
		return true
	}
	return false
}

// numeral reads a number in words, as far as people write them out.
func numeral(word string) (string, bool) {
	n := slices.Index([]string{"zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"}, word)
	if n < 1 {
		return "", false
	}
	return strconv.Itoa(n), true
}

// findDays finds the days that are named, and says which words name them.
func (r *written) findDays(now time.Time) map[int]bool {
	used := map[int]bool{}
	add := func(t time.Time, tokens ...int) {
		for _, i := range tokens {
			used[i] = true
		}
		if day := t.Format("2006-01-02"); !slices.Contains(r.days, day) {
			r.days = append(r.days, day)
		}
	}
	for i := range r.tokens {
		if used[i] {
			continue
		}
		switch r.tokens[i].word {
		case "today", "heddiw":
			add(now, i)
		case "yesterday", "yesterdays", "yestreen", "ddoe":
			add(now.AddDate(0, 0, -1), i)
		default:
			if d, ok := r.weekday(i); ok {
				add(lastWeekday(now, d), i)
				continue
			}
			if t, tokens, ok := r.date(i, now); ok {
				add(t, tokens...)
			}
		}
	}
	return used
}

func (r written) weekday(i int) (time.Weekday, bool) {
	word := strings.TrimSuffix(r.tokens[i].word, "s")
	for _, d := range weekdays {
		name := strings.ToLower(d.String())
		if word == name || len(word) >= 3 && r.tokens[i].capital && (word == name[:3] || word == name[:min(4, len(name))]) && word != "sun" && word != "sat" {
			return d, true
		}
	}
	return 0, false
}

// lastWeekday is the day of this name that was last, today included.
func lastWeekday(now time.Time, d time.Weekday) time.Time {
	return now.AddDate(0, 0, -((int(now.Weekday()) - int(d) + 7) % 7))
}

// date reads "12 March", "12th of March 2026", "March 12", "12/3", "12/3/2026"
// and "2026-03-12" at a word. A day without a year is the last that was, or is
// within the next month.
func (r written) date(i int, now time.Time) (time.Time, []int, bool) {
	word := func(n int) string {
		if n < len(r.tokens) {
			return r.tokens[n].word
		}
		return ""
	}
	at := func(n int) (int, bool) {
		s := strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(word(n), "st"), "nd"), "rd"), "th")
		v, err := strconv.Atoi(s)
		return v, err == nil
	}
	if day, ok := at(i); ok && day >= 1 && day <= 31 {
		next := i + 1
		if word(next) == "of" {
			next++
		}
		month, named := monthOf(word(next))
		if !named {
			if m, numeric := at(next); numeric && next == i+1 && m >= 1 && m <= 12 && r.slashed(i) {
				month, named = time.Month(m), true
			}
		}
		if named {
			year, given := at(next + 1)
			if given && year >= 20 && year < 100 {
				year += 2000
			}
			if given = given && year > 1990 && year < 2100; given {
				return dated(year, month, day, i, next, next+1)
			}
			t, tokens, ok := dated(now.Year(), month, day, i, next)
			if ok && t.After(now.AddDate(0, 1, 0)) {
				return dated(now.Year()-1, month, day, i, next)
			}
			return t, tokens, ok
		}
	}
	if year, ok := at(i); ok && year > 1990 && year < 2100 {
		m, okM := at(i + 1)
		d, okD := at(i + 2)
		if okM && okD && m >= 1 && m <= 12 && d <= 31 {
			return dated(year, time.Month(m), d, i, i+1, i+2)
		}
	}
	return time.Time{}, nil, false
}

// slashed reports whether the text has a slash or a full stop behind the word,
// as days are written in figures.
func (r written) slashed(i int) bool {
	w := r.tokens[i].word
	return strings.Contains(r.text, w+"/"+r.tokens[i+1].word) || strings.Contains(r.text, w+"."+r.tokens[i+1].word)
}

func dated(year int, month time.Month, day int, tokens ...int) (time.Time, []int, bool) {
	t := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	return t, tokens, t.Day() == day
}

func monthOf(word string) (time.Month, bool) {
	for m := time.January; m <= time.December; m++ {
		name := strings.ToLower(m.String())
		if word == name || word == name[:3] && word != "may" && word != "mar" || word == "sept" && m == time.September || word == "mar" && m == time.March {
			return m, true
		}
	}
	return 0, false
}
