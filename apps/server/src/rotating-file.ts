/**
 * A log file of bounded size: when it is full, `FILE` becomes `FILE.1`, that becomes `FILE.2`, and the oldest is dropped.
 * What cannot be written is lost: a full disk must not stop the server.
 */
import { closeSync, fstatSync, openSync, renameSync, writeSync } from 'node:fs'

const defaults = { maxBytes: 10_000_000, kept: 3 }

export class RotatingFile {
  readonly #path: string
  readonly #limits: typeof defaults
  #file: number
  #bytes = 0
  /** A pipe or a device has no size and is never renamed. */
  #rotates = false

  /** Throws when the file cannot be opened. */
  constructor(path: string, limits: typeof defaults = defaults) {
    this.#path = path
    this.#limits = limits
    this.#file = this.#open()
  }

  write(line: string): void {
    try {
      const bytes = Buffer.from(line)
      if (this.#rotates && this.#bytes > 0 && this.#bytes + bytes.length > this.#limits.maxBytes) this.#rotate()
      // Counted also when it fails: then the next file is tried in good time.
      this.#bytes += bytes.length
      writeSync(this.#file, bytes)
    } catch {
      // See above.
    }
  }

  #open(): number {
    const file = openSync(this.#path, 'a', 0o600)
    const status = fstatSync(file)
    this.#rotates = status.isFile()
    this.#bytes = status.size
    return file
  }

  #rotate(): void {
    for (let number = this.#limits.kept - 1; number >= 0; number--) {
      const from = number === 0 ? this.#path : `${this.#path}.${number}`
      try {
        renameSync(from, `${this.#path}.${number + 1}`)
      } catch {
        // Not there yet; or not ours to move, and then the file goes on growing.
      }
    }
    const before = this.#file
    this.#file = this.#open()
    closeSync(before)
  }
}
