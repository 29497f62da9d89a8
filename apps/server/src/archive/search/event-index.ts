/** Everything that can be searched: files, and the newest events. Follows the log; turns full tables into files. */
import { mkdir } from 'node:fs/promises'
import type { Event } from '@rampart/event'
import type { ArchivePosition } from '../event-archive.ts'
import type { Engine } from './engine.ts'
import { FileSet } from './file-set.ts'
import { HotEvents } from './hot-events.ts'
import { follow, isBefore } from './log-follower.ts'
import { mendFiles } from './mend-files.ts'
import { mergeable, mergeFiles } from './merge-files.ts'
import { removeStoredFile, type StoredFile } from './stored-file.ts'
import { findStoredFiles } from './stored-files.ts'
import { writeFile } from './write-file.ts'

/** Events in memory before they become a file: whole blocks. As many again may wait while a file is written. */
const fileRowsDefault = 16_384
/** So many small files become one. */
const mergedFilesDefault = 8
const retryMs = 15_000
const namesMax = 100

export interface IndexState {
  events: number
  oldestAt: number | null
  bytes: number
  files: number
  damagedFiles: number
  /** Names of them, at most 100. */
  damaged: string[]
  /** Up to here the log is in files, and no longer needed for searching. */
  stored: ArchivePosition
  /** Up to here it can be searched. */
  known: ArchivePosition
  /** Why the last attempt to write a file failed; null when it did not. */
  failure: string | null
}

/** What one question sees from beginning to end, whatever happens meanwhile. */
export interface Snapshot {
  hot: HotEvents[]
  files: readonly StoredFile[]
  release(): void
}

interface Parts {
  engine: Engine
  /** For merging files: slow and with little memory, beside the questions. */
  merger: Engine
  log: string
  directory: string
  fileRows?: number
  mergedFiles?: number
  onChange: (state: IndexState) => void
}

export class EventIndex {
  readonly #engine: Engine
  readonly #merger: Engine
  readonly #log: string
  readonly #fileRows: number
  readonly #mergedFiles: number
  readonly #files: FileSet
  #hot: HotEvents
  /** Full, and not yet a file. */
  #full: { table: HotEvents; end: ArchivePosition } | null = null
  #stored: ArchivePosition
  #known: ArchivePosition
  #goal: ArchivePosition
  #failure: { at: number; message: string } | null = null
  #following: Promise<void> | null = null
  #writing: Promise<void> | null = null
  #upkeep: Promise<void> | null = null
  #noMergeBefore = 0
  readonly #onChange: (state: IndexState) => void

  private constructor(parts: Parts, hot: HotEvents, files: FileSet, start: ArchivePosition) {
    this.#engine = parts.engine
    this.#merger = parts.merger
    this.#log = parts.log
    this.#fileRows = parts.fileRows ?? fileRowsDefault
    this.#mergedFiles = parts.mergedFiles ?? mergedFilesDefault
    this.#files = files
    this.#hot = hot
    this.#stored = start
    this.#known = start
    this.#goal = start
    this.#onChange = parts.onChange
  }

