/**
 * Changes anywhere in marked file systems in, `file.*` events of watched places out. Files are told of when they were
 * closed after writing, with the digest of their content when the watch wants it.
 */
import { lstatSync, readlinkSync, type Stats } from 'node:fs'
import path from 'node:path'
import type { Event } from '@rampart/event'
import { beginningBytes, beginsLikeProgram, contentLimitBytes, readNow, textOf } from '../file/content.ts'
import { describeFile } from '../file/describe.ts'
import { watchTree } from '../file/watch.ts'
import type { SensorHost } from '../kernel/host.ts'
import { isMissing, libc } from '../kernel/libc.ts'
import { type Waiter, waitForRecords } from '../kernel/wait.ts'
import type { RecordHead } from '../kernel/wire.ts'
import { type CountedHealth, countedHealth } from '../ladder/health.ts'
import { type ObservedProcesses, observedProcesses } from '../process/observed.ts'
import { readProcess } from '../process/seed.ts'
import type { PathWatch, Sensor, SensorContext } from '../sensor.ts'
import { decodeTreeEvents, mask, type TreeEvent } from './decode.ts'
import { digestOf } from './digest.ts'
import { mountPoints, openTrees, type Trees } from './trees.ts'

const name = 'fanotify.file'
const bufferBytes = 256 << 10
/** Files read at the same time, and waiting for it; beyond, they are counted as lost. */
const readingLimit = 64
const waitingLimit = 32_768
const createdLimit = 4096
const pairMs = 100

export type Tried = { ok: true; sensor: Sensor } | { ok: false; reason: string }

export interface FanotifyOptions {
  /** Why the sensor that sees more is not the one that runs; empty when this one only helps out. */
  weaker: string
  /** `hashes`: only files closed after writing in places whose watch wants a digest; another sensor tells of all else. */
  only?: 'hashes'
  ownProcesses: readonly number[]
  onHelper: SensorContext['onHelper']
}

export function tryFanotify(host: SensorHost, options: FanotifyOptions): Tried {
  const opened = openTrees()
  const system = libc()
  if (!opened.ok) return opened
  if (isMissing(system)) return { ok: false, reason: system.missing }
  const { trees } = opened
  const health = countedHealth(name, options.weaker)
  const reporter = treeReporter(host, trees, health, options)
  const refused = reporter.watch(host.policy.watches)
  if (refused === 'all') {
    trees.close()
    return { ok: false, reason: 'No file system can be marked with fanotify: root on the host itself is needed.' }
  }
  const buffer = Buffer.alloc(bufferBytes)
  let waiter: Waiter | undefined
  const round = (): number => {
    const length = trees.read(buffer)
    if (length <= 0) return 0
    const events = decodeTreeEvents(buffer.subarray(0, length))
    for (const catchUp of host.processSources) catchUp()
    for (const event of events) {
      try {
        reporter.take(event)
      } catch {
        health.lose('undecodable')
      }
    }
    return Math.max(events.length, 1)
  }
  const read = () => {
    const report = health.read()
    return options.only ? { ...report, state: 'running' as const, reason: undefined } : report
  }
  return {
    ok: true,
    sensor: {
      name,
      async start() {
        waiter = waitForRecords(system, [trees.fd], round)
      },
      async stop() {
        await waiter?.stop()
        trees.close()
      },
      watch: (watches) => void reporter.watch(watches),
      health: read,
    },
  }
}

interface TreeReporter {
  take(event: TreeEvent): void
  /** `all` when every file system refused the mark. */
  watch(watches: readonly PathWatch[]): 'some' | 'all'
}

