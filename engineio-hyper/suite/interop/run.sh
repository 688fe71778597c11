#!/usr/bin/env bash
# Runs the real clients against a server:
#
#     run.sh <server command…>
#
# The command is started here with `--addr 127.0.0.1:0 --ping-interval 300 --ping-timeout 10000` behind its own arguments
# and must print `listening on http://ADDR/PATH` when it is ready. With CLOSING_SERVER=<command>, a server that greets
# with `bye` and closes, the close by the server is tested too; with SOCKETIO_SERVER=<command>, so is a Socket.IO server;
# with ENGINEIO_CLIENT=<command>, a client as the example `eio`, so is its compression with the reference's server;
# with `--allow-eio3` among the arguments, so are clients of protocol 3. Without /usr/bin/chromium no page is tested,
# which is a failure if CI=true. With ONLY=<pattern>, for servers that cannot do all of it, the client's tests of that
# name are run and no others.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
interval=300
timeout=10000 # a machine that has much else to do must not fail a test
# shellcheck source=servers.sh
source "$here/servers.sh"

if [[ $# -eq 0 ]]; then
  sed -n '2,12s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
  exit 2
fi

[[ -d $here/node_modules ]] || npm ci --prefix "$here" --no-audit --no-fund

tests=("$here/client.test.mjs" "$here/server_close.test.mjs" "$here/socketio.test.mjs" "$here/curl.test.mjs" "$here/deflate.test.mjs")
export ENGINEIO_SERVER="$*" # for tests that need other flags
if [[ -z ${ONLY:-} && $(id -u) -eq 0 ]] && ! command -v curl >/dev/null && command -v apt-get >/dev/null; then
  { apt-get update -qq && apt-get install -y -qq --no-install-recommends curl; } >&2 || true
fi
if [[ -z ${ONLY:-} && ! -x /usr/bin/chromium && $(id -u) -eq 0 ]] && command -v apt-get >/dev/null; then
  { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core fonts-noto-color-emoji; } >&2 || true
fi
if [[ -n ${ONLY:-} ]]; then
  tests=(--test-name-pattern "$ONLY" "$here/client.test.mjs")
elif [[ -x /usr/bin/chromium ]]; then
  tests+=("$here/page.test.mjs" "$here/origins.test.mjs" "$here/foreign.test.mjs")
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

all_alive
