/**
 * Process ids in, from sensors that get no more than those; what /proc says about them out, as the records that the kernel
 * programs make. A process that is gone before it is read keeps its id, its parent and its times.
 */
import { readFileSync, readlinkSync, statSync } from 'node:fs'
import type { SensorHost } from '../kernel/host.ts'
import type { RecordHead } from '../kernel/wire.ts'
import type { ExecRecord } from './decode.ts'
import type { ProcessEvents } from './events.ts'
import { cgroupNames, readProcess } from './seed.ts'
import type { SeededProcess, TrackedProcess } from './tracked.ts'

/** Nanoseconds of a tick of /proc's start times. */
const tickNs = 10_000_000

export interface ObservedProcesses {
  forked(parentPid: number, childPid: number, timeNs: number): void
  /** False when the process was gone already: its program and arguments are not known. `path` helps out. */
  executed(pid: number, timeNs: number, path?: string): boolean
  /** `status` as wait(2) gives it, where it is known. */
  ended(pid: number, timeNs: number, status: number | undefined): void
  /** Head of a record about a process that runs or ran lately. */
  head(pid: number, timeNs: number): RecordHead
}

export function observedProcesses(host: SensorHost, events: ProcessEvents): ObservedProcesses {
  const { table } = host
  const startOf = (process: TrackedProcess) => process.startNs ?? process.startTicks * tickNs
  const headOf = (pid: number, timeNs: number, read: SeededProcess | undefined): RecordHead => {
    const known = table.byPid(pid)
    const startNs = read ? read.startTicks * tickNs : known ? startOf(known) : timeNs
    return {
      timeNs: Math.max(timeNs, startNs),
      startNs,
      cgroup: 0,
      type: 0,
      flags: 0,
      pid,
      tid: pid,
      parentPid: read?.parentPid ?? known?.parent?.pid ?? 0,
      uid: read?.uid ?? known?.uid ?? 0,
      euid: read?.euid ?? known?.euid ?? 0,
      gid: read?.gid ?? known?.gid ?? 0,
      mountNamespace: 0,
      name: read?.name ?? known?.identity.name ?? '',
    }
  }
  return {
    head: (pid, timeNs) => headOf(pid, timeNs, table.byPid(pid) ? undefined : readProcess(pid)),
    forked(parentPid, childPid, timeNs) {
      const read = readProcess(childPid)
      const parent = table.byPid(parentPid)
      const childStartNs = read ? read.startTicks * tickNs : timeNs
      const head = headOf(parentPid, timeNs, parent ? undefined : readProcess(parentPid))
      table.forked({ head, childPid, childStartNs, parentPid, parentStartNs: parent ? startOf(parent) : head.startNs })
    },
    executed(pid, timeNs, path) {
      const read = readProcess(pid)
      const head = headOf(pid, timeNs, read)
      const record = readImage(pid, head, read, path)
      events.started(record)
      return read !== undefined
    },
    ended(pid, timeNs, status) {
      const head = headOf(pid, timeNs, undefined)
      const signal = status === undefined ? undefined : status & 0x7f
      events.ended({
        head,
        exitCode: status !== undefined && signal === 0 ? (status >>> 8) & 0xff : undefined,
        signal: signal === 0 ? undefined : signal,
      })
    },
  }
}

function readImage(
  pid: number,
  head: RecordHead,
  read: SeededProcess | undefined,
  path: string | undefined,
): ExecRecord {
  const attempt = <Value>(get: () => Value): Value | undefined => {
    try {
      return get()
    } catch {
      return undefined
    }
  }
  const file = read && attempt(() => statSync(`/proc/${pid}/exe`, { bigint: true }))
  return {
    head,
    parentStartNs: 0,
    key: {
      device: Number(file?.dev ?? 0),
      inode: Number(file?.ino ?? 0),
      sizeBytes: Number(file?.size ?? 0),
      mtimeNs: file?.mtimeNs ?? 0n,
      ctimeNs: file?.ctimeNs ?? 0n,
    },
    mode: Number(file?.mode ?? 0),
    ownerId: Number(file?.uid ?? 0),
    sessionId: read?.image.sessionId ?? 0,
    executable: read?.executable ?? path ?? '',
    executableTruncated: false,
    workingDirectory: (read && attempt(() => readlinkSync(`/proc/${pid}/cwd`))) ?? '/',
    cgroup: read ? cgroupNames(attempt(() => readFileSync(`/proc/${pid}/cgroup`, 'utf8')) ?? '') : [],
    arguments: read?.image.arguments ?? [],
    argumentsTruncated: read === undefined || read.image.argumentsTruncated === true,
    terminal: read?.image.terminal,
    fileless: read?.image.fileless ?? false,
  }
}
