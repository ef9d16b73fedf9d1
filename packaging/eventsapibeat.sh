#!/bin/sh
# Runs a command of the installed Beat with the paths of the service. As root it continues as the
# service user, so that the command leaves no file that the service cannot read or write.
set -eu
umask 0077
cd / # the working directory of the service, which can enter it; paths in options are not relative to it

user=eventsapibeat
set -- /usr/libexec/eventsapibeat/eventsapibeat \
	--path.home /usr/share/eventsapibeat --path.config /etc/eventsapibeat \
	--path.data /var/lib/eventsapibeat --path.logs /var/log/eventsapibeat "$@"

case "$(id -un)" in
"$user") exec "$@" ;;
root) exec runuser -u "$user" -- "$@" ;;
esac
# These commands read no file of the service.
for argument; do
	case "$argument" in
	version | help | completion | -h | --help) exec "$@" ;;
	esac
done
echo "eventsapibeat: the configuration and the state belong to $user: run this command with sudo" >&2
exit 1
