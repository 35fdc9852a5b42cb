package triage

// Head is a question that the model answers about every message.
type Head int

// The questions. There is one so far: urgency, tone and whether an answer is
// wanted take their place beside it, in the same rows.
const (
	Service Head = iota
	heads
)

// None is the service of a message that is for no service: chat, thanks, news.
const None = "none"

// Services are the classes of [Service]. The first sixteen are those of the
// citizens' reports that the model is learned from; the rest are what British
// councils are asked beyond them.
var Services = []string{
	"potholes_roads", "street_lights", "bins_litter_flytipping", "graffiti", "trees_grass", "signs_signals",
	"pavements", "drains_flooding", "vehicles_parking", "housing_buildings", "noise_antisocial",
	"traffic_safety", "parks", "animals_pests", "water_sewage", "snow_ice",
	"council_tax", "schools", "libraries", "housing", "social_care", "planning", "benefits", "elections",
	"licensing", "registrars", "leisure", None,
}

// Reported is how many of [Services] the reports have.
const Reported = 16

var classes = [heads][]string{Services}

// offsets are where the columns of a head begin in a row of weights.
var offsets = func() (out [heads + 1]int) {
	for h, names := range classes {
		out[h+1] = out[h] + len(names)
	}
	return out
}()

// columns is how many weights a feature has.
var columns = offsets[heads]

// String is the name of a head in files and tables.
func (h Head) String() string { return [heads]string{"service"}[h] }

// Classes are the answers of a head.
func (h Head) Classes() []string { return classes[h] }

func (h Head) class(name string) int {
	for i, c := range classes[h] {
		if c == name {
			return i
		}
	}
	return -1
}
