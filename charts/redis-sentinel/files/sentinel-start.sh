#!/bin/sh
# Starts a Sentinel. What must hold:
#
# S1 A Sentinel with a memory keeps it; only passwords are written anew.
# S2 One without asks the other Sentinels, then the Redis nodes for a master with replicas; only when nobody knows of one is it the first node.
#
# Reads what quorum.sh needs, and OWN_HOST, NODES, DOWN_AFTER_MS, FAILOVER_TIMEOUT_MS; for tests also OWN_PORT, BIND, DATA.
set -eu
. "$(dirname -- "$0")/quorum.sh"
umask 077

data=${DATA:-/data}
port=${OWN_PORT:-26379}
config=$data/sentinel.conf

told_by_sentinels() {
  for sentinel in $SENTINELS; do
    [ "$sentinel" = "$OWN_HOST:$port" ] || master_by "$sentinel"
  done | sort | uniq -c | sort -rn | awk 'NR == 1 { print $2 }'
}

told_by_nodes() {
  for node in $NODES; do
    info=$(redis_cli "$node" INFO replication || :)
    if printf '%s' "$info" | grep -q '^role:master' && ! printf '%s' "$info" | grep -q '^connected_slaves:0'; then
      printf '%s\n' "$node"
      return
    fi
  done
}

remember_nothing() {
  master=$(told_by_sentinels)
  [ -n "$master" ] || master=$(told_by_nodes)
  [ -n "$master" ] || master=${NODES%% *}
  say "has no memory; takes $master for the master (S2)"
  until getent hosts "${master%:*}" >/dev/null 2>&1; do
    say "waits for the name ${master%:*}"
    sleep 1
  done
  {
    printf 'sentinel resolve-hostnames yes\nsentinel announce-hostnames yes\n'
    printf 'sentinel monitor %s %s %s 2\n' "$MASTER_NAME" "${master%:*}" "${master##*:}"
    printf 'sentinel parallel-syncs %s 2\n' "$MASTER_NAME"
  } >"$config.new"
  mv "$config.new" "$config"
}

grep -q '^sentinel monitor' "$config" 2>/dev/null || remember_nothing

password=$(cat "$PASSWORD_FILE")
own_password=$(cat "$SENTINEL_PASSWORD_FILE")
{
  printf 'port %s\nbind %s\nprotected-mode no\ndir %s\n' "$port" "${BIND:-* -::*}" "$data"
  printf 'requirepass "%s"\n' "$own_password"
  grep -vE '^(port|bind|protected-mode|dir|requirepass|sentinel (sentinel-pass|announce-ip|announce-port|auth-pass|down-after-milliseconds|failover-timeout)) ' "$config"
  printf 'sentinel sentinel-pass "%s"\n' "$own_password"
  printf 'sentinel announce-ip %s\nsentinel announce-port %s\n' "$OWN_HOST" "$port"
  printf 'sentinel auth-pass %s "%s"\n' "$MASTER_NAME" "$password"
  printf 'sentinel down-after-milliseconds %s %s\n' "$MASTER_NAME" "$DOWN_AFTER_MS"
  printf 'sentinel failover-timeout %s %s\n' "$MASTER_NAME" "$FAILOVER_TIMEOUT_MS"
} >"$config.new"
mv "$config.new" "$config"
exec redis-server "$config" --sentinel
