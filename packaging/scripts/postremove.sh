#!/bin/sh
# "purge" (deb only) deletes state, logs and tokens. Removal keeps them, and so do all removals of the
# rpm. The user stays, because files elsewhere may belong to it.
set -eu

case "$1" in
purge)
	# rm does not follow links below a folder. If one of our folders is a link itself, only the link
	# goes, and what it leads to stays.
	rm -rf /var/lib/eventsapibeat /var/log/eventsapibeat
	if [ ! -L /etc/eventsapibeat ]; then
		rm -rf /etc/eventsapibeat/credentials
		rmdir /etc/eventsapibeat 2>/dev/null || true # holds files of the administrator
	fi
	;;
esac
case "$1" in
remove | purge | 0)
	if [ -d /run/systemd/system ] && command -v systemctl >/dev/null; then
		systemctl daemon-reload || true
	fi
	;;
esac
