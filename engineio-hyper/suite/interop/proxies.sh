#!/usr/bin/env bash
# Runs npm engine.io-client against a server behind nginx and behind HAProxy, by the configurations of the documentation:
#
#     proxies.sh <server command…>
#
# The command is started here as `run.sh` does, with `--same-origin`. nginx and HAProxy are installed by apt if they are
# missing, and run with the documented files, whose ports and addresses are replaced.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
docs=$here/../../docs
interval=300
timeout=10000 # a machine that has much else to do must not fail a test
# shellcheck source=servers.sh
source "$here/servers.sh"

if [[ $# -eq 0 ]]; then
  sed -n '2,7s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
  exit 2
fi

# The Debian packages start services of their own, which are not wanted.
if ! { [[ -x /usr/sbin/nginx && -x /usr/sbin/haproxy ]]; } && [[ $(id -u) -eq 0 ]] && command -v apt-get >/dev/null; then
  { apt-get update -qq && RUNLEVEL=1 apt-get install -y -qq --no-install-recommends nginx haproxy; } >&2
fi
[[ -d $here/node_modules ]] || npm ci --prefix "$here" --no-audit --no-fund

free_port() { node -e 'const s = require("node:net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })'; }

# A documented file, with this server and with this port to listen on.
configured() { sed -e "s/127\.0\.0\.1:3000/$upstream/" -e "s/listen 80;/listen 127.0.0.1:$2;/" -e "s/bind :80$/bind 127.0.0.1:$2/" "$docs/$1"; }

# Starts nginx on a port, by a file for the context `http`.
start_nginx() {
  local at="$scratch/nginx$1"
  mkdir "$at"
  cat >"$at/nginx.conf" <<NGINX
daemon off;
$([[ $(id -u) -ne 0 ]] || echo 'user root;')
worker_processes 1;
pid $at/pid;
error_log stderr;
events {}
http {
  access_log off;
  client_body_temp_path $at/body;
  proxy_temp_path $at/proxy;
  fastcgi_temp_path $at/fastcgi;
  uwsgi_temp_path $at/uwsgi;
  scgi_temp_path $at/scgi;
  include $2;
}
NGINX
  /usr/sbin/nginx -e stderr -c "$at/nginx.conf" &
  servers+=($!)
  listens "$1"
}

# Waits until the server that was started last listens.
listens() {
  local tries
  for ((tries = 0; tries < 300; tries++)); do
    if (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; then return 0; fi
    kill -0 "${servers[-1]}" 2>/dev/null || break
    sleep 0.1
  done
  echo "proxies.sh: nothing listens on port $1" >&2
  exit 1
}

start "$@" --same-origin
upstream=${address#http://}
upstream=${upstream%%/*}

nginx=$(free_port)
configured nginx.conf "$nginx" >"$scratch/nginx.conf"
start_nginx "$nginx" "$scratch/nginx.conf"

# What many forget.
old_nginx=$(free_port)
configured nginx.conf "$old_nginx" | sed '/proxy_http_version/d' >"$scratch/old_nginx.conf"
start_nginx "$old_nginx" "$scratch/old_nginx.conf"

haproxy=$(free_port)
configured haproxy.cfg "$haproxy" >"$scratch/haproxy.cfg"
/usr/sbin/haproxy -db -q -f "$scratch/haproxy.cfg" &
servers+=($!)
listens "$haproxy"

echo "proxies.sh: $* listens on $upstream, behind nginx on $nginx and $old_nginx, and HAProxy on $haproxy" >&2
export ENGINEIO_NGINX=http://127.0.0.1:$nginx/engine.io/ ENGINEIO_OLD_NGINX=http://127.0.0.1:$old_nginx/engine.io/ ENGINEIO_HAPROXY=http://127.0.0.1:$haproxy/engine.io/
timeout --kill-after=10 300 node --test --test-concurrency=1 --test-reporter=spec "$here/proxies.test.mjs"
all_alive
