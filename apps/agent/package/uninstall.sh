#!/bin/sh
# Removes the agent: service, program, and state unless --keep-state is given. Called by `rampart-agent uninstall` once the
# server has taken the token; by hand as root it works too, and the server then reports an agent that fell silent.
main() {
  home=${RAMPART_AGENT_HOME:-/opt/rampart-agent}
  state=${RAMPART_AGENT_STATE:-/var/lib/rampart/agent}
  bin=${RAMPART_AGENT_BIN:-/usr/bin}
  cd /
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
    if command -v dpkg >/dev/null 2>&1 && dpkg -s rampart-agent >/dev/null 2>&1; then
      mkdir -p "$state"
      : >"$state/uninstall-allowed"
      dpkg --purge rampart-agent
    fi
  fi
  if [ "$(readlink -f "$bin/rampart-agent")" = "$(readlink -f "$home/current/bin/rampart-agent")" ]; then rm -f "$bin/rampart-agent"; fi
  rm -rf "$home"
  if [ "${1:-}" != --keep-state ]; then rm -rf "$state"; fi
  echo 'The Rampart agent was removed.' >&2
  exit 0
}
main "$@"
