# Sourced by tests that run programs from PyPI.
skip() { echo "skipped: $1"; exit 77; }

# install_python_packages REQUIREMENTS FOLDER: installs them into a venv, unless it has them already.
install_python_packages() {
  local requirements=$1 venv=$2 mark
  command -v python3 >/dev/null || skip "Python is not on this machine"
  # A folder without the mark is one whose installation did not end.
  mark=$venv/$(sha256sum <"$requirements" | cut -c1-16)
  [ ! -e "$mark" ] || return 0
  rm -rf "$venv"
  python3 -m venv "$venv" >/dev/null || skip "Python has no venv (apt-get install python3-venv)"
  "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$requirements" ||
    skip "the registry of Python's packages cannot be reached"
  touch "$mark"
}
