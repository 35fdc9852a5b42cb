package main

import (
	"runtime"
)

type versionCommand struct{}

// Run says which Mercat this is.
func (versionCommand) Run(with *surroundings) error {
	printf(with.out, "mercat %s (%s, %s/%s)\n", version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return nil
}
