package app

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync/atomic"

	"mercat.scot/mercat/desk"
	"mercat.scot/mercat/directory"
	"mercat.scot/mercat/triage"
)

// classServices maps what the model tells apart onto the directory: numbers of
// the Local Government Service List, the usual service of a class first. They
// hold when a council gives its services other names; services without a number
// are found by the name with which they come.
var classServices = map[string][]service{
	"potholes_roads":         {{557, ""}, {550, ""}},
	"street_lights":          {{564, ""}},
	"bins_litter_flytipping": {{580, ""}, {587, ""}, {524, ""}, {528, ""}, {533, ""}},
	"graffiti":               {{584, ""}},
	"trees_grass":            {{0, "Trees and hedges"}, {461, ""}},
	"signs_signals":          {{559, ""}, {567, ""}},
	"pavements":              {{537, ""}},
	"drains_flooding":        {{555, ""}},
	"vehicles_parking":       {{471, ""}, {372, ""}},
	"housing_buildings":      {{600, ""}, {141, ""}},
	"noise_antisocial":       {{412, ""}},
	"traffic_safety":         {{571, ""}},
	"parks":                  {{461, ""}},
	"animals_pests":          {{577, ""}, {431, ""}, {576, ""}},
	"snow_ice":               {{561, ""}},
	"council_tax":            {{57, ""}},
	"schools":                {{13, ""}, {1140, ""}, {4, ""}},
	"libraries":              {{437, ""}},
	"housing":                {{92, ""}, {141, ""}, {112, ""}},
	"social_care":            {{209, ""}, {279, ""}},
	"planning":               {{516, ""}},
	"benefits":               {{69, ""}},
	"elections":              {{364, ""}},
	"licensing":              {{860, ""}},
	"registrars":             {{328, ""}},
	"leisure":                {{0, "Museums, sport and leisure"}},
}

type service struct {
	lgsl int64
	name string
}

// overWords is how sure the model must be to go before the directory's words
// when the two disagree.
const overWords = 0.8

// othersShown is how many other services an officer is offered.
const othersShown = 2

// reader reads messages as they come in: the directory's own words, which a
// council edits, the learned model, and what officers have corrected so far.
type reader struct {
	model     *triage.Model
	directory *directory.Directory
	languages *triage.Languages
	learned   *atomic.Pointer[learned]
}

// learned is what officers' corrections have taught.
type learned struct {
	service, urgency *triage.Layer
}

// Read is the desk's Triage.
func (r reader) Read(ctx context.Context, texts []string) ([]desk.Reading, error) {
	if len(texts) == 0 {
		return nil, nil
	}
	snapshot, err := r.directory.Snapshot(ctx)
	if err != nil {
		return nil, err
	}
	known := knownServices(snapshot)
	layers := r.learned.Load()
	if layers == nil {
		layers = &learned{}
	}
	out := make([]desk.Reading, len(texts))
	for i, text := range texts {
		words, m := snapshot.Read(text), r.model.Read(text)
		out[i] = r.teach(r.choose(known, words, m), layers.service, text, prior(known, words, m))
		out[i].Urgency = urgencyOf(layers.urgency, r.model, text, m)
		out[i].NoNeed = m.NoNeed >= r.model.Silence && out[i].Urgency == desk.Usual && !strings.ContainsRune(text, '?')
		out[i].Tone = m.Tone.Class
		out[i].Language = r.languages.Of(text)
		out[i].Lat, out[i].Lon = words.Place.Lat, words.Place.Lon
		if words.Place.Name != "" {
			out[i].Place = words.Place.Label()
		}
	}
	return out, nil
}

// choose weighs the services whose words stand in a text against what the model
// makes of it.
func (r reader) choose(known map[string][]int64, words directory.Reading, m triage.Reading) desk.Reading {
	byWords := words.ServiceID
	order := likeliest(m.Services)
	var found desk.Reading
	best := triage.Services[order[0]]
	class, p := known[best], float64(m.Services[order[0]])
	inClass := slices.Contains(class, byWords)
	switch {
	case byWords != 0 && (inClass || !mapped(known, byWords)):
		// The words tell services apart that are one to the model, and know those
		// that a council has made for itself.
		found = desk.Reading{ServiceID: byWords}
		if inClass {
			found.Sure, found.Led = p, m.Words
		}
	case len(class) > 0 && p >= r.model.Threshold && (byWords == 0 || p >= overWords):
		found = desk.Reading{ServiceID: within(class, words.Named), Sure: p, Led: m.Words}
	case byWords != 0:
		found = desk.Reading{ServiceID: byWords}
	}
	for _, c := range order {
		if len(found.Others) == othersShown {
			break
		}
		for _, id := range known[triage.Services[c]] {
			if id != found.ServiceID && !slices.Contains(found.Others, id) && len(found.Others) < othersShown {
				found.Others = append(found.Others, id)
			}
		}
	}
	return found
}

// within is the service of a class that is named most, otherwise the usual one.
func within(class, named []int64) int64 {
	for _, id := range named {
		if slices.Contains(class, id) {
			return id
		}
	}
	return class[0]
}

func mapped(known map[string][]int64, id int64) bool {
	for _, list := range known {
		if slices.Contains(list, id) {
			return true
		}
	}
	return false
}

// likeliest are the classes by their probability.
func likeliest(p []float32) []int {
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(p[b], p[a]) })
	return order
}

// knownServices are the ids of the active services of each class.
func knownServices(snapshot *directory.Snapshot) map[string][]int64 {
	byNumber, byName := map[int64]int64{}, map[string]int64{}
	for _, s := range snapshot.Services() {
		if !s.Active {
			continue
		}
		if s.LGSL != 0 {
			byNumber[s.LGSL] = s.ID
		}
		byName[s.Name] = s.ID
	}
	known := map[string][]int64{}
	for class, list := range classServices {
		for _, one := range list {
			id := byNumber[one.lgsl]
			if one.lgsl == 0 {
				id = byName[one.name]
			}
			if id != 0 {
				known[class] = append(known[class], id)
			}
		}
	}
	return known
}
