#!/usr/bin/env bash
# hookd over HTTP and JSON: what a caller with curl alone can do, and what it is told.
#   test.sh SOURCE_DIR BUILD_DIR
set -euo pipefail
source=$1
build=$2
skip() { echo "skipped: $1"; exit 77; }
command -v curl >/dev/null || skip "curl is not on this machine"

. "$source/tests/support/programs.sh"

# serve NAME [hookd's flags]: a hookd, whose URL is then `rest`; its pid is the last of pids.
serve() {
  local name=$1 address
  shift
  "$build/server/hookd" --listen=127.0.0.1:0 --http_listen=127.0.0.1:0 --data_dir="$scratch/$name.data" \
    --egress_allow=127.0.0.0/8 --log_level=debug "$@" >"$scratch/$name" 2>&1 &
  pids+=($!)
  address=$(wait_for "$scratch/$name" 'HTTP server listening address=127\.0\.0\.1:[0-9]+' $!)
  rest=http://${address##*=}
}

# call STATUS METHOD PATH [curl's arguments]: makes a call, which has to be answered with STATUS. Its answer, without spaces,
# is in `answer`, and the head of it in the file `headers`. `type` is the content type, unless it is JSON.
call() {
  local wanted=$1 method=$2 path=$3 status
  shift 3
  status=$(curl -sS --max-time 20 -o "$scratch/answer" -D "$scratch/headers" -w '%{http_code}' -X "$method" \
    -H "Content-Type: ${type:-application/json}" "$rest$path" "$@")
  answer=$(tr -d ' ' <"$scratch/answer")
  [ "$status" = "$wanted" ] || { echo "$method $path: $status instead of $wanted: ${answer:0:2000}"; exit 1; }
}
# says TEXT: the answer has it.
says() { [[ $answer == *"$1"* ]] || { echo "no $1 in: ${answer:0:2000}"; exit 1; }; }
# has HEADER: the answer's head has that line.
has() { tr -d '\r' <"$scratch/headers" | grep -qixF "$1" || { echo "no $1 in:"; cat "$scratch/headers"; exit 1; }; }

echo "a token is sent as a header"
token=hookd_0123456789abcdef0123456789abcdef0123456789a
echo "$token emit shop" >"$scratch/tokens"
chmod 600 "$scratch/tokens"
serve guarded --tokens_file="$scratch/tokens"
call 401 POST /v1/projects/shop/events:emit -d '{"event": {"bounced": {"user": {"email": "e"}}}}'
has 'WWW-Authenticate: Bearer realm="hookd"'
call 200 POST /v1/projects/shop/events:emit -d '{"event": {"bounced": {"user": {"email": "e"}}}}' -H "Authorization: Bearer $token"
call 403 GET /v1/projects/shop/webhooks -H "Authorization: Bearer $token"
call 200 GET /v1/tokens:current -H "Authorization: Bearer $token"
says '"projects":["projects/shop"],"roles":["ROLE_EMIT"]'

serve hookd
hookd=${pids[-1]}
echo "a webhook is created, read, changed, disabled and listed"
call 200 POST "/v1/projects/shop/webhooks?webhookId=first" \
  -d '{"url": "http://127.0.0.1:9/", "eventTypes": ["EVENT_TYPE_BOUNCED"], "displayName": "Shop"}'
says '"name":"projects/shop/webhooks/first"'
says '"signingSecret":"whsec_'
call 200 GET /v1/projects/shop/webhooks/first
says '"displayName":"Shop"'
[[ $answer != *signingSecret* ]] || { echo "a read shows the secret: $answer"; exit 1; }
# What the body has is what changes: the mask follows from it.
call 200 PATCH /v1/projects/shop/webhooks/first -d '{"displayName": "Store"}'
says '"displayName":"Store"'
says '"url":"http://127.0.0.1:9/"'
call 200 POST /v1/projects/shop/webhooks/first:disable -d '{}'
says '"disabled":true'
call 200 POST /v1/projects/shop/webhooks/first:enable -d '{}'
call 200 POST /v1/projects/shop/webhooks/first:rotateSigningSecret -d '{}'
says '"signingSecret":"whsec_'
call 200 POST /v1/projects/shop/webhooks/first:test -d '{}'
says '"message":'
call 200 GET /v1/projects/shop/webhooks
says '"webhooks":[{'

echo "a query parameter that the method does not have is refused"
call 400 GET "/v1/projects/shop/webhooks?pageSize=1&page=2"
says 'page:isnotaqueryparameterofthismethod'
call 200 GET "/v1/projects/shop/webhooks?pageSize=1"
call 200 GET "/v1/projects/shop/webhooks?page_size=1"
call 400 POST "/v1/projects/shop/webhooks?webhook_id=second&validate=true" \
  -d '{"url": "http://127.0.0.1:9/", "eventTypes": ["EVENT_TYPE_BOUNCED"]}'
call 404 GET /v1/projects/shop/webhooks/second

echo "events are emitted, once for a request id, and read back"
bounced='{"event": {"bounced": {"bouncedAt": "1435016238", "user": {"id": {"number": "123"}}}}, "requestId": "once"}'
call 200 POST /v1/projects/shop/events:emit -d "$bounced" \
  -H 'traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
says '"webhookCount":1'
first=$answer
call 200 POST /v1/projects/shop/events:emit -d "$bounced"
[ "$answer" = "$first" ] || { echo "the same request id has another answer: $answer"; exit 1; }
event=$(grep -oE 'projects/shop/events/[a-z0-9-]+' <<<"$first")
call 200 GET "/v1/$event"
says '"number":"123"'
call 200 POST /v1/projects/shop/events:batchEmit \
  -d '{"requests": [{"event": {"bounced": {"user": {"email": "e"}}}}, {"event": {"opened": {"user": {"email": "e"}}}}]}'
