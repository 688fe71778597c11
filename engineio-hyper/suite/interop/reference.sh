#!/usr/bin/env bash
# Runs our clients, on both adapters, against the npm engine.io server, which is started here: the current one, with its
# own session ids and with others, and the last one that speaks protocol 3.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
[[ -d $here/node_modules ]] || npm ci --prefix "$here" --no-audit --no-fund
cd "$here/../../.."

out=$(mktemp)
server=
stop() {
  [[ -z $server ]] || kill "$server" 2>/dev/null || true
  server=
}
trap 'stop; rm -f "$out"' EXIT

for kind in 4 any-ids 3; do
  flags=(--addr 127.0.0.1:0 --ping-interval 300 --ping-timeout 5000)
  version=4
  case $kind in
    any-ids) flags+=(--any-ids) ;;
    3) flags+=(--eio3) version=3 ;;
  esac
  node "$here/reference.mjs" "${flags[@]}" >"$out" &
  server=$!

  address=
  for ((tries = 0; tries < 300; tries++)); do
    address=$(sed -n 's/^listening on \(http:.*\)$/\1/p;T;q' "$out")
    [[ -z $address ]] || break
    kill -0 "$server" 2>/dev/null || break
    sleep 0.1
  done
  if [[ -z $address ]]; then
    echo "reference.sh: the reference's server of protocol $version did not say where it listens" >&2
    exit 1
  fi

  echo "reference.sh: the reference's server of protocol $version listens on $address" >&2
  ENGINEIO_REFERENCE_URL=$address ENGINEIO_REFERENCE_EIO=$version ENGINEIO_REFERENCE_IDS=$kind \
    cargo test --locked -p engineio-tokio -p engineio-smol --test suite -- --ignored reference::
  stop
done
