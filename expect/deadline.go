package expect

import (
	"strings"
	"time"
)

// deadline is a time that some words name.
type deadline struct {
	words int       // how many words it is
	by    time.Time // the end of the day; zero when it is counted in working days
	days  float64   // working days
	firm  bool      // "by", "within": a time limit, whatever the verb
}

// reader reads deadlines of one sentence, as seen from a moment. Each look is
// bounded, so that reading is linear.
type deadlines struct {
	ws  []word
	now time.Time // by the council's clock
}

func (d *deadlines) at(i int) string {
	if i < 0 || i >= len(d.ws) {
		return ""
	}
	return d.ws[i].folded
}

func (d *deadlines) number(i int) int {
	if i < 0 || i >= len(d.ws) {
		return -1
	}
	return d.ws[i].number
}

func in(word string, list string) bool {
	return word != "" && strings.Contains(" "+list+" ", " "+word+" ")
}

// find is the deadline that begins at a word.
func (d *deadlines) find(i int) (deadline, bool) {
	if in(d.at(i-1), "every each last past since until till than previous bob gach pob") || in(d.at(i), "of am t") {
		return deadline{}, false
	}
	for _, look := range []func(int) (deadline, bool){d.span, d.named, d.date} {
		if found, ok := look(i); ok {
			return found, true
		}
	}
	return deadline{}, false
}

// span is "within 2 working days", "in the next week", "o fewn pum diwrnod gwaith".
func (d *deadlines) span(i int) (deadline, bool) {
	j, firm := i, true
	switch {
	case in(d.at(j), "within inside"):
		j++
	case d.at(j) == "in":
		j, firm = j+1, false
	case in(d.at(j), "take takes taking"):
		j++
		for in(d.at(j), "up to about around approximately roughly only just another") {
			j++
		}
	case d.at(j) == "o" && d.at(j+1) == "fewn", d.at(j) == "taobh" && d.at(j+1) == "staigh":
		j += 2
	case d.at(j) == "taobh" && d.at(j+1) == "a" && d.at(j+2) == "staigh":
		j += 3
	case d.at(j) == "mewn":
		j, firm = j+1, false
	default:
		return deadline{}, false
	}
	n := -1
	for range 5 {
		switch w := d.at(j); {
		case in(w, "the y yr an am another max maximum of ar most"):
		case in(w, "next nesaf"):
			n = max(n, 1)
		case in(w, "a couple cwpl") && n < 0:
			n = 1
			if w != "a" {
				n = 2
			}
		case w == "couple":
			n = 2
		case in(w, "few ychydig beagan"):
			n = 3
		case in(w, "at"):
		case d.number(j) >= 0 && (n < 0 || n == 1):
			n = d.number(j)
		default:
			return d.unit(i, j, n, firm)
		}
		j++
	}
	return d.unit(i, j, n, firm)
}

// unit ends a span: working days, or time by the calendar.
func (d *deadlines) unit(i, j, n int, firm bool) (deadline, bool) {
	work := false
	for in(d.at(j), "working business clear calendar full") {
		work = work || in(d.at(j), "working business")
		j++
	}
	unit := d.at(j)
	work = work || in(d.at(j+1), "gwaith obrach")
	if n < 0 {
		if !in(unit, "fortnight hour week month day wythnos pythefnos seachdain mios cola") || !firm {
			return deadline{}, false
		}
		n = 1
	}
	if n > 400 {
		return deadline{}, false
	}
	found := deadline{words: j + 1 - i, firm: firm}
	if in(d.at(j+1), "gwaith obrach") {
		found.words++
	}
	switch {
	case in(unit, "minute minutes mins munud"):
		found.by = d.now
	case in(unit, "hour hours hrs hr awr oriau uair uairean"):
		found.by = d.now.Add(time.Duration(n) * time.Hour)
	case in(unit, "day days diwrnod ddiwrnod niwrnod dyddiau latha laithean") && work:
		found.days = float64(n)
		return found, true
	case in(unit, "day days diwrnod ddiwrnod niwrnod dyddiau latha laithean"):
		found.by = d.now.AddDate(0, 0, n)
	case in(unit, "week weeks wks wk wythnos wythnosau seachdain seachdainean"):
		found.by = d.now.AddDate(0, 0, 7*n)
	case in(unit, "fortnight pythefnos cola"):
		found.by = d.now.AddDate(0, 0, 14)
	case in(unit, "month months mis misoedd mios miosan"):
		found.by = d.now.AddDate(0, n, 0)
	default:
		return deadline{}, false
	}
	found.by = endOfDay(found.by)
	return found, true
}

