/** Everything that can be searched: files, and the newest events. Follows the log; turns full tables into files. */
import { mkdir, readdir, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Event } from '@rampart/event'
import type { ArchivePosition } from '../event-archive.ts'
import type { Engine } from './engine.ts'
import { HotEvents } from './hot-events.ts'
import { follow, isBefore, isLogged } from './log-follower.ts'
import {
  descriptionPath,
  fileName,
  parseFileName,
  readStoredFile,
  removeStoredFile,
  type StoredFile,
} from './stored-file.ts'
import { temporaryPrefix, writeFile } from './write-file.ts'

/** Events in memory before they become a file: whole blocks. */
const fileRowsDefault = 32_768
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
  files: StoredFile[]
  release(): void
}

export class EventIndex {
  readonly #engine: Engine
  readonly #log: string
  readonly #directory: string
  readonly #fileRows: number
  #files: StoredFile[]
  readonly #damaged: Set<string>
  /** Damaged files that are to be written anew if the log still has their events. */
  #unmended: string[]
  #hot: HotEvents
  #hotNumber = 1
  #stored: ArchivePosition
  #known: ArchivePosition
  #goal: ArchivePosition
  #nextBlock: number
  #failure: { at: number; message: string } | null = null
  #following: Promise<void> | null = null
  #users = 0
  readonly #retired: (() => Promise<void>)[] = []
  readonly #onChange: (state: IndexState) => void

  private constructor(parts: {
    engine: Engine
    log: string
    directory: string
    fileRows: number
    files: StoredFile[]
    damaged: Set<string>
    hot: HotEvents
    start: ArchivePosition
    onChange: (state: IndexState) => void
  }) {
    this.#engine = parts.engine
    this.#log = parts.log
    this.#directory = parts.directory
    this.#fileRows = parts.fileRows
    this.#files = parts.files
    this.#damaged = parts.damaged
    this.#unmended = [...parts.damaged]
    this.#hot = parts.hot
    this.#stored = parts.start
    this.#known = parts.start
    this.#goal = parts.start
    this.#nextBlock = parts.files.reduce((next, file) => Math.max(next, (file.blocks.at(-1)?.number ?? 0) + 1), 0)
    this.#onChange = parts.onChange
  }

  /** Takes up what is there; what was never finished goes, what is missing or damaged is counted. */
  static async open(parts: {
    engine: Engine
    log: string
    directory: string
    fileRows?: number
    onChange: (state: IndexState) => void
  }): Promise<EventIndex> {
    const { directory } = parts
    await mkdir(directory, { recursive: true, mode: 0o700 })
    await removeUnfinished(directory)
    const names = (await readdir(directory)).sort()
    const files: StoredFile[] = []
    const damaged = new Set<string>()
    let end: ArchivePosition | null = null
    const described = names.filter((name) => name.endsWith('.blocks')).map((name) => name.replace(/blocks$/, 'parquet'))
    for (const name of [...new Set([...names, ...described])].sort()) {
      const range = parseFileName(name)
      if (!range) continue
      const file = await readStoredFile(directory, name)
      if (file) files.push(file)
      else damaged.add(name)
      // A gap: neither a file nor its description is there.
      if (end && isBefore(end, range.start)) damaged.add(fileName(end, range.start))
      if (!end || isBefore(end, range.end)) end = range.end
    }
    const hot = await HotEvents.create(parts.engine, 0)
    return new EventIndex({
      ...parts,
      fileRows: parts.fileRows ?? fileRowsDefault,
      files,
      damaged,
      hot,
      start: end ?? { segment: 0, offset: 0 },
    })
  }

