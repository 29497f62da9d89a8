/** An executed file in, its SHA-256 out, from a cache keyed by the file's metadata. */
import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import type { FileKey } from './decode.ts'

const cacheLimit = 8192
/** Digests computed at the same time; more wait in line. */
const parallelLimit = 4
const waitingLimit = 256
const chunkBytes = 256 << 10

export interface ExecutableHashes {
  /** The digest when the cache has it. */
  known(key: FileKey): string | undefined
  /**
   * Reads and hashes the file, through /proc/<pid>/exe while the process lives, else by its path. Undefined when it
   * is gone, is another file by now, is too large, or too many wait already. Never throws.
   */
  compute(key: FileKey, pid: number, path: string): Promise<string | undefined>
}

/** `limitBytes`: larger files are not hashed. */
export function executableHashes(limitBytes: number): ExecutableHashes {
  const cache = new Map<string, string>()
  const underway = new Map<string, Promise<string | undefined>>()
  const waiting: (() => void)[] = []
  let running = 0
  const enter = (): Promise<void> | undefined => {
    if (running < parallelLimit) {
      running++
      return undefined
    }
    return new Promise((resolve) => waiting.push(resolve))
  }
  const leave = () => {
    const next = waiting.shift()
    if (next) next()
    else running--
  }
  const read = async (key: FileKey, pid: number, path: string): Promise<string | undefined> => {
    await enter()
    try {
      return (await hashIfSame(`/proc/${pid}/exe`, key)) ?? (await hashIfSame(path, key))
    } finally {
      leave()
    }
  }
  return {
    known(key) {
      const text = keyText(key)
      const digest = cache.get(text)
      if (digest !== undefined) {
        // Moved to the end: the first entry is the one unused for longest.
        cache.delete(text)
        cache.set(text, digest)
      }
      return digest
    },
    compute(key, pid, path) {
      const text = keyText(key)
      const present = underway.get(text)
      if (present) return present
      if (key.sizeBytes > limitBytes || waiting.length >= waitingLimit) return Promise.resolve(undefined)
      const result = read(key, pid, path).then((digest) => {
        underway.delete(text)
        if (digest === undefined) return undefined
        cache.set(text, digest)
        if (cache.size > cacheLimit) {
          const oldest = cache.keys().next().value
          if (oldest !== undefined) cache.delete(oldest)
        }
        return digest
      })
      underway.set(text, result)
      return result
    },
  }
}

function keyText(key: FileKey): string {
  return `${key.device}/${key.inode}/${key.sizeBytes}/${key.mtimeNs}/${key.ctimeNs}`
}

async function hashIfSame(path: string, key: FileKey): Promise<string | undefined> {
  let file: FileHandle | undefined
  try {
    // O_NONBLOCK: whoever ran the program may have put a pipe in its place, and opening that must not hang.
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY)
    if (!(await isSame(file, key))) return undefined
    const hash = createHash('sha256')
    const chunk = Buffer.allocUnsafe(Math.max(1, Math.min(chunkBytes, key.sizeBytes)))
    for (let read = 0; read < key.sizeBytes; ) {
      const { bytesRead } = await file.read(chunk, 0, chunk.length, read)
      if (bytesRead === 0) return undefined
      hash.update(chunk.subarray(0, bytesRead))
      read += bytesRead
    }
    return (await isSame(file, key)) ? hash.digest('hex') : undefined
  } catch {
    return undefined
  } finally {
    await file?.close().catch(() => undefined)
  }
}

/** The device is not compared: stat gives file systems like overlay and btrfs another number than the kernel. */
async function isSame(file: FileHandle, key: FileKey): Promise<boolean> {
  const info = await file.stat({ bigint: true })
  return (
    info.ino === BigInt(key.inode) &&
    info.size === BigInt(key.sizeBytes) &&
    info.mtimeNs === key.mtimeNs &&
    info.ctimeNs === key.ctimeNs
  )
}
