package ecs

import "strings"

// operatingSystems are the beginnings of names, in lower case and without spaces, and the host.os.type that they stand for. ECS wants the field left out for
// any system that is of none of its families, and for ChromeOS and the BSDs there is none.
//
// Source: https://www.elastic.co/docs/reference/ecs/ecs-os
var operatingSystems = []struct{ prefix, osType string }{
	{"macos", "macos"},
	{"osx", "macos"},
	{"darwin", "macos"},
	{"windows", "windows"},
	{"android", "android"},
	{"ios", "ios"},
	{"ipados", "ios"},
	{"iphoneos", "ios"},
	{"ubuntu", "linux"},
	{"debian", "linux"},
	{"fedora", "linux"},
	{"redhat", "linux"},
	{"rhel", "linux"},
	{"centos", "linux"},
	{"opensuse", "linux"},
	{"suse", "linux"},
	{"manjaro", "linux"},
	{"nixos", "linux"},
	{"pop!_os", "linux"},
}

// operatingSystemType returns host.os.type for the name of an operating system, or "" if the name does not tell.
func operatingSystemType(name string) string {
	name = strings.ReplaceAll(strings.ToLower(name), " ", "")
	for _, system := range operatingSystems {
		if strings.HasPrefix(name, system.prefix) {
			return system.osType
		}
	}
	// Arch Linux, AlmaLinux, Linux Mint, GNU/Linux.
	if strings.Contains(name, "linux") {
		return "linux"
	}
	return ""
}