  state(): IndexState {
    const oldest = this.#files.reduce((least, file) => Math.min(least, file.from), this.#hot.from)
    return {
      events: this.#files.reduce((sum, file) => sum + file.rows, this.#hot.rows),
      oldestAt: Number.isFinite(oldest) ? oldest : null,
      bytes: this.#files.reduce((sum, file) => sum + file.bytes, 0),
      files: this.#files.length,
      damagedFiles: this.#damaged.size,
      damaged: [...this.#damaged].slice(0, namesMax),
      stored: this.#stored,
      known: this.#known,
      failure: this.#failure?.message ?? null,
    }
  }

  /** Writes anew what is missing or damaged, as far as the log still has its events. */
  async mend(): Promise<void> {
    while (this.#unmended.length > 0) await this.#alone(() => this.#mendAll())
  }

  /** Only one thing at a time adds events or files. */
  async #alone(work: () => Promise<void>): Promise<void> {
    this.#following ??= work().finally(() => {
      this.#following = null
    })
    await this.#following
  }

  /** The log is on disk up to here. Resolves when everything up to here can be searched, or cannot for now. */
  async grown(position: ArchivePosition): Promise<void> {
    if (isBefore(this.#goal, position)) this.#goal = position
    while (isBefore(this.#known, position) && !this.#isHeldUp()) {
      await this.#alone(() => this.#follow())
    }
  }

  /** Nothing more fits into memory while files cannot be written. */
  #isHeldUp(): boolean {
    return this.#failure !== null && this.#hot.rows >= this.#fileRows && performance.now() < this.#failure.at + retryMs
  }

  async #follow(): Promise<void> {
    let waiting: Event[] = []
    let known = this.#known
    const take = async () => {
      await this.#hot.add(waiting)
      waiting = []
      this.#known = known
      if (this.#hot.rows >= this.#fileRows) await this.#store()
      this.#onChange(this.state())
    }
    for await (const { batch, after } of follow(this.#log, this.#known, this.#goal)) {
      if (batch) waiting.push(...batch.events)
      known = after
      if (waiting.length >= 4096 || this.#hot.rows + waiting.length >= this.#fileRows) {
        await take()
        if (this.#isHeldUp()) return
      }
    }
    // Beyond the last whole frame there is nothing that was acknowledged.
    if (isBefore(known, this.#goal)) known = this.#goal
    await take()
  }

  async #store(): Promise<void> {
    const full = this.#hot
    const range = { start: this.#stored, end: this.#known, rows: full.rows, firstBlock: this.#nextBlock }
    try {
      const file = await writeFile(this.#engine, this.#directory, full.table, range)
      const empty = await HotEvents.create(this.#engine, this.#hotNumber++)
      // From here to the end without a pause: a question sees the events in the table or in the file.
      this.#files = [...this.#files, file]
      this.#hot = empty
      this.#stored = this.#known
      this.#nextBlock += file.blocks.length
      this.#failure = null
      this.#retire(() => full.drop())
    } catch (error) {
      this.#failure = { at: performance.now(), message: error instanceof Error ? error.message : String(error) }
    }
  }

  async #mendAll(): Promise<void> {
    for (const name of this.#unmended.splice(0)) {
      const range = parseFileName(name)
      if (!range || !this.#damaged.has(name)) continue
      const rebuilt = await this.#rebuild(range).catch(() => null)
      if (!rebuilt) continue
      this.#damaged.delete(name)
      if (rebuilt === 'empty') await removeStoredFile(join(this.#directory, name))
      else {
        this.#files = [...this.#files, rebuilt].sort((one, other) => (isBefore(one.start, other.start) ? -1 : 1))
        this.#nextBlock += rebuilt.blocks.length
      }
      this.#onChange(this.state())
    }
  }

  /** Null when part of the log is gone; the file stays as it is when there is no room for another one. */
  async #rebuild(range: { start: ArchivePosition; end: ArchivePosition }): Promise<StoredFile | 'empty' | null> {
    if (!(await isLogged(this.#log, range))) return null
    const again = await HotEvents.create(this.#engine, this.#hotNumber++)
    try {
      for await (const { batch } of follow(this.#log, range.start, range.end)) if (batch) await again.add(batch.events)
      if (again.rows === 0) return 'empty'
      const { table, rows } = again
      return await writeFile(this.#engine, this.#directory, table, { ...range, rows, firstBlock: this.#nextBlock })
    } finally {
      await again.drop()
    }
  }

  snapshot(): Snapshot {
    this.#users++
    let released = false
    return {
      hot: this.#hot.rows > 0 ? [this.#hot] : [],
      files: this.#files,
      release: () => {
        if (released) return
        released = true
        this.#users--
        this.#tidy()
      },
    }
  }

  /** Done when no question can see it any longer. */
  #retire(removal: () => Promise<void>): void {
    this.#retired.push(removal)
    this.#tidy()
  }

  #tidy(): void {
    if (this.#users > 0) return
    for (const removal of this.#retired.splice(0)) void removal().catch(() => {})
  }

  /** A file whose events cannot be read is counted and not asked again; it is written anew if the log has its events. */
  setDamaged(file: StoredFile): void {
    const name = basename(file.path)
    if (!this.#files.includes(file)) return
    this.#damaged.add(name)
    this.#unmended.push(name)
    this.#files = this.#files.filter((one) => one !== file)
    this.#onChange(this.state())
    void this.mend()
  }

  /** Removes the oldest files: those whose events are all older, and as many as are needed for the size. */
  async sweep(limits: { maxBytes: number; before: number }): Promise<void> {
    let bytes = this.state().bytes
    const kept = [...this.#files]
    for (let oldest = kept[0]; oldest; oldest = kept[0]) {
      if (oldest.to >= limits.before && bytes <= limits.maxBytes) break
      const { path } = oldest
      bytes -= oldest.bytes
      this.#retire(() => removeStoredFile(path))
      kept.shift()
    }
    if (kept.length === this.#files.length) return
    this.#files = kept
    const first = kept[0]?.start ?? this.#stored
    for (const name of this.#damaged) {
      const range = parseFileName(name)
      if (range && !isBefore(range.start, first)) continue
      this.#damaged.delete(name)
      if (range) await removeStoredFile(join(this.#directory, name))
    }
    this.#onChange(this.state())
  }
}

/** What a crash left half done: its events are still in the log. */
async function removeUnfinished(directory: string): Promise<void> {
  const names = new Set(await readdir(directory))
  for (const name of names) {
    if (!name.startsWith(temporaryPrefix)) continue
    const finished = name.slice(temporaryPrefix.length)
    if (!names.has(finished)) await rm(descriptionPath(join(directory, finished)), { force: true })
    await rm(join(directory, name), { force: true })
  }
}
