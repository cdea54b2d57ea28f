#!/usr/bin/env bash
# bazel/ builds hookd and hookctl and passes the unit tests, without a network, by Debian's Bazel; and another workspace
# (monorepo/) builds a program with hookd's client library.
#   test.sh SOURCE_DIR BUILD_DIR
# What Bazel makes stays in BUILD_DIR/bazel, so that a second run builds only what has changed.
set -euo pipefail
source=$1
build=$2
here=$source/tests/integration/bazel
command -v bazel >/dev/null || { echo "skipped: Bazel is not on this machine (cmake/install_packages all)"; exit 77; }

# No server stays behind (--batch), and memory and processors are left for others.
bazel() {
  local command=$1
  shift
  command bazel --batch --output_user_root="$build/bazel" --host_jvm_args=-Xmx512m "$command" --jobs=2 --noshow_progress \
    --experimental_repository_disable_download "$@"
}

cd "$source/bazel"
bazel test @hookd//:unit_tests @hookd//:hookd @hookd//:hookctl
# The same programs as CMake's.
for program in server/hookd client/hookctl; do
  made=$(bazel run --ui_event_filters=-info "@hookd//:${program#*/}" -- --version)
  wanted=$("$build/$program" --version)
  [ "$made" = "$wanted" ] || { echo "$program: Bazel's says $made, CMake's $wanted"; exit 1; }
done

monorepo=$build/bazel/monorepo
rm -rf "$monorepo"
cp -r "$here/monorepo" "$monorepo"
cp "$source/bazel/.bazelrc" "$here/../consumer/installed/main.cc" "$monorepo"
# Not the whole tree by one link: what Bazel is in now lies within its build folder.
mkdir -p "$monorepo/third_party/hookd"
ln -s "$source"/{bazel,client,protos,server,tests} "$monorepo/third_party/hookd"
cd "$monorepo"
bazel run //:consumer
