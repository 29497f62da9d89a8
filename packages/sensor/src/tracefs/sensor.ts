/** Lines of an own tracing instance in; starts and ends of processes and TCP connections out. Needs no eBPF. */
import type { Event } from '@rampart/event'
import type { SensorHost } from '../kernel/host.ts'
import { isMissing, libc } from '../kernel/libc.ts'
import { type Waiter, waitForRecords } from '../kernel/wait.ts'
import { countedHealth } from '../ladder/health.ts'
import { processEvents } from '../process/events.ts'
import { observedProcesses } from '../process/observed.ts'
import { threadGroupOf } from '../process/seed.ts'
import type { Sensor } from '../sensor.ts'
import { decodeTraceLine, type TraceEvent } from './decode.ts'
import { openTraceInstance } from './instance.ts'

const bufferBytes = 64 << 10
const lineLimit = 16 << 10

export type Tried = { ok: true; sensor: Sensor } | { ok: false; reason: string }

/** `what`: everything it can see, or the network only, because something better tells of processes. */
export function tryTracefs(
  host: SensorHost,
  weaker: string,
  what: 'all' | 'network',
  ownProcesses: readonly number[],
): Tried {
  const opened = openTraceInstance()
  const system = libc()
  if (!opened.ok) return opened
  if (isMissing(system)) return { ok: false, reason: system.missing }
  const { instance } = opened
  const name = what === 'all' ? 'tracefs.host' : 'tracefs.network'
  const health = countedHealth(name, weaker)
  const events = processEvents(host, name)
  const observed = observedProcesses(host, events)
  const own = new Set([process.pid, ...ownProcesses])
  const missing = 'This kernel does not have the trace event.'
  const enable = (event: string, type: Event['type'], weakness?: string): boolean => {
    const works = instance.enable(event)
    health.capability(type, works, works ? weakness : missing)
    return works
  }
  if (what === 'all') {
    enable(
      'sched/sched_process_exec',
      'process.started',
      'Arguments are read from /proc; of a process that ends within milliseconds only program and id are known.',
    )
    instance.enable('sched/sched_process_fork')
    enable('sched/sched_process_exit', 'process.ended', 'Without exit code and signal.')
  }
  const sockets = 'TCP only, and without the process of what comes in.'
  if (enable('sock/inet_sock_set_state', 'network.connected', sockets)) {
    health.capability('network.listening', true, 'TCP only.')
    health.capability('network.accepted', true, sockets)
  } else if (what === 'network') {
    instance.close()
    return { ok: false, reason: missing }
  }

  const socket = (event: Extract<TraceEvent, { kind: 'socket' }>) => {
    const opens = event.state === 'TCP_SYN_SENT' || event.state === 'TCP_LISTEN'
    const comesIn = event.before === 'TCP_SYN_RECV' && event.state === 'TCP_ESTABLISHED'
    if (!opens && !comesIn) return
    const pid = opens ? (host.table.byPid(event.tid)?.pid ?? threadGroupOf(event.tid)) : undefined
    if (pid !== undefined && own.has(pid)) return
    const head = pid === undefined ? undefined : observed.head(pid, event.timeNs)
    const base = head
      ? host.base(name, head, host.table.of(head))
      : host.anonymous(name, host.clock.wallMs(event.timeNs))
    health.see()
    if (event.state === 'TCP_LISTEN')
      host.outbox.push({ ...base, type: 'network.listening', destination: event.source, transport: 'tcp' })
    else if (comesIn)
      host.outbox.push({
        ...base,
        type: 'network.accepted',
        source: event.destination,
        destination: event.source,
        transport: 'tcp',
      })
    else {
      const { address, port } = event.source
      const unbound = address === '0.0.0.0' || address === '::'
      host.outbox.push({
        ...base,
        type: 'network.connected',
        source: { ...(unbound ? {} : { address }), ...(port > 0 ? { port } : {}) },
        destination: event.destination,
        transport: 'tcp',
      })
    }
  }

  const take = (event: TraceEvent) => {
    if (event.kind === 'socket') socket(event)
    else if (event.kind === 'exec') {
      health.see()
      observed.executed(event.pid, event.timeNs, event.path)
    } else if (event.kind === 'fork') {
      if ((threadGroupOf(event.child) ?? event.child) !== event.child) return
      const parent = host.table.byPid(event.parentTid)?.pid ?? threadGroupOf(event.parentTid) ?? event.parentTid
      observed.forked(parent, event.child, event.timeNs)
    } else if (event.last ?? host.table.byPid(event.tid) !== undefined) {
      // With group_dead the last thread need not be the first one, which alone is in the table.
      if (!host.table.byPid(event.tid)) return
      health.see()
      observed.ended(event.tid, event.timeNs, undefined)
    }
  }

  const buffer = Buffer.alloc(bufferBytes)
  let rest = ''
  const round = (): number => {
    const length = Number(system.read(instance.fd, buffer, buffer.length))
    if (length <= 0) return 0
    const lines = (rest + buffer.toString('utf8', 0, length)).split('\n')
    rest = (lines.pop() ?? '').slice(0, lineLimit)
    for (const line of lines) {
      const event = decodeTraceLine(line)
      if (!event) continue
      try {
        take(event)
      } catch {
        health.lose('undecodable')
      }
    }
    return Math.max(lines.length, 1)
  }
  let waiter: Waiter | undefined
  let lost = 0
  return {
    ok: true,
    sensor: {
      name,
      async start() {
        host.seed()
        if (what === 'all') host.processSources.push(round)
        waiter = waitForRecords(system, [instance.fd], round)
      },
      async stop() {
        await waiter?.stop()
        instance.close()
        host.outbox.flush()
      },
      health() {
        const now = instance.lost()
        if (now > lost) health.lose('trace-buffer-full', now - lost)
        lost = Math.max(lost, now)
        return health.read()
      },
    },
  }
}
