/**
 * The bounded queue on disk between sensing and delivery: batches in, the same batches out in order until the server has
 * acknowledged them. What `append` returned a sequence for survives the death of the agent at once (it is with the
 * kernel) and that of the host after at most a second (fdatasync).
 */
import { closeSync, existsSync, mkdirSync, openSync, renameSync, unlinkSync } from 'node:fs'
import type { Value } from '../sensing/value.ts'
import type { Drops } from './drops.ts'
import { strip, typesIn, typesOfSegment } from './evict.ts'
import { Overflow } from './overflow.ts'
import { countBatch, emptySegment, type Segment, scanSpool } from './scan.ts'
import { type Batch, encodeRecord, readRecord, segmentHead, segmentName } from './segment.ts'
import { SegmentWriter } from './writer.ts'

export interface SpoolOptions {
  folder: string
  maxBytes: number
  drops: Drops
}

/** How far delivery has read. */
interface Reading {
  segment: Segment
  fd: number
  offset: number
  /** Lowest sequence that may come next. */
  next: number
  /** Events read so far. */
  events: number
}

export class Spool {
  /** Bytes cut off at opening because a crash had left half a record. */
  readonly tornBytes: number
  /** Batches up to this sequence may be on their way to the server: they are not given up. 0 while disconnected. */
  sent = 0
  readonly #folder: string
  readonly #drops: Drops
  readonly #segments: Segment[]
  readonly #frames: Map<number, number>
  readonly #syncTimer: NodeJS.Timeout
  #maxBytes: number
  #acknowledged = 0
  readonly #openedLast: number
  #last: number
  readonly #overflow = new Overflow()
  #resumed = false
  readonly #writer = new SegmentWriter()
  #readProblem = ''
  #reading: Reading | undefined

