package expect

import (
	"math"
	"strconv"
	"strings"
)

// Outlook is what is known of when something will be done: of a new case, or of
// one that has waited for some time.
type Outlook struct {
	Waited  float64 // working days that it has waited; under 1 is a new case
	Half    float64 // working days from now in which half of such cases are done; 0 when that cannot be said
	Most    float64 // and nine in ten
	Never   float64 // share of such cases that are never resolved; less than 0 when not known
	Waiting int     // cases that wait before it; less than 0 when not known
}

// Unknown is the outlook of which nothing is known.
func Unknown() Outlook { return Outlook{Never: -1, Waiting: -1} }

// Days are working days as people are told them: whole ones, rounded up, a day at
// least. It is the rounding of Calendar.By.
func Days(days float64) int {
	return max(int(math.Ceil(days-0.06)), 1)
}

func sayable(days float64) bool { return days > 0 && !math.IsInf(days, 1) }

// Sentence says an outlook as people speak, in a language (BCP 47; English where
// there are no words): "Half of these are done within 9 working days, nine in ten
// within 21. About 4 in 100 are never resolved. 312 are waiting before yours."
// What is not known is left out; "" when nothing is said about time.
func (o Outlook) Sentence(language string) string {
	times := o.Times(language)
	if times == "" {
		return ""
	}
	if rest := o.Rest(language); rest != "" {
		times += " " + rest
	}
	return times
}

// Times is the part of Sentence about time, "" when nothing is known.
func (o Outlook) Times(language string) string {
	in := voiceIn(language)
	half, most := sayable(o.Half), sayable(o.Most)
	waited := o.Waited >= 1
	var words string
	switch {
	case half && most && Days(o.Half) < Days(o.Most):
		words = fill(pick(waited, in.moreBoth, in.both), "{half}", in.days(Days(o.Half)), "{most}", strconv.Itoa(Days(o.Most)))
	case most:
		words = fill(pick(waited, in.moreMost, in.most), "{most}", in.days(Days(o.Most)))
	case half:
		words = fill(pick(waited, in.moreHalf, in.half), "{half}", in.days(Days(o.Half)))
	default:
		return ""
	}
	if waited {
		words = fill(in.waited, "{days}", in.days(int(o.Waited))) + " " + words
	}
	return words
}

// Rest is the part of Sentence about what is never resolved and what waits, ""
// when nothing is known.
func (o Outlook) Rest(language string) string {
	in := voiceIn(language)
	var list []string
	switch never := int(math.Round(100 * o.Never)); {
	case o.Never < 0 || never < 1:
	case never == 1:
		list = append(list, in.neverOne)
	default:
		list = append(list, fill(in.never, "{n}", strconv.Itoa(never)))
	}
	switch {
	case o.Waiting < 0:
	case o.Waiting == 0:
		list = append(list, in.waitingNone)
	case o.Waiting == 1:
		list = append(list, in.waitingOne)
	default:
		list = append(list, fill(in.waiting, "{n}", grouped(o.Waiting)))
	}
	return strings.Join(list, " ")
}

func pick(first bool, a, b string) string {
	if first {
		return a
	}
	return b
}

func fill(words string, pairs ...string) string { return strings.NewReplacer(pairs...).Replace(words) }

