#!/bin/sh
# Installs the agent from the folder in which this script lies, enrols it with the token on standard input (if it is not
# enrolled yet) and starts it. As root. `--no-start` leaves it stopped. RAMPART_AGENT_HOME and RAMPART_AGENT_STATE say other places.
# An older version than the one that is there is installed with RAMPART_ALLOW_DOWNGRADE=yes only.
set -eu
umask 022
main() {
  from=$(dirname "$(readlink -f "$0")")
  home=${RAMPART_AGENT_HOME:-/opt/rampart-agent}
  state=${RAMPART_AGENT_STATE:-/var/lib/rampart/agent}
  bin=${RAMPART_AGENT_BIN:-/usr/bin}
  start=yes
  if [ "${1:-}" = --no-start ]; then start=; fi
  [ "$(id -u)" = 0 ] || fail 'run this as root: the agent watches the whole host'
  version=$(cat "$from/version")
  case $version in '' | *[!0-9A-Za-z.+~-]*) fail 'this folder holds no version' ;; esac
  "$from/runtime/node" --version >/dev/null 2>&1 ||
    fail "the packaged Node does not run here ($(uname -m), needs glibc 2.28 or newer): see $from/runtime/node --version"

  own_folder "$home"
  older=$(readlink "$home/current" || true)
  older=${older#versions/}
  if [ -n "$older" ] && is_older "$version" "$older" && [ "${RAMPART_ALLOW_DOWNGRADE:-}" != yes ]; then
    fail "version $older is installed, and this one is $version, which is older: RAMPART_ALLOW_DOWNGRADE=yes takes it all the same"
  fi

  echo "Installing the Rampart agent $version into $home" >&2
  mkdir -p "$home/versions"
  chmod 0755 "$home" "$home/versions"
  if [ "$from" != "$home/versions/$version" ]; then
    rm -rf "$home/versions/$version.new"
    cp -a "$from" "$home/versions/$version.new"
    chown -R 0:0 "$home/versions/$version.new"
    rm -rf "$home/versions/$version"
    mv "$home/versions/$version.new" "$home/versions/$version"
  fi
  rm -f "$home/current.new"
  ln -s "versions/$version" "$home/current.new"
  mv -T "$home/current.new" "$home/current"
  cp "$home/current/supervise.sh" "$home/supervise.sh.new"
  mv "$home/supervise.sh.new" "$home/supervise.sh"
  ln -sf "$home/current/bin/rampart-agent" "$bin/rampart-agent"
  mkdir -p -m 0700 "$state"
  library

  if [ ! -e "$state/identity.json" ]; then
    echo 'Enrolling with the server' >&2
    "$home/current/bin/rampart-agent" enrol --state "$state" -
  fi
  [ -n "$start" ] || exit 0
  start_agent
}

# Whoever can write where the agent's program lies is root.
own_folder() {
  [ ! -L "$1" ] || fail "$1 is a link: remove it first"
  [ -e "$1" ] || return 0
  [ -d "$1" ] && [ "$(stat -c %u "$1")" = 0 ] && [ -z "$(find "$1" -maxdepth 1 ! -type l \( -perm /022 -o ! -user 0 \))" ] ||
    fail "others than root may write to $1: look at what is in it, and remove it first"
}
# What follows the numbers (-rc1) counts as earlier than nothing.
is_older() {
  [ "$1" != "$2" ] && [ "$(printf '%s\n' "$1" "$2" | sed 's/-/~/g' | sort -V | head -n 1)" = "$(echo "$1" | sed 's/-/~/g')" ]
}
fail() {
  echo "rampart-agent: $*" >&2
  exit 2
}

# The kernel sensors need libbpf; without it the agent runs with fewer sensors and says so.
library() {
  for folder in /usr/lib/x86_64-linux-gnu /usr/lib/aarch64-linux-gnu /lib/x86_64-linux-gnu /usr/lib64 /usr/lib; do
    if [ -e "$folder/libbpf.so.1" ]; then return; fi
  done
  if command -v apt-get >/dev/null 2>&1 && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends libbpf1 >/dev/null 2>&1 </dev/null; then return; fi
  echo 'rampart-agent: libbpf.so.1 is missing, so the kernel sensors cannot run: install libbpf1 (libbpf on other systems), then restart the agent' >&2
}

start_agent() {
  if [ -d /run/systemd/system ] && [ "$home" = /opt/rampart-agent ]; then
    cp "$home/current/rampart-agent.service" /etc/systemd/system/rampart-agent.service
    systemctl daemon-reload
    systemctl enable --quiet rampart-agent
    systemctl restart rampart-agent
    echo 'The agent runs: rampart-agent status explains how it is; journalctl -u rampart-agent shows its log' >&2
    return
  fi
  RAMPART_AGENT_HOME=$home RAMPART_AGENT_STATE=$state "$home/current/rampart-agent.init" restart
  if [ "$home" = /opt/rampart-agent ] && [ -d /etc/init.d ]; then
    cp "$home/current/rampart-agent.init" /etc/init.d/rampart-agent
    if command -v update-rc.d >/dev/null 2>&1; then update-rc.d rampart-agent defaults >/dev/null; fi
  fi
  echo "The agent runs without systemd: $home/current/rampart-agent.init start|stop|status; let the host call start when it boots" >&2
}

main "$@"
