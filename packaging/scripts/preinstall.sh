#!/bin/sh
# Makes the service user before the files are unpacked, which belong to it. Its arguments are install
# or upgrade (deb), or the number of installed versions (rpm).
set -eu

user=eventsapibeat
if ! getent group "$user" >/dev/null; then
	groupadd --system "$user" || {
		echo "eventsapibeat: cannot make the group $user; make it and install again" >&2
		exit 1
	}
fi
if ! getent passwd "$user" >/dev/null; then
	useradd --system --gid "$user" --no-create-home --home-dir /var/lib/eventsapibeat \
		--shell /usr/sbin/nologin "$user" || {
		echo "eventsapibeat: cannot make the user $user; make it and install again" >&2
		exit 1
	}
fi
