//go:build unix

package servers

import "syscall"

// setOwnGroup keeps Ctrl-C in the terminal from the process, so that this program can still use its
// servers while it stops.
func setOwnGroup(attributes *syscall.SysProcAttr) { attributes.Setpgid = true }
