package servers

import "syscall"

// ownGroup keeps a Ctrl+C in the terminal from the process: this program may need its servers to the end.
func ownGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
}
