package ecs

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestOperatingSystemTypes(t *testing.T) {
	names := map[string][]string{
		"macos":   {"MacOSX", "macOS", "Mac OS X", "macOS Tahoe", "OS X", "Darwin"},
		"windows": {"Windows", "windows 11", "Windows NT"},
		"linux": {
			"Linux", "GNU/Linux", "Arch Linux", "AlmaLinux", "Ubuntu 24.04", "Debian", "Fedora Linux",
			"Red Hat Enterprise", "openSUSE", "Pop!_OS",
		},
		"ios":     {"iOS", "iPadOS", "iPhone OS"},
		"android": {"Android", "android 15"},
		"":        {"", "ChromeOS", "Chrome OS", "FreeBSD", "Solaris", "watchOS", "Cisco IOS", "other"},
	}
	for osType, names := range names {
		for _, name := range names {
			assert.Equal(t, osType, operatingSystemType(name), name)
		}
	}
}
