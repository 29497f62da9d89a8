/**
 * Fork, exec and exit in, the process of any record with its ancestors out.
 * A process is identified by pid and start time, so a reused pid is another process.
 */
import type { User } from '@rampart/event'
import type { RecordHead } from '../kernel/wire.ts'
import type { ExecRecord, ForkRecord } from './decode.ts'
import { ancestorLimit, type SeededProcess, type TrackedProcess } from './tracked.ts'

/** Start times of /proc have this resolution (USER_HZ = 100), those of the kernel are in nanoseconds. */
const tickNs = 10_000_000
/** A command line of an ancestor is context, not evidence: it is cut. */
const ancestorCommandLineLimit = 2048
/** Ended processes stay this long for records that come after their exit (files closed while it ends). */
const keepEndedNs = 10_000_000_000
const keepEndedLimit = 20_000
const liveLimit = 131_072

export interface TableContext {
  bootId: string
  wallMs(sinceBootNs: number): number
  nameOf(uid: number): string | undefined
  /** Reads one process from /proc, for records of a process nobody announced. */
  read(pid: number): SeededProcess | undefined
}

export class ProcessTable {
  #byPid = new Map<number, TrackedProcess>()
  #ended: TrackedProcess[] = []
  #context: TableContext
  /** Processes that had to be read from /proc or made up from a record, after seeding. */
  unannounced = 0

  constructor(context: TableContext) {
    this.#context = context
  }

  get size(): number {
    return this.#byPid.size
  }

  /** Takes over what /proc shows at start. Parents are linked afterwards, so the order does not matter. */
  seed(processes: Iterable<SeededProcess>): void {
    const added: [TrackedProcess, number][] = []
    for (const seeded of processes) {
      if (this.#byPid.get(seeded.pid)?.startTicks === seeded.startTicks) continue
      added.push([this.#addSeeded(seeded), seeded.parentPid])
    }
    for (const [process, parentPid] of added) process.parent = this.#parentOf(parentPid, process.startTicks)
    for (const [process] of added) process.depth = depthOf(process)
  }

  forked(record: ForkRecord): TrackedProcess {
    const parent = this.#find(record.parentPid, record.parentStartNs) ?? this.#ofHead(record.head)
    const known = this.#byPid.get(record.childPid)
    if (known && known.startTicks === ticks(record.childStartNs) && known.startNs === undefined) {
      known.startNs = record.childStartNs
      known.parent = parent
      return known
    }
    const child: TrackedProcess = {
      pid: record.childPid,
      startTicks: ticks(record.childStartNs),
      startNs: record.childStartNs,
      parent,
      depth: parent.depth + 1,
      identity: {
        ...parent.identity,
        pid: record.childPid,
        entityId: this.#entityId(record.childPid, record.childStartNs),
        startedAt: this.#context.wallMs(record.childStartNs),
      },
      image: parent.image,
      uid: parent.uid,
      euid: parent.euid,
      gid: parent.gid,
      endedNs: undefined,
      previous: this.#byPid.get(record.childPid),
      described: undefined,
      earlier: undefined,
    }
    if (child.depth > ancestorLimit) cutAncestors(child)
    this.#put(child)
    return child
  }

  executed(record: ExecRecord): TrackedProcess {
    const { head } = record
    const process = this.#find(head.pid, head.startNs) ?? this.#made(head)
    process.earlier = { process: { ...process, earlier: undefined }, untilNs: head.timeNs }
    process.image = {
      arguments: record.arguments,
      sessionId: record.sessionId,
      container: process.image.container,
    }
    if (record.argumentsTruncated) process.image.argumentsTruncated = true
    if (record.terminal) process.image.terminal = record.terminal
    if (record.fileless) process.image.fileless = true
    process.identity = {
      pid: head.pid,
      entityId: process.identity.entityId,
      startedAt: process.identity.startedAt,
      executable: record.executable,
      name: head.name,
      commandLine: record.arguments.join(' ').slice(0, ancestorCommandLineLimit),
      user: this.userOf(head),
    }
    this.#remember(process, head)
    return process
  }

  /** The process ended; it can still be found for a while. */
  ended(head: RecordHead): TrackedProcess {
    const process = this.of(head)
    process.endedNs = head.timeNs
    this.#ended.push(process)
    this.#forget(head.timeNs)
    return process
  }

  /** The process of any record; from /proc or the record itself when nobody announced it. */
  of(head: RecordHead): TrackedProcess {
    const process = this.#ofHead(head)
    process.uid = head.uid
    process.euid = head.euid
    process.gid = head.gid
    return process
  }

  /** The process of a record as it was before: ids are not taken over yet. */
  peek(head: RecordHead): TrackedProcess {
    return this.#ofHead(head)
  }

  /** The process that has this pid now. */
  byPid(pid: number): TrackedProcess | undefined {
    return this.#byPid.get(pid)
  }

  userOf(head: RecordHead): User {
    return this.user(head.uid, head.euid, head.gid)
  }

  user(uid: number, euid: number, gid: number): User {
    const name = this.#context.nameOf(uid)
    const user: User = { id: uid, groupId: gid }
    if (name !== undefined) user.name = name
    if (euid !== uid) user.effectiveId = euid
    return user
  }

  #ofHead(head: RecordHead): TrackedProcess {
    const found = this.#find(head.pid, head.startNs) ?? this.#made(head)
    return found.earlier && head.timeNs < found.earlier.untilNs ? found.earlier.process : found
  }

  #find(pid: number, startNs: number): TrackedProcess | undefined {
    for (let found = this.#byPid.get(pid); found; found = found.previous) {
      if (found.startNs === startNs) return found
      if (found.startNs === undefined && found.startTicks === ticks(startNs)) {
        found.startNs = startNs
        return found
      }
    }
    return undefined
  }

  /** Nobody is younger than his child: a parent that is has the pid of one that ended. */
  #parentOf(pid: number, childTicks: number): TrackedProcess | undefined {
    const parent = this.#byPid.get(pid)
    return parent && parent.startTicks <= childTicks ? parent : undefined
  }

