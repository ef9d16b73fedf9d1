//go:build !unix

package state

import "os"

// access reports why a directory cannot be used. Its permissions are not checked.
func access(directory string) error {
	_, err := os.Stat(directory)
	return err
}
