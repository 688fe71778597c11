#!/usr/bin/env bash
# Runs the real clients against a server:
#
#     run.sh <server command…>
#
# The command is started here with `--addr 127.0.0.1:0 --ping-interval 300 --ping-timeout 2000` behind its own arguments
# and must print `listening on http://ADDR/PATH` when it is ready. With CLOSING_SERVER=<command>, a server that greets
# with `bye` and closes, the close by the server is tested too; with SOCKETIO_SERVER=<command>, so is a Socket.IO server;
# with `--allow-eio3` among the arguments, so are clients of protocol 3. Without /usr/bin/chromium the page is not tested,
# which is a failure if CI=true. With ONLY=<pattern>, for servers that cannot do all of it, the client's tests of that
# name are run and no others.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
interval=300
flags=(--addr 127.0.0.1:0 --ping-interval "$interval" --ping-timeout 2000)
start_limit_s=${START_LIMIT_S:-300} # the command may have to be compiled first
scratch=$(mktemp -d)
servers=()

stop() {
  for pid in "${servers[@]}"; do
    kill "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
  rm -rf "$scratch"
}
trap stop EXIT

# Starts a command, waits for its line and leaves the URL in `address`.
start() {
  local out="$scratch/server${#servers[@]}" tries
  : >"$out" # so that it is there however late the command starts
  "$@" "${flags[@]}" >"$out" &
  servers+=($!)
  for ((tries = 0; tries < start_limit_s * 10; tries++)); do
    address=$(sed -n 's/^listening on \(http:.*\)$/\1/p;T;q' "$out")
    [[ -z $address ]] || return 0
    kill -0 "${servers[-1]}" 2>/dev/null || break
    sleep 0.1
  done
  echo "run.sh: '$*' did not say where it listens" >&2
  exit 1
}

if [[ $# -eq 0 ]]; then
  sed -n '2,11s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
  exit 2
fi

[[ -d $here/node_modules ]] || npm ci --prefix "$here" --no-audit --no-fund

tests=("$here/client.test.mjs" "$here/server_close.test.mjs" "$here/socketio.test.mjs")
if [[ -z ${ONLY:-} && ! -x /usr/bin/chromium && $(id -u) -eq 0 ]] && command -v apt-get >/dev/null; then
  { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core fonts-noto-color-emoji; } >&2 || true
fi
if [[ -n ${ONLY:-} ]]; then
  tests=(--test-name-pattern "$ONLY" "$here/client.test.mjs")
elif [[ -x /usr/bin/chromium ]]; then
  tests+=("$here/page.test.mjs")
elif [[ ${CI:-} == true ]]; then
  echo "run.sh: /usr/bin/chromium is missing, and CI tests the page" >&2
  exit 1
else
  echo "run.sh: page.test.mjs SKIPPED, there is no /usr/bin/chromium" >&2
fi

if [[ " $* " == *' --allow-eio3 '* ]]; then
  tests+=("$here/client_v3.test.mjs")
  export ENGINEIO_EIO3=1
fi

start "$@"
echo "run.sh: $* listens on $address" >&2
export ENGINEIO_URL=$address ENGINEIO_PING_INTERVAL=$interval
if [[ -n ${CLOSING_SERVER:-} ]]; then
  read -ra closing <<<"$CLOSING_SERVER"
  start "${closing[@]}"
  export ENGINEIO_CLOSING_URL=$address
fi
if [[ -n ${SOCKETIO_SERVER:-} ]]; then
  read -ra socketio <<<"$SOCKETIO_SERVER"
  start "${socketio[@]}"
  export ENGINEIO_SOCKETIO_URL=$address
fi

# The limit is for a server that leaves a request open: then node waits for it after the last test has failed.
timeout --kill-after=10 600 node --test --test-concurrency=1 --test-reporter=spec "${tests[@]}"

for pid in "${servers[@]}"; do
  if ! kill -0 "$pid" 2>/dev/null; then
    echo "run.sh: a server died during the tests" >&2
    exit 1
  fi
done
