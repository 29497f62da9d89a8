#!/bin/sh
# Removes the agent: service, program, and state unless --keep-state is given. Called by `rampart-agent uninstall` once the
# server has taken the token, and for a task of the server; by hand as root it works too, and the server then reports an agent
# that fell silent. Ends with 1, and says why, when the program could not be removed.
main() {
  home=${RAMPART_AGENT_HOME:-/opt/rampart-agent}
  state=${RAMPART_AGENT_STATE:-/var/lib/rampart/agent}
  bin=${RAMPART_AGENT_BIN:-/usr/bin}
  keep=${1:-}
  cd /
  [ -d "$home/versions" ] && [ ! -L "$home" ] || fail "$home is no installation of the agent"
  if [ "$home" = /opt/rampart-agent ] && [ -d /run/systemd/system ]; then
    systemctl disable --now --quiet rampart-agent
    rm -f /etc/systemd/system/rampart-agent.service
    systemctl daemon-reload
  fi
  RAMPART_AGENT_HOME=$home RAMPART_AGENT_STATE=$state "$home/current/rampart-agent.init" stop
  if [ "$home" = /opt/rampart-agent ]; then
    if [ -e /etc/init.d/rampart-agent ]; then
      rm -f /etc/init.d/rampart-agent
      if command -v update-rc.d >/dev/null 2>&1; then update-rc.d rampart-agent remove >/dev/null; fi
    fi
    if command -v dpkg >/dev/null 2>&1 && dpkg -s rampart-agent >/dev/null 2>&1; then remove_deb; fi
  fi
  if [ "$(readlink -f "$bin/rampart-agent")" = "$(readlink -f "$home/current/bin/rampart-agent")" ]; then rm -f "$bin/rampart-agent"; fi
  rm -rf "$home" || fail "$home could not be removed"
  if [ "$keep" != --keep-state ]; then rm -rf "$state" || fail "$state could not be removed"; fi
  echo 'The Rampart agent was removed.' >&2
  exit 0
}
# Somebody else may be installing at this moment: dpkg does not wait by itself.
remove_deb() {
  how=--purge
  if [ "$keep" = --keep-state ]; then how=--remove; fi
  mkdir -p "$state"
  : >"$state/uninstall-allowed"
  tries=0
  until said=$(dpkg "$how" rampart-agent 2>&1); do
    tries=$((tries + 1))
    [ "$tries" -lt 24 ] || rm -f "$state/uninstall-allowed"
    [ "$tries" -lt 24 ] || fail "dpkg could not remove the package: $(echo "$said" | tail -n 1)"
    sleep 5
  done
}
fail() {
  echo "rampart-agent: $*" >&2
  exit 1
}
main "$@"
