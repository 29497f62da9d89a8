/** Changes of files in watched places in, `file.*` events out; writes to /proc/<pid>/mem become `process.accessed`. */
import { statSync } from 'node:fs'
import path from 'node:path'
import type { Event, Process } from '@rampart/event'
import { healthKeeper, refusal } from '../kernel/health.ts'
import type { KernelHost } from '../kernel/host.ts'
import { type RecordHandler, u32 } from '../kernel/source.ts'
import { foreignNumbers, type Syscall, syscallNumber } from '../kernel/syscalls.ts'
import { foreignCalls, type RecordHead, recordType } from '../kernel/wire.ts'
import type { PathWatch, Sensor } from '../sensor.ts'
import { eventTypes, fileCalls, pathCallBytes } from './calls.ts'
import {
  beginningBytes,
  beginsLikeProgram,
  contentLimitBytes,
  type FoundFile,
  type Place,
  readNow,
  readWhenWritten,
  textOf,
} from './content.ts'
import { decodeFile, decodeOutcome, decodePair, type FileRecord, type PairRecord, pendingNumber } from './decode.ts'
import { describeFile, flagNames, kernelDevice } from './describe.ts'
import { pendingChanges } from './pending.ts'
import { filePlace, followsLinks, mayBeLink, newName, pairPlaces, quietPlaces } from './quiet.ts'
import { pathResolver } from './resolve.ts'
import { attachRings } from './uring.ts'
import { type WatchTree, watchTree } from './watch.ts'

const name = 'ebpf.file'

/** Files waited for and read at the same time; beyond, events go out without content, and candidates are counted as lost. */
const readingLimit = 2048
const busy = Symbol('busy')

/** A path too deep to be followed is reported wherever it begins: nobody has such paths by accident. */
const hidden: PathWatch = { path: '/', report: 'all' }

