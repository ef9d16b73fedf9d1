package ecs

// mapClient sets the fields of the app that sent the event, its operating system and its address.
func mapClient(b *documentBuilder) {
	client := b.item.child("client", "onepassword.client")
	client.moveText("app_name", "onepassword.client.app_name")
	client.moveText("app_version", "onepassword.client.app_version")
	client.moveText("platform_name", "onepassword.client.platform_name")
	client.moveText("platform_version", "onepassword.client.platform_version")

	name := client.moveText("os_name", "os.name", "host.os.name")
	client.moveText("os_version", "os.version", "host.os.version")
	b.putText("host.os.type", operatingSystemType(name))
	mapAddress(client, "ip_address")
}
