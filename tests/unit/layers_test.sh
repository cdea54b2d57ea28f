#!/usr/bin/env bash
# The design's arrows: a folder includes only itself and what stands to its right. Fails naming the lines that do not.
#   main -> server -> { grpc, web } -> api -> { delivery, access } -> { payload, http, store, metrics } -> base    client -> protos
# Only grpc/ and server.* include gRPC's headers; http/ and store/ know no proto; base/ neither.
set -euo pipefail
cd "$(dirname "$0")/../.."
bad=0

# check FOLDER PATTERN [EXCEPTION]: no include in FOLDER may match PATTERN.
check() {
  if grep -rnE "^#include \"($2)" "$1" --include='*.h' --include='*.cc'; then
    echo "^ $1/ must not include that"
    bad=1
  fi
}

root='server\.h|cluster_node\.h|health\.h|server_metrics\.h|migrate_command\.h|listen_options\.h|settings\.h|setting\.h|server_status\.h|store_bytes\.h|flags\.h'
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
check server/web "(access|delivery|store)/|$root|$grpc"
check server/web/connection '(api|metrics|hookd|google|web/(console|json|routes))/'
check server/web/json '(metrics|web/(connection|console|routes))/'
check server/web/routes '(metrics|web/(connection|console|json))/'
check server/web/console '(api|metrics|hookd|google|web/(connection|json))/'
check tests/unit/web "$root|$grpc"
check client '(base|store|http|payload|delivery|access|api|grpc|web)/|server'
check client/command_line '(hookctl|hookd)/'
# What hookd's and hookctl's command lines share is the one thing of client/ that the server has, in its flags alone.
for folder in base metrics store http payload delivery access api grpc web; do
  check "server/$folder" '(command_line|hookctl)/'
done
check protos '(base|store|http|payload|delivery|access|api|grpc|web|client)/'
# Each engine keeps its library to its folder, and the engines know nothing of each other.
only() {
  if grep -rn "#include <$1>" server client --include='*.h' --include='*.cc' | grep -v "^$2/"; then
    echo "^ only $2/ includes <$1>"
    bad=1
  fi
}
only sqlite3.h server/store/sqlite
only libpq-fe.h server/store/postgres
only curl/curl.h server/http
only 'boost/.*' server/web/connection
if grep -rnE '^#include "store/(sqlite|postgres)/' server client --include='*.h' --include='*.cc' |
  grep -vE '^server/store/(sqlite/|postgres/|migration/|open_store\.cc:)'; then
  echo "^ only server/store/open_store.cc and server/store/migration/ include an engine"
  bad=1
fi
if grep -rnE '^#include "http/(curl|names)/' server client --include='*.h' --include='*.cc' | grep -v '^server/http/'; then
  echo "^ only server/http/ includes the library behind HttpClient: use http/open_http_client.h"
  bad=1
fi
check server/store/sqlite 'store/(postgres|migration)/'
check server/store/postgres 'store/(sqlite|migration)/'
exit $bad
