/** /proc/net read again and again in; new TCP and UDP sockets of the host's own network namespace out, as ss(8) shows them. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import type { SensorHost } from '../kernel/host.ts'
import { countedHealth } from '../ladder/health.ts'
import { addressText } from '../network/decode.ts'
import { observedProcesses } from '../process/observed.ts'
import type { Sensor } from '../sensor.ts'

const name = 'polling.network'
const pauseMs = 1000
/** A host with more connections than that is not looked at as a whole. */
const socketLimit = 20_000
const established = 1
const synSent = 2
const listening = 10

interface Socket {
  inode: string
  state: number
  local: { address: string; port: number }
  remote: { address: string; port: number }
}

export function pollingSockets(host: SensorHost, weaker: string, ownProcesses: readonly number[]): Sensor {
  const health = countedHealth(name, weaker)
  const observed = observedProcesses(host, { started() {}, ended() {} })
  const own = new Set([process.pid, ...ownProcesses])
  let known = new Set<string>()
  let timer: NodeJS.Timeout | undefined
  const shortLived = `/proc/net is read every second: connections that end sooner are not seen. TCP only.`
  for (const type of ['network.connected', 'network.accepted', 'network.listening'])
    health.capability(type, true, shortLived)

  const look = (first: boolean) => {
    const sockets = [...readSockets('/proc/net/tcp', 4), ...readSockets('/proc/net/tcp6', 16)].slice(0, socketLimit)
    const listens = new Set(sockets.filter(({ state }) => state === listening).map(({ local }) => local.port))
    const present = new Set<string>()
    const fresh: Socket[] = []
    for (const socket of sockets) {
      if (socket.state !== established && socket.state !== synSent && socket.state !== listening) continue
      const key = `${socket.inode} ${socket.state === listening}`
      present.add(key)
      if (!known.has(key)) fresh.push(socket)
    }
    known = present
    if (first || fresh.length === 0) return
    const owners = socketOwners(new Set(fresh.map(({ inode }) => inode)))
    for (const socket of fresh) tell(socket, owners.get(socket.inode), listens)
  }

  const tell = ({ state, local, remote }: Socket, pid: number | undefined, listens: ReadonlySet<number>) => {
    if (pid !== undefined && own.has(pid)) return
    const head = pid === undefined ? undefined : observed.head(pid, host.clock.nowNs())
    const base = head ? host.base(name, head, host.table.of(head)) : host.anonymous(name, Date.now())
    health.see()
    const transport = 'tcp'
    if (state === listening) host.outbox.push({ ...base, type: 'network.listening', destination: local, transport })
    else if (listens.has(local.port))
      host.outbox.push({ ...base, type: 'network.accepted', source: remote, destination: local, transport })
    else host.outbox.push({ ...base, type: 'network.connected', source: local, destination: remote, transport })
  }

  return {
    name,
    async start() {
      look(true)
      timer = setInterval(() => {
        try {
          look(false)
        } catch {
          health.lose('proc-unreadable')
        }
      }, pauseMs)
    },
    async stop() {
      clearInterval(timer)
    },
    health: health.read,
  }
}

/** `bytes`: of one address. Its words are in the host's order, those of the port in the network's. */
export function readSockets(file: string, bytes: 4 | 16): Socket[] {
  let text: string
  try {
    text = readFileSync(file, 'latin1')
  } catch {
    return [] // no IPv6
  }
  const end = (field: string) => {
    const [address = '', port = '0'] = field.split(':')
    const raw = Buffer.from(address, 'hex')
    for (let at = 0; at + 4 <= raw.length; at += 4) raw.subarray(at, at + 4).reverse()
    return { address: addressText(raw, 0, bytes === 4 ? 2 : 10), port: Number.parseInt(port, 16) }
  }
  const sockets: Socket[] = []
  for (const line of text.split('\n').slice(1)) {
    const fields = line.trim().split(/ +/)
    const [, local, remote, state, , , , , , inode] = fields
    if (local?.length !== bytes * 2 + 5 || remote === undefined || state === undefined || inode === undefined) continue
    sockets.push({ inode, state: Number.parseInt(state, 16), local: end(local), remote: end(remote) })
  }
  return sockets
}

/** Looks through the descriptors of all processes; only done when there are new sockets. */
function socketOwners(wanted: ReadonlySet<string>): Map<string, number> {
  const owners = new Map<string, number>()
  for (const pid of readdirSync('/proc')) {
    if (!/^\d+$/.test(pid) || owners.size === wanted.size) continue
    try {
      for (const fd of readdirSync(`/proc/${pid}/fd`)) {
        const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1]
        if (inode !== undefined && wanted.has(inode)) owners.set(inode, Number(pid))
      }
    } catch {
      // Ended meanwhile, or another user's.
    }
  }
  return owners
}
