package ecs

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/eventsapibeat/eventsapibeat/internal/eventtype"
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

func TestRelatedHostsAreTheNamesOfDevices(t *testing.T) {
	cases := map[string]struct {
		app, platform string
		hosts         any
	}{
		"Mac":               {"1Password for Mac", "studio-mac", []string{"studio-mac"}},
		"capitals":          {"1Password for Windows", "DESKTOP-7", []string{"DESKTOP-7", "desktop-7"}},
		"Linux":             {"1Password for Linux", "ws-7", []string{"ws-7"}},
		"iOS":               {"1Password for iOS", "Zoë’s iPhone", []string{"Zoë’s iPhone", "zoë’s iphone"}},
		"iPadOS":            {"1Password for iPadOS", "ipad", []string{"ipad"}},
		"Android":           {"1Password for Android", "pixel", []string{"pixel"}},
		"command line":      {"1Password CLI", "build-07", []string{"build-07"}},
		"SCIM Bridge":       {"1Password SCIM Bridge", "scim", []string{"scim"}},
		"web app":           {"1Password for Web", "Chrome", nil},
		"browser extension": {"1Password Browser Extension", "Firefox", nil},
		"older extension":   {"1Password Extension", "Chrome", nil},
		"other case":        {"1password for mac", "studio-mac", nil},
		"unknown app":       {"1Password for Toasters", "toaster", nil},
		"no app":            {"", "studio-mac", nil},
		"no platform":       {"1Password for Mac", "", nil},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			client := fmt.Sprintf(`"client": {"app_name": %q, "platform_name": %q}`, c.app, c.platform)
			for _, eventType := range []eventtype.Name{signIns, itemUsages} {
				document := mapItem(t, eventType, Options{}, client)
				assert.Equal(t, c.hosts, field(document, "related.hosts"))
				assert.Nil(t, field(document, "host"), "the hosts page of the security app lists hosts")
			}
			assert.Nil(t, field(mapItem(t, auditEvents, Options{}, client), "related.hosts"))
		})
	}
}
