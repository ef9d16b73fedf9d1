//go:build !linux

package servers

import "syscall"

// endWithParent does nothing: the process outlives this process if this process is killed.
func endWithParent(*syscall.SysProcAttr) {}
