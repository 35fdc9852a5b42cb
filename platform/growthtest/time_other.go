//go:build !linux

package growthtest

import "time"

var start = time.Now()

// threadTime is the time that has passed: elsewhere than on Linux nobody counts
// that of a thread.
func threadTime() time.Duration { return time.Since(start) }