  constructor(options: SpoolOptions) {
    this.#folder = options.folder
    this.#maxBytes = options.maxBytes
    this.#drops = options.drops
    mkdirSync(options.folder, { recursive: true, mode: 0o700 })
    const scan = scanSpool(options.folder)
    this.#segments = scan.segments
    this.#frames = scan.frames
    this.tornBytes = scan.tornBytes
    this.#openedLast = scan.segments.at(-1)?.last ?? 0
    this.#last = this.#openedLast
    this.#syncTimer = setInterval(() => {
      if (this.#storeOverflow()) this.#writer.probe(this.#folder)
      this.#writer.sync()
      this.#drops.save()
    }, 1000)
    this.#syncTimer.unref()
  }

  /** What the disk refused last; empty when it takes and gives everything again. */
  get problem(): string {
    return this.#writer.problem || this.#readProblem
  }
  get maxBytes(): number {
    return this.#maxBytes
  }
  get last(): number {
    return this.#last
  }
  get acknowledged(): number {
    return this.#acknowledged
  }
  get bytes(): number {
    return this.#segments.reduce((sum, segment) => sum + segment.bytes, 0)
  }
  /** Bytes that wait for an acknowledgement; a partly acknowledged file counts in full. */
  get waitingBytes(): number {
    const onDisk = this.#segments.reduce((sum, { last, bytes }) => sum + (last > this.#acknowledged ? bytes : 0), 0)
    return onDisk + this.#overflow.bytes
  }
  /** Events not yet acknowledged; those of a partly acknowledged file count in full. */
  get events(): number {
    const onDisk = this.#segments.reduce((sum, { last, events }) => sum + (last > this.#acknowledged ? events : 0), 0)
    return onDisk + this.#overflow.events
  }

  /** Last frame of a run of the sensor process that was stored; 0 for none. */
  frameOf(source: number): number {
    return this.#frames.get(source) ?? 0
  }

  /** Changes the limit; takes effect with the next batch. */
  resize(maxBytes: number): void {
    this.#maxBytes = maxBytes
  }

  /**
   * Stores one batch and gives it the next sequence; in memory while the disk refuses. When there is no room even after
   * dropping, returns undefined: the caller counts.
   */
  append(batch: Omit<Batch, 'sequence'>): number | undefined {
    const size = batch.payload.length + 64
    if (this.bytes + size > this.#maxBytes && !this.#makeRoom(size)) return undefined
    const numbered = { ...batch, sequence: this.#last + 1 }
    let isKept = (this.#storeOverflow() && this.#store(numbered)) || this.#overflow.push(numbered)
    // The disk is full whatever policy says: the oldest file is given back to it.
    while (!isKept && this.#giveUpOldest('disk-full')) isKept = this.#storeOverflow() && this.#store(numbered)
    if (!isKept) return undefined
    this.#last = numbered.sequence
    this.#frames.set(batch.source, batch.frame)
    return numbered.sequence
  }

  /** The first batch behind a sequence, or undefined at the end or while the disk cannot be read. */
  readAfter(sequence: number): Batch | undefined {
    try {
      const batch = this.#readAfter(sequence)
      this.#readProblem = ''
      return batch
    } catch (error) {
      this.#readProblem = (error as Error).message
      return undefined
    }
  }

  #readAfter(sequence: number): Batch | undefined {
    for (;;) {
      const segment = this.#segments.find(({ last }) => last > sequence)
      if (segment === undefined) return this.#overflow.after(sequence)
      if (this.#reading?.segment !== segment || this.#reading.next > sequence + 1) this.#seek(segment)
      const reading = this.#reading as Reading
      for (let record = this.#next(reading); record !== undefined; record = this.#next(reading))
        if (record.sequence > sequence) return record
      // Damage in the middle: what lies behind it in this file cannot be trusted.
      this.#drops.add('unknown', 'spool-damaged', segment.events - reading.events)
      this.#remove(segment)
      if (segment === this.#segments.at(-1)) return undefined
    }
  }

  /** The server has stored everything up to here. Files that hold nothing else are removed. */
  acknowledge(sequence: number): void {
    this.#acknowledged = Math.max(this.#acknowledged, Math.min(sequence, this.#last))
    while ((this.#overflow.first?.sequence ?? Number.POSITIVE_INFINITY) <= this.#acknowledged) this.#overflow.shift()
    while (this.#segments.length > 1 && (this.#segments[0] as Segment).last <= this.#acknowledged)
      this.#remove(this.#segments[0] as Segment)
    const only = this.#segments[0]
    // On a full disk even a small file is room that is needed.
    const isWorth = this.problem !== '' || (only?.bytes ?? 0) > this.#segmentBytes / 4
    if (only !== undefined && only.last <= this.#acknowledged && isWorth) this.#roll()
  }

  /**
   * Takes over what the server says it has at the start of a connection. When it has more than this spool ever made,
   * the host lost its last second (or this machine has a twin): what the server cannot have yet is numbered behind what
   * it knows. Returns by how much the numbers moved.
   */
  resume(acknowledged: number): number {
    // Nothing of this run was sent before the first resume, so the last run's end is the pivot.
    const pivot = this.#resumed ? this.#acknowledged : this.#openedLast
    const ahead = acknowledged > (this.#resumed ? this.last : this.#openedLast) ? acknowledged - pivot : 0
    this.#resumed = true
    if (ahead > 0) this.#renumber(pivot, ahead)
    this.acknowledge(acknowledged)
    return ahead
  }

  /** Writes everything through to the disk and lets go of the files. */
  close(): void {
    clearInterval(this.#syncTimer)
    this.#storeOverflow()
    for (let lost = this.#overflow.shift(); lost !== undefined; lost = this.#overflow.shift())
      this.#drops.addAll(typesIn(lost.payload, lost.events), 'disk-full')
    if (this.#segments.length === 1 && this.#segments[0] && this.#segments[0].last <= this.#acknowledged) this.#roll()
    this.#writer.close()
    this.#closeReading()
    this.#drops.save()
  }

  /** Sequence of the batch that comes to the disk next. */
  get #nextStored(): number {
    return this.#overflow.first?.sequence ?? this.#last + 1
  }
  get #segmentBytes(): number {
    return Math.max(64 * 1024, Math.min(1024 * 1024, Math.floor(this.#maxBytes / 16)))
  }

  #store(batch: Batch): boolean {
    const segment = this.#writable()
    if (segment === undefined || !this.#writer.write(encodeRecord(batch, segment.first))) return false
    countBatch(segment, batch)
    return true
  }

  /** True when nothing waits in memory any more. */
  #storeOverflow(): boolean {
    for (let batch = this.#overflow.first; batch !== undefined; batch = this.#overflow.first) {
      if (!this.#store(batch)) return false
      this.#overflow.shift()
    }
    return true
  }

  /** The segment to write to, started anew when there is none of this run or it is long enough. */
  #writable(): Segment | undefined {
    const newest = this.#segments.at(-1)
    if (newest !== undefined && this.#writer.writes(newest) && newest.bytes < this.#segmentBytes) return newest
    // Left empty by an earlier run: its name carries the next sequence.
    if (newest?.first === this.#nextStored) return this.#writer.open(newest) ? newest : undefined
    return this.#startSegment(this.#nextStored)
  }

  #startSegment(first: number): Segment | undefined {
    const segment = emptySegment(this.#folder, first)
    if (!this.#writer.open(segment)) return undefined
    this.#segments.push(segment)
    return segment
  }

  #renumber(pivot: number, ahead: number): void {
    this.#writer.close()
    this.#closeReading()
    for (const segment of this.#segments.filter(({ first, last }) => first > pivot || last > pivot).reverse()) {
      const path = segment.path.replace(segmentName(segment.first), segmentName(segment.first + ahead))
      renameSync(segment.path, path)
      Object.assign(segment, { path, first: segment.first + ahead, last: segment.last + ahead })
    }
    this.#overflow.renumber(ahead)
    this.#last += ahead
    if ((this.#segments.at(-1)?.last ?? 0) < pivot + ahead) this.#startSegment(pivot + ahead + 1)
  }

  /** An empty file whose name keeps the next sequence takes the place of what is acknowledged. */
  #roll(): void {
    const old = this.#segments.filter(({ first, last }) => last <= this.#acknowledged && last >= first)
    if (old.length > 0 && this.#startSegment(this.#nextStored)) for (const segment of old) this.#remove(segment)
  }

  /** Brings the spool under its limit: the oldest low-value events, then normal ones, then whole files. */
  #makeRoom(size: number): boolean {
    for (const value of [0, 1] as Value[])
      for (const [at, segment] of this.#segments.slice(0, -1).entries()) {
        if (this.bytes + size <= this.#maxBytes) return true
        if ((segment.values & (1 << value)) === 0 || segment.first <= this.sent) continue
        try {
          this.#segments[at] = strip(segment, value, this.#acknowledged, this.#drops)
        } catch (error) {
          this.#readProblem = (error as Error).message
          return this.#giveUpOldest('disk-full')
        }
      }
    while (this.bytes + size > this.#maxBytes) if (!this.#giveUpOldest('spool-full')) return false
    return true
  }

  #giveUpOldest(reason: 'spool-full' | 'disk-full'): boolean {
    const oldest = this.#segments.slice(0, -1).find(({ first }) => first > this.sent)
    if (oldest === undefined) return false
    this.#drops.addAll(typesOfSegment(oldest, this.#acknowledged), reason)
    this.#remove(oldest)
    return true
  }

  #remove(segment: Segment): void {
    if (this.#reading?.segment === segment) this.#closeReading()
    const at = this.#segments.indexOf(segment)
    // The last segment's name carries the next sequence.
    if (at === this.#segments.length - 1 && !this.#startSegment(this.#nextStored)) return
    this.#segments.splice(at, 1)
    if (existsSync(segment.path)) unlinkSync(segment.path)
  }

  #seek(segment: Segment): void {
    this.#closeReading()
    const fd = openSync(segment.path, 'r')
    this.#reading = { segment, fd, offset: segmentHead.length, next: segment.first, events: 0 }
  }

  #next(reading: Reading): Batch | undefined {
    if (reading.offset >= reading.segment.bytes) return undefined
    const record = readRecord(reading.fd, reading.offset, reading.segment.first)
    if (record === undefined) return undefined
    reading.offset = record.next
    reading.next = record.batch.sequence + 1
    reading.events += record.batch.events
    return record.batch
  }

  #closeReading(): void {
    if (this.#reading !== undefined) closeSync(this.#reading.fd)
    this.#reading = undefined
  }
}
