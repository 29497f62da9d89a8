/** `rampart server unit`: a systemd unit for the server of this installation. */
import { existsSync } from 'node:fs'
import { userInfo } from 'node:os'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Command } from 'commander'
import { stateOption } from './state-directory.ts'

const launcher = fileURLToPath(new URL('../../../rampart', import.meta.url))

export function serverUnitCommand(): Command {
  return new Command('unit')
    .description(
      'Print a systemd unit that runs the server of this installation, hardened. Write it to /etc/systemd/system/rampart-server.service, then: systemctl daemon-reload; systemctl enable --now rampart-server.',
    )
    .addOption(stateOption('server'))
    .option(
      '--user <name>',
      'user that the server runs as; needs no rights but to its state directory',
      userInfo().username,
    )
    .action(({ state, user }: { state: string; user: string }) => {
      const path = resolve(state)
      const unusual = [path, launcher, user].find((word) => !/^[\w./@+:-]+$/.test(word))
      if (unusual !== undefined) {
        process.stderr.write(
          `rampart server unit: ${JSON.stringify(unusual)} has characters that a unit file would read otherwise. Choose a plainer path. [unit.unusual-path]\n`,
        )
        process.exitCode = 2
        return
      }
      process.stdout.write(unitText({ launcher, state: path, user }))
    })
}

export function unitText({
  launcher: program,
  state,
  user,
}: {
  launcher: string
  state: string
  user: string
}): string {
  // A home directory is hidden by ProtectHome, unless something of ours lies there.
  const homes = ['/home/', '/root/', '/run/user/'].some((home) => program.startsWith(home) || state.startsWith(home))
  // ReadWritePaths of a directory that is missing would keep the unit from starting.
  const writable = existsSync(state) ? state : dirname(state)
  return `[Unit]
Description=Rampart server
Wants=network-online.target
After=network-online.target local-fs.target

[Service]
Type=exec
User=${user}
ExecStart=${program} server --state ${state} --log ${state}/server.log
# Settings are read again; what cannot change while it runs is said in the log.
ExecReload=/bin/kill -HUP $MAINPID
Restart=always
RestartSec=2
# 2: it cannot start, and said why. Starting it again changes nothing.
RestartPreventExitStatus=2
# What was received is stored before it ends.
TimeoutStopSec=30
KillMode=mixed
UMask=0077
LimitNOFILE=65536
# A process that writes and searches events may be killed rather than the server itself.
OOMPolicy=continue
CapabilityBoundingSet=CAP_NET_BIND_SERVICE
AmbientCapabilities=CAP_NET_BIND_SERVICE
NoNewPrivileges=yes
ProtectSystem=strict
ReadWritePaths=${writable}
ProtectHome=${homes ? 'no' : 'yes'}
PrivateTmp=yes
PrivateDevices=yes
ProtectClock=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectControlGroups=yes
LockPersonality=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RestrictNamespaces=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
SystemCallArchitectures=native

[Install]
WantedBy=multi-user.target
`
}
