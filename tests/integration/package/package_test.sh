#!/usr/bin/env bash
# package_test.sh BUILD_FOLDER WORK_FOLDER: makes the Debian package, looks into it, and installs, starts and removes it
# in a root of its own, never in this machine's.
set -euo pipefail
build=$1 work=$2
rm -rf "$work"
mkdir -p "$work"

fail() { echo "FAILED: $*"; exit 1; }

echo "== made by cpack"
(cd "$build" && cpack -G DEB -B "$work/made") >"$work/cpack.log" 2>&1 || { cat "$work/cpack.log"; fail "cpack"; }
packages=("$work"/made/hookd_*.deb)
[ ${#packages[@]} = 1 ] || fail "one package, not ${packages[*]}"
package=${packages[0]}

echo "== has what belongs in it, and nothing else"
contents=$(dpkg-deb -c "$package" | awk '$1 !~ /^d/ {print $1, $2, $6}' | sort -k3)
expected='-rw-r--r-- root/root ./etc/hookd/hookd.conf
-rw-r--r-- root/root ./lib/systemd/system/hookd.service
-rwxr-xr-x root/root ./usr/bin/hookctl
-rwxr-xr-x root/root ./usr/bin/hookd
-rw-r--r-- root/root ./usr/share/bash-completion/completions/hookctl
-rw-r--r-- root/root ./usr/share/doc/hookd/copyright
-rw-r--r-- root/root ./usr/share/fish/vendor_completions.d/hookctl.fish
-rw-r--r-- root/root ./usr/share/hookd/alerts.yaml
-rw-r--r-- root/root ./usr/share/hookd/grafana_dashboard.json
-rw-r--r-- root/root ./usr/share/hookd/openapi.json
-rw-r--r-- root/root ./usr/share/hookd/schemas/bounced.json
-rw-r--r-- root/root ./usr/share/hookd/schemas/clicked.json
-rw-r--r-- root/root ./usr/share/hookd/schemas/complained.json
-rw-r--r-- root/root ./usr/share/hookd/schemas/converted.json
-rw-r--r-- root/root ./usr/share/hookd/schemas/delivered.json
-rw-r--r-- root/root ./usr/share/hookd/schemas/failed.json
-rw-r--r-- root/root ./usr/share/hookd/schemas/opened.json
-rw-r--r-- root/root ./usr/share/hookd/schemas/resubscribed.json
-rw-r--r-- root/root ./usr/share/hookd/schemas/sent.json
-rw-r--r-- root/root ./usr/share/hookd/schemas/unsubscribed.json
-rw-r--r-- root/root ./usr/share/hookd/schemas/user_created.json
-rw-r--r-- root/root ./usr/share/hookd/schemas/user_updated.json
-rw-r--r-- root/root ./usr/share/man/man1/hookctl.1.gz
-rw-r--r-- root/root ./usr/share/man/man8/hookd.8.gz
-rw-r--r-- root/root ./usr/share/zsh/vendor-completions/_hookctl'
diff <(echo "$expected") <(echo "$contents") || fail "contents"
[ "$(dpkg-deb -I "$package" conffiles)" = /etc/hookd/hookd.conf ] || fail "the configuration is no conffile"
for library in libgrpc++1.51 libcurl4 libc-ares2 libsystemd0 zlib1g ca-certificates; do
  dpkg-deb -f "$package" Depends | grep -qF "$library" || fail "does not depend on $library"
done

echo "== passes lintian"
if command -v lintian >/dev/null; then
  # hookd is no part of Debian, whose packages have changelogs.
  lintian --allow-root --fail-on error,warning --suppress-tags no-changelog "$package" || fail "lintian"
else
  echo "skipped: no lintian on this machine"
fi

echo "== installs into an empty root"
root=$work/root
mkdir -p "$root"/var/lib/dpkg/{info,updates,triggers} "$root/var/log"
: >"$root/var/lib/dpkg/status"
# Its libraries are this machine's; its scripts run outside the root and keep to it by DPKG_ROOT.
in_root() { dpkg --root="$root" --force-depends --force-script-chrootless --force-not-root --log=/dev/null "$@"; }
in_root --install "$package" >"$work/install.log" 2>&1 || { cat "$work/install.log"; fail "installing"; }
for script in postinst prerm postrm; do
  [ -x "$root/var/lib/dpkg/info/hookd.$script" ] || fail "$script"
  sh -n "$root/var/lib/dpkg/info/hookd.$script" || fail "$script"
done
[ -L "$root/etc/systemd/system/multi-user.target.wants/hookd.service" ] || fail "hookd is not enabled"
[ "$("$root/usr/bin/hookd" --version)" = "$("$build/server/hookd" --version)" ] || fail "hookd --version"
"$root/usr/bin/hookctl" --version >/dev/null || fail "hookctl --version"

echo "== has manual pages without mistakes, and completion scripts"
for page in man1/hookctl.1 man8/hookd.8; do
  zcat "$root/usr/share/man/$page.gz" >"$work/page"
  grep -q '^\.SH OPTIONS$' "$work/page" || fail "$page has no options"
  command -v man >/dev/null || continue
  mistakes=$(LC_ALL=C.UTF-8 MANROFFSEQ='' MANWIDTH=100 man --warnings -E UTF-8 -l -Tutf8 -Z "$work/page" 2>&1 >/dev/null)
  [ -z "$mistakes" ] || fail "$page: $mistakes"
done
bash -n "$root/usr/share/bash-completion/completions/hookctl" || fail "the completion script of bash"
for shell in zsh:zsh/vendor-completions/_hookctl fish:fish/vendor_completions.d/hookctl.fish; do
  ! command -v "${shell%%:*}" >/dev/null || "${shell%%:*}" -n "$root/usr/share/${shell#*:}" || fail "${shell#*:}"
done

echo "== starts with the configuration it brings"
"$root/usr/bin/hookd" --config "$root/etc/hookd/hookd.conf" --data_dir "$work/data" --listen 127.0.0.1:0 \
  --http_listen 127.0.0.1:0 >"$work/hookd.log" 2>&1 &
hookd=$!
trap 'kill -9 "$hookd" 2>/dev/null || true' EXIT
address= http=
for _ in $(seq 300); do
  http=$(sed -n 's/.* HTTP server listening address=\(127\.0\.0\.1:[0-9]*\)$/\1/p' "$work/hookd.log")
  address=$(sed -n 's/.* gRPC server listening address=\(127\.0\.0\.1:[0-9]*\) .*/\1/p' "$work/hookd.log")
  [ -z "$http" ] && kill -0 "$hookd" 2>/dev/null || break
  sleep 0.1
done
[ -n "$address" ] && [ -n "$http" ] || { cat "$work/hookd.log"; fail "starting"; }
"$root/usr/bin/hookctl" --server "$address" webhooks list >/dev/null || fail "hookctl webhooks list"
if command -v curl >/dev/null; then
  curl -fsS "http://$http/v1/projects/default/webhooks" >/dev/null || fail "HTTP"
  curl -fsS "http://$http/openapi.json" >"$work/openapi.json" || fail "openapi.json"
  python3 -c 'import json, sys; sys.exit(json.load(open(sys.argv[1])) != json.load(open(sys.argv[2])))' \
    "$work/openapi.json" "$root/usr/share/hookd/openapi.json" || fail "another openapi.json is installed"
fi
kill -TERM "$hookd"
wait "$hookd" || fail "stopping"

echo "== an administrator's changes survive an upgrade"
echo "retention = 90d" >>"$root/etc/hookd/hookd.conf"
in_root --force-confold --install "$package" >"$work/upgrade.log" 2>&1 || { cat "$work/upgrade.log"; fail "upgrading"; }
grep -q 'retention = 90d' "$root/etc/hookd/hookd.conf" || fail "the configuration was replaced"

echo "== is removed, and leaves its configuration; purged, it leaves nothing"
in_root --remove hookd >"$work/remove.log" 2>&1 || { cat "$work/remove.log"; fail "removing"; }
for file in usr/bin/hookd usr/bin/hookctl lib/systemd/system/hookd.service; do
  [ ! -e "$root/$file" ] || fail "$file is left"
done
[ -e "$root/etc/hookd/hookd.conf" ] || fail "the configuration is gone"
in_root --purge hookd >"$work/purge.log" 2>&1 || { cat "$work/purge.log"; fail "purging"; }
left=$(find "$root" -name '*hookd*' -o -name '*hookctl*')
[ -z "$left" ] || fail "left: $left"
