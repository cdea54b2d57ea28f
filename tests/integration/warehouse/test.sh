#!/usr/bin/env bash
# The warehouse program (client/warehouse) against a fake hookd, and against a real one that it is killed beside.
#   test.sh SOURCE_DIR BUILD_DIR
set -euo pipefail
source=$1
build=$2
. "$source/tests/support/programs.sh"
. "$source/tests/support/python_packages.sh"
venv=$build/tests/integration/warehouse/venv
install_python_packages "$source/client/warehouse/requirements.txt" "$venv"
export PYTHONDONTWRITEBYTECODE=1
cd "$source/tests/integration/warehouse"
"$venv/bin/python" warehouse_test.py 2>"$scratch/log" || { cat "$scratch/log" >&2; exit 1; }
"$venv/bin/python" real_hookd_test.py "$build" 2>"$scratch/log" || { cat "$scratch/log" >&2; exit 1; }
