package bench

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// What made-up citizens say. The sentences are the benchmark's own.

var villages = []string{"Kirkbrae", "Auchterdoon", "Strathmuir", "Balnacraig", "Inverlochan", "Dunfearn", "Port Selkie", "Glenmorag", "Easter Whin", "Linnhead", "Craigowl", "Pitcairnie"}

var streetNames = []string{"Tolbooth", "Mercat", "Heather", "Harbour", "Abbey", "Mill", "Station", "Castle", "School", "Ferry", "Bracken", "Rowan", "Thistle", "Curlew", "Sandy", "Quarry", "Loanhead", "Weaver", "Cooper", "Shore"}

var streetKinds = []string{"Street", "Road", "Wynd", "Avenue", "Crescent", "Drive", "Place", "Terrace", "Brae", "Loan", "Gardens", "Court", "Lane", "Grove", "Square", "View"}

// streets are the streets of each village.
func streets() []string {
	list := make([]string, 0, len(streetNames)*len(streetKinds))
	for _, k := range streetKinds {
		for _, n := range streetNames {
			list = append(list, n+" "+k)
		}
	}
	return list
}

var openers = []string{
	"Hello, ", "Good morning. ", "Can somebody please look at this: ", "Third time of asking. ", "Sorry to trouble you again, but ",
	"Not sure who this is for, but ", "Hi there, ", "For your attention: ", "Me again. ", "I hope this is the right place to write to. ",
	"A neighbour said to tell you that ", "Just to let the council know, ", "Is anybody there? ", "Thanks for the quick answer last week. Now ",
	"Could you tell me who to speak to? ", "",
}

// problems hold %s for a place.
var problems = []string{
	"there is a pothole in %s that is deep enough to lose a wheel in",
	"the street light outside number 14, %s has been out for a fortnight",
	"the brown bin in %s was not collected again",
	"somebody has tipped a sofa and two fridges behind the garages in %s",
	"the drain at the corner of %s is blocked and the water comes up to the doors",
	"snow has not been cleared from the pavement in %s and my mother cannot get out",
	"the crossing lights in %s do not change for people on foot",
	"there is glass all over the play park by %s",
	"an old ash tree in %s is leaning over the road since the wind on Tuesday",
	"cars park on the pavement in %s so that nobody with a pram can pass",
	"the council tax letter for our flat in %s has the wrong band on it",
	"will the primary school near %s be open tomorrow with this forecast",
	"the library in %s says that it opens at nine but the door was shut at half past",
	"our tenement in %s has had no heating since Sunday and there is a baby in the house",
	"the carer who comes to my father in %s did not come this morning",
	"I would like to object to the planning application for the field behind %s",
	"my housing benefit for the house in %s stopped without a word",
	"is the polling place for %s still the church hall",
	"the pub in %s has music on until three in the morning, has it a licence for that",
	"how do I register a birth if we live in %s and the hospital is in the city",
	"the swimming pool by %s is colder than the sea, is the boiler broken",
	"there are rats in the lane behind %s, in daylight",
	"graffiti has gone up on the bridge at %s and it is not fit for children to read",
	"the road sign for %s points the wrong way and the delivery vans all come here",
	"wheelie bins have blown all over %s and one is in the burn",
	"the gritter has not been to %s and three cars have slid into the wall",
}

var closers = []string{
	" It is getting worse every day.", " Please have a look when you can.", " How long will it take?", " I have a photograph if that helps.",
	" I reported it in March and heard nothing.", " Somebody will be hurt.", " Thank you for all that you do.", " Who is responsible for this?",
	" The neighbours will tell you the same.", " I pay my council tax like everybody else.", " We would be glad of any news.", " Is there a reference number?",
	" It was fine until the works in the spring.", " My phone number is with the contact centre.", " Please do not just close this.", "",
}

var answers = []string{
	"Thank you for telling us about %s. Somebody from the team will have a look on Thursday.",
	"We are sorry about this. The crew could not get into %s; they will be back tomorrow.",
	"This has been passed to the people who look after %s, and you will hear from us within five days.",
	"Could you tell us where exactly in %s it is? A photograph would help.",
	"It is done. Please tell us if %s is not as it should be.",
	"There is no date for %s yet. We will write again when we know more.",
}

var firstNames = []string{"Ailsa", "Hamish", "Morag", "Callum", "Shona", "Fergus", "Isla", "Rory", "Kirsty", "Angus", "Eilidh", "Duncan", "Catriona", "Iain", "Mhairi", "Gregor", "Senga", "Tariq", "Agnieszka", "Olu"}

var lastNames = []string{"Galbraith", "Buchan", "Nicolson", "Dunnett", "Farquhar", "Ogilvie", "Rennie", "Moffat", "Laidlaw", "Kerr", "Petrie", "Sutherland", "Geddes", "Imrie", "Cowan", "Tulloch", "Wishart", "Hussain", "Nowak", "Adeyemi"}

// speaker says things; the same seed says the same.
type speaker struct {
	*rand.Rand
	streets []string
}

func newSpeaker(seed uint64) *speaker {
	return &speaker{rand.New(rand.NewPCG(seed, 7)), streets()}
}

func (s *speaker) one(of []string) string { return of[s.IntN(len(of))] }

// place is a street as people name it, in half of all cases with its village.
func (s *speaker) place() string {
	if s.IntN(2) == 0 {
		return s.one(s.streets)
	}
	return s.one(s.streets) + ", " + s.one(villages)
}

// complaint is what a citizen writes.
func (s *speaker) complaint() string {
	text := s.one(openers) + fmt.Sprintf(s.one(problems), s.place()) + "." + s.one(closers)
	if s.IntN(3) == 0 {
		text += " Also " + fmt.Sprintf(s.one(problems), s.place()) + "."
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

// name is what the citizen of a number is called.
func name(number int) string {
	return firstNames[number%len(firstNames)] + " " + lastNames[number/len(firstNames)%len(lastNames)]
}
