package demonstration

import "mercat.scot/mercat/directory"

// team is a team of the made-up council, with the services and places that it
// looks after.
type team struct {
	name, purpose string
	services      []string // by the names of the seeded directory
	areas         map[string]string
	officers      []officer
}

type officer struct {
	name, email string
	leader      bool
}

// contactCentre stands for the team that every council has from its set-up.
const contactCentre = "Contact centre"

func cast() []team {
	return []team{
		{name: contactCentre, officers: []officer{
			{"Shona MacAskill", "shona.macaskill@strathcarron.example", true}, {"Dougie Pirie", "dougie.pirie@strathcarron.example", false},
			{"Aisha Rahman", "aisha.rahman@strathcarron.example", false}}},
		{name: "Roads and lighting", purpose: "Roads, pavements, lamps, drains, gritting.",
			services: []string{"Potholes and road surface", "Pavements and kerbs", "Street lights", "Road signs and street furniture", "Roadworks and blocked roads",
				"Traffic lights and crossings", "Speeding and road safety", "Winter gritting and snow", "Flooding and blocked drains", "Parking"},
			officers: []officer{{"Ruaridh Fraser", "ruaridh.fraser@strathcarron.example", true}, {"Catriona Innes", "catriona.innes@strathcarron.example", false},
				{"Tam Docherty", "tam.docherty@strathcarron.example", false}}},
		{name: "Waste and streets", purpose: "Bins, recycling, litter, dumped rubbish.",
			services: []string{"Missed bins", "Recycling and recycling centres", "Bulky uplift", "Fly-tipping", "Litter and street cleaning", "Dog fouling and stray dogs",
				"Graffiti and vandalism", "Dead animals", "Abandoned vehicles"},
			officers: []officer{{"Morag Sinclair", "morag.sinclair@strathcarron.example", true}, {"Paweł Nowak", "pawel.nowak@strathcarron.example", false}}},
		{name: "Housing", purpose: "Council homes: repairs, applications, tenancies.",
			services: []string{"Council housing repairs", "Housing applications and tenancies", "Homelessness"},
			officers: []officer{{"Eilidh Buchanan", "eilidh.buchanan@strathcarron.example", true}, {"Stuart Laing", "stuart.laing@strathcarron.example", false}}},
		{name: "Schools and families", purpose: "Schools, nurseries, meals, transport.",
			services: []string{"Schools and nurseries", "School closures", "School meals"},
			officers: []officer{{"Kirsty Munro", "kirsty.munro@strathcarron.example", false}}},
		{name: "Parks and trees", purpose: "Parks, play areas, trees, burial grounds.",
			services: []string{"Parks, play areas and grass", "Trees and hedges"},
			officers: []officer{{"Calum Ross", "calum.ross@strathcarron.example", false}}},
		{name: "Council tax and benefits", services: []string{"Council tax", "Benefits and money advice"},
			officers: []officer{{"Fiona Gunn", "fiona.gunn@strathcarron.example", false}}},
		{name: "Sgioba na Gàidhlig", purpose: "What people write in Gaelic.",
			officers: []officer{{"Seonag NicLeòid", "seonag.nicleoid@strathcarron.example", false}}},
		{name: "Port Struan harbour", purpose: "The harbour and what lies round it.", areas: map[string]string{"Port Struan harbour": "Harbour Road, Fish Quay, Struan Pier"},
			officers: []officer{{"Iain MacPhail", "iain.macphail@strathcarron.example", false}}},
	}
}

// The middle of the made-up council: a sea loch in the west, where no road of a
// real place stands in the way.
const middleLat, middleLon, zoom = 57.412, -5.468, 10.5

type settlement struct {
	name     string
	lat, lon float64
	streets  []string
	others   []string // schools, halls, parks
}

func settlements() []settlement {
	return []settlement{
		{"Kirkbrae", 57.412, -5.468, []string{"High Street", "Tolbooth Wynd", "Kirk Wynd", "Station Road", "Mill Lane", "Castlehill", "Bridge Street", "Ferry Road", "Craigie Terrace", "Burnside Crescent", "Academy Road", "Market Square"},
			[]string{"Kirkbrae Primary", "Kirkbrae Academy", "Kirkbrae Library", "Victoria Park"}},
		{"Port Struan", 57.338, -5.654, []string{"Harbour Road", "Fish Quay", "Shore Street", "Lighthouse Brae", "Chapel Lane", "Struan Pier"}, []string{"Port Struan Primary", "Port Struan Hall"}},
		{"Inverglass", 57.471, -5.392, []string{"Main Street", "Glass Avenue", "Distillery Road", "Smithy Loan", "Inverglass Gardens", "Cairn View"}, []string{"Inverglass Primary", "Inverglass Recycling Centre"}},
		{"Balnamoor", 57.514, -5.551, []string{"Moor Road", "Old Military Road", "Balnamoor Terrace", "Schoolhouse Lane"}, []string{"Balnamoor Primary"}},
		{"Achnagarve", 57.289, -5.522, []string{"Shore Road", "Croft Road", "Slipway"}, []string{"Achnagarve Hall"}},
		{"Glen Farrow", 57.372, -5.285, []string{"Glen Road", "Viaduct Cottages", "Forestry Road"}, []string{"Glen Farrow Primary"}},
		{"Baile nan Cnoc", 57.561, -5.447, []string{"Sràid an Eaglais", "Rathad na Mara"}, []string{"Bun-sgoil Baile nan Cnoc"}},
	}
}

// gazetteer spreads the streets of a settlement round its middle, so that the
// map has something to show.
func gazetteer() []directory.Place {
	var list []directory.Place
	for _, s := range settlements() {
		list = append(list, directory.Place{Kind: "settlement", Name: s.name, Lat: s.lat, Lon: s.lon})
		for i, name := range s.streets {
			list = append(list, directory.Place{Kind: "street", Name: name, Within: s.name, Lat: s.lat + around(i, 0), Lon: s.lon + 1.8*around(i, 1)})
		}
		for i, name := range s.others {
			list = append(list, directory.Place{Kind: "place", Name: name, Within: s.name, Lat: s.lat - around(i+2, 1), Lon: s.lon - 1.8*around(i+1, 0)})
		}
	}
	return list
}

// around steps outwards in a spiral of about a hundred metres a turn.
func around(i, axis int) float64 {
	steps := [8][2]float64{{1, 0}, {1, 1}, {0, 1}, {-1, 1}, {-1, 0}, {-1, -1}, {0, -1}, {1, -1}}
	return steps[i%8][axis] * 0.0016 * float64(1+i/8)
}

// citizens are those who write; some more than once.
func citizens() []string {
	return []string{"Agnes Mackay", "Bashir Ahmed", "Christina MacInnes", "Davie Robb", "Elspeth Grant", "Fergus Reid", "Grace Okafor", "Hamish Cameron",
		"Isla Ferguson", "Jim Paterson", "Karen Duthie", "Lachlan MacDonald", "Maggie Stewart", "Norman Leask", "Olga Kowalska", "Peigi Mhoireasdan",
		"Rab Henderson", "Sandra Wylie", "Tormod MacLeòid", "Una Gillies", "Viktoria Petrenko", "Wullie Baxter", "Yvonne Sharp", "Zainab Malik",
		"Angharad Llywelyn-Prydderch", "Brian O’Hare", "Senga Thomson", "Donald John MacRae"}
}
