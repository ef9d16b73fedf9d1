//go:build !unix

package cmd

import "strconv"

// becomeUser does nothing: no directory has an owner in the sense of Unix.
func becomeUser(int, int) error { return nil }

func userName(uid int) string { return strconv.Itoa(uid) }
