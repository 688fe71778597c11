#!/usr/bin/env bash
# Runs PyPI's python-engineio, both its clients, against a server, and our clients, on both adapters, against its server on
# uvicorn, on werkzeug (Flask) and on gunicorn:
#
#     python.sh <server command…>
#
# The command is started here as `run.sh` does, with `--max-packets 16`. What Python needs is installed beside this.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
interval=300
timeout=3000 # a test waits for longer than that
# shellcheck source=servers.sh
source "$here/servers.sh"

if [[ $# -eq 0 ]]; then
  sed -n '2,7s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
  exit 2
fi

venv=$here/python/.venv
if ! python3 -c 'import ensurepip, venv' 2>/dev/null && [[ $(id -u) -eq 0 ]] && command -v apt-get >/dev/null; then
  { apt-get update -qq && apt-get install -y -qq --no-install-recommends python3 python3-venv; } >&2
fi
[[ -x $venv/bin/python ]] || python3 -m venv "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/python/requirements.txt"

start "$@" --max-packets 16
echo "python.sh: $* listens on $address" >&2
ENGINEIO_URL=$address timeout --kill-after=10 300 "$venv/bin/python" "$here/python/clients.py"

# Our clients, with the tests that the arguments select.
clients() {
  echo "python.sh: python-engineio on $server listens on $address" >&2
  (cd "$here/../../.." && ENGINEIO_REFERENCE_URL=$address \
    cargo test --locked -p engineio-tokio -p engineio-smol --test suite -- --ignored "$@")
}

server=uvicorn
start "$venv/bin/python" "$here/python/server.py" --server "$server"
clients reference::

# On threads, python-engineio answers the parked GET of a session that is being closed with nothing, and often before the
# POST that closes it. That is an orderly close for a client.
for server in werkzeug gunicorn; do
  start "$venv/bin/python" "$here/python/server.py" --server "$server"
  clients reference::
done

# gunicorn closes connections that were idle for 2 s, which is when the next ping is due.
flags=(--addr 127.0.0.1:0 --ping-interval 2000 --ping-timeout "$timeout")
start "$venv/bin/python" "$here/python/server.py" --server gunicorn
clients reference::heartbeats_keep_a_session
all_alive
