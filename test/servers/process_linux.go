package servers

import "syscall"

// endWithParent makes Linux kill the process when this process ends.
func endWithParent(attributes *syscall.SysProcAttr) { attributes.Pdeathsig = syscall.SIGKILL }
