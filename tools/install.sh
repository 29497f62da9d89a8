#!/usr/bin/env bash
# Installs the npm packages named in package-lock.json. Nothing is compiled and no install script runs.
set -eu
home=$(cd -P "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$home"
fail() {
  printf 'rampart: %s\n' "$@" >&2
  exit 2
}
command -v npm >/dev/null || fail "Node.js with npm was not found." \
  "Install Node.js 20 or newer with npm (https://nodejs.org, or your distribution's nodejs and npm packages), then try again."
[ -w "$home" ] || fail "$home is not writable by $(id -un), so the npm packages cannot be installed." \
  "Run this once as the owner of the folder, or clone Rampart into a folder of your own."
free_kb=$(df -Pk "$home" | awk 'NR==2 {print $4}')
[ "$free_kb" -ge 800000 ] || fail "Only $((free_kb / 1024)) MB are free on the disk of $home; the packages need about 600 MB." \
  "Free some space, then try again."
# Two commands started at once must not install over each other.
exec 9>"$home/.install.lock"
flock 9
if [ -e node_modules/.package-lock.json ] && [ ! package-lock.json -nt node_modules/.package-lock.json ]; then exit 0; fi
echo 'Installing npm packages (once; about half a minute) …' >&2
if ! npm ci --ignore-scripts --include=optional --no-audit --no-fund --loglevel=error >.install.log 2>&1; then
  tail -n 15 .install.log >&2
  fail "npm could not install the packages; the lines above say why. The whole output is in $home/.install.log." \
    "Check that the npm registry can be reached, then try again."
fi
# npm keeps the lock's time when nothing changed; the launcher compares times.
touch node_modules/.package-lock.json
rm -f .install.log
