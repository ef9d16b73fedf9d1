#!/bin/sh
# Runs after files are in place: "configure OLD-VERSION" (deb; OLD-VERSION is empty at the first
# installation) or the number of installed versions (rpm). A running service continues with the new
# program. A stopped one stays stopped, and whether it starts at boot does not change.
set -eu

case "$1" in
configure | [0-9]*) ;;
*) exit 0 ;; # abort-upgrade and the like, after a failed removal or upgrade
esac
if [ -d /run/systemd/system ] && command -v systemctl >/dev/null; then
	systemctl daemon-reload || true
	systemctl try-restart eventsapibeat.service || true
fi
