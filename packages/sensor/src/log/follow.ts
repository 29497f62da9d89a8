/** A path → every line written to it, across rotation by renaming, copying and truncation, and restarts. */
import { constants } from 'node:fs'
import { type FileHandle, open, stat } from 'node:fs/promises'
import { readRotated } from './rotated.ts'
import { type FilePosition, type FollowedLine, openSegment, readSegment, type Segment, sameHead } from './segment.ts'

/** How long a renamed file is still read, because its writer may not have reopened the path yet. */
const drainMs = 15_000

export type FollowerState = 'reading' | 'missing' | 'not-readable' | 'not-a-file'

export interface FollowerOptions {
  path: string
  /** Position of an earlier run. */
  saved?: FilePosition
  /** Where to begin in a file that is there at the first look and has no saved position. */
  startAt: 'start' | 'end'
  take(line: FollowedLine): void
  /** Lines of the log may be missing: `rotated-unread` when what a saved position points into is gone. */
  lost(cause: string): void
}

export interface Follower {
  /** Looks and reads on. Calls may overlap; the work of one follower never does. */
  poke(): Promise<void>
  state(): FollowerState
  /** Where to go on after a restart; undefined before the file was ever seen. */
  position(): FilePosition | undefined
  close(): Promise<void>
}

/** Follows one file. Reading errors are states, not exceptions. */
export function createFollower(options: FollowerOptions): Follower {
  const { path, take } = options
  let current: Segment | undefined
  let draining: { segment: Segment; until: number }[] = []
  let state: FollowerState = 'missing'
  let looked = false
  let saved = options.saved
  let running: Promise<void> | undefined
  let again = false
  let closed = false

  const openFile = async (): Promise<FileHandle | undefined> => {
    try {
      const info = await stat(path)
      if (!info.isFile()) {
        state = 'not-a-file'
        return undefined
      }
      // O_NONBLOCK: were the path replaced by a pipe since, opening it must not hang.
      const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
      state = 'reading'
      return handle
    } catch (error) {
      state = (error as { code?: string }).code === 'ENOENT' ? 'missing' : 'not-readable'
      return undefined
    }
  }

  /** Opens the path for the first time, going on where an earlier run stopped. */
  const begin = async () => {
    const handle = await openFile()
    const first = !looked
    looked = true
    if (!handle) return
    const info = await handle.stat()
    const earlier = saved
    saved = undefined
    if (!earlier) {
      current = await openSegment(handle, first && options.startAt === 'end' ? info.size : 0, take)
      return
    }
    if (info.size >= earlier.offset && (await sameHead(handle, earlier)) && earlier.inode === info.ino) {
      current = await openSegment(handle, earlier.offset, take)
      return
    }
    if (!(await readRotated(path, earlier, take))) options.lost('rotated-unread')
    current = await openSegment(handle, 0, take)
  }

  /** Notices that the path is another file now, or the file was cut. */
  const checkRotation = async (segment: Segment) => {
    const info = await stat(path).catch(() => undefined)
    if (info && info.ino === segment.position.inode && info.dev === segment.position.device) {
      if (info.size >= segment.next && (await sameHead(segment.handle, segment.position))) return
      const before = { ...segment.position }
      await readRotated(path, before, take)
      const handle = segment.handle
      current = await openSegment(handle, 0, take)
      return
    }
    await readSegment(segment)
    draining.push({ segment, until: Date.now() + drainMs })
    current = undefined
    const handle = await openFile()
    if (handle) current = await openSegment(handle, 0, take)
  }

  const drain = async () => {
    const kept: typeof draining = []
    for (const one of draining) {
      await readSegment(one.segment)
      if (Date.now() < one.until && !closed) kept.push(one)
      else {
        one.segment.cutter.flush()
        await one.segment.handle.close()
      }
    }
    draining = kept
  }

  const look = async () => {
    try {
      if (draining.length > 0) await drain()
      if (!current) await begin()
      else await checkRotation(current)
      if (current) await readSegment(current)
    } catch {
      // The disk or file system failed under an open file; the next look opens it anew.
      state = 'not-readable'
      saved = current?.position ?? saved
      await current?.handle.close().catch(() => undefined)
      current = undefined
    }
  }

  return {
    poke() {
      if (closed) return running ?? Promise.resolve()
      if (running) {
        again = true
        return running
      }
      running = (async () => {
        do {
          again = false
          await look()
        } while (again && !closed)
        running = undefined
      })()
      return running
    },
    state: () => state,
    position: () => (current ? { ...current.position } : saved),
    async close() {
      closed = true
      await running
      for (const one of draining) await one.segment.handle.close().catch(() => undefined)
      draining = []
      await current?.handle.close().catch(() => undefined)
    },
  }
}
