package ecs

import "strings"

// clientTable is the mapping of the app that sent the event, its operating system and its address.
var clientTable = table{
	{"app_name", text("onepassword.client.app_name")},
	{"app_version", text("onepassword.client.app_version")},
	{"platform_name", text("onepassword.client.platform_name")},
	{"platform_version", text("onepassword.client.platform_version")},
	{"os_name", operatingSystem("os.name", "host.os.name", "host.os.type")},
	{"os_version", text("os.version", "host.os.version")},
	{"ip_address", address("source.ip", "related.ip", "source.address")},
}

func setOperatingSystem(d *document, fields []fieldPath, name string) outcome {
	d.putText(fields[2], operatingSystemType(name))
	return setText(d, fields[:2], name)
}

// putRelatedHosts sets related.hosts to the name of the device. Apps send it as the name of the
// platform; the web app and the browser extension send the name of the browser there. The name is
// not put on host.name, which would make each phone and laptop a host in Elastic's security app.
func (d *document) putRelatedHosts() {
	name := d.text(onepasswordPlatformName)
	if name == "" || !sendsDeviceName(d.text(onepasswordAppName)) {
		return
	}
	related := []string{name}
	if lower := strings.ToLower(name); lower != name {
		related = append(related, lower)
	}
	d.put(relatedHosts, related)
}

// sendsDeviceName reports whether an app sends the name of the device as the name of the platform.
// An unknown app does not.
func sendsDeviceName(app string) bool {
	switch app {
	case "1Password CLI", "1Password SCIM Bridge",
		"1Password for Mac", "1Password for Windows", "1Password for Linux",
		"1Password for iOS", "1Password for iPadOS", "1Password for Android":
		return true
	default:
		return false
	}
}
