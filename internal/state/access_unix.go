//go:build unix

package state

import "golang.org/x/sys/unix"

// access reports why this process may not create files in a directory.
func access(directory string) error {
	return unix.Access(directory, unix.W_OK|unix.X_OK)
}
