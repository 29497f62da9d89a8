/** The event archive as a folder of append-only segments: on disk before anybody is told, repaired at the start. */
import { type FileHandle, mkdir, open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Event } from '@rampart/event'
import type { ArchivePosition, ArchiveStats, EventArchive, EventBatch, EventFilter } from './event-archive.ts'
import { encodeFrame } from './frame.ts'
import { describeFrame, framesOf, removeSegment, type Segment, surveySegment, writeIndex } from './segment.ts'

export interface ArchiveLimits {
  /** A segment is finished when it is this large. */
  segmentBytes: number
  /** Oldest segments go when all of them are larger. */
  maxBytes: number
  /** Segments go when their last batch is older. */
  maxAgeMs: number
}

export const archiveDefaults: ArchiveLimits = {
  segmentBytes: 64 * 1024 * 1024,
  maxBytes: 8 * 1024 * 1024 * 1024,
  maxAgeMs: 30 * 24 * 3_600_000,
}

const nameOf = (number: number) => `${String(number).padStart(10, '0')}.events`

/** One writer; readers may run beside it. */
export class SegmentArchive implements EventArchive {
  readonly #directory: string
  #limits: ArchiveLimits
  readonly #segments: Segment[]
  #writer: FileHandle
  #damaged: number
  #unfinished = false
  readonly #tornBytes: number

  private constructor(
    directory: string,
    limits: ArchiveLimits,
    segments: Segment[],
    writer: FileHandle,
    found: { damaged: number; tornBytes: number },
  ) {
    this.#directory = directory
    this.#limits = limits
    this.#segments = segments
    this.#writer = writer
    this.#damaged = found.damaged
    this.#tornBytes = found.tornBytes
  }

  /**
   * Opens the folder, makes it when it is missing, and cuts off a write that never finished. Goes on behind
   * `behind` when the folder ends before it: places in the log are never given twice.
   */
  static async open(
    directory: string,
    limits: Partial<ArchiveLimits> = {},
    behind: ArchivePosition = { segment: 0, offset: 0 },
  ): Promise<SegmentArchive> {
    await mkdir(directory, { recursive: true, mode: 0o700 })
    const names = (await readdir(directory)).filter((name) => /^\d{10}\.events$/.test(name)).sort()
    const segments: Segment[] = []
    let damaged = 0
    let tornBytes = 0
    for (const name of names) {
      const survey = await surveySegment(Number.parseInt(name, 10), join(directory, name))
      segments.push(survey.segment)
      damaged += survey.damaged
    }
    let last = segments.at(-1)
    const endsBefore =
      last && (last.number < behind.segment || (last.number === behind.segment && last.bytes < behind.offset))
    if (!last || endsBefore) {
      const number = behind.segment + 1
      last = { number, path: join(directory, nameOf(number)), bytes: 0, lastReceivedAt: 0, blocks: [] }
      segments.push(last)
    }
    const writer = await open(last.path, 'a+', 0o600)
    const size = (await writer.stat()).size
    if (size > last.bytes) {
      tornBytes = size - last.bytes
      await writer.truncate(last.bytes)
      await writer.sync()
    }
    await syncDirectory(directory)
    return new SegmentArchive(directory, { ...archiveDefaults, ...limits }, segments, writer, { damaged, tornBytes })
  }

