package servers

import "syscall"

// endWithParent has Linux end the process when this one ends, for a program that does not watch its standard input.
func endWithParent(attributes *syscall.SysProcAttr) { attributes.Pdeathsig = syscall.SIGKILL }
