package triage

// None is the service of a message that is for no service: chat, thanks, news.
const None = "none"

// Services are what a message can be about. The first sixteen are those of the
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

// Urgencies of a message, the most urgent first. Danger is danger to life or
// limb, now.
var Urgencies = []string{"danger", "high", "normal", "low"}

const usualUrgency = 2

// Answers is whether a message needs one: thanks and talk do not.
var Answers = []string{"yes", "no"}

// Tones of a message.
var Tones = []string{"angry", "unhappy", "neutral", "happy"}

// head is one question that the model answers, from the same words as the
// others.
type head struct {
	name    string
	classes []string
	first   int // of its columns
}

const (
	serviceHead = iota
	urgencyHead
	answerHead
	toneHead
	headCount
)

var heads = []head{
	{"service", Services, 0},
	{"urgency", Urgencies, len(Services)},
	{"answer", Answers, len(Services) + len(Urgencies)},
	{"tone", Tones, len(Services) + len(Urgencies) + len(Answers)},
}

// columns is how many weights a feature has.
var columns = len(Services) + len(Urgencies) + len(Answers) + len(Tones)

// of is the part of a row, or of scores, that belongs to a head.
func (h head) of(row []float32) []float32 { return row[h.first:][:len(h.classes)] }