/** `leavesHashes`: writes of files whose digest is wanted are told by another sensor, when they are closed. */
export function fileSensor(host: KernelHost, leavesHashes = false): Sensor {
  const { source, table, outbox, policy } = host
  const health = healthKeeper(name, source, [recordType.file, recordType.filePair, recordType.outcome])
  let tree = watchTree(policy.watches)
  let watchMap = -1
  const resolver = pathResolver()
  const quiet = quietPlaces()
  const pending = pendingChanges()
  let reading = 0
  /** Files about to be read, by path: editors and droppers write one name and rename it at once. */
  const awaited = new Map<string, Place>()

  /** Reads the file; `busy` when too many are being read already. Undefined: it is gone. */
  const look = async (read: () => Promise<FoundFile | undefined>): Promise<FoundFile | undefined | typeof busy> => {
    if (reading >= readingLimit) return busy
    reading++
    try {
      return await read()
    } finally {
      reading--
    }
  }

  const written = (record: FileRecord, watch: PathWatch) => {
    const base = host.base(name, record.head, table.of(record.head))
    const file = describeFile(record.path)
    if (record.inode !== undefined) {
      file.inode = record.inode
      file.device = record.device
      file.mode = record.mode
      file.ownerId = record.ownerId
    }
    const event: Event = { ...base, type: 'file.written', file, created: record.created }
    const executable = (record.mode & 0o111) !== 0
    const wantsContent = watch.content === true || watch.privateContent === true
    if (!wantsContent && (watch.report === 'all' || executable)) {
      outbox.push(event)
      return
    }
    const place = placeOf(record.path, record.onHost ? undefined : record.head, base.process, record.inode)
    awaited.set(record.path, place)
    const limitBytes = wantsContent ? contentLimitBytes : beginningBytes
    look(() => readWhenWritten(place, limitBytes, wantsContent)).then((found) => {
      if (awaited.get(place.path) === place) awaited.delete(place.path)
      if (found === busy) {
        // Whether it is a program stays unknown; without the answer only places watched for everything are told of.
        if (watch.report === 'executables') {
          health.lose('not-examined')
          return
        }
      } else if (found) {
        file.sizeBytes = found.sizeBytes
        file.mode = found.mode
        if (watch.report === 'executables' && (found.mode & 0o111) === 0 && !beginsLikeProgram(found.start)) return
        const everybodysRead = 0o004
        const mayShow = watch.privateContent === true || (found.mode & everybodysRead) !== 0
        const text = wantsContent && mayShow ? textOf(found.start) : undefined
        if (text !== undefined) event.content = text
      } else if (watch.report === 'executables' && !executable && !record.created) return
      // A file that was made and is gone again already is told of: droppers remove what they ran.
      outbox.push(event)
    })
  }

  const changed = (record: FileRecord, watch: PathWatch) => {
    const makesExecutable = record.operation === 'mode' && (record.value & 0o111) !== 0
    if (watch.report === 'executables' && !makesExecutable) return
    const base = host.base(name, record.head, table.of(record.head))
    const file = describeFile(record.path)
    if (record.operation === 'removed') {
      outbox.push({ ...base, type: 'file.removed', file })
      return
    }
    const type = 'file.mode-changed'
    if (record.operation === 'mode') outbox.push({ ...base, type, file, change: 'mode', mode: record.value & 0o7777 })
    else if (record.operation === 'owner') outbox.push({ ...base, type, file, change: 'owner', ownerId: record.value })
    else if (record.operation === 'attribute') {
      const attribute = (record.attribute ?? flagNames(record.value)).slice(0, 256)
      outbox.push({ ...base, type, file, change: 'attribute', attribute })
    } else outbox.push({ ...base, type, file, change: 'times' })
  }

  const memoryWritten = (record: FileRecord, pid: number) => {
    const target = table.byPid(pid)
    if (pid === record.head.pid || !target) return
    const base = host.base(name, record.head, table.of(record.head))
    outbox.push({ ...base, type: 'process.accessed', target: target.identity, operation: 'memory-write' })
  }

  const handleFile = (bytes: Buffer, at: number) => {
    const place = filePlace(bytes, at)
    const isQuiet = place !== undefined && quiet.has(place)
    if (isQuiet && !followsLinks(bytes, at)) return
    const record = decodeFile(bytes, at)
    if (!record || (isQuiet && !mayBeLink(record.path))) return
    const memory = /^\/proc\/(\d+)\/mem$/.exec(record.path)
    if (memory) {
      memoryWritten(record, Number(memory[1]))
      return
    }
    if (record.indirect) {
      const follows = record.operation !== 'removed' && record.operation !== 'attribute'
      record.path = resolver.resolve(record.path, record.head.mountNamespace, follows)
    }
    const watch = record.truncated ? hidden : tree.match(record.path)
    if (!watch) {
      if (place !== undefined && !followsLinks(bytes, at) && tree.isQuiet(path.posix.dirname(record.path)))
        quiet.add(place, path.posix.dirname(record.path))
      return
    }
    if (leavesHashes && watch.hash && record.operation === 'written' && record.inode !== undefined) return
    if (record.operation === 'written') written(record, watch)
    else changed(record, watch)
  }

  /** A directory above something watched brings it along, or takes it away. */
  const watchOfPair = (record: PairRecord, filePath: string): PathWatch | undefined =>
    record.truncated || tree.leadsToWatched(filePath) ? hidden : tree.match(filePath)

  const renamed = (record: PairRecord) => {
    const place = awaited.get(record.from)
    if (place) {
      awaited.delete(record.from)
      place.path = record.to
      awaited.set(record.to, place)
    }
    const watch = watchOfPair(record, record.to)
    const before = watchOfPair(record, record.from)
    if (!watch && before?.report !== 'all') return
    const base = host.base(name, record.head, table.of(record.head))
    const file = describeFile(record.to)
    const event: Event = { ...base, type: 'file.renamed', file, previousPath: record.from }
    if (before?.report === 'all' || watch?.report !== 'executables') {
      outbox.push(event)
      return
    }
    const target = placeOf(record.to, record.head, base.process, undefined)
    look(() => readNow(target, beginningBytes)).then((found) => {
      if (found === busy) health.lose('not-examined')
      if (!found || found === busy || ((found.mode & 0o111) === 0 && !beginsLikeProgram(found.start))) return
      file.mode = found.mode
      file.sizeBytes = found.sizeBytes
      outbox.push(event)
    })
  }

  const handlePair = (bytes: Buffer, at: number) => {
    const appearing = newName(bytes, at)
    quiet.appeared(appearing)
    resolver.appeared(appearing)
    const places = pairPlaces(bytes, at)
    if (places && quiet.has(places[0]) && quiet.has(places[1])) return
    const record = decodePair(bytes, at)
    if (!record) return
    if (record.indirect) {
      record.from = resolver.resolve(record.from, record.head.mountNamespace, false)
      record.to = resolver.resolve(record.to, record.head.mountNamespace, false)
    }
    if (places && record.operation !== 'symlinked') {
      const directories = [path.posix.dirname(record.from), path.posix.dirname(record.to)] as const
      for (const which of [0, 1] as const)
        if (tree.isQuiet(directories[which])) quiet.add(places[which], directories[which])
    }
    if (record.operation === 'renamed') {
      renamed(record)
      return
    }
    const symbolic = record.operation === 'symlinked'
    // A link to a watched file is a second way to it, wherever the link lies.
    if (watchOfPair(record, record.to)?.report !== 'all' && (symbolic || tree.match(record.from)?.report !== 'all'))
      return
    outbox.push({
      ...host.base(name, record.head, table.of(record.head)),
      type: 'file.linked',
      file: describeFile(record.to),
      target: symbolic ? record.fromText : record.from,
      symbolic,
    })
  }

  /** What was only asked for waits for its outcome. */
  const whenDone =
    (handle: (bytes: Buffer, at: number) => void): RecordHandler =>
    (bytes, at, length) => {
      const number = pendingNumber(bytes, at)
      if (number === undefined) return handle(bytes, at)
      const kept = Buffer.from(bytes.subarray(at, at + length))
      pending.add(number, () => handle(kept, 0))
    }

  /** Number of steps that the kernel's map did not take. */
  const lay = (next: WatchTree): number =>
    next.entries().filter(({ key, value }) => !source.update(watchMap, key, value)).length
  const tellUnfit = (count: number) => {
    if (watchMap >= 0 && count > 0)
      health.capability('file.written', false, `${count} steps of the watch list do not fit: name fewer places.`)
  }

  return {
    name,
    async start() {
      source.handle(recordType.file, whenDone(handleFile))
      source.handle(recordType.filePair, whenDone(handlePair))
      source.handle(recordType.outcome, (bytes, at) => {
        const { number, happened } = decodeOutcome(bytes, at)
        pending.settle(number, happened)
      })
      const { object, error } = source.load('files')
      watchMap = object?.map('watches') ?? -1
      const unfit = lay(tree)
      source.update(object?.map('root_device') ?? -1, u32(0), u32(kernelDevice(statSync('/').dev)))
      const callMap = object?.map('path_calls') ?? -1
      const refused = new Map<string, string>()
      for (const [name, call] of Object.entries(fileCalls)) {
        const number = syscallNumber(name as Syscall)
        if (number === undefined) continue // a call that the architecture does not have is not missed
        source.update(callMap, u32(number), pathCallBytes(call))
        for (const other of foreignNumbers(name as Syscall))
          source.update(callMap, u32(foreignCalls + other), pathCallBytes(call))
        if (!object || !source.onSyscall(object, call.program, [name as Syscall]))
          refused.set(eventTypes[call.operation], object?.refused.get(call.program) ?? error ?? 'EINVAL')
      }
      for (const type of new Set(Object.values(eventTypes)))
        health.capability(type, !refused.has(type), refusal(refused.get(type)))
      tellUnfit(unfit)
      attachRings(source, health)
    },
    async stop() {
      pending.stop()
    },
    /** The new tree is laid beside the old one and takes its place directory by directory: at no time is nothing watched. */
    watch(watches) {
      const old = tree.entries()
      const next = watchTree(watches, tree.nextNumber)
      const kept = new Set(next.entries().map(({ key }) => Buffer.from(key).toString('latin1')))
      const failed = lay(next)
      tree = next
      quiet.clear()
      for (const { key } of old) if (!kept.has(Buffer.from(key).toString('latin1'))) source.remove(watchMap, key)
      tellUnfit(failed)
    },
    health: health.read,
  }
}

/** `head` undefined: the path is one of the host. */
function placeOf(path: string, head: RecordHead | undefined, by: Process, inode: number | undefined): Place {
  const pids = [by.pid, ...(by.ancestors ?? []).slice(0, 8).map((ancestor) => ancestor.pid)]
  return { path, mountNamespace: head?.mountNamespace, pids, inode }
}
