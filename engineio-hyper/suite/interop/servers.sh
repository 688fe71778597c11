# Servers for tests: started, waited for, and stopped at the end. To be sourced, with `interval` and `timeout` set.

flags=(--addr 127.0.0.1:0 --ping-interval "$interval" --ping-timeout "$timeout")
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
  echo "$(basename "$0"): '$*' did not say where it listens" >&2
  exit 1
}

all_alive() {
  for pid in "${servers[@]}"; do
    if ! kill -0 "$pid" 2>/dev/null; then
      echo "$(basename "$0"): a server died during the tests" >&2
      exit 1
    fi
  done
}