func endOfDay(t time.Time) time.Time {
	y, m, day := t.Date()
	return time.Date(y, m, day, 23, 59, 0, 0, t.Location())
}

// named is "by Friday", "tomorrow", "this week", "erbyn dydd Gwener".
func (d *deadlines) named(i int) (deadline, bool) {
	j, firm := i, false
	for range 3 {
		if w := d.at(j); in(w, "by before erbyn cyn ro mus") {
			firm = true
		} else if !in(w, "on for over at the end close of this coming y yr ar dros diwedd ddydd dydd deireadh na an am t") && !(w == "a" && in(d.at(j+1), "maireach nochd")) {
			break
		}
		j++
	}
	for in(d.at(j), "the end close of business play this coming day y yr dydd ddydd deireadh na an t s") && j-i < 8 {
		if w := d.at(j); in(w, "business play day") && (d.at(j-1) == "of" || d.at(j-1) == "the") && firm {
			return deadline{j + 1 - i, endOfDay(d.now), 0, true}, true
		}
		j++
	}
	today := d.now
	made := func(t time.Time, words int) (deadline, bool) {
		return deadline{j + words - i, endOfDay(t), 0, firm}, true
	}
	next := in(d.at(j), "next")
	if next {
		j++
	}
	lead := d.at(j - 1)
	w := d.at(j)
	if day, ok := weekdays[w]; ok {
		at := following(today, day)
		if next && at.Sub(today) < 7*24*time.Hour && at.Weekday() > today.Weekday() {
			at = at.AddDate(0, 0, 7)
		}
		return made(at, 1)
	}
	sunday := today.AddDate(0, 0, (7-int(today.Weekday()))%7)
	switch {
	case in(w, "today tonight heddiw heno") && !next, w == "diugh" && lead == "an", w == "nochd" && lead == "a":
		return made(today, 1)
	case in(w, "tomorrow tomorow tmrw yfory maireach"):
		return made(today.AddDate(0, 0, 1), 1)
	case in(w, "morning afternoon evening") && lead == "this":
		return made(today, 1)
	case in(w, "week wythnos seachdain sheachdain"):
		return d.period(i, j, next, firm, sunday, sunday.AddDate(0, 0, 7))
	case in(w, "weekend penwythnos"):
		if next {
			return made(sunday.AddDate(0, 0, 7), 1)
		}
		if lead != w && in(lead, "the this over at y") {
			return made(sunday, 1)
		}
	case in(w, "month mis mios mhios"):
		first := time.Date(today.Year(), today.Month(), 1, 12, 0, 0, 0, today.Location())
		return d.period(i, j, next, firm, first.AddDate(0, 1, -1), first.AddDate(0, 2, -1))
	}
	return deadline{}, false
}

// period is "this week", "next month", "the end of the week", "yr wythnos nesaf",
// "an ath sheachdain".
func (d *deadlines) period(i, j int, next, firm bool, this, after time.Time) (deadline, bool) {
	lead, behind := d.at(j-1), d.at(j+1)
	found := deadline{words: j + 1 - i, firm: firm}
	switch {
	case next || lead == "ath":
		found.by = endOfDay(after)
	case behind == "nesaf":
		found.by = endOfDay(after)
		found.words++
	case in(behind, "hon hwn seo"):
		found.by = endOfDay(this)
		found.words++
	case lead == "this", in(lead, "the y yr na") && firm:
		found.by = endOfDay(this)
	default:
		return deadline{}, false
	}
	return found, true
}

// following is the next such weekday; today is not meant by its own name.
func following(t time.Time, day time.Weekday) time.Time {
	ahead := (int(day) - int(t.Weekday()) + 7) % 7
	if ahead == 0 {
		ahead = 7
	}
	return t.AddDate(0, 0, ahead)
}

