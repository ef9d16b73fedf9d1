package ecs

import "strings"

// operatingSystems maps prefixes of names, in lower case and without spaces, to host.os.type. ECS
// asks to leave the field out for other systems, such as ChromeOS and the BSDs.
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

// operatingSystemType returns host.os.type for the name of an operating system. It returns "" for
// an unknown name.
func operatingSystemType(name string) string {
	name = strings.ReplaceAll(strings.ToLower(name), " ", "")
	for _, system := range operatingSystems {
		if strings.HasPrefix(name, system.prefix) {
			return system.osType
		}
	}
	// For example Arch Linux, AlmaLinux, Linux Mint and GNU/Linux.
	if strings.Contains(name, "linux") {
		return "linux"
	}
	return ""
}
