/**
 * Whole file systems marked with fanotify: handles of directories in, their paths out. No watch of any directory is needed,
 * so nothing is missed in a new one and nothing is set up for a large one.
 */
import { closeSync, openSync, readFileSync, readlinkSync, realpathSync, statSync } from 'node:fs'
import path from 'node:path'
import { isMissing, type Libc, lastErrorName, libc } from '../kernel/libc.ts'
import { mask } from './decode.ts'

const closeOnExec = 1
const nonBlocking = 2
const unlimitedQueue = 0x10
const reportDirectory = 0x400
const reportName = 0x800
const markAdd = 1
const markFileSystem = 0x100
const currentDirectory = -100
const openPathOnly = 0o10000000
const cachedLimit = 16_384

export const wantedMask =
  mask.attribute | mask.closeWrite | mask.movedFrom | mask.movedTo | mask.create | mask.remove | mask.directory

export interface Trees {
  fd: number
  /** Reads what is there into `buffer`; the number of bytes. */
  read(buffer: Buffer): number
  /** Marks the file systems on which these paths lie; the answer names those that refuse, and why. */
  mark(paths: readonly string[]): string[]
  /** Path of a directory by its handle; undefined when it is gone. Remembered until `forget`. */
  pathOf(directory: { key: string; fileSystem: string; handle: Uint8Array }): string | undefined
  /** A directory was renamed or removed: paths below it are other ones now. */
  forget(): void
  close(): void
}

export type OpenedTrees = { ok: true; trees: Trees } | { ok: false; reason: string }

export function openTrees(): OpenedTrees {
  const system = libc()
  if (isMissing(system)) return { ok: false, reason: `No libc that can be called (${system.missing.slice(0, 200)}).` }
  const flags = closeOnExec | nonBlocking | unlimitedQueue | reportDirectory | reportName
  const fd: number = system.fanotifyInit(flags, 0)
  if (fd < 0) {
    const error = lastErrorName()
    const why =
      error === 'EPERM'
        ? 'It needs root with CAP_SYS_ADMIN on the host itself.'
        : 'Linux 5.9 or later with CONFIG_FANOTIFY is needed.'
    return { ok: false, reason: `fanotify cannot watch whole trees (${error}). ${why}` }
  }
  return { ok: true, trees: makeTrees(system, fd) }
}

function makeTrees(system: Libc, fd: number): Trees {
  /** A descriptor on each marked file system, by its id: handles are opened relative to it. */
  const mounts = new Map<string, number>()
  const marked = new Set<number>()
  const paths = new Map<string, string | undefined>()
  return {
    fd,
    read: (buffer) => Number(system.read(fd, buffer, buffer.length)),
    mark(wanted) {
      const refused: string[] = []
      for (const one of wanted) {
        const place = nearest(one)
        const device = statSync(place).dev
        if (marked.has(device)) continue
        marked.add(device)
        const result: number = system.fanotifyMark(fd, markAdd | markFileSystem, wantedMask, currentDirectory, place)
        if (result < 0) {
          refused.push(`${place} (${lastErrorName()})`)
          continue
        }
        mounts.set(system.fileSystemId(place) ?? '', openSync(place, 'r'))
      }
      return refused
    },
    pathOf({ key, fileSystem, handle }) {
      if (paths.has(key)) return paths.get(key)
      const mount = mounts.get(fileSystem) ?? (mounts.size === 1 ? mounts.values().next().value : undefined)
      let found: string | undefined
      if (mount !== undefined) {
        const directory: number = system.openByHandle(mount, handle, openPathOnly)
        if (directory >= 0) {
          try {
            const target = readlinkSync(`/proc/self/fd/${directory}`)
            if (target.startsWith('/') && !target.endsWith(' (deleted)')) found = target
          } catch {
            // Gone at this moment.
          }
          system.close(directory)
        }
      }
      if (paths.size >= cachedLimit) paths.clear()
      paths.set(key, found)
      return found
    },
    forget: () => paths.clear(),
    close() {
      system.close(fd)
      for (const mount of mounts.values()) closeSync(mount)
    },
  }
}

/** The path itself, or what exists above it; links followed. */
function nearest(wanted: string): string {
  for (let at = wanted; ; at = path.dirname(at)) {
    try {
      return realpathSync(at)
    } catch {
      if (at === '/') return '/'
    }
  }
}

/** Mount points of ordinary file systems that hold files people care about; for watches that begin with a wildcard. */
export function mountPoints(): string[] {
  const skipped = /^(?:proc|sysfs|cgroup2?|devpts|mqueue|debugfs|tracefs|bpf|securityfs|pstore|configfs|autofs|nsfs)$/
  return readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([, at, kind]) => at?.startsWith('/') && kind !== undefined && !skipped.test(kind))
    .map(([, at = '/']) => at.replace(/\\([0-7]{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8))))
}
