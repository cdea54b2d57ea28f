#!/usr/bin/env bash
# The design's arrows: a folder includes only itself and what stands to its right. Fails naming the lines that do not.
#   main -> server -> { grpc, web } -> api -> { delivery, access } -> { payload, http, store, metrics } -> base    client -> protos
# Only grpc/ and server.* include gRPC's headers; http/ and store/ know no proto; base/ neither.
set -euo pipefail
cd "$(dirname "$0")/../.."
bad=0

# check FOLDER PATTERN [EXCEPTION]: no include in FOLDER may match PATTERN.
check() {
  if grep -rnE "^#include [\"<]($2)" "$1" --include='*.h' --include='*.cc' | grep -vF "${3:-no exception}"; then
    echo "^ $1/ must not include that"
    bad=1
  fi
}

root='server\.h|cluster_node\.h|health\.h|server_metrics\.h|listen_options\.h|settings\.h|flags\.h'
grpc='grpc/|grpcpp/|grpc\+\+|hookd/v1/[a-z_]*\.grpc\.pb\.h'
check server/base "(metrics|store|http|payload|delivery|access|api|web|hookd)/|$root|$grpc"
check server/metrics "(store|http|payload|delivery|access|api|web|hookd)/|$root|$grpc|google"
check server/store "(metrics|http|payload|delivery|access|api|web|hookd)/|$root|$grpc"
check server/http "(metrics|store|payload|delivery|access|api|web|hookd)/|$root|$grpc|google"
check server/payload "(metrics|store|http|delivery|access|api|web)/|$root|$grpc"
check server/delivery "(access|api|web)/|$root|$grpc"
check server/access "(http|payload|delivery|api|web|hookd)/|$root|$grpc"
check server/api "web/|$root|$grpc"
check tests/unit/api "$root|$grpc"
check server/grpc "web/|$root"
# hookctl moves one store into another, with no hookd beside it that could: it is given the one function that does.
check client '(base|store|http|payload|delivery|access|api|grpc|web)/|server' '#include "store/store_move.h"'
check client/command_line '(hookctl|hookd)/'
check protos '(base|store|http|payload|delivery|access|api|grpc|web|client)/'
exit $bad
