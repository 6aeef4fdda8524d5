#!/bin/sh
# Whether this pod's `redis` or `sentinel` answers and has loaded its data: probe.sh redis|sentinel.
set -eu
. "$(dirname -- "$0")/quorum.sh"
if [ "$1" = redis ]; then
  redis_cli "127.0.0.1:${OWN_PORT:-6379}" PING | grep -qx PONG
else
  sentinel_cli "127.0.0.1:${OWN_PORT:-26379}" PING | grep -qx PONG
fi
