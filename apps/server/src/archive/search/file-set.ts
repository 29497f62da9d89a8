/** The files that can be searched, and those that are missed. A question sees them as they were when it began. */
import { basename, join } from 'node:path'
import type { ArchivePosition } from '../event-archive.ts'
import { blockRows } from './block-filter.ts'
import { isBefore } from './log-follower.ts'
import { parseFileName, removeStoredFile, type StoredFile } from './stored-file.ts'
import type { FoundFiles } from './stored-files.ts'

export class FileSet {
  readonly directory: string
  readonly #onChange: () => void
  #files: readonly StoredFile[]
  readonly #damaged: Set<string>
  /** Damaged ones that are to be written anew if the log still has their events. */
  #unmended: string[]
  #nextBlock: number
  #readers = 0
  readonly #retired: (() => Promise<void>)[] = []

  constructor(directory: string, found: FoundFiles, onChange: () => void) {
    this.directory = directory
    this.#onChange = onChange
    this.#files = found.files
    this.#damaged = new Set(found.damaged)
    this.#unmended = [...found.damaged]
    const numbers = found.files.flatMap((file) => file.blocks.map((block) => block.number))
    this.#nextBlock = numbers.reduce((next, number) => Math.max(next, number + 1), 0)
  }

  /** In the order of the log. */
  get all(): readonly StoredFile[] {
    return this.#files
  }

  get damaged(): ReadonlySet<string> {
    return this.#damaged
  }

  /** Numbers of blocks are given once. Returns the first of enough for so many events. */
  reserveBlocks(rows: number): number {
    const first = this.#nextBlock
    this.#nextBlock += Math.ceil(rows / blockRows) + 1
    return first
  }

  /** Files instead of others, between two questions. False, and nothing happens, when one of the others is gone. */
  replace(old: readonly StoredFile[], files: readonly StoredFile[]): boolean {
    if (!old.every((file) => this.#files.includes(file))) return false
    const kept = this.#files.filter((file) => !old.includes(file))
    this.#files = [...kept, ...files].sort((one, other) => (isBefore(one.start, other.start) ? -1 : 1))
    for (const { path } of old) this.retire(() => removeStoredFile(path))
    this.#onChange()
    return true
  }

  /** Keeps what can be seen now until it is released. */
  hold(): { files: readonly StoredFile[]; release(): void } {
    this.#readers++
    let released = false
    const release = () => {
      if (released) return
      released = true
      this.#readers--
      this.#tidy()
    }
    return { files: this.#files, release }
  }

  /** Done when no question can see it any longer. */
  retire(removal: () => Promise<void>): void {
    this.#retired.push(removal)
    this.#tidy()
  }

  #tidy(): void {
    if (this.#readers > 0) return
    for (const removal of this.#retired.splice(0)) void removal().catch(() => {})
  }

  /** A file whose events cannot be read is counted and not asked again. */
  setDamaged(file: StoredFile): void {
    if (!this.#files.includes(file)) return
    const name = basename(file.path)
    this.#damaged.add(name)
    this.#unmended.push(name)
    this.#files = this.#files.filter((one) => one !== file)
    this.#onChange()
  }

  /** The next part of the log to be written anew; null when there is none. Each is given once. */
  takeUnmended(): string | null {
    for (let name = this.#unmended.shift(); name !== undefined; name = this.#unmended.shift())
      if (this.#damaged.has(name)) return name
    return null
  }

  setMended(name: string, files: readonly StoredFile[]): void {
    this.#damaged.delete(name)
    this.replace([], files)
  }

  /** Removes the oldest: files whose events are all older, and as many as are needed for the size. */
  async sweep(limits: { maxBytes: number; before: number }, stored: ArchivePosition): Promise<void> {
    let bytes = this.#files.reduce((sum, file) => sum + file.bytes, 0)
    let gone = 0
    for (const file of this.#files) {
      // Who has a wrong clock cannot keep events for ever, nor those behind them.
      const newestAt = Math.min(file.to, file.writtenAt)
      if (newestAt >= limits.before && bytes <= limits.maxBytes) break
      bytes -= file.bytes
      gone++
    }
    if (gone === 0) return
    this.replace(this.#files.slice(0, gone), [])
    const first = this.#files[0]?.start ?? stored
    for (const name of this.#damaged) {
      const range = parseFileName(name)
      if (range && !isBefore(range.start, first)) continue
      this.#damaged.delete(name)
      if (range) await removeStoredFile(join(this.directory, name))
    }
    this.#onChange()
  }
}
