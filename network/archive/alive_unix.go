//go:build unix

package archive

import (
	"errors"
	"syscall"
)

// alive reports whether a process with this number may be running.
func alive(pid int) bool { return !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) }