function treeReporter(
  host: SensorHost,
  trees: Trees,
  health: CountedHealth,
  { only, ownProcesses, onHelper }: FanotifyOptions,
): TreeReporter {
  const { table, outbox, policy } = host
  const observed: ObservedProcesses = observedProcesses(host, { started() {}, ended() {} })
  const own = new Set([process.pid, ...ownProcesses])
  let helper: { pid: number; startTicks: number | undefined } | undefined
  onHelper?.((pid) => {
    helper = { pid, startTicks: readProcess(pid)?.startTicks }
  })
  /** An id that was given to another process meanwhile is not the helper's. */
  const isHelper = (pid: number) => pid === helper?.pid && readProcess(pid)?.startTicks === helper.startTicks
  let tree = watchTree([])
  /** Directories in which nothing is watched, by the key of their handle. */
  const quiet = new Set<string>()
  const created = new Map<string, number>()
  const modes = new Map<string, { mode: number; uid: number }>()
  let moved: { pid: number; path: string; at: number } | undefined
  let reading = 0
  const waiting: (() => Promise<void>)[] = []

  const say = (pid: number, event: Record<string, unknown> & { type: Event['type'] }, known?: RecordHead) => {
    health.see()
    const head = known ?? observed.head(pid, host.clock.nowNs())
    // A pid that was gone before anybody read it: 0 says that nobody knows.
    const base = pid > 0 && head.name !== '' ? host.base(name, head, table.of(head)) : host.anonymous(name, Date.now())
    outbox.push({ ...base, ...event } as Event)
  }

  const written = (pid: number, filePath: string, watch: PathWatch, isNew: boolean) => {
    if (watch.report === 'all' && !watch.content && !watch.privateContent && !watch.hash) {
      const info = look(filePath)
      const file = describeFile(filePath)
      if (info) Object.assign(file, { inode: info.ino, mode: info.mode, ownerId: info.uid, sizeBytes: info.size })
      say(pid, { type: 'file.written', file, created: isNew })
    } else if (waiting.length >= waitingLimit) health.lose('not-examined')
    else {
      // The process may be gone by the time the file was read.
      const head = observed.head(pid, host.clock.nowNs())
      waiting.push(() => examine(pid, head, filePath, watch, isNew))
      void next()
    }
  }

  const next = async () => {
    if (reading >= readingLimit) return
    reading++
    for (let one = waiting.shift(); one; one = waiting.shift()) await one().catch(() => health.lose('not-examined'))
    reading--
  }

  const examine = async (pid: number, head: RecordHead, filePath: string, watch: PathWatch, isNew: boolean) => {
    const wantsContent = watch.content === true || watch.privateContent === true
    const place = { path: filePath, mountNamespace: undefined, pids: [], inode: undefined }
    const found = await readNow(place, wantsContent ? contentLimitBytes : beginningBytes)
    const executable = found !== undefined && ((found.mode & 0o111) !== 0 || beginsLikeProgram(found.start))
    if (watch.report === 'executables' && !executable && !(isNew && !found)) return
    const file = describeFile(filePath)
    const event: Record<string, unknown> & { type: 'file.written' } = { type: 'file.written', file, created: isNew }
    if (found) {
      Object.assign(file, {
        inode: found.inode,
        mode: found.mode,
        ownerId: found.ownerId,
        sizeBytes: found.sizeBytes,
      })
      const mayShow = watch.privateContent === true || (found.mode & 0o004) !== 0
      const text = wantsContent && mayShow ? textOf(found.start) : undefined
      if (text !== undefined) event.content = text
      if (watch.hash === true) {
        const sha256 = await digestOf(filePath, found.inode, policy.hashLimitBytes)
        if (sha256 !== undefined) file.hash = { sha256 }
      }
    }
    say(pid, event, head)
  }

  const appeared = (pid: number, filePath: string, watch: PathWatch) => {
    const info = look(filePath)
    if (info?.isSymbolicLink()) {
      if (watch.report === 'all')
        say(pid, {
          type: 'file.linked',
          file: describeFile(filePath),
          target: linkTarget(filePath).slice(0, 8192),
          symbolic: true,
        })
      return
    }
    created.set(filePath, pid)
    if (created.size > createdLimit) created.delete(created.keys().next().value ?? '')
  }

  const attributes = (pid: number, filePath: string, watch: PathWatch) => {
    const info = look(filePath)
    if (!info?.isFile()) return
    const before = modes.get(filePath)
    modes.delete(filePath)
    modes.set(filePath, { mode: info.mode, uid: info.uid })
    if (modes.size > createdLimit) modes.delete(modes.keys().next().value ?? '')
    if (watch.report === 'executables' && (info.mode & 0o111) === 0) return
    const file = describeFile(filePath)
    const type = 'file.mode-changed'
    if (!before || before.mode !== info.mode) say(pid, { type, file, change: 'mode', mode: info.mode & 0o7777 })
    else if (before.uid !== info.uid) say(pid, { type, file, change: 'owner', ownerId: info.uid })
    else say(pid, { type, file, change: 'times' })
  }

  const movedTo = (pid: number, filePath: string) => {
    const from = moved && moved.pid === pid && performance.now() - moved.at < pairMs ? moved.path : undefined
    moved = undefined
    const watch = tree.match(filePath)
    const before = from === undefined ? undefined : tree.match(from)
    if (from !== undefined && created.delete(from)) created.set(filePath, pid)
    if (!watch && before?.report !== 'all') return
    if (before?.report !== 'all' && watch?.report === 'executables') {
      const info = look(filePath)
      if (!info || (info.mode & 0o111) === 0) return
    }
    say(pid, { type: 'file.renamed', file: describeFile(filePath), previousPath: from ?? '' })
  }

  return {
    take(event) {
      if ((event.mask & mask.overflow) !== 0n) {
        health.lose('queue-overflow')
        return
      }
      const isDirectory = (event.mask & mask.directory) !== 0n
      const { directory } = event
      if (!directory || own.has(event.pid) || isHelper(event.pid)) return
      // In any case, also for what the agent does itself: paths below it are other ones from now on.
      if (isDirectory && (event.mask & (mask.movedFrom | mask.movedTo | mask.remove)) !== 0n) {
        trees.forget()
        quiet.clear()
      }
      if (isDirectory || event.name === '' || event.name === '.') return
      const isMoved = (event.mask & (mask.movedFrom | mask.movedTo)) !== 0n
      if (quiet.has(directory.key) && !isMoved) return
      const place = trees.pathOf(directory)
      if (place === undefined) return
      if (tree.isQuiet(place)) {
        if (quiet.size > 16_384) quiet.clear()
        quiet.add(directory.key)
        if (!isMoved) return
      }
      const filePath = path.posix.join(place, event.name)
      const has = (bit: bigint) => (event.mask & bit) !== 0n
      const watch = tree.match(filePath)
      if (only === 'hashes') {
        if (watch?.hash && has(mask.create)) created.set(filePath, event.pid)
        if (watch?.hash && has(mask.closeWrite)) written(event.pid, filePath, watch, created.delete(filePath))
        return
      }
      if (watch && has(mask.create)) appeared(event.pid, filePath, watch)
      if (watch && has(mask.closeWrite)) written(event.pid, filePath, watch, created.delete(filePath))
      else if (watch && has(mask.attribute) && !has(mask.remove) && !has(mask.create))
        attributes(event.pid, filePath, watch)
      if (has(mask.movedFrom)) moved = { pid: event.pid, path: filePath, at: performance.now() }
      if (has(mask.movedTo)) movedTo(event.pid, filePath)
      if (watch?.report === 'all' && has(mask.remove)) {
        created.delete(filePath)
        say(event.pid, { type: 'file.removed', file: describeFile(filePath) })
      }
    },
    watch(watches) {
      tree = watchTree(watches)
      quiet.clear()
      const wanted = watches.filter((watch) => watch.report !== 'none' && (only !== 'hashes' || watch.hash === true))
      const places = wanted.map((watch) => watch.path.split('/*')[0] || '/')
      // Below a wildcard, or below a watched directory, another file system may be mounted.
      const mounted = mountPoints().filter((point) => wanted.some(({ path: at }) => covers(at, point)))
      const all = [...new Set([...places.filter((place) => !place.startsWith('/proc')), ...mounted])]
      const refused = trees.mark(all)
      const reason = refused.length > 0 ? `Not on these file systems: ${refused.join(', ').slice(0, 400)}` : undefined
      health.capability('file.written', true, reason)
      if (only !== 'hashes') {
        for (const type of ['file.removed', 'file.renamed', 'file.mode-changed']) health.capability(type, true)
        health.capability('file.linked', true, 'Symbolic links only; hard links need eBPF.')
      }
      return refused.length > 0 && refused.length >= all.length ? 'all' : 'some'
    },
  }
}

/** True when a mount point lies at or below a watched path, `*` being any one component. */
function covers(watched: string, point: string): boolean {
  const parts = watched.split('/')
  const found = point.split('/')
  return parts.length <= found.length && parts.every((part, index) => part === '*' || part === found[index])
}

function look(filePath: string): Stats | undefined {
  try {
    return lstatSync(filePath, { throwIfNoEntry: false })
  } catch {
    return undefined
  }
}

function linkTarget(filePath: string): string {
  try {
    return readlinkSync(filePath)
  } catch {
    return ''
  }
}
