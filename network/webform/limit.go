package webform

import (
	"time"

	"mercat.scot/mercat/platform/web"
)

const (
	maxSends   = 60 // forms sent from one address in a row; a library's computers share one
	sendEvery  = 10 * time.Second
	maxGuesses = 20 // wrong references from one address in a row
	guessEvery = 30 * time.Second
)

// limits are how often one address may do what costs us something.
type limits struct{ sends, guesses *web.Limiter }

func newLimits() *limits {
	return &limits{sends: web.NewLimiter(maxSends, sendEvery), guesses: web.NewLimiter(maxGuesses, guessEvery)}
}
