package main

import (
	"mercat.scot/mercat/app"
)

type serveCommand struct {
	app.Where
	app.Serving
}

// Help stands beneath the command's usage.
func (serveCommand) Help() string {
	return "Prints one line with the address on standard output when it is ready. The first interrupt or SIGTERM stops in order; the second at once."
}

// Run serves until it is told to stop.
func (s *serveCommand) Run(with *surroundings) error {
	c, err := with.config(s.Where)
	c, serving := s.Into(c)
	if err := mistakes(err, serving); err != nil {
		return err
	}
	a, err := app.Open(with, c)
	if err != nil {
		return err
	}
	return a.Run(with, func(address string) { printf(with.out, "Mercat is ready at %s\n", address) })
}
