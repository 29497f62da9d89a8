/** Files that hosts send out of quarantine: pieces in, a zip that a person may fetch for an hour out. Only ever the neutral container. */
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import type { Tasks } from './tasks.ts'

const keepMs = 3_600_000
/** Larger than the largest file that a vault takes. */
const limitBytes = 600 * 1024 * 1024

interface Arriving {
  fd: number
  offset: number
  entry: string
}

export class Downloads {
  readonly #folder: string
  readonly #arriving = new Map<string, Arriving>()

  constructor(folder: string, tasks: Tasks) {
    this.#folder = folder
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    // What was under way ended with the process.
    for (const name of readdirSync(folder)) if (name.endsWith('.part')) rmSync(join(folder, name))
    tasks.whenTaskEnds((task) => {
      const arriving = this.#arriving.get(task.id)
      if (arriving === undefined) return
      this.#arriving.delete(task.id)
      closeSync(arriving.fd)
      const part = this.#part(arriving.entry)
      const isWhole = task.state === 'done' && task.details?.sizeBytes === arriving.offset
      if (isWhole) this.#finish(part, arriving.entry)
      else rmSync(part, { force: true })
    })
  }

  #part(entry: string): string {
    return this.#place(`${entry}.part`)
  }

  path(entry: string): string {
    return this.#place(`${entry}.zip`)
  }

  #place(name: string): string {
    if (name !== basename(name)) throw new Error('the name of an entry leads out of the folder of downloads')
    return join(this.#folder, name)
  }

  #finish(part: string, entry: string): void {
    rmSync(this.path(entry), { force: true })
    renameSync(part, this.path(entry))
  }

  /** Takes the pieces of this task; out of order or beyond the limit they are let go, and the download fails. */
  expect(taskId: string, entry: string, tasks: Tasks): void {
    const arriving: Arriving = { fd: openSync(this.#part(entry), 'w', 0o600), offset: 0, entry }
    this.#arriving.set(taskId, arriving)
    tasks.receivePieces(taskId, (offset, bytes) => {
      // A task that is sent again begins again.
      if (offset === 0) arriving.offset = 0
      if (offset !== arriving.offset || offset + bytes.length > limitBytes) return
      try {
        writeSync(arriving.fd, bytes, 0, bytes.length, offset)
        arriving.offset += bytes.length
      } catch {
        // A full disk: the download fails, and not the connection of the agent with it.
        arriving.offset = Number.NaN
      }
    })
  }

  state(entry: string): 'none' | 'fetching' | 'ready' {
    if ([...this.#arriving.values()].some((one) => one.entry === entry)) return 'fetching'
    return existsSync(this.path(entry)) ? 'ready' : 'none'
  }

  sweep(now: number): void {
    for (const name of readdirSync(this.#folder)) {
      const path = join(this.#folder, name)
      if (name.endsWith('.zip') && statSync(path).mtimeMs < now - keepMs) rmSync(path, { force: true })
    }
  }
}
