# What the start scripts ask of others; they read it with `.`. Needs SENTINELS (host:port …), MASTER_NAME and the two password files.
# No password is ever an argument of a program: others could read it.

say() { printf '%s %s\n' "$(date -u +%FT%TZ)" "$*"; }

sentinel_cli() {
  at=$1
  shift
  REDISCLI_AUTH=$(cat "$SENTINEL_PASSWORD_FILE") timeout 2 redis-cli -h "${at%:*}" -p "${at##*:}" "$@" 2>/dev/null
}

redis_cli() {
  at=$1
  shift
  REDISCLI_AUTH=$(cat "$PASSWORD_FILE") timeout 2 redis-cli -h "${at%:*}" -p "${at##*:}" "$@" 2>/dev/null
}

# The master's host:port as one Sentinel knows it, or nothing.
master_by() { sentinel_cli "$1" SENTINEL get-master-addr-by-name "$MASTER_NAME" | sed -n '1h;2{H;g;s/\n/:/p;}' | grep -E '^[^ ]+:[0-9]+$' || :; }

# Prints the master that a majority of all Sentinels names; fails when there is none.
agreed_master() {
  asked=0
  named=
  for sentinel in $SENTINELS; do
    asked=$((asked + 1))
    named="$named $(master_by "$sentinel")"
  done
  for candidate in $(printf '%s\n' $named | sort -u); do
    votes=$(printf '%s\n' $named | grep -cxF -- "$candidate")
    if [ "$votes" -gt $((asked / 2)) ]; then
      printf '%s\n' "$candidate"
      return
    fi
  done
  return 1
}

# A field of what the Sentinels know about the master, the greatest of all answers; 0 when nobody answers.
greatest() {
  most=0
  for sentinel in $SENTINELS; do
    value=$(sentinel_cli "$sentinel" SENTINEL master "$MASTER_NAME" | grep -x -A 1 "$1" | tail -n 1 || :)
    case $value in '' | *[!0-9]*) ;; *) [ "$value" -le "$most" ] || most=$value ;; esac
  done
  printf '%s\n' "$most"
}

# How many of NODES other than $1 answer.
living_others() {
  count=0
  for node in $NODES; do
    [ "$node" = "$1" ] || ! redis_cli "$node" PING | grep -q PONG || count=$((count + 1))
  done
  printf '%s\n' "$count"
}
