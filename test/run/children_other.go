//go:build unix && !linux

package main

import "syscall"

// Only Linux tells children that their parent is gone.
func endWithParent(*syscall.SysProcAttr) {}

func lockParent() (release func()) { return func() {} }