  /** The fork was before the sensor, or its record was lost. */
  #made(head: RecordHead): TrackedProcess {
    this.unannounced++
    const read = this.#context.read(head.pid)
    const parent = this.#parentOf(head.parentPid, ticks(head.startNs))
    if (read && read.startTicks === ticks(head.startNs)) {
      const process = this.#addSeeded(read)
      process.startNs = head.startNs
      process.parent = parent ?? this.#parentOf(read.parentPid, read.startTicks)
      process.depth = depthOf(process)
      return process
    }
    const process: TrackedProcess = {
      pid: head.pid,
      startTicks: ticks(head.startNs),
      startNs: head.startNs,
      parent,
      depth: (parent?.depth ?? -1) + 1,
      identity: {
        pid: head.pid,
        entityId: this.#entityId(head.pid, head.startNs),
        startedAt: this.#context.wallMs(head.startNs),
        name: head.name,
        user: this.userOf(head),
      },
      image: {},
      uid: head.uid,
      euid: head.euid,
      gid: head.gid,
      endedNs: undefined,
      previous: this.#byPid.get(head.pid),
      described: undefined,
      earlier: undefined,
    }
    this.#put(process)
    return process
  }

  #addSeeded(seeded: SeededProcess): TrackedProcess {
    const startNs = seeded.startTicks * tickNs
    const process: TrackedProcess = {
      pid: seeded.pid,
      startTicks: seeded.startTicks,
      startNs: undefined,
      parent: undefined,
      depth: 0,
      identity: {
        pid: seeded.pid,
        entityId: this.#entityId(seeded.pid, startNs),
        startedAt: this.#context.wallMs(startNs),
        name: seeded.name,
        user: this.user(seeded.uid, seeded.euid, seeded.gid),
      },
      image: seeded.image,
      uid: seeded.uid,
      euid: seeded.euid,
      gid: seeded.gid,
      endedNs: undefined,
      previous: this.#byPid.get(seeded.pid),
      described: undefined,
      earlier: undefined,
    }
    if (seeded.executable !== undefined) process.identity.executable = seeded.executable
    if (seeded.image.arguments?.length)
      process.identity.commandLine = seeded.image.arguments.join(' ').slice(0, ancestorCommandLineLimit)
    this.#put(process)
    return process
  }

  #put(process: TrackedProcess): void {
    // A predecessor that never ended was missed; the kernel gives a pid to one process only.
    if (process.previous) process.previous.previous = undefined
    this.#byPid.delete(process.pid)
    this.#byPid.set(process.pid, process)
    if (this.#byPid.size > liveLimit) {
      const oldest = this.#byPid.keys().next().value
      if (oldest !== undefined) this.#byPid.delete(oldest)
    }
  }

  #forget(nowNs: number): void {
    let done = 0
    for (const process of this.#ended) {
      const expired = nowNs - (process.endedNs ?? 0) > keepEndedNs || this.#ended.length - done > keepEndedLimit
      if (!expired) break
      done++
      const current = this.#byPid.get(process.pid)
      if (current === process) this.#byPid.delete(process.pid)
      else if (current?.previous === process) current.previous = undefined
    }
    if (done > 0) this.#ended.splice(0, done)
  }

  #remember(process: TrackedProcess, head: RecordHead): void {
    process.uid = head.uid
    process.euid = head.euid
    process.gid = head.gid
  }

  #entityId(pid: number, startNs: number): string {
    return `${this.#context.bootId}-${pid}-${ticks(startNs) * tickNs}`
  }
}

function ticks(sinceBootNs: number): number {
  return Math.floor(sinceBootNs / tickNs)
}

function depthOf(process: TrackedProcess): number {
  let depth = 0
  for (let above = process.parent; above && depth < ancestorLimit; above = above.parent) depth++
  return depth
}

/** A program that forks and ends in turn would otherwise make a chain without end, kept alive by its last link. */
function cutAncestors(process: TrackedProcess): void {
  let above: TrackedProcess = process
  for (let step = 0; step < ancestorLimit && above.parent; step++) above = above.parent
  above.parent = undefined
  process.depth = ancestorLimit
}
