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

// columns is how many weights a feature has.
var columns = len(Services)
