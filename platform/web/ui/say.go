package ui

import (
	"context"

	"github.com/a-h/templ"
)

type sayKey struct{}

// WithWords gives components below ctx, and the public layout, their own few
// sentences in another language. It gets each in English, and returns "" for
// those that it does not have, which stay English.
func WithWords(ctx context.Context, translate func(english string) string) context.Context {
	return context.WithValue(ctx, sayKey{}, translate)
}

// Say is one of the components' own sentences in the language of ctx.
func Say(ctx context.Context, english string) string {
	if translate, ok := ctx.Value(sayKey{}).(func(string) string); ok {
		return or(translate(english), english)
	}
	return english
}

// What the script says about a place and a count. It has the English ones
// itself; others it takes from data attributes.
var (
	placeSayings = map[string]string{
		"data-say-unable": "This browser cannot tell where you are. Describe the place in words.",
		"data-say-wait":   "Finding your position",
		"data-say-found":  "Found, to within {n} metres. Describe the exact spot in words too.",
		"data-say-denied": "You did not allow it. Describe the place in words instead.",
		"data-say-failed": "Your position could not be found. Describe the place in words instead.",
		"data-say-marked": "Place marked on the map.",
		"data-say-map":    "Map",
		"data-say-in":     "Zoom in",
		"data-say-out":    "Zoom out",
		"data-say-touch":  "Use two fingers to move the map",
		"data-say-whose":  "Toggle attribution",
	}
	countSayings = map[string]string{
		"data-say-left": "You have {n} characters remaining",
		"data-say-over": "You have {n} characters too many",
	}
)

// MapSayings are what the script's map says of itself, as attributes of its box,
// where that is not English in ctx.
func MapSayings(ctx context.Context) templ.Attributes {
	own := map[string]string{}
	for _, name := range []string{"data-say-map", "data-say-in", "data-say-out", "data-say-touch", "data-say-whose"} {
		own[name] = placeSayings[name]
	}
	return sayings(ctx, own)
}

// sayings are attributes for those that are not English in ctx.
func sayings(ctx context.Context, of map[string]string) templ.Attributes {
	attrs := templ.Attributes{}
	for name, english := range of {
		if said := Say(ctx, english); said != english {
			attrs[name] = said
		}
	}
	return attrs
}
