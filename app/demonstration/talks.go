package demonstration

// talk is how one conversation goes. {street} and {place} stand for a street
// with its settlement and for a settlement.
type talk struct {
	asks    []string // one of these begins it
	private bool
	snow    bool     // it belongs to the snow day
	team    string   // who answers; "" is the contact centre
	answer  []string // one of these
	asksOn  string   // the officer asks this first, and the citizen answers tells
	tells   string
	note    string
	job     string // "", done, working, accepted or scottish water: a case, and how far it comes
	thanks  string
	weight  int // how often; 0 is 1
}

const (
	roads   = "Roads and lighting"
	waste   = "Waste and streets"
	housing = "Housing"
	schools = "Schools and families"
	parks   = "Parks and trees"
	money   = "Council tax and benefits"
	gaelic  = "Sgioba na Gàidhlig"
)

func talks() []talk {
	return []talk{
		{asks: []string{"Massive pothole on {street}. Burst my tyre this morning, someone is going to come off a bike.", "There is a pothole on {street} that you could bath a dog in. Third time I have told somebody."},
			team: roads, answer: []string{"Sorry about that. Our inspector was out at {street} this morning and it goes to the squad that is nearest. We do the deep ones within five working days, and I will tell you here when it is filled.", "Thanks for telling us again, and sorry that you had to. I have put it down as urgent and will write here when it is filled."},
			note: "Same hole as last month, the patch did not hold. Ask for a proper cut and fill.", job: "done", thanks: "Just drove past, it is done. Thank you!", weight: 5},
		{asks: []string{"Street light out on {street} for a week now, pitch black for the kids coming home.", "The street lamp outside number 14 {street} flickers all night, like living in a disco."},
			team: roads, asksOn: "Thanks for letting us know. Can you see the number on the lamp post? It is on a small plate at about head height.", tells: "It says KB 0417",
			answer: []string{"That is the one, thank you. The electrician has it on Thursday’s round."}, job: "working", weight: 4},
		{asks: []string{"Blue bin on {street} not emptied AGAIN. Everybody else’s was.", "Was there no bin collection on {street} today? The bins are not emptied."},
			team: waste, answer: []string{"Sorry. The lorry broke down at the end of its round. It is back out tomorrow morning: please leave the bin at the kerb.", "I have spoken to the crew: a parked van kept them out of {street}. They come back first thing tomorrow."}, thanks: "Emptied, thanks", weight: 5},
		{asks: []string{"Somebody has dumped three mattresses and a fridge in the layby at {street}", "Fly tipping at {street} again, bags everywhere and the gulls are in it"},
			team: waste, answer: []string{"Thank you, that is grim. A crew goes out this week, and the warden looks for an address among the rubbish. If you saw a vehicle, send us the number privately."}, job: "done", weight: 3},
		{asks: []string{"Are the schools open in {place} today?? No word anywhere", "Is {place} Primary open today, the road is solid ice", "bus has not come to {place}. is school shut"}, snow: true,
			team: schools, answer: []string{"Good morning. The school in {place} is closed today, and opens at ten tomorrow if the road is clear. We write here as soon as that is certain."}, thanks: "Thank you, best answer I have had all morning", weight: 7},
		{asks: []string{"When is {street} going to be gritted? Neighbour is 84 and cannot get out", "No grit on {street} and it is a sheet of ice. Two cars in the ditch already", "Grit bin at {street} is empty"}, snow: true,
			team: roads, answer: []string{"The gritters do the main roads and the way to the hospital first, then the steep streets. {street} is on this afternoon’s list. If your neighbour needs something today, tell us privately and we find somebody.", "We filled the grit bins in {place} at noon. Take care going to it."}, weight: 8},
		{asks: []string{"Snow plough has buried my drive at {street}, thanks a lot"}, snow: true, team: roads, answer: []string{"Sorry: the plough cannot lift its blade at each drive. If you cannot clear it yourself because of age or health, tell us privately and we will send somebody."}, weight: 2},
		{asks: []string{"Tree down across {street}, no way through"}, team: parks, answer: []string{"Thank you. The squad is on its way with saws and should have one lane open within the hour. Please keep back from the cables."}, job: "done", weight: 2},
		{asks: []string{"The swing in Victoria Park has a broken chain, a wee one could lose a finger"}, team: parks, answer: []string{"Thank you for telling us: it is taped off from this morning, and the part is ordered."}, job: "working"},
		{asks: []string{"When does the grass at {street} get cut, you cannot see the bench any more"}, team: parks, answer: []string{"Last cut of the year is in the week after next. We leave the bank at the bench until the flowers have seeded."}},
		{asks: []string{"My boiler has been off for two days at {street} and I have a three month old baby"}, private: true, team: housing,
			asksOn: "I am sorry. I can get somebody to you today. Is there a telephone number that the engineer can ring half an hour before?", tells: "Aye 07700 900317, I am in all day",
			answer: []string{"The engineer comes between two and four. If they cannot mend it, they leave two heaters with you tonight."}, job: "done", thanks: "Heating back on. You have no idea how much that means.", weight: 2},
		{asks: []string{"Damp all up the back bedroom wall at {street}, reported in September and nobody has come"}, private: true, team: housing, answer: []string{"You should have heard from us weeks ago, and I apologise. I have the report of September here. A surveyor comes on Tuesday between nine and twelve."}, note: "Report was closed as duplicate of the wrong flat. Raised with the contractor.", job: "working"},
		{asks: []string{"How long is the waiting list for a two bedroom in {place}?"}, private: true, team: housing, answer: []string{"There are 61 households before you for two bedrooms there, and six homes came free in the last year. I can look with you at villages where it goes faster: would you like to come in or be rung?"}},
		{asks: []string{"I have moved from {street} to Inverness, do I still pay council tax till the end of the month"}, private: true, team: money, answer: []string{"Only until the day you moved out. Tell us the date and your new address here, and we will send back what you paid too much."}},
		{asks: []string{"Got a council tax bill for a house I sold in June"}, private: true, team: money, asksOn: "Let me look. What is the account number at the top right of the bill?", tells: "It is 4418 2290 7", answer: []string{"Found it: the sale was never noted. The bill is cancelled and you owe nothing. Sorry for the fright."}, thanks: "Thank God. Thank you!"},
		{asks: []string{"What do I need for the school clothing grant"}, private: true, team: money, answer: []string{"Your national insurance number and the name of the school. If you get Universal Credit and earn under £850 a month you qualify. The form takes five minutes, and I can fill it in with you here."}},
		{asks: []string{"Tha toll mòr air Rathad na Mara, faisg air an sgoil", "Cuin a bhios an leabharlann fosgailte air an t-seachdain seo?"}, team: gaelic, answer: []string{"Tapadh leibh airson innse dhuinn. Bidh sgioba nan rathaidean ann Diardaoin, agus sgrìobhaidh sinn thugaibh an seo.", "Tha an leabharlann fosgailte bho 10 gu 5 gach latha ach Didòmhnaich. Fàilte oirbh!"}, weight: 3},
		{asks: []string{"Drain outside {street} blocked and it is running into the close", "Road flooded at {street}, cars going through it like speedboats"}, team: roads, answer: []string{"The jetting lorry is on its way. Please keep off the pavement there until the cover is back on."}, job: "done", weight: 3},
		{asks: []string{"Water bubbling up through the tar on {street}, been like this since last night"}, team: roads, answer: []string{"That is a burst main, so it is for Scottish Water. I have rung them for you: their reference is SW 118 204, and they are coming today."}, job: "scottish water"},
		{asks: []string{"Dog dirt the whole length of {street}, every single morning"}, team: waste, answer: []string{"Thank you. The warden walks {street} this week between seven and nine. If you know who it is, tell us privately."}, weight: 2},
		{asks: []string{"Public toilets on the Fish Quay are shut again with a coach party standing outside"}, answer: []string{"I rang the harbour: the lock had jammed. They are open now, and the locksmith comes tomorrow. Sorry to you and to the coach."}},
		{asks: []string{"Who do I ask about closing {street} for a gala day in July?"}, answer: []string{"That is us, and it needs eight weeks. I have sent you the form privately. It is free for community events."}},
		{asks: []string{"The recycling centre at Inverglass turned me away with paint tins. What am I meant to do with them"}, team: waste, answer: []string{"Sorry, they should have told you: dry the paint out with sand or cat litter and it goes into the general skip. Wet paint is taken on the first Saturday of the month."}},
		{asks: []string{"Can someone do something about the speed on {street}. My cat is the third one this year"}, team: roads, answer: []string{"I am sorry about your cat. We put the counting strips down there for two weeks from Monday and tell you here what they say. With figures we can ask for a 20 limit."}, note: "Third complaint for this street this year: look at the counts of 2024 first."},
		{asks: []string{"Library in Kirkbrae closing early every Thursday, is that permanent??"}, answer: []string{"No: two people are off ill. From the first of the month it is open until seven on Thursdays again."}},
		{asks: []string{"just want to say the lads who emptied the bins on {street} in that weather deserve a medal"}, answer: []string{"I have printed this and hung it up in the depot. Thank you, it matters to them."}, thanks: "👏👏", weight: 2},
		{asks: []string{"Planning notice tied to the lamp post on {street} is washed away, what does it say"}, answer: []string{"It is for two houses behind number 8, reference 26/00417. You can read it and object until the 12th. I have asked for a new notice in a plastic cover."}},
		{asks: []string{"Graffiti all over the bus shelter at {street}, not the kind you want a five year old to read out"}, team: waste, answer: []string{"Read out loud is the best argument for doing it today. A crew is there this afternoon."}, job: "done"},
		{asks: []string{"Seagulls. {street}. Please.", "the gulls in {place} took a whole fish supper out of my hand"}, answer: []string{"Sorry about your supper. We cannot move gulls, but from spring the bins at the front are the kind that they cannot open."}},
		{asks: []string{"My mother is 91 and her carer has not come today, nobody answers the phone"}, private: true, answer: []string{"I have put you through to the duty social worker, who rings you within ten minutes at the number we have. If she is in danger now, ring 999."}, note: "Rang the duty line myself, they have it. Follow up before the end of the shift.", weight: 1},
		{asks: []string{"Mae’r arwydd dwyieithog ar {street} wedi ei ddifrodi"}, answer: []string{"Diolch am roi gwybod i ni. Byddwn yn gosod arwydd newydd yr wythnos nesaf."}},
		{asks: []string{"Parking permits for {street}: is there any point in having one when half the cars have none"}, team: roads, answer: []string{"Fair question. The warden does {street} twice a day this week, at times that we do not say in advance."}},
		{asks: []string{"How do I get a bulky uplift for a sofa in {place}, and what does it cost"}, team: waste, answer: []string{"Up to five things for £38, usually within two weeks. If somebody could use the sofa, the furniture project collects for nothing: I have sent you their number."}, weight: 2},
		{asks: []string{"Rats in the lane behind {street}. Plural."}, answer: []string{"Thank you. Pest control puts bait boxes down on Wednesday. It helps if everybody keeps the bin lids shut until then."}, job: "accepted"},
	}
}
