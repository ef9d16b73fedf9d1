#!/bin/sh
# Stops the service if the package is removed: "remove" (deb) or 0 (rpm). Other arguments are those of
# an upgrade, where this script is that of the old package.
set -eu

case "$1" in
remove | 0)
	if [ -d /run/systemd/system ] && command -v systemctl >/dev/null; then
		systemctl --no-reload disable --now eventsapibeat.service || true
	fi
	;;
esac
