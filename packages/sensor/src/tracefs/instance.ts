/** An own instance of the kernel's tracing: its own buffer and switches, so that nobody else's tracing is touched. */
import {
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { isMissing, lastErrorName, libc } from '../kernel/libc.ts'

const prefix = 'rampart-'
const bufferKilobytes = 2048
const usual = ['/sys/kernel/tracing', '/sys/kernel/debug/tracing']
const create = 6

export interface TraceInstance {
  /** The pipe, open for reading without blocking. */
  fd: number
  /** True when the kernel has this event and it is switched on, e.g. `sched/sched_process_exec`. */
  enable(event: string): boolean
  /** Events that were overwritten or not written, over all CPUs, since the instance was made. */
  lost(): number
  close(): void
}

export type OpenedInstance = { ok: true; instance: TraceInstance } | { ok: false; reason: string }

export function openTraceInstance(): OpenedInstance {
  const found = findTracefs()
  if (!found.ok) return found
  const { root, fd: mount } = found
  const instances = path.join(root, 'instances')
  const folder = path.join(instances, `${prefix}${process.pid}`)
  try {
    for (const name of readdirSync(instances)) removeStale(instances, name)
    mkdirSync(folder)
    const put = (file: string, text: string) => writeFileSync(path.join(folder, file), text)
    put('trace_clock', 'boot')
    put('buffer_size_kb', String(bufferKilobytes))
    // Wake the reader at the first record, not when half of the buffer is full.
    if (existsSync(path.join(folder, 'buffer_percent'))) put('buffer_percent', '0')
    const pipe = openSync(path.join(folder, 'trace_pipe'), constants.O_RDONLY | constants.O_NONBLOCK)
    return {
      ok: true,
      instance: {
        fd: pipe,
        enable(event) {
          try {
            put(`events/${event}/enable`, '1')
            return true
          } catch {
            return false
          }
        },
        lost: () => lostEvents(folder),
        close() {
          try {
            put('events/enable', '0')
          } catch {
            // Nothing more can be done; removing the instance switches them off as well.
          }
          closeSync(pipe)
          remove(folder)
          if (mount !== undefined) closeSync(mount)
        },
      },
    }
  } catch (error) {
    remove(folder)
    if (mount !== undefined) closeSync(mount)
    return { ok: false, reason: `No tracing instance can be made (${(error as Error).message.slice(0, 200)}).` }
  }
}

/** Where tracefs is; mounted for this process alone when it is nowhere: the host's mounts stay as they are. */
function findTracefs(): { ok: true; root: string; fd?: number } | { ok: false; reason: string } {
  for (const root of usual) if (existsSync(path.join(root, 'instances'))) return { ok: true, root }
  const system = libc()
  if (isMissing(system)) return { ok: false, reason: system.missing }
  const context = system.fsopen('tracefs')
  if (context < 0) return { ok: false, reason: `The kernel has no tracefs, or root is needed (${lastErrorName()}).` }
  const made = system.fsconfig(context, create) === 0 ? system.fsmount(context) : -1
  const error = lastErrorName()
  system.close(context)
  if (made < 0) return { ok: false, reason: `tracefs cannot be mounted (${error}). Root on the host itself is needed.` }
  return { ok: true, root: `/proc/self/fd/${made}`, fd: made }
}

/** What an agent that was killed left behind. */
function removeStale(instances: string, name: string): void {
  if (!name.startsWith(prefix) || existsSync(`/proc/${name.slice(prefix.length)}`)) return
  remove(path.join(instances, name))
}

function remove(folder: string): void {
  try {
    rmdirSync(folder)
  } catch {
    // Still in use for a moment, or never made.
  }
}

function lostEvents(folder: string): number {
  let lost = 0
  try {
    for (const cpu of readdirSync(path.join(folder, 'per_cpu'))) {
      const stats = readFileSync(path.join(folder, 'per_cpu', cpu, 'stats'), 'latin1')
      for (const [, count] of stats.matchAll(/^(?:overrun|commit overrun|dropped events): (\d+)$/gm))
        lost += Number(count)
    }
  } catch {
    // The instance is gone: nothing more is lost.
  }
  return lost
}
