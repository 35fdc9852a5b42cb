package app

import (
	"errors"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/httpx"
)

// outside is an error of another server as the desk takes it. The cause goes
// along as text alone: a connection that failed there must not be taken for one
// to our own database. What our guard refuses is refused for good.
func outside(err error) error {
	sentence, ok := httpx.Explain(err)
	if !ok {
		sentence = "The file could not be fetched from where it is."
	}
	e := &network.Error{Trouble: network.Unreachable, Sentence: sentence, Cause: errors.New(err.Error())}
	var refused *httpx.RefusedError
	var redirect *httpx.RedirectError
	var large *httpx.TooLargeError
	if errors.As(err, &refused) || errors.As(err, &redirect) || errors.As(err, &large) {
		e.Trouble = network.Refused
	}
	return e
}
