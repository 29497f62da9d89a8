#!/usr/bin/env bash
# Installs the Debian packages that Rampart needs: `setup-system.sh run` to build and run, `setup-system.sh test` for the tests too,
# `setup-system.sh bench` for what the benchmarks compare with.
set -eu
need=()
want() { # package, then a file or command that shows it is there
  if [ -e "$2" ] || command -v "$2" >/dev/null 2>&1; then return; fi
  need+=("$1")
}
library() {
  for folder in /usr/lib/x86_64-linux-gnu /usr/lib/aarch64-linux-gnu /usr/lib64 /usr/lib; do
    if [ -e "$folder/$2" ]; then return; fi
  done
  need+=("$1")
}
want clang clang
library libbpf-dev libbpf.so
library libbpf1 libbpf.so.1
library libnftables1 libnftables.so.1
if [ "${1:-run}" = test ]; then
  want chromium chromium
  want openssh-server /usr/sbin/sshd
  want openssh-client ssh
  want sshpass sshpass
  want rsyslog rsyslogd
  want curl curl
  want iproute2 ip
  want systemd systemd-analyze
  want nftables nft
  want unzip unzip
  want fonts-noto-cjk /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc
fi
if [ "${1:-run}" = bench ]; then
  want auditd /usr/sbin/auditd
  export RUNLEVEL=1 # its package must not start it
fi
[ "${#need[@]}" -gt 0 ] || exit 0
if [ "$(id -u)" != 0 ]; then
  echo "rampart: these system packages are missing: ${need[*]}" >&2
  echo "rampart: install them with: sudo apt-get install --no-install-recommends ${need[*]}" >&2
  # Without root the product still runs, with fewer sensors; the tests need them.
  [ "${1:-run}" = run ] && exit 0
  exit 2
fi
if ! command -v apt-get >/dev/null; then
  echo "rampart: these packages are missing and this is not a Debian system: ${need[*]}" >&2
  echo 'rampart: install the packages of your distribution that hold clang and libbpf, then try again.' >&2
  [ "${1:-run}" = run ] && exit 0
  exit 2
fi
echo "Installing system packages: ${need[*]} …" >&2
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
if ! { apt-get update -qq && apt-get install -y -qq --no-install-recommends "${need[@]}"; } >"$log" 2>&1; then
  tail -n 15 "$log" >&2
  echo 'rampart: apt-get could not install them; the lines above say why.' >&2
  rm -f "$log"
  [ "${1:-run}" = run ] && exit 0
  exit 2
fi
rm -f "$log"
