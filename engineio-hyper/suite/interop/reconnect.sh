#!/usr/bin/env bash
# Restarts a server under a client that reconnects:
#
#     reconnect.sh <echo example> <reconnect example>
set -euo pipefail

[[ $# -eq 2 ]] || { sed -n '2,4s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2; }
scratch=$(mktemp -d)
server= client=
stop() {
  kill $server $client 2>/dev/null || true
  wait $server $client 2>/dev/null || true
  rm -rf "$scratch"
}
trap stop EXIT

# Waits until a file has so many lines like this.
lines() {
  for ((tries = 0; tries < 300; tries++)); do
    [[ $(grep -c "$3" "$1" || true) -lt $2 ]] || return 0
    sleep 0.1
  done
  echo "reconnect.sh: there are not $2 lines like '$3' in this:" >&2
  cat "$1" >&2
  exit 1
}

serve() {
  "$1" --addr "$2" >"$scratch/server" &
  server=$!
  lines "$scratch/server" 1 '^listening on http:'
  address=$(sed -n 's/^listening on http:..\([^/]*\).*$/\1/p;T;q' "$scratch/server")
}

serve "$1" 127.0.0.1:0
: >"$scratch/client"
"$2" "http://$address/engine.io/" >"$scratch/client" 2>&1 &
client=$!
lines "$scratch/client" 1 '^text: hello$'
kill -KILL "$server"
wait "$server" 2>/dev/null || true
lines "$scratch/client" 2 '^attempt .* failed: '
serve "$1" "$address"
lines "$scratch/client" 2 '^text: hello$'
[[ $(grep -c '^the session ended: ' "$scratch/client") -eq 1 ]]
echo "reconnect.sh: $2 survived a restart of $1" >&2
