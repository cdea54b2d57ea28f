#!/usr/bin/env bash
# Published validators (PyPI: openapi-spec-validator, jsonschema) judge what the build made of the API: validate.py says
# what. They are installed into a folder of the build.
#   validate.sh SOURCE_DIR BUILD_DIR
set -euo pipefail
source=$1
build=$2
here=$source/tests/protos/openapi
skip() { echo "skipped: $1"; exit 77; }
command -v python3 >/dev/null || skip "Python is not on this machine"
venv=$build/tests/protos/openapi/venv
# A folder without the mark is one whose installation did not end.
if [ ! -e "$venv/$(sha256sum <"$here/requirements.txt" | cut -c1-16)" ]; then
  rm -rf "$venv"
  python3 -m venv "$venv" >/dev/null || skip "Python has no venv (apt-get install python3-venv)"
  "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt" ||
    skip "the registry of Python's packages cannot be reached"
  touch "$venv/$(sha256sum <"$here/requirements.txt" | cut -c1-16)"
fi
"$venv/bin/python" "$here/validate.py" "$build/protos/openapi" "$source/tests/payloads"
