package expect

import "testing"

func TestACouncilKeepsTheBankHolidaysOfItsNation(t *testing.T) {
	for name, one := range map[string]struct {
		lat, lon float64
		want     Nation
	}{
		"Glenrothes": {56.20, -3.18, Scotland}, "Dumfries": {55.07, -3.61, Scotland}, "Newtown St Boswells": {55.58, -2.67, Scotland},
		"Stranraer": {54.90, -5.03, Scotland}, "Lerwick": {60.15, -1.14, Scotland}, "Lochgilphead": {56.04, -5.43, Scotland}, "Stornoway": {58.21, -6.39, Scotland},
		"Carlisle": {54.89, -2.93, England}, "Workington": {54.64, -3.54, England}, "Morpeth": {55.17, -1.69, England}, "Berwick": {55.77, -2.00, England},
		"Truro": {50.26, -5.05, England}, "Birmingham": {52.48, -1.90, England},
		"Cardiff":     {51.48, -3.18, England}, // Wales has England's
		"Aberystwyth": {52.42, -4.08, Wales}, "Haverfordwest": {51.80, -4.97, Wales},
		"Belfast": {54.60, -5.93, Weekends}, "Derry": {55.00, -7.32, Weekends}, "Boston": {42.36, -71.06, Weekends},
	} {
		if got := NationAt(one.lat, one.lon); got != one.want {
			t.Errorf("%s is in %s, not %s", name, got, one.want)
		}
	}
}
