#!/bin/sh
# Starts Redis in the role that the Sentinels give it. What must hold:
#
# B1 Nobody leads on its own word: a majority of all Sentinels names the master, or this script waits.
# B2 Who is not named follows who is. In a cold start, when the named one does not answer and nobody else does, it gets COLD_SECONDS.
# B3 The named one does not lead again while replicas live: they may have acknowledged more than it has. It stays silent, so that the
#    Sentinels promote one, and follows; only after TAKEOVER_SECONDS without a promotion does it lead with its own data.
# B4 The named one never leads without data where others were known: they would throw away theirs.
# B5 A volume with a snapshot (dump.rdb) and without an append-only file is one that was restored. Redis would begin empty with it; so what
#    the snapshot holds is written into an append-only file first.
#
# Reads what quorum.sh needs, and OWN_HOST, NODES, TAKEOVER_SECONDS; for tests also OWN_PORT, BIND, DATA, CONFIG.
set -eu
scripts=$(dirname -- "$0")
. "$scripts/quorum.sh"
umask 077

data=${DATA:-/data}
port=${OWN_PORT:-6379}
own=$OWN_HOST:$port
cold_seconds=${COLD_SECONDS:-30}

has_data() { [ -n "$(ls -A "$data/appendonlydir" 2>/dev/null)" ] || [ -s "$data/dump.rdb" ]; }
now() { date +%s; }

# Ends when the role is clear: prints "lead", or the host:port to follow.
decide() {
  named_since=
  cold_since=
  while :; do
    if ! master=$(agreed_master); then
      say "waits: no majority of the Sentinels names a master (B1)" >&2
      named_since=
    elif [ "$master" != "$own" ]; then
      named_since=
      if redis_cli "$master" PING | grep -q PONG || [ "$(living_others "$own")" -gt 0 ]; then
        printf '%s\n' "$master"
        return
      fi
      cold_since=${cold_since:-$(now)}
      if [ $(($(now) - cold_since)) -ge "$cold_seconds" ]; then
        printf '%s\n' "$master"
        return
      fi
      say "waits for $master, which led last, to come up (B2)" >&2
    elif [ "$(greatest num-slaves)" -eq 0 ] && [ "$(greatest config-epoch)" -eq 0 ]; then
      printf 'lead\n'
      return
    elif ! has_data; then
      say "waits: it is named master and has no data, while others were known (B4)" >&2
    elif [ "$(living_others "$own")" -eq 0 ]; then
      printf 'lead\n'
      return
    else
      named_since=${named_since:-$(now)}
      if [ $(($(now) - named_since)) -ge "$TAKEOVER_SECONDS" ]; then
        say "leads: no replica was promoted in $TAKEOVER_SECONDS s" >&2
        printf 'lead\n'
        return
      fi
      say "is silent until the Sentinels promote a replica (B3)" >&2
    fi
    sleep 1
  done
}

is_restored() { [ -s "$data/dump.rdb" ] && [ -z "$(ls -A "$data/appendonlydir" 2>/dev/null)" ]; }

# Reached by nobody but this script. Fails, and so does the script, where the snapshot cannot be read: better than to begin empty.
take_over_snapshot() {
  socket=$data/restore.sock
  rm -f "$socket"
  said() { timeout 5 redis-cli -s "$socket" "$@" 2>/dev/null; }
  begun() { said INFO persistence | tr -d '\r' | grep -qx "$1"; }
  redis-server --port 0 --unixsocket "$socket" --dir "$data" --dbfilename dump.rdb --appendonly no --save '' &
  reader=$!
  until begun 'loading:0'; do
    kill -0 "$reader" 2>/dev/null || { say "cannot read the snapshot (B5)" >&2; return 1; }
    sleep 1
  done
  said CONFIG SET appendonly yes >/dev/null
  until begun 'aof_enabled:1' && begun 'aof_rewrite_in_progress:0' && begun 'aof_rewrite_scheduled:0'; do sleep 1; done
  begun 'aof_last_bgrewrite_status:ok' || { say "cannot write the append-only file (B5)" >&2; return 1; }
  said SHUTDOWN NOSAVE || :
  wait "$reader" || :
  rm -f "$socket"
}

role=$(decide)
if [ "$role" = lead ] && is_restored; then
  say "begins with the snapshot in its volume (B5)"
  take_over_snapshot
fi
say "starts as $([ "$role" = lead ] && echo master || echo "replica of $role")"

password=$(cat "$PASSWORD_FILE")
{
  cat "${CONFIG:-$scripts/redis.conf}"
  printf 'dir %s\nport %s\nbind %s\n' "$data" "$port" "${BIND:-* -::*}"
  printf 'requirepass "%s"\nmasterauth "%s"\n' "$password" "$password"
  printf 'replica-announce-ip %s\nreplica-announce-port %s\n' "$OWN_HOST" "$port"
  [ "$role" = lead ] || printf 'replicaof %s %s\n' "${role%:*}" "${role##*:}"
} >"$data/redis.conf"
exec redis-server "$data/redis.conf"
