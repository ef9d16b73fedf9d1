//go:build !linux

package servers

import "syscall"

// endWithParent does nothing: such a process outlives this one if it is killed.
func endWithParent(*syscall.SysProcAttr) {}
