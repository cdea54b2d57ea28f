#!/usr/bin/env bash
# server/run --demo, without its building: all twelve events arrive, and its exit code says so.
#   demo_test.sh SOURCE_DIR BUILD_DIR
set -euo pipefail
data=$(mktemp -d)
trap 'rm -rf "$data"' EXIT
output=$(HOOKD_BUILD=$2 "$1/server/demo" --listen=127.0.0.1:0 --http_listen=127.0.0.1:0 --data_dir="$data" 2>&1)
for transport in gRPC HTTP; do
  grep -q "$transport server listening address=127.0.0.1:" <<<"$output" || { echo "no address of $transport in:"; echo "$output"; exit 1; }
done
for key in sent_at delivered_at opened_at clicked_at bounce_message bounced_at converted unsubscribed_at \
  resubscribed complained_at firstname unactive-180-days; do
  grep -q "$key" <<<"$output" || { echo "no $key in:"; echo "$output"; exit 1; }
done
[ "$(grep -c "signature: valid" <<<"$output")" -eq 12 ] || { echo "not all signatures are good:"; echo "$output"; exit 1; }
grep -q "12 of 12 events delivered" <<<"$output"
