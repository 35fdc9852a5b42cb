package directory

import (
	"fmt"
	"strings"
	"testing"
)

// county is a gazetteer of 60,000 places: 300 settlements with 199 streets
// each, of 400 names, so that every name comes some 150 times.
func county() []Place {
	ends := []string{"Street", "Road", "Avenue", "Wynd", "Crescent", "Lane", "Place", "Gardens"}
	var places []Place
	for s := range 300 {
		settlement := fmt.Sprintf("%s%s", []string{"Kirk", "Inver", "Aber", "Bal", "Dun", "Loch", "Strath", "Port", "Glen", "Auchter"}[s%10],
			[]string{"brae", "lochty", "dour", "more", "fife", "gelly", "marn", "ellan", "rothes", "muchty", "keld", "ness", "nairn", "ross", "dale",
				"bervie", "chapel", "ton", "wick", "moss", "law", "field", "burn", "haven", "mill", "ferry", "cross", "bank", "side", "head"}[s/10])
		lat, lon := 56+float64(s/20)*0.03, -4+float64(s%20)*0.05
		places = append(places, Place{ID: int64(len(places) + 1), Kind: "settlement", Name: settlement, Lat: lat, Lon: lon})
		for i := range 199 {
			name := fmt.Sprintf("%c%s %s", 'A'+i%26, []string{"lder", "irk", "ill", "orth", "een", "oss"}[(i+s)%6], ends[(i/26+s)%8])
			if i < 20 {
				name = fmt.Sprintf("%s %s", []string{"High", "Station", "Church", "Mill", "Victoria"}[i%5], ends[i/5])
			}
			places = append(places, Place{ID: int64(len(places) + 1), Kind: "street", Name: name, Within: settlement,
				Lat: lat + float64(i%14)*0.001, Lon: lon + float64(i/14)*0.001})
		}
	}
	return places
}

func countySnapshot(b testing.TB) *Snapshot {
	b.Helper()
	services, err := seed()
	if err != nil {
		b.Fatal(err)
	}
	for i := range services {
		services[i].ID = int64(i + 1)
	}
	areas := []Area{{ID: 1, Name: "East Neuk", Places: "Kirkbrae, Inverlochty"}, {ID: 2, Name: "Landward", Places: "Aberdour"}}
	return newSnapshot(Council{Name: "Strathmarn", Lat: 56.2, Lon: -3.2}, services, areas, newGazetteer(county()))
}

const letter = "Hello, I wrote to you about this in October and nothing has been done. There is a large pothole at the corner of High Street and " +
	"Station Road in Kirkmarn, just outside the primary school, and two cars have burst their tyres on it this week alone. When it rains the drain " +
	"beside it floods and you cannot see the hole at all. My neighbour at No. 12 fell there on Monday. The street lights are out as well, so it is " +
	"pitch dark at five. Could somebody please come and look at it before the snow comes? Thank you, Ann B."

func BenchmarkReadingAMessageOf500Characters(b *testing.B) {
	s := countySnapshot(b)
	b.ReportAllocs()
	for b.Loop() {
		if r := s.Read(letter); r.ServiceID == 0 || r.Place.Within != "Kirkmarn" {
			b.Fatalf("%+v", r)
		}
	}
}

func BenchmarkReadingAMessageWithAccents(b *testing.B) {
	s := countySnapshot(b)
	message := strings.NewReplacer("'", "’", "a", "à").Replace(letter)
	for b.Loop() {
		s.Read(message)
	}
}

func BenchmarkMakingASnapshotOf60000Places(b *testing.B) {
	for b.Loop() {
		countySnapshot(b)
	}
}

func BenchmarkSuggestingPlaces(b *testing.B) {
	s := countySnapshot(b)
	for b.Loop() {
		if len(s.FindPlaces("high st", 10)) != 10 {
			b.Fatal("not found")
		}
	}
}

func BenchmarkAreaOfAPosition(b *testing.B) {
	s := countySnapshot(b)
	for b.Loop() {
		if _, found := s.AreaOf("", 56.05, -3.9); !found {
			b.Fatal("not found")
		}
	}
}
