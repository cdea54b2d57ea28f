#!/usr/bin/env bash
# dockerfile_test.sh SOURCE_FOLDER: what can be said of the Dockerfile where no image can be built. tests/lint runs
# hadolint on it.
set -euo pipefail
cd "$1"

fail() { echo "FAILED: $*"; exit 1; }

# The last stage is what runs.
last=$(awk '/^FROM / {stage = ""} {stage = stage $0 "\n"} END {printf "%s", stage}' Dockerfile)
[ "$(grep -c '^FROM ' Dockerfile)" = 2 ] || fail "two stages: one builds, one runs"
! grep '^FROM ' Dockerfile | grep -v '^FROM debian:bookworm-slim' || fail "another base than the build's"
grep -qE '^USER [1-9][0-9]*:[1-9][0-9]*$' <<<"$last" || fail "runs as root, or as a user who must be looked up"
! grep -qE '^(COPY|ADD) ' <<<"$last" || fail "the last stage has more than the package"
grep -qE '^ENTRYPOINT \["/usr/bin/hookd"\]$' <<<"$last" || fail "hookd is not what signals go to"

# What it copies and runs is there, and is not kept out.
for path in $(sed -n 's/^COPY \([^ ]*\) .*/\1/p' Dockerfile); do [ -e "$path" ] || fail "$path"; done
for path in cmake client protos server CMakeLists.txt; do
  [ -e "$path" ] || fail "$path"
  ! grep -qxF "$path" .dockerignore || fail ".dockerignore keeps $path out"
done
for list in $(grep -o 'install_packages [a-z]*' Dockerfile | cut -d' ' -f2 | grep -v cmake); do
  grep -qE "^  $list\)" cmake/install_packages || fail "cmake/install_packages has no $list"
done

# Every variable it sets is a setting.
for variable in $(grep -o 'HOOKD_[A-Z_]*=' <<<"$last" | tr -d =); do
  grep -q "\`$variable\`" server/README.md || fail "$variable is no setting"
done