says '"responses":[{'
call 200 POST /v1/projects/shop/events:emit -d '{"type": "bounced", "user": {"id": 123}, "campaign": {"trigger-event": "a"}}'
says '"webhookCount":1'
call 200 POST /v1/projects/shop/events:emit -d '[{"type": "bounced", "user": {"id": 123}}, {"type": "sent", "user": {"id": 1}}]'
says '"webhookCount":1'
says '"webhookCount":0'
call 200 POST /v1/projects/nobody/events:emit -d '{"type": "bounced", "user": {"id": 123}}'
says '"webhookCount":0'
grep -q 'trace.*0af7651916cd43dd8448eb211c80319c' "$scratch/hookd" || { echo "the trace context did not reach hookd"; exit 1; }

echo "deliveries are listed, read, retried and watched"
call 200 GET "/v1/projects/shop/deliveries?pageSize=1"
says '"nextPageToken":'
call 200 GET /v1/projects/shop/deliveries --get --data-urlencode "filter=event = \"$event\""
delivery=$(grep -oE 'projects/shop/deliveries/[a-z0-9-]+' <<<"$answer")
# Nobody listens on port 9.
call 200 GET "/v1/$delivery"
until [[ $answer == *'"state":"DELIVERY_STATE_FAILED"'* ]]; do sleep 0.05; call 200 GET "/v1/$delivery"; done
says '"attempts":[{'
call 200 POST "/v1/$delivery:retry" -d '{}'
says '"state":"DELIVERY_STATE_PENDING"'
call 200 POST /v1/projects/shop/deliveries:retry -d '{"webhook": "projects/shop/webhooks/first", "validateOnly": true}'
curl -sSN --max-time 20 "$rest/v1/projects/shop/deliveries:watch?startTime=2020-01-01T00:00:00Z" >"$scratch/watched" 2>/dev/null &
watching=$!
pids+=("$watching")
until grep -qs '"outcomeTime"' "$scratch/watched"; do
  kill -0 "$watching" 2>/dev/null || { echo "the watch ended:"; cat "$scratch/watched"; exit 1; }
  sleep 0.05
done
curl -sS --fail-with-body --max-time 20 "$rest/v1/projects/shop/events:watch?startTime=2020-01-01T00:00:00Z&untilNow=true&view=EVENT_VIEW_DOCUMENT" \
  >"$scratch/log"
grep -q '"document":' "$scratch/log" || { echo "no events:"; cat "$scratch/log"; exit 1; }
# The same as server-sent events, which continue after the last one that the caller has.
curl -sSN --max-time 20 -H 'Accept: text/event-stream' \
  "$rest/v1/projects/shop/deliveries:watch?startTime=2020-01-01T00:00:00Z" >"$scratch/events" 2>/dev/null &
pids+=($!)
last=$(wait_for "$scratch/events" '^id: [0-9T:.Z-]+' $!)
wait_for "$scratch/events" '^data: \{"delivery":.*"outcomeTime":' $! >/dev/null
curl -sSN --max-time 20 -H 'Accept: text/event-stream' -H "Last-Event-ID: ${last#id: }" \
  "$rest/v1/projects/shop/deliveries:watch" >"$scratch/resumed" 2>/dev/null &
pids+=($!)
wait_for "$scratch/resumed" '^id: [0-9T:.Z-]+' $! >/dev/null

echo "errors are a google.rpc.Status, and name the fields"
call 400 POST /v1/projects/shop/webhooks -d '{"url": "ftp://example.com/"}'
says '"code":3'
says 'type.googleapis.com/google.rpc.BadRequest'
says '"field":"webhook.url"'
says '"field":"webhook.event_types"'
call 400 POST /v1/projects/shop/webhooks -d '{"uri": "https://example.com/"}'
says 'uri'
call 400 POST /v1/projects/shop/events:emit -d '{"type": "bounced", "user": {"id": 1}, "campaign": {"trigger-event": 12}}'
says 'campaign.trigger-event:expectedastring,got12'
call 404 GET /v1/projects/shop/webhooks/another
says '"code":5'
call 405 PUT /v1/projects/shop/webhooks/first -d '{}'
has 'Allow: GET, HEAD, PATCH, DELETE, OPTIONS'
# As web pages can post without being allowed to.
type=text/plain call 415 POST /v1/projects/shop/events:emit -d '{"type": "bounced"}'
call 409 POST "/v1/projects/shop/webhooks?webhookId=first" \
  -d '{"url": "http://127.0.0.1:9/", "eventTypes": ["EVENT_TYPE_SENT"]}'

echo "tokens are managed, the processes are listed, the store is backed up, and the health and the description are there"
call 200 POST "/v1/tokens?tokenId=shop" -d '{"projects": ["projects/shop"], "roles": ["ROLE_EMIT"]}'
says '"secret":"hookd_'
call 200 GET /v1/tokens/shop
call 200 GET /v1/tokens
says '"tokens":[{'
call 200 DELETE /v1/tokens/shop
call 200 GET /v1/nodes
says '"shardCount":128'
call 200 GET /v1:backup
says '"totalBytes":'
call 200 GET /healthz
says 'SERVING'
call 200 GET /openapi.json
says '"/v1/projects/{project}/events:emit"'
call 200 DELETE /v1/projects/shop/webhooks/first
call 404 GET /v1/projects/shop/webhooks/first

echo "hookd ends when it is told to"
kill "$hookd"
wait "$hookd" || { echo "hookd ended with $?"; exit 1; }
