package expect

import (
	"math"
	"testing"
)

func TestAnOutlookIsSaidAsPeopleSpeak(t *testing.T) {
	whole := Outlook{Half: 8.3, Most: 20.5, Never: 0.041, Waiting: 312}
	for _, c := range []struct {
		name, language, want string
		of                   Outlook
	}{
		{"whole", "en", "Half of these are done within 9 working days, nine in ten within 21. About 4 in 100 are never resolved. 312 are waiting before yours.", whole},
		{"in no language", "", "Half of these are done within 9 working days, nine in ten within 21. About 4 in 100 are never resolved. 312 are waiting before yours.", whole},
		{"Welsh", "cy-GB", "Mae hanner y rhain wedi’u gwneud o fewn 9 diwrnod gwaith, naw o bob deg o fewn 21. Nid yw tua 4 o bob 100 byth yn cael eu datrys. Mae 312 yn aros o flaen eich un chi.", whole},
		{"Gaelic", "gd", "Bidh leth dhiubh seo deiseil taobh a-staigh 9 làithean-obrach, agus naoi às gach deich taobh a-staigh 21. Cha tèid mu 4 às gach 100 fhuasgladh gu bràth. Tha 312 a’ feitheamh ron tè agaibhse.", whole},
		{"one of each", "en", "Half of these are done within 1 working day, nine in ten within 2. About 1 in 100 is never resolved. 1 is waiting before yours.", Outlook{Half: 0.4, Most: 1.5, Never: 0.012, Waiting: 1}},
		{"none", "en", "Half of these are done within 2 working days, nine in ten within 3. None is waiting before yours.", Outlook{Half: 2, Most: 3, Never: 0.004}},
		{"both the same", "en", "Nine in ten of these are done within 1 working day.", Outlook{Half: 0.2, Most: 0.9, Never: -1, Waiting: -1}},
		{"nine in ten never", "en", "Half of these are done within 30 working days. About 20 in 100 are never resolved.", Outlook{Half: 30, Most: math.Inf(1), Never: 0.2, Waiting: -1}},
		{"two in Welsh", "cy", "Mae naw o bob deg o’r rhain wedi’u gwneud o fewn 2 ddiwrnod gwaith.", Outlook{Half: 2, Most: 2, Never: -1, Waiting: -1}},
		{"eleven in Gaelic", "gd", "Bidh leth dhiubh seo deiseil taobh a-staigh 11 latha-obrach.", Outlook{Half: 11, Never: -1, Waiting: -1}},
		{"waited", "en", "This has waited 30 working days. Of those that waited as long, half are done within another 8 working days, nine in ten within 40. 1,204 are waiting before yours.", Outlook{Waited: 30.7, Half: 8, Most: 40, Never: -1, Waiting: 1204}},
		{"nothing", "en", "", Unknown()},
		{"no time", "en", "", Outlook{Never: 0.3, Waiting: 7}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.of.Sentence(c.language); got != c.want {
				t.Errorf("said\n%s\nwanted\n%s", got, c.want)
			}
		})
	}
}

func TestWhoHasWaitedIsToldOfThoseThatWaitedAsLong(t *testing.T) {
	// Two in three take 1 to 10 days, the rest 100 to 110; none is lost.
	var rows []Row
	for i := range 4000 {
		opened := 100 + float64(i)/10
		took := 1 + 9*math.Mod(float64(i)*math.Phi, 1)
		if i%3 == 1 {
			took += 99
		}
		r := Row{Area: Nowhere, Opened: opened, Ended: opened + took, End: Done, Cases: 1}
		rows = append(rows, r)
	}
	f := NewLearner(NewHistory(rows)).Learn(500).Forecast(0, Nowhere)
	half, most, never, _ := f.After(20)
	if half < 75 || half > 95 || most < 80 || most > 105 || never > 0.05 {
		t.Errorf("after 20 days: half within %.1f, nine in ten within %.1f, never %.2f", half, most, never)
	}
	half, _, _, _ = f.After(0.01)
	if half > 12 {
		t.Errorf("at once: half within %.1f", half)
	}
	if half, _, _, sure := f.After(3000); !math.IsInf(half, 1) || sure {
		t.Errorf("of what nobody has waited for is said %.1f, %v", half, sure)
	}
}
