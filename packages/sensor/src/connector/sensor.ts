/**
 * Fork, exec, exit, change of user and ptrace from the kernel's process connector in; events of processes out. The
 * connector tells process ids only: program, arguments and directory are read from /proc at once.
 */
import type { PrivilegeUsed } from '@rampart/event'
import type { SensorHost } from '../kernel/host.ts'
import { isMissing, lastErrorName, libc } from '../kernel/libc.ts'
import { roundLimit, type Waiter, waitForRecords } from '../kernel/wait.ts'
import { countedHealth } from '../ladder/health.ts'
import { processEvents } from '../process/events.ts'
import { observedProcesses } from '../process/observed.ts'
import type { Sensor } from '../sensor.ts'
import { type ConnectorEvent, decodeConnector, subscription } from './decode.ts'

const name = 'connector.process'
const netlinkFamily = 16
const datagram = 2
const closeOnExec = 0o2000000
const nonBlocking = 0o4000
const connectorProtocol = 11
const socketLevel = 1
const receiveBufferForce = 33
const receiveBufferBytes = 8 << 20
const trialMs = 500

/** Why it cannot be had here, or the sensor. */
export type Tried = { ok: true; sensor: Sensor } | { ok: false; reason: string }

/** Tries the connector: the kernel has to answer, since in a container it takes the question and says nothing. */
export async function tryConnector(host: SensorHost, weaker: string): Promise<Tried> {
  const system = libc()
  if (isMissing(system)) return { ok: false, reason: `No libc that can be called (${system.missing.slice(0, 200)}).` }
  const fd: number = system.socket(netlinkFamily, datagram | closeOnExec | nonBlocking, connectorProtocol)
  if (fd < 0) return { ok: false, reason: `The kernel has no process connector (${lastErrorName()}).` }
  const address = new Uint8Array(12)
  new DataView(address.buffer).setUint16(0, netlinkFamily, true)
  new DataView(address.buffer).setUint32(8, 1, true)
  const refuse = (what: string): Tried => {
    system.close(fd)
    return { ok: false, reason: `${what} It needs CAP_NET_ADMIN in the host's own network and pid namespace.` }
  }
  const size = new Uint8Array(Uint32Array.of(receiveBufferBytes).buffer)
  system.setSocketOption(fd, socketLevel, receiveBufferForce, size, 4)
  if (system.bind(fd, address, address.length) < 0)
    return refuse(`The process connector cannot be joined (${lastErrorName()}).`)
  const ask = subscription(true, process.pid)
  if (system.send(fd, ask, ask.length, 0) < 0)
    return refuse(`The process connector takes no question (${lastErrorName()}).`)

  const health = countedHealth(name, weaker)
  const events = processEvents(host, name)
  const observed = observedProcesses(host, events)
  const buffer = Buffer.alloc(1024)
  const sequences = new Map<number, number>()
  let answer: number | undefined
  let offsetNs = 0

  const countGap = (event: ConnectorEvent) => {
    const before = sequences.get(event.cpu)
    sequences.set(event.cpu, event.sequence)
    const gap = before === undefined ? 0 : (event.sequence - before - 1) >>> 0
    // More than that is a counter that started anew.
    if (gap > 0 && gap < 1 << 24) health.lose('receive-queue-full', gap)
  }

  const take = (event: ConnectorEvent) => {
    if (event.kind === 'acknowledged') {
      answer = event.status
      return
    }
    countGap(event)
    const timeNs = event.timeNs + offsetNs
    const first = event.pid === event.threadGroup
    if (event.kind === 'fork' && first) observed.forked(event.other, event.pid, timeNs)
    else if (event.kind === 'exec') {
      health.see()
      observed.executed(event.threadGroup, timeNs)
    } else if (event.kind === 'exit' && first) {
      health.see()
      observed.ended(event.pid, timeNs, event.status)
    } else if (event.kind === 'uid' && first) userChanged(event, timeNs)
    else if (event.kind === 'ptrace' && event.other !== 0) traced(event, timeNs)
  }

  const userChanged = (event: ConnectorEvent, timeNs: number) => {
    const head = observed.head(event.pid, timeNs)
    const before = host.table.peek(head)
    if (before.uid === event.uid && before.euid === event.euid) return
    const user = host.table.user(before.uid, before.euid, before.gid)
    const changed = { ...head, uid: event.uid, euid: event.euid }
    const used: PrivilegeUsed = {
      ...host.base(name, changed, host.table.of(changed)),
      type: 'privilege.used',
      operation: 'setuid',
      outcome: 'success',
      user,
      targetUser: { id: event.euid },
    }
    const target = host.table.user(event.euid, event.euid, before.gid).name
    if (target !== undefined && used.targetUser) used.targetUser.name = target
    health.see()
    host.outbox.push(used)
  }

  const traced = (event: ConnectorEvent, timeNs: number) => {
    const tracer = host.table.of(observed.head(event.other, timeNs))
    const target = host.table.of(observed.head(event.threadGroup, timeNs))
    if (tracer === target) return
    health.see()
    host.outbox.push({
      ...host.base(name, observed.head(event.other, timeNs), tracer),
      type: 'process.accessed',
      operation: 'ptrace-attach',
      target: target.identity,
    })
  }

  const round = (): number => {
    offsetNs = host.clock.nowNs() - Number(process.hrtime.bigint())
    let count = 0
    for (; count < roundLimit; count++) {
      const length = Number(system.read(fd, buffer, buffer.length))
      if (length <= 0) {
        // ENOBUFS: what was lost shows in the gaps of the sequences.
        if (length < 0 && lastErrorName() === 'ENOBUFS') continue
        break
      }
      const event = decodeConnector(buffer.subarray(0, length))
      if (!event) continue
      try {
        take(event)
      } catch {
        health.lose('undecodable')
      }
    }
    return count
  }

  const until = performance.now() + trialMs
  while (answer === undefined && performance.now() < until) {
    round()
    if (answer === undefined) await new Promise((resolve) => setTimeout(resolve, 5))
  }
  if (answer !== 0)
    return refuse(
      answer === undefined
        ? 'The process connector does not answer.'
        : `The process connector refuses (error ${answer}).`,
    )
  let waiter: Waiter | undefined
  const exec =
    'Program and arguments are read from /proc; of a process that ends within milliseconds only its id is known.'
  health.capability('process.started', true, exec)
  health.capability('process.ended', true)
  health.capability('privilege.used', true, 'Only changes of user; all else needs eBPF.')
  health.capability('process.accessed', true, 'Only attaching with ptrace; all else needs eBPF.')
  return {
    ok: true,
    sensor: {
      name,
      async start() {
        host.seed()
        host.processSources.push(round)
        waiter = waitForRecords(system, [fd], round)
      },
      async stop() {
        const stop = subscription(false, process.pid)
        system.send(fd, stop, stop.length, 0)
        await waiter?.stop()
        system.close(fd)
        host.outbox.flush()
      },
      health: health.read,
    },
  }
}
