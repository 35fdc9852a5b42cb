package expect

import (
	"math"
	"strings"
	"testing"
	"time"

	"mercat.scot/mercat/platform/growthtest"
)

// A Wednesday morning.
var wednesday = time.Date(2026, time.November, 25, 10, 0, 0, 0, time.UTC)

func TestWhatAnAnswerPromisesIsRead(t *testing.T) {
	c := NewCalendar(Scotland, time.UTC)
	for _, one := range []struct {
		text, words string
		days        float64 // about
	}{
		{"We will fix this within 2 days.", "within 2 days", 2.6},
		{"The lamp will be repaired within two working days.", "within two working days", 2},
		{"It’ll be sorted by Friday, promise.", "by Friday", 2.6},
		{"By Friday, we will have it cleared.", "By Friday", 2.6},
		{"Our crew will be out tomorrow morning to clear it.", "tomorrow", 1.6},
		{"Hi Tam. Your bin should be emptied this week. Thanks for your patience.", "this week", 2.6},
		{"We hope to have it done by the end of next week", "by the end of next week", 6.6},
		{"This is scheduled for Monday.", "for Monday", 2.6},
		{"It will take 5 working days to replace the lamp.", "take 5 working days", 5},
		{"We are going to repaint the lines on 3 December.", "on 3 December", 5.6},
		{"We'll have it done by the 12th.", "by the 12th", 11.6},
		{"It will be replaced on 4/12/2026.", "on 4/12/2026", 6.6},
		{"Fixed by Friday", "by Friday", 2.6},
		{"street will get swept friday.", "friday", 2.6},
		{"You should have a new bin within the next 10 days.", "within the next 10 days", 6.6},
		{"This will be done within 24 hours.", "within 24 hours", 1.6},
		{"Will be removed within the next couple of weeks.", "within the next couple of weeks", 9.6},
		{"Bydd hyn wedi’i drwsio erbyn dydd Gwener.", "erbyn dydd Gwener", 2.6},
		{"Byddwn yn casglu’r bin yfory.", "yfory", 1.6},
		{"Bydd y lamp yn cael ei thrwsio o fewn 5 diwrnod gwaith.", "o fewn 5 diwrnod gwaith", 5},
		{"Byddwn yn ei glirio yr wythnos nesaf.", "yr wythnos nesaf", 6.6},
		{"Bidh seo air a chàradh ro Dhihaoine.", "ro Dhihaoine", 2.6},
		{"Bidh e deiseil taobh a-staigh 5 latha-obrach.", "taobh a-staigh 5 latha-obrach", 5},
		{"Glanaidh sinn an t-sràid a-màireach.", "a-màireach", 1.6},
	} {
		t.Run(one.text, func(t *testing.T) {
			list := c.Promises(one.text, wednesday)
			if len(list) != 1 {
				t.Fatalf("read %+v", list)
			}
			if list[0].Words != one.words || math.Abs(list[0].Days-one.days) > 0.1 {
				t.Errorf("read %q in %.2f working days, not %q in %.1f", list[0].Words, list[0].Days, one.words, one.days)
			}
			if !strings.Contains(one.text, list[0].Sentence) {
				t.Errorf("the sentence %q does not stand there", list[0].Sentence)
			}
		})
	}
}

func TestWhatIsNoPromiseIsLeftAlone(t *testing.T) {
	c := NewCalendar(Scotland, time.UTC)
	for _, text := range []string{
		"The pavement was poured today.",
		"The crew cleaned this up today. Thank you.",
		"Your bin is collected every Friday.",
		"Please put your bin out by 7am on Friday.",
		"Please send us a photo by Friday.",
		"Call us tomorrow and we can talk about it.",
		"If it is not fixed within 5 days, tell us and we will look again.",
		"We will not be able to do this before Friday.",
		"We can’t promise that it will be done this week.",
		"Will it be done by Friday?",
		"An inspector will visit within 5 working days.",
		"We’ll get back to you by tomorrow.",
		"You will need to apply within 28 days.",
		"Thank you for writing to us on Monday.",
		"We have received several reports in the last 5 days.",
		"We will tell you when we know more.",
		"Half of these are done within 9 working days, nine in ten within 21. About 4 in 100 are never resolved. 312 are waiting before yours.",
		"Mae hanner y rhain wedi’u gwneud o fewn 9 diwrnod gwaith, naw o bob deg o fewn 21.",
		"Bidh leth dhiubh seo deiseil taobh a-staigh 9 làithean-obrach, agus naoi às gach deich taobh a-staigh 21.",
		"This has waited 30 working days. Of those that waited as long, half are done within another 8 working days, nine in ten within 40.",
		"Cafodd ei drwsio heddiw.",
		"Os na fydd wedi’i drwsio erbyn dydd Gwener, cysylltwch â ni.",
		"Ni fydd hyn yn cael ei wneud yr wythnos hon.",
		"Chaidh a ghlanadh an-diugh.",
		"The crew groomed the field today and will do it again.",
		"Collection is late due to the storm on Monday.",
		"Laterals are topped within 24 hours of excavation.",
		"The library on the High Street may close in May.",
	} {
		if list := c.Promises(text, wednesday); len(list) != 0 {
			t.Errorf("%q is read as the promise %+v", text, list)
		}
	}
}

func TestPromisesTakeLinearTime(t *testing.T) {
	c := NewCalendar(Scotland, time.UTC)
	growthtest.Linear(t, growthtest.Texts, func(s string) { c.Promises(s, wednesday) })
	growthtest.Linear(t, map[string]growthtest.Shape{
		"one clause": {Unit: "by the end of the next week friday within a "}, "clauses": {Unit: "if by friday, "}, "limits": {Unit: "within 2 days "}, "numbers": {Unit: "1/2/"},
		"apostrophes": {Unit: "a’"}, "stops": {Unit: "st. "},
	}, func(s string) { c.Promises(s, wednesday) })
}

func FuzzPromises(f *testing.F) {
	c := NewCalendar(Scotland, time.UTC)
	for _, s := range []string{"We will fix this within 2 days.", "By Friday, we’ll be done. Erbyn dydd Gwener.", "on 3/12/2026 will st. 4th of May", "within within in the next 400 weeks will", "\xff will by \n friday"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, p := range c.Promises(s, wednesday) {
			if !strings.Contains(s, p.Sentence) || !strings.Contains(p.Sentence, p.Words) || p.Words == "" {
				t.Errorf("%+v does not stand in %q", p, s)
			}
			if !(p.Days >= 0) || p.Days > 4000 {
				t.Errorf("%q is %.1f working days off", p.Words, p.Days)
			}
		}
	})
}