var weekdays = map[string]time.Weekday{
	"monday": 1, "tuesday": 2, "wednesday": 3, "thursday": 4, "friday": 5, "saturday": 6, "sunday": 0, "mon": 1, "tues": 2, "weds": 3, "thurs": 4, "fri": 5,
	"llun": 1, "mawrth": 2, "mercher": 3, "iau": 4, "gwener": 5, "wener": 5, "sadwrn": 6, "sul": 0,
	"diluain": 1, "dhiluain": 1, "dimairt": 2, "dhimairt": 2, "diciadain": 3, "dhiciadain": 3, "diardaoin": 4, "dhiardaoin": 4, "dihaoine": 5, "dhihaoine": 5, "disathairne": 6, "didomhnaich": 0,
}

var monthNames = map[string]time.Month{
	"january": 1, "february": 2, "march": 3, "april": 4, "may": 5, "june": 6, "july": 7, "august": 8, "september": 9, "october": 10, "november": 11, "december": 12,
	"jan": 1, "feb": 2, "mar": 3, "apr": 4, "aug": 8, "sept": 9, "sep": 9, "oct": 10, "nov": 11, "dec": 12,
	"ionawr": 1, "chwefror": 2, "ebrill": 4, "mai": 5, "mehefin": 6, "gorffennaf": 7, "awst": 8, "medi": 9, "hydref": 10, "tachwedd": 11, "rhagfyr": 12,
	"faoilleach": 1, "gearran": 2, "giblean": 4, "ceitean": 5, "ogmhios": 6, "iuchar": 7, "lunastal": 8, "sultain": 9, "damhair": 10, "samhain": 11, "dubhlachd": 12,
}

// date is "by 12 December", "on December 12th", "by 3/12/2026", "by the 12th".
func (d *deadlines) date(i int) (deadline, bool) {
	j, firm, on := i, false, false
	if in(d.at(j), "by before erbyn cyn ro") {
		j, firm = j+1, true
	} else if in(d.at(j), "on ar air") {
		j, on = j+1, true
	}
	the := in(d.at(j), "the an y")
	if the {
		j++
	}
	n := d.number(j)
	if month, ok := monthNames[d.at(j)]; ok && d.number(j+1) >= 1 && d.number(j+1) <= 31 {
		return d.on(i, j+2, month, d.number(j+1), firm)
	}
	if n < 1 || n > 31 {
		return deadline{}, false
	}
	k := j + 1
	ordinal := in(d.at(k), "st nd rd th")
	if ordinal {
		k++
	}
	if d.at(k) == "of" {
		k++
	}
	if month, ok := monthNames[d.at(k)]; ok {
		return d.on(i, k+1, month, n, firm)
	}
	if k+1 < len(d.ws) && d.ws[k].cuts() && d.ws[k].end-d.ws[k].start == 1 && d.number(k+1) >= 1 && d.number(k+1) <= 12 && d.ws[k].start == d.ws[k-1].end && d.ws[k].end == d.ws[k+1].start && (firm || on) {
		return d.on(i, k+2, time.Month(d.number(k+1)), n, firm)
	}
	if ordinal && the && (firm || on) {
		at := time.Date(d.now.Year(), d.now.Month(), n, 12, 0, 0, 0, d.now.Location())
		if at.Before(d.now.AddDate(0, 0, -1)) {
			at = at.AddDate(0, 1, 0)
		}
		return deadline{k - i, endOfDay(at), 0, firm}, true
	}
	return deadline{}, false
}

// on is a day of a month, with its year where it is written.
func (d *deadlines) on(i, j int, month time.Month, day int, firm bool) (deadline, bool) {
	year := d.now.Year()
	at := time.Date(year, month, day, 12, 0, 0, 0, d.now.Location())
	if at.Before(d.now.AddDate(0, -6, 0)) {
		at = at.AddDate(1, 0, 0)
	}
	if j < len(d.ws) && d.ws[j].cuts() && d.number(j+1) >= 2000 && d.ws[j].end == d.ws[j+1].start {
		j++
	}
	if y := d.number(j); y >= 2000 && y < 2100 {
		at = time.Date(y, month, day, 12, 0, 0, 0, d.now.Location())
		j++
	}
	if at.Before(d.now.AddDate(0, 0, -1)) {
		return deadline{}, false // it is over: no promise
	}
	return deadline{j - i, endOfDay(at), 0, firm}, true
}
