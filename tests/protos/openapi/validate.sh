#!/usr/bin/env bash
# Published validators (PyPI: openapi-spec-validator, jsonschema) judge what the build made of the API: validate.py says
# what. They are installed into a folder of the build.
#   validate.sh SOURCE_DIR BUILD_DIR
set -euo pipefail
source=$1
build=$2
. "$source/tests/support/python_packages.sh"
here=$source/tests/protos/openapi
venv=$build/tests/protos/openapi/venv
install_python_packages "$here/requirements.txt" "$venv"
"$venv/bin/python" "$here/validate.py" "$build/protos/openapi" "$source/tests/payloads"
