#!/usr/bin/env bash
# unit_test.sh SOURCE_FOLDER HOOKD: what systemd says of hookd's unit. It stands without systemd running.
set -euo pipefail
if ! command -v systemd-analyze >/dev/null; then
  echo "skipped: no systemd-analyze on this machine (apt-get install systemd)"
  exit 77
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# The program must be there to be verified.
sed "s|^ExecStart=/usr/bin/hookd|ExecStart=$2|" "$1/server/packaging/hookd.service" >"$work/hookd.service"

# It says what is wrong and often exits 0 all the same. What it says of this machine's other units is not ours.
said=$(systemd-analyze verify --man=no "$work/hookd.service" 2>&1 | grep -F hookd || true)
[ -z "$said" ] || { echo "$said"; exit 1; }

# 0 is safe, 10 is not; 1.5 is better than any service of Debian's own has.
systemd-analyze security --offline=true --threshold=15 --no-pager "$work/hookd.service" >"$work/security" ||
  { cat "$work/security"; exit 1; }
tail -1 "$work/security"

# A stop is not cut short by systemd: its patience is above the drain's, as the package configures it.
drain=$("$2" --settings_table | sed -n 's/.*`HOOKD_DRAIN_TIMEOUT` | `\([0-9]*\)s`.*/\1/p')
stop=$(sed -n 's/^TimeoutStopSec=\([0-9]*\)$/\1/p' "$1/server/packaging/hookd.service")
[ "$stop" -gt "$drain" ] || { echo "TimeoutStopSec=$stop is not above --drain_timeout, which is $drain s"; exit 1; }
