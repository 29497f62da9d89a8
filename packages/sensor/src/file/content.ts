/** The beginning of a file just written in, its text and kind out; read a moment later, when the writer is done. */
import { constants } from 'node:fs'
import { type FileHandle, open, stat } from 'node:fs/promises'

export interface FoundFile {
  sizeBytes: number
  mode: number
  inode: number
  ownerId: number
  /** First bytes, at most `contentLimitBytes`. */
  start: Buffer
}

/** Text kept of a file's beginning. */
export const contentLimitBytes = 16_384
/** Enough to tell a program or script. */
export const beginningBytes = 64
const pollMs = 20
const pollLimit = 6

/** Where a file is to be found. */
export interface Place {
  /** May change while one waits, when the file is renamed. */
  path: string
  /** Number of the mount namespace the path belongs to; undefined: the sensor's own. */
  mountNamespace: number | undefined
  /** Processes that may be in that namespace, nearest first: the one that wrote may have ended already. */
  pids: readonly number[]
  /** Undefined: any file of that name. */
  inode: number | undefined
}

/**
 * Reads the file once it has a beginning (`stable` false), or once it has not changed for a moment, at the latest after
 * some 120 ms. Undefined when it is gone or not a regular file. Never throws, never blocks on pipes or devices.
 */
export async function readWhenWritten(
  place: Readonly<Place>,
  limitBytes: number,
  stable = true,
): Promise<FoundFile | undefined> {
  let file: FileHandle | undefined
  let sizeBytes: number | undefined
  try {
    for (let round = 0; round < pollLimit; round++) {
      await new Promise((resolve) => setTimeout(resolve, pollMs))
      // Opened once: a look at an open file is one call, and a rename meanwhile does not matter.
      file ??= await openThere(place)
      const now = await sizeOf(file)
      const settled = now !== undefined && now > 0 && (!stable || now === sizeBytes)
      sizeBytes = now
      if (settled) break
    }
    return await readStart(file, limitBytes)
  } finally {
    await file?.close().catch(() => undefined)
  }
}

let ownNamespace: Promise<number | undefined> | undefined

/** Reads the file as it is, through a process of its mount namespace when that is not the sensor's. */
export async function readNow(place: Readonly<Place>, limitBytes: number): Promise<FoundFile | undefined> {
  const file = await openThere(place)
  try {
    return await readStart(file, limitBytes)
  } finally {
    await file?.close().catch(() => undefined)
  }
}

async function openThere({ path, mountNamespace, pids, inode }: Readonly<Place>): Promise<FileHandle | undefined> {
  ownNamespace ??= namespaceOf('self')
  if (mountNamespace === undefined || mountNamespace === (await ownNamespace)) return openFile(path, inode)
  for (const pid of pids) {
    if ((await namespaceOf(pid)) !== mountNamespace) continue
    const found = await openFile(`/proc/${pid}/root${path}`, inode)
    if (found) return found
  }
  return undefined
}

/** The number of a namespace is the inode of its file. */
async function namespaceOf(pid: number | 'self'): Promise<number | undefined> {
  return stat(`/proc/${pid}/ns/mnt`).then(
    ({ ino }) => ino,
    () => undefined,
  )
}

async function openFile(path: string, inode: number | undefined): Promise<FileHandle | undefined> {
  let file: FileHandle | undefined
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY)
    const info = await file.stat()
    if (info.isFile() && (inode === undefined || info.ino === inode)) return file
  } catch {
    // Gone, or nothing that can be read.
  }
  await file?.close().catch(() => undefined)
  return undefined
}

async function sizeOf(file: FileHandle | undefined): Promise<number | undefined> {
  return file?.stat().then(
    ({ size }) => size,
    () => undefined,
  )
}

async function readStart(file: FileHandle | undefined, limitBytes: number): Promise<FoundFile | undefined> {
  try {
    if (!file) return undefined
    const info = await file.stat()
    const start = Buffer.alloc(Math.min(limitBytes, Math.max(info.size, 1)))
    const { bytesRead } = await file.read(start, 0, start.length, 0)
    return {
      sizeBytes: info.size,
      mode: info.mode,
      inode: info.ino,
      ownerId: info.uid,
      start: start.subarray(0, bytesRead),
    }
  } catch {
    return undefined
  }
}

/** The text, or undefined when the bytes hold a NUL: then they are not text. */
export function textOf(start: Buffer): string | undefined {
  return start.includes(0) ? undefined : start.toString('utf8')
}

/** True for what the kernel would execute: ELF and `#!`. */
export function beginsLikeProgram(start: Buffer): boolean {
  return start.toString('latin1', 0, 4) === '\x7fELF' || start.toString('latin1', 0, 2) === '#!'
}