// grouped writes a number with commas between the thousands, as is the custom in
// all three languages.
func grouped(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// voice is a language. {half} and {days} are days with their noun, {most} too
// where it stands alone.
type voice struct {
	days                             func(int) string
	both, half, most                 string
	waited                           string
	moreBoth, moreHalf, moreMost     string
	never, neverOne                  string
	waiting, waitingOne, waitingNone string
}

// voiceIn are the words of a language. The nouns after numbers follow the plural
// rules of Unicode CLDR 44, but for Welsh, whose noun stays singular after a
// number and is softened after 2 only.
func voiceIn(language string) *voice {
	base, _, _ := strings.Cut(strings.ToLower(language), "-")
	switch base {
	case "cy":
		return &voice{
			days: func(n int) string {
				if n == 2 {
					return "2 ddiwrnod gwaith"
				}
				return grouped(n) + " diwrnod gwaith"
			},
			both:   "Mae hanner y rhain wedi’u gwneud o fewn {half}, naw o bob deg o fewn {most}.",
			half:   "Mae hanner y rhain wedi’u gwneud o fewn {half}.",
			most:   "Mae naw o bob deg o’r rhain wedi’u gwneud o fewn {most}.",
			waited: "Mae hyn wedi aros {days}.", moreBoth: "O’r rhai a arhosodd gyhyd, mae hanner wedi’u gwneud o fewn {half} arall, naw o bob deg o fewn {most}.",
			moreHalf: "O’r rhai a arhosodd gyhyd, mae hanner wedi’u gwneud o fewn {half} arall.", moreMost: "O’r rhai a arhosodd gyhyd, mae naw o bob deg wedi’u gwneud o fewn {most} arall.",
			never: "Nid yw tua {n} o bob 100 byth yn cael eu datrys.", neverOne: "Nid yw tua 1 o bob 100 byth yn cael ei ddatrys.",
			waiting: "Mae {n} yn aros o flaen eich un chi.", waitingOne: "Mae 1 yn aros o flaen eich un chi.", waitingNone: "Nid oes yr un yn aros o flaen eich un chi.",
		}
	case "gd":
		return &voice{
			days: func(n int) string {
				if n >= 3 && n <= 10 || n >= 13 && n <= 19 {
					return grouped(n) + " làithean-obrach"
				}
				return grouped(n) + " latha-obrach"
			},
			both:   "Bidh leth dhiubh seo deiseil taobh a-staigh {half}, agus naoi às gach deich taobh a-staigh {most}.",
			half:   "Bidh leth dhiubh seo deiseil taobh a-staigh {half}.",
			most:   "Bidh naoi às gach deich dhiubh seo deiseil taobh a-staigh {most}.",
			waited: "Tha seo air a bhith a’ feitheamh {days}.", moreBoth: "De na feadhainn a dh’fheith cho fada, bidh leth deiseil taobh a-staigh {half} eile, agus naoi às gach deich taobh a-staigh {most}.",
			moreHalf: "De na feadhainn a dh’fheith cho fada, bidh leth deiseil taobh a-staigh {half} eile.", moreMost: "De na feadhainn a dh’fheith cho fada, bidh naoi às gach deich deiseil taobh a-staigh {most} eile.",
			never: "Cha tèid mu {n} às gach 100 fhuasgladh gu bràth.", neverOne: "Cha tèid mu 1 às gach 100 fhuasgladh gu bràth.",
			waiting: "Tha {n} a’ feitheamh ron tè agaibhse.", waitingOne: "Tha 1 a’ feitheamh ron tè agaibhse.", waitingNone: "Chan eil gin a’ feitheamh ron tè agaibhse.",
		}
	}
	return &voice{
		days: func(n int) string {
			if n == 1 {
				return "1 working day"
			}
			return grouped(n) + " working days"
		},
		both:   "Half of these are done within {half}, nine in ten within {most}.",
		half:   "Half of these are done within {half}.",
		most:   "Nine in ten of these are done within {most}.",
		waited: "This has waited {days}.", moreBoth: "Of those that waited as long, half are done within another {half}, nine in ten within {most}.",
		moreHalf: "Of those that waited as long, half are done within another {half}.", moreMost: "Of those that waited as long, nine in ten are done within another {most}.",
		never: "About {n} in 100 are never resolved.", neverOne: "About 1 in 100 is never resolved.",
		waiting: "{n} are waiting before yours.", waitingOne: "1 is waiting before yours.", waitingNone: "None is waiting before yours.",
	}
}

// DaysIn are working days with their noun, in a language.
func DaysIn(language string, days int) string { return voiceIn(language).days(days) }
