#!/usr/bin/env bash
# schemathesis (PyPI) calls a hookd for a minute with requests that it derives from openapi.json, valid and invalid, and
# finds no server error and no response that the document does not describe.
#   test.sh SOURCE_DIR BUILD_DIR
set -euo pipefail
source=$1
build=$2
. "$source/tests/support/programs.sh"
. "$source/tests/support/python_packages.sh"
venv=$build/tests/integration/schemathesis/venv
install_python_packages "$source/tests/integration/schemathesis/requirements.txt" "$venv"

"$build/server/hookd" --listen=127.0.0.1:0 --http_listen=127.0.0.1:0 --data_dir="$scratch/data" >"$scratch/log" 2>&1 &
pids+=($!)
wait_for "$scratch/log" 'ready' $! >/dev/null
address=$(grep -oE 'HTTP server listening.*127\.0\.0\.1:[0-9]+' "$scratch/log" | grep -oE '127\.0\.0\.1:[0-9]+')
cd "$scratch"
# A watch does not end by itself.
"$venv/bin/st" run "$build/protos/openapi/openapi.json" --url "http://$address" --max-time 60 --request-timeout 20 \
  --checks not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,response_schema_conformance \
  --exclude-operation-id DeliveryService_WatchDeliveries --continue-on-failure --warnings off
kill -0 "${pids[0]}" || { cat "$scratch/log"; exit 1; }
