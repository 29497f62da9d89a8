/** /proc read again and again in; starts and ends of processes out. What lives shorter than the pause is not seen. */
import { readdirSync, readFileSync } from 'node:fs'
import type { SensorHost } from '../kernel/host.ts'
import { countedHealth } from '../ladder/health.ts'
import { processEvents } from '../process/events.ts'
import { observedProcesses } from '../process/observed.ts'
import type { Sensor } from '../sensor.ts'

const name = 'polling.process'
const pauseMs = 250
/** A process may run another program soon after its fork; later that is rare, and not looked for. */
const youngMs = 3000

interface Seen {
  start: string
  command: string
  since: number
}

export function pollingProcesses(host: SensorHost, weaker: string): Sensor {
  const health = countedHealth(name, weaker)
  const events = processEvents(host, name)
  const observed = observedProcesses(host, events)
  const known = new Map<number, Seen>()
  let timer: NodeJS.Timeout | undefined
  const shortLived = `/proc is read every ${pauseMs} ms: processes that live shorter are not seen.`
  health.capability('process.started', true, shortLived)
  health.capability('process.ended', true, 'Without exit code and signal.')

  const look = (first: boolean) => {
    const now = performance.now()
    const timeNs = host.clock.nowNs()
    const present = new Set<number>()
    for (const entry of readdirSync('/proc')) {
      const pid = Number(entry)
      if (!Number.isInteger(pid)) continue
      present.add(pid)
      const before = known.get(pid)
      if (before && now - before.since > youngMs) continue
      const stat = statOf(pid)
      if (!stat) continue
      if (before && before.start === stat.start && before.command === stat.command) continue
      const isNew = !before || before.start !== stat.start
      if (!first) {
        if (before && isNew) ended(pid, timeNs)
        if (isNew) observed.forked(stat.parent, pid, timeNs)
        // A child that still has its parent's name has not run a program of its own yet.
        if (!isNew || host.table.byPid(stat.parent)?.identity.name !== stat.command) started(pid, timeNs)
      }
      known.set(pid, { start: stat.start, command: stat.command, since: isNew ? now : (before?.since ?? now) })
    }
    for (const pid of known.keys()) {
      if (present.has(pid)) continue
      known.delete(pid)
      ended(pid, timeNs)
    }
  }
  const started = (pid: number, timeNs: number) => {
    health.see()
    observed.executed(pid, timeNs)
  }
  const ended = (pid: number, timeNs: number) => {
    health.see()
    observed.ended(pid, timeNs, undefined)
  }
  return {
    name,
    async start() {
      host.seed()
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
      host.outbox.flush()
    },
    health: health.read,
  }
}

function statOf(pid: number): { start: string; command: string; parent: number } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const end = stat.lastIndexOf(')')
    const fields = stat.slice(end + 2).split(' ')
    return {
      start: fields[19] ?? '',
      command: stat.slice(stat.indexOf('(') + 1, end),
      parent: Number(fields[1]),
    }
  } catch {
    return undefined
  }
}
