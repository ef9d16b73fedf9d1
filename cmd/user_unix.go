//go:build unix

package cmd

import (
	"errors"
	"os/user"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// becomeUser makes this process one of the user, with the user's groups only. A user without an
// account gets the group gid.
func becomeUser(uid, gid int) error {
	groups := []int{gid}
	if account, err := user.LookupId(strconv.Itoa(uid)); err == nil {
		if gid, err = strconv.Atoi(account.Gid); err != nil {
			return err
		}
		ids, err := account.GroupIds()
		if err != nil {
			return err
		}
		groups = nil
		for _, id := range ids {
			group, err := strconv.Atoi(id)
			if err != nil {
				return err
			}
			groups = append(groups, group)
		}
	} else if !errors.As(err, new(user.UnknownUserIdError)) {
		return err
	}
	// unix.Setgroups would change the groups of this thread only.
	if err := syscall.Setgroups(groups); err != nil {
		return err
	}
	if err := unix.Setgid(gid); err != nil {
		return err
	}
	return unix.Setuid(uid)
}

// userName returns the name of a user, or the number if there is no account.
func userName(uid int) string {
	if account, err := user.LookupId(strconv.Itoa(uid)); err == nil {
		return account.Username
	}
	return strconv.Itoa(uid)
}
