#!/bin/sh
# Before a Redis is told to end: a master hands over while it still answers, so that nobody waits for a failover. Never fails.
set -u
. "$(dirname -- "$0")/quorum.sh"
own=$OWN_HOST:${OWN_PORT:-6379}

leads() { redis_cli "$own" INFO replication | grep -q '^role:master'; }

leads || exit 0
for sentinel in $SENTINELS; do
  sentinel_cli "$sentinel" SENTINEL failover "$MASTER_NAME" | grep -q OK && break
done
waited=0
while leads && [ "$waited" -lt 25 ]; do
  sleep 1
  waited=$((waited + 1))
done
exit 0
