/** Directories watched one by one (inotify, through Node) in, `file.*` events out, without the process that did it. */
import { type FSWatcher, lstatSync, readdirSync, type Stats, statSync, watch } from 'node:fs'
import path from 'node:path'
import type { Event } from '@rampart/event'
import { beginningBytes, beginsLikeProgram, contentLimitBytes, readWhenWritten, textOf } from '../file/content.ts'
import { describeFile } from '../file/describe.ts'
import { watchTree } from '../file/watch.ts'
import type { SensorHost } from '../kernel/host.ts'
import { countedHealth } from '../ladder/health.ts'
import type { PathWatch, Sensor } from '../sensor.ts'

const name = 'polling.file'
/** Each costs a kernel watch and memory in Node. */
const directoryLimit = 2048
const readingLimit = 512
const depthLimit = 12

export function pollingFiles(host: SensorHost, weaker: string): Sensor {
  const health = countedHealth(name, weaker)
  let tree = watchTree([])
  const watchers = new Map<string, FSWatcher>()
  const existing = new Map<string, Set<string>>()
  let left = 0
  let reading = 0
  /** Files being read already: one write makes several notices. */
  const awaited = new Set<string>()

  const say = (event: Record<string, unknown> & { type: Event['type'] }) => {
    health.see()
    host.outbox.push({ ...host.anonymous(name, Date.now()), ...event } as Event)
  }

  const changed = async (directory: string, entry: string) => {
    const filePath = path.join(directory, entry)
    const info = look(filePath, lstatSync)
    const before = existing.get(directory)
    if (info?.isDirectory()) {
      add(filePath, 0)
      return
    }
    const wanted = tree.match(filePath)
    if (!info) {
      if (before?.delete(entry) && wanted?.report === 'all') say({ type: 'file.removed', file: describeFile(filePath) })
      return
    }
    const created = before !== undefined && !before.has(entry)
    before?.add(entry)
    if (!wanted || !info.isFile() || awaited.has(filePath)) return
    if (reading >= readingLimit) {
      health.lose('not-examined')
      return
    }
    reading++
    awaited.add(filePath)
    try {
      const wantsContent = wanted.content === true || wanted.privateContent === true
      const place = { path: filePath, mountNamespace: undefined, pids: [], inode: undefined }
      const found = await readWhenWritten(place, wantsContent ? contentLimitBytes : beginningBytes, wantsContent)
      if (!found) return
      if (wanted.report === 'executables' && (found.mode & 0o111) === 0 && !beginsLikeProgram(found.start)) return
      const file = {
        ...describeFile(filePath),
        inode: found.inode,
        mode: found.mode,
        ownerId: found.ownerId,
        sizeBytes: found.sizeBytes,
      }
      const mayShow = wanted.privateContent === true || (found.mode & 0o004) !== 0
      const content = wantsContent && mayShow ? textOf(found.start) : undefined
      say({ type: 'file.written', file, created, ...(content === undefined ? {} : { content }) })
    } finally {
      reading--
      awaited.delete(filePath)
    }
  }

  /** Watches a directory and, where everything counts, those below it. */
  const add = (directory: string, depth: number) => {
    if (watchers.has(directory) || depth > depthLimit || tree.isQuiet(directory)) return
    if (watchers.size >= directoryLimit) {
      left++
      return
    }
    try {
      const watcher = watch(directory, { persistent: false }, (_kind, entry) => {
        if (entry !== null) changed(directory, entry).catch(() => health.lose('not-examined'))
      })
      watcher.on('error', () => drop(directory))
      watchers.set(directory, watcher)
      const entries = readdirSync(directory, { withFileTypes: true })
      existing.set(directory, new Set(entries.filter((entry) => !entry.isDirectory()).map((entry) => entry.name)))
      for (const entry of entries) if (entry.isDirectory()) add(path.join(directory, entry.name), depth + 1)
    } catch {
      drop(directory)
    }
  }
  const drop = (directory: string) => {
    watchers.get(directory)?.close()
    watchers.delete(directory)
    existing.delete(directory)
  }

  const use = (watches: readonly PathWatch[]) => {
    tree = watchTree(watches)
    left = 0
    for (const directory of watchers.keys()) if (tree.isQuiet(directory)) drop(directory)
    // What counts as a whole first: when there are too many directories those with programs only are left out.
    for (const report of ['all', 'executables'])
      for (const { path: at } of watches.filter((one) => one.report === report && !one.path.startsWith('/proc')))
        for (const place of expand(at)) {
          const isDirectory = look(place, statSync)?.isDirectory()
          add(isDirectory ? place : path.dirname(place), 0)
        }
    const who = 'Without the process that did it.'
    const all = left > 0 ? `${who} ${left} directories are beyond the limit of ${directoryLimit}.` : who
    health.capability('file.written', true, all)
    health.capability('file.removed', true, all)
    for (const type of ['file.renamed', 'file.linked', 'file.mode-changed'])
      health.capability(type, false, 'Needs fanotify or eBPF: start the agent as root on the host itself.')
  }

  return {
    name,
    async start() {
      use(host.policy.watches)
    },
    async stop() {
      for (const directory of [...watchers.keys()]) drop(directory)
    },
    watch: use,
    health: health.read,
  }
}

/** The paths that a watch means now: `*` is any one component. */
function expand(watched: string): string[] {
  let found = ['/']
  for (const part of watched.split('/').filter(Boolean)) {
    found = found.flatMap((at) => {
      if (!part.includes('*')) return [path.join(at, part)]
      try {
        return readdirSync(at).map((entry) => path.join(at, entry))
      } catch {
        return []
      }
    })
    if (found.length > directoryLimit) found.length = directoryLimit
  }
  return found.filter((at) => !watched.includes('*') || look(at, lstatSync) !== undefined)
}

/** Undefined also for what this user may not see. */
function look(place: string, how: typeof lstatSync): Stats | undefined {
  try {
    return how(place, { throwIfNoEntry: false })
  } catch {
    return undefined
  }
}