  /** Takes up what is there. */
  static async open(parts: Parts): Promise<EventIndex> {
    await mkdir(parts.directory, { recursive: true, mode: 0o700 })
    const found = await findStoredFiles(parts.directory)
    const hot = await HotEvents.create(parts.engine)
    const files = new FileSet(parts.directory, found, () => index.#changed())
    const index: EventIndex = new EventIndex(parts, hot, files, found.end)
    return index
  }

  get #tables(): HotEvents[] {
    return [...(this.#full ? [this.#full.table] : []), this.#hot]
  }

  state(): IndexState {
    const files = this.#files.all
    const oldest = Math.min(...this.#tables.map((table) => table.from), ...files.map((file) => file.from))
    return {
      events: [...this.#tables, ...files].reduce((sum, { rows }) => sum + rows, 0),
      oldestAt: Number.isFinite(oldest) ? oldest : null,
      bytes: files.reduce((sum, file) => sum + file.bytes, 0),
      files: files.length,
      damagedFiles: this.#files.damaged.size,
      damaged: [...this.#files.damaged].slice(0, namesMax),
      stored: this.#stored,
      known: this.#known,
      failure: this.#failure?.message ?? null,
    }
  }

  #changed(): void {
    this.#onChange(this.state())
  }

  /** Mends and merges files until there is nothing to do. Questions and new events go on meanwhile. */
  async keepUp(): Promise<void> {
    this.#upkeep ??= this.#mendAndMerge().finally(() => {
      this.#upkeep = null
    })
    await this.#upkeep
  }

  async #mendAndMerge(): Promise<void> {
    const files = this.#files
    for (;;) {
      await mendFiles({ engine: this.#engine, files, log: this.#log, fileRows: this.#fileRows })
      const group = performance.now() < this.#noMergeBefore ? null : mergeable(files.all, this.#mergedFiles)
      if (!group) return
      const merged = await mergeFiles(this.#merger, files.directory, group).catch(() => null)
      // Without room, or with a file that cannot be read: they are searched as they are.
      if (!merged) this.#noMergeBefore = performance.now() + 10 * retryMs
      else if (!files.replace(group, [merged])) files.retire(() => removeStoredFile(merged.path))
    }
  }

  /** The log is on disk up to here. Resolves when everything up to here can be searched, or cannot for now. */
  async grown(position: ArchivePosition): Promise<void> {
    if (isBefore(this.#goal, position)) this.#goal = position
    this.#write()
    while (isBefore(this.#known, position) && !this.#isHeldUp()) {
      this.#following ??= this.#follow().finally(() => {
        this.#following = null
      })
      await this.#following
    }
  }

  #isRetryDue(): boolean {
    return this.#failure === null || performance.now() >= this.#failure.at + retryMs
  }

  /** Nothing more fits into memory while files cannot be written. */
  #isHeldUp(): boolean {
    return this.#full !== null && this.#hot.rows >= this.#fileRows && !this.#isRetryDue()
  }

  async #follow(): Promise<void> {
    let waiting: Event[] = []
    let known = this.#known
    /** False when no more fits into memory. */
    const take = async () => {
      await this.#hot.add(waiting)
      waiting = []
      this.#known = known
      const hasRoom = this.#hot.rows < this.#fileRows || (await this.#setAside())
      this.#changed()
      return hasRoom
    }
    if (this.#hot.rows >= this.#fileRows && !(await this.#setAside())) return
    for await (const { batch, after } of follow(this.#log, this.#known, this.#goal)) {
      if (batch) waiting.push(...batch.events)
      known = after
      const isMuch = waiting.length >= 4096 || this.#hot.rows + waiting.length >= this.#fileRows
      if (isMuch && !(await take())) return
    }
    // Beyond the last whole frame there is nothing that was acknowledged.
    if (isBefore(known, this.#goal)) known = this.#goal
    await take()
  }

  /** The full table becomes a file beside everything else. False when the one before it still waits for room on disk. */
  async #setAside(): Promise<boolean> {
    this.#write()
    await this.#writing
    if (this.#full) return false
    const empty = await HotEvents.create(this.#engine)
    this.#full = { table: this.#hot, end: this.#known }
    this.#hot = empty
    this.#write()
    return true
  }

  #write(): void {
    if (!this.#full || this.#writing || !this.#isRetryDue()) return
    this.#writing = this.#writeFull(this.#full).finally(() => {
      this.#writing = null
    })
  }

  async #writeFull({ table, end }: { table: HotEvents; end: ArchivePosition }): Promise<void> {
    const firstBlock = this.#files.reserveBlocks(table.rows)
    const range = { start: this.#stored, end, rows: table.rows, firstBlock }
    try {
      const file = await writeFile(this.#engine, this.#files.directory, table.table, range)
      // From here to the end without a pause: a question sees the events in the table or in the file.
      this.#full = null
      this.#stored = end
      this.#failure = null
      this.#files.replace([], [file])
      this.#files.retire(() => table.drop())
      void this.keepUp()
    } catch (error) {
      this.#failure = { at: performance.now(), message: error instanceof Error ? error.message : String(error) }
      this.#changed()
    }
  }

  snapshot(): Snapshot {
    return { hot: this.#tables.filter((table) => table.rows > 0), ...this.#files.hold() }
  }

  /** It is written anew if the log has its events. */
  setDamaged(file: StoredFile): void {
    this.#files.setDamaged(file)
    void this.keepUp()
  }

  async sweep(limits: { maxBytes: number; before: number }): Promise<void> {
    await this.#files.sweep(limits, this.#stored)
  }
}
