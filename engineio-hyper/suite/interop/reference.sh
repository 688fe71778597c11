#!/usr/bin/env bash
# Runs our clients, on both adapters, against the npm engine.io server, which is started here.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
[[ -d $here/node_modules ]] || npm ci --prefix "$here" --no-audit --no-fund

out=$(mktemp)
node "$here/reference.mjs" --addr 127.0.0.1:0 --ping-interval 300 --ping-timeout 5000 >"$out" &
server=$!
trap 'kill "$server" 2>/dev/null || true; rm -f "$out"' EXIT

address=
for ((tries = 0; tries < 300; tries++)); do
  address=$(sed -n 's/^listening on \(http:.*\)$/\1/p;T;q' "$out")
  [[ -z $address ]] || break
  kill -0 "$server" 2>/dev/null || break
  sleep 0.1
done
if [[ -z $address ]]; then
  echo "reference.sh: the reference's server did not say where it listens" >&2
  exit 1
fi

echo "reference.sh: the reference's server listens on $address" >&2
export ENGINEIO_REFERENCE_URL=$address
cd "$here/../../.."
cargo test --locked -p engineio-tokio -p engineio-smol --test suite -- --ignored reference::
