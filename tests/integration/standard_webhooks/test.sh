#!/usr/bin/env bash
# What hookd sends passes the published Standard Webhooks library (npm: standardwebhooks), before, during and after a
# rotation of the secret.
#   test.sh BUILD_DIR
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=$1
for tool in node npm; do command -v $tool >/dev/null || { echo "skipped: $tool is not on this machine"; exit 77; }; done
. "$here/../../support/programs.sh"

# receive NAME SECRET COUNT: starts a receiver; its pid is the last of pids.
receive() {
  node "$scratch/receiver.mjs" "$2" "$3" >"$scratch/$1" 2>&1 &
  pids+=($!)
}

cp "$here"/package*.json "$here/receiver.mjs" "$scratch"
(cd "$scratch" && npm ci --silent --no-audit --no-fund)
hookctl=$build/client/hookctl
"$build/server/hookd" --listen=127.0.0.1:0 --http_listen= --data_dir="$scratch/data" --egress_allow=127.0.0.0/8 >"$scratch/hookd" 2>&1 &
pids+=($!)
HOOKD_SERVER=$(wait_for "$scratch/hookd" '127.0.0.1:[0-9]+' $!)
export HOOKD_SERVER HOOKD_PROJECT=standard-webhooks

old=whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw
new=whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD
receive first "$old" 12
port=$(wait_for "$scratch/first" 'port [0-9]+' "${pids[-1]}")
"$hookctl" webhooks create --id w --url "http://127.0.0.1:${port#port }/" --event-types all --signing-secret "$old" >/dev/null
"$hookctl" emit --sample all >/dev/null
wait "${pids[-1]}" || { cat "$scratch/first"; exit 1; }
echo "12 events verified"

"$hookctl" webhooks rotate-secret w --signing-secret "$new" >/dev/null
for secret in "$old" "$new"; do
  receive during "$secret" 1
  port=$(wait_for "$scratch/during" 'port [0-9]+' "${pids[-1]}")
  "$hookctl" webhooks update w --url "http://127.0.0.1:${port#port }/" >/dev/null
  "$hookctl" emit --sample sent >/dev/null
  wait "${pids[-1]}" || { cat "$scratch/during"; exit 1; }
done
echo "with the old secret and the new within the grace period"
