/**
 * Acts of the agent itself in, a fault out when the kernel programs did not notice them: somebody detached, unloaded or emptied what
 * was attached. What the programs leave out as the agent's own they count, so an act costs a call and no event.
 */
import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import type { Sensor, SensorHealth } from '../sensor.ts'
import type { KernelHost } from './host.ts'
import { isMissing, lastError, libc } from './libc.ts'
import { pulse, recordType } from './wire.ts'

export const canaryName = 'ebpf.canary'

const roundMs = 5_000
/** A process of our own is started when so many rounds saw none of anybody. */
const quietRounds = 2

const udp = 2
const tcp = 1
const nonBlocking = 0o4000 | 0o2000000

/** An act and where it is counted. False: it could not be done here, which says nothing about the programs. */
interface Act {
  what: string
  pulse: number
  act(): boolean
}

/** `processes`: whether starts and ends of processes can be seen on this host. Start it when all programs are attached. */
export function canarySensor(host: KernelHost, processes: boolean): Sensor {
  const { source } = host
  const own = (which: number) => source.counters.count('own', which)
  const acts = ownActs()
  /** Those that were noticed when all was fresh: in a nested pid namespace the programs do not know us as their own. */
  let usable: Act[] = []
  let missedBefore = new Set<string>()
  let fault: string | undefined
  let quiet = 0
  let noticed = 0
  let started = false
  let timer: NodeJS.Timeout | undefined
  let lastProcesses = 0

  const isMissed = ({ act, pulse: which }: Act): boolean => {
    const before = own(which)
    if (!act()) return false
    if (own(which) === before) return true
    noticed++
    return false
  }
  const processRecords = (): number =>
    [recordType.exec, recordType.exit].reduce(
      (sum, type) => sum + source.counters.count('emitted', type) + source.counters.count('dropped', type),
      0,
    )

  /** Whether processes of anybody or our own were seen; asked for only when it has been quiet. */
  const processesMissed = (): boolean => {
    const now = processRecords()
    quiet = now === lastProcesses ? quiet + 1 : 0
    lastProcesses = now
    const before = started
    started = quiet >= quietRounds && startNothing(host)
    return before && quiet > 0
  }

  const look = () => {
    const missing = usable.filter(isMissed).map(({ what }) => `${what} was not noticed`)
    if (processes && processesMissed()) missing.push('a process of the agent was not noticed')
    const missed = new Set([...source.faults(), ...missing])
    // Twice in a row: a moment's trouble is none.
    const lasting = [...missed].filter((one) => missedBefore.has(one))
    missedBefore = missed
    if (lasting.length > 0) fault ??= describe(lasting)
  }

  return {
    name: canaryName,
    async start() {
      usable = acts.filter((one) => !isMissed(one))
      lastProcesses = processRecords()
      timer = setInterval(look, roundMs).unref()
    },
    async stop() {
      clearInterval(timer)
    },
    health(): SensorHealth {
      return {
        sensor: canaryName,
        state: fault === undefined ? 'running' : 'failed',
        ...(fault !== undefined && { reason: fault }),
        // Acts that were noticed.
        eventsSeen: noticed,
        eventsLost: 0,
        lostByCause: {},
        capabilities: {},
      }
    },
  }
}

function describe(faults: readonly string[]): string {
  const shown = faults.slice(0, 5).join('; ')
  const more = faults.length > 5 ? `; and ${faults.length - 5} more` : ''
  return `Somebody took kernel programs of the agent apart: ${shown}${more}.`.slice(0, 1000)
}

function ownActs(): Act[] {
  const system = libc()
  if (isMissing(system)) return []
  const withSocket = (kind: number, act: (fd: number) => boolean): boolean => {
    const fd: number = system.socket(2, kind | nonBlocking, 0)
    if (fd < 0) return false
    const done = act(fd)
    system.close(fd)
    return done
  }
  const dns = loopback(53)
  const discard = loopback(9)
  const closed = loopback(1)
  return [
    { what: 'opening a file', pulse: pulse.files, act: opensFile },
    { what: 'making a socket', pulse: pulse.privilege, act: () => withSocket(udp, () => true) },
    {
      what: 'connecting a datagram socket',
      pulse: pulse.network,
      act: () => withSocket(udp, (fd) => system.connect(fd, discard, discard.length) === 0),
    },
    {
      what: 'a connection to the loopback',
      pulse: pulse.sockets,
      // Refused at once or in progress, whichever: it got as far as sending. Where the loopback is down it did not.
      act: () => withSocket(tcp, (fd) => system.connect(fd, closed, closed.length) === 0 || wasSent.has(lastError())),
    },
    {
      what: 'an empty datagram to the port of DNS on the loopback',
      pulse: pulse.dns,
      act: () => withSocket(udp, (fd) => system.sendTo(fd, new Uint8Array(1), 0, 0, dns, dns.length) === 0),
    },
  ]
}

/** ECONNREFUSED, EINPROGRESS: a SYN went out. */
const wasSent: ReadonlySet<number> = new Set([111, 115])

function opensFile(): boolean {
  try {
    closeSync(openSync('/dev/null', 'r'))
    return true
  } catch {
    return false
  }
}

/** `struct sockaddr_in` of 127.0.0.1. */
function loopback(port: number): Uint8Array {
  return Uint8Array.of(2, 0, port >> 8, port & 0xff, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0)
}

/** The smallest process there is; false when it could not be started. */
function startNothing({ unmentioned }: KernelHost): boolean {
  const child = spawn('/bin/true', { stdio: 'ignore', cwd: '/', env: {} })
  child.on('error', () => {})
  if (child.pid === undefined) return false
  // Without news of their ends they would pile up.
  if (unmentioned.size > 16) unmentioned.clear()
  unmentioned.add(child.pid)
  return true
}
