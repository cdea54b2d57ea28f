# Sourced by tests that run programs: `scratch`, a folder, and `pids`, what was started, both of which end with the test.
scratch=$(mktemp -d)
pids=()
cleanup() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
  rm -rf "$scratch"
}
trap cleanup EXIT

# wait_for FILE PATTERN PID: the first match of PATTERN in FILE, once it is there; fails if PID ends before.
wait_for() {
  local found
  until found=$(grep -oEm1 "$2" "$1" 2>/dev/null | head -1) && [ -n "$found" ]; do
    kill -0 "$3" 2>/dev/null || { cat "$1" >&2; exit 1; }
    sleep 0.05
  done
  printf '%s' "$found"
}
