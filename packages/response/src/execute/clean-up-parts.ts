/** What a plan of a deep cleanup is made of, and how the host is read for it: bounded, no links followed, what cannot be read is left out. */
import { createHash } from 'node:crypto'
import {
  closeSync,
  constants,
  type Dirent,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
} from 'node:fs'
import type { FileTarget, ProcessTarget } from '../task.ts'

export type CleanUpPart = { id: string; title: string; why: string; certain: boolean } & (
  | { kind: 'process'; process: ProcessTarget }
  | { kind: 'file'; file: FileTarget }
  | { kind: 'line'; path: string; line: string }
)
/** A part before it has its number. */
export type Found = CleanUpPart extends infer Part ? (Part extends CleanUpPart ? Omit<Part, 'id'> : never) : never

/** Most parts of one plan. */
export const partsMax = 200
const textLimit = 256 * 1024

export function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch {
    return []
  }
}

export function linesOf(path: string): string[] {
  const kind = lstatSync(path, { throwIfNoEntry: false })
  if (!kind?.isFile() || kind.size > textLimit) return []
  try {
    return readFileSync(path, 'utf8').split('\n')
  } catch {
    return []
  }
}

export function hashOf(path: string): string | undefined {
  let fd: number
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch {
    return undefined
  }
  try {
    if (!fstatSync(fd).isFile()) return undefined
    const hash = createHash('sha256')
    const chunk = Buffer.allocUnsafe(256 * 1024)
    for (let read = readSync(fd, chunk); read > 0; read = readSync(fd, chunk)) hash.update(chunk.subarray(0, read))
    return hash.digest('hex')
  } finally {
    closeSync(fd)
  }
}