  get #last(): Segment {
    const last = this.#segments.at(-1)
    if (!last) throw new Error('an archive has at least one segment')
    return last
  }

  async append(batches: readonly EventBatch[]): Promise<void> {
    if (batches.length === 0) return
    if (this.#last.bytes >= this.#limits.segmentBytes) await this.#rotate()
    const segment = this.#last
    if (this.#unfinished) {
      // What is left of a failed write must not stand between two frames.
      await this.#writer.truncate(segment.bytes)
      this.#unfinished = false
    }
    const frames = batches.map(encodeFrame)
    try {
      await writeAll(this.#writer, frames)
      await this.#writer.datasync()
    } catch (error) {
      this.#unfinished = true
      throw error
    }
    for (const [index, batch] of batches.entries())
      describeFrame(segment, batch, segment.bytes, frames[index]?.length ?? 0)
  }

  async #rotate(): Promise<void> {
    const number = this.#last.number + 1
    const path = join(this.#directory, nameOf(number))
    const writer = await open(path, 'a+', 0o600)
    await syncDirectory(this.#directory)
    await writeIndex(this.#last).catch(() => {}) // Without an index the next start reads the segment.
    await this.#writer.close()
    this.#writer = writer
    this.#segments.push({ number, path, bytes: 0, lastReceivedAt: 0, blocks: [] })
  }

  position(): ArchivePosition {
    return { segment: this.#last.number, offset: this.#last.bytes }
  }

  /** Other bounds from the next sweep on. */
  limit(limits: Partial<ArchiveLimits>): void {
    this.#limits = { ...this.#limits, ...limits }
  }

  tail(receivedAfter: number, maxBytes: number): ArchivePosition {
    let start = this.#last
    let bytes = start.bytes
    for (const segment of [...this.#segments].reverse().slice(1)) {
      bytes += segment.bytes
      if (segment.lastReceivedAt < receivedAfter || bytes > maxBytes) break
      start = segment
    }
    return { segment: start.number, offset: 0 }
  }

  async *batches(from: ArchivePosition): AsyncGenerator<EventBatch> {
    for (const segment of [...this.#segments]) {
      if (segment.number < from.segment) continue
      const handle = await open(segment.path, 'r')
      try {
        const start = segment.number === from.segment ? from.offset : 0
        for await (const frame of framesOf(handle, start, segment.bytes)) if (frame.batch) yield frame.batch
      } finally {
        await handle.close()
      }
    }
  }

  async *read(from: number, to: number, filter: EventFilter = {}): AsyncGenerator<Event> {
    for (const segment of [...this.#segments])
      for await (const { batch } of this.#frames(segment, from, to, 'forwards'))
        for (const event of batch.events) if (fits(event, from, to, filter)) yield event
  }

  async *#frames(segment: Segment, from: number, to: number, way: 'forwards' | 'backwards') {
    const blocks = segment.blocks.filter((block) => block.to >= from && block.from <= to)
    if (blocks.length === 0) return
    if (way === 'backwards') blocks.reverse()
    const handle = await open(segment.path, 'r').catch(() => null) // Swept while we read.
    if (!handle) return
    try {
      for (const block of blocks)
        for await (const frame of framesOf(handle, block.offset, block.offset + block.bytes))
          if (frame.batch) yield { batch: frame.batch, bytes: frame.bytes }
          else this.#damaged++
    } finally {
      await handle.close()
    }
  }

  async find(
    ids: ReadonlySet<string>,
    from: number,
    to: number,
    maxBytes = Number.POSITIVE_INFINITY,
  ): Promise<Event[]> {
    const found = new Map<string, Event>()
    let left = maxBytes
    for (const segment of [...this.#segments].reverse())
      for await (const { batch, bytes } of this.#frames(segment, from, to, 'backwards')) {
        for (const event of batch.events) if (ids.has(event.id)) found.set(event.id, event)
        left -= bytes
        if (found.size === ids.size || left <= 0) return newestFirst(found)
      }
    return newestFirst(found)
  }

  async sweep(now: number, elsewhere = { before: 0, keepBytes: 0 }): Promise<number> {
    let given = 0
    let bytes = this.stats().bytes
    while (this.#segments.length > 1) {
      const [oldest] = this.#segments
      if (!oldest) break
      const isKeptElsewhere = oldest.number < elsewhere.before && bytes > elsewhere.keepBytes
      const isPast = bytes > this.#limits.maxBytes || oldest.lastReceivedAt < now - this.#limits.maxAgeMs
      if (!isKeptElsewhere && !isPast) break
      await removeSegment(oldest)
      this.#segments.shift()
      bytes -= oldest.bytes
      given += oldest.bytes
    }
    return given
  }

  stats(): ArchiveStats {
    return {
      segments: this.#segments.length,
      bytes: this.#segments.reduce((sum, segment) => sum + segment.bytes, 0),
      damaged: this.#damaged,
      tornBytes: this.#tornBytes,
    }
  }

  async close(): Promise<void> {
    await this.#writer.close()
  }
}

function fits(event: Event, from: number, to: number, filter: EventFilter): boolean {
  if (event.at < from || event.at > to) return false
  if (filter.assetId !== undefined && event.asset.id !== filter.assetId) return false
  return !filter.types || filter.types.includes(event.type)
}

function newestFirst(events: Map<string, Event>): Event[] {
  return [...events.values()].sort((one, other) => other.at - one.at)
}

async function writeAll(handle: FileHandle, frames: Buffer[]): Promise<void> {
  let rest = frames.length === 1 && frames[0] ? frames[0] : Buffer.concat(frames)
  while (rest.length > 0) {
    const { bytesWritten } = await handle.write(rest)
    rest = rest.subarray(bytesWritten)
  }
}

/** Makes the names of new files durable. */
async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r')
  await handle.sync()
  await handle.close()
}
