package main

import (
	"runtime"
	"syscall"
)

// endWithParent has the kernel send TERM to the child when this program dies
// without being able to stop it.
func endWithParent(a *syscall.SysProcAttr) { a.Pdeathsig = syscall.SIGTERM }

func lockParent() (release func()) {
	runtime.LockOSThread()
	return runtime.UnlockOSThread
}
