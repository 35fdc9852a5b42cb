package growthtest

import (
	"time"

	"golang.org/x/sys/unix"
)

// threadTime is how much the calling thread has worked.
func threadTime() time.Duration {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_THREAD, &u); err != nil {
		panic(err) // it is a constant that Linux knows
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
