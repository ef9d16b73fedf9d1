package ecs

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
