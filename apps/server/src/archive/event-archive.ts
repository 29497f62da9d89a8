/** Where all accepted events are kept. The server's own is a write-ahead log; others may read faster, none may lose more. */
import type { Event, EventType } from '@rampart/event'

/** Events of one stream that are acknowledged together. */
export interface EventBatch {
  /** Asset id of the agent that sent it, or `server`. */
  source: string
  spoolId: string
  /** Rises by one per batch of a stream. */
  sequence: number
  /** Server clock, ms. */
  receivedAt: number
  events: Event[]
}

/** A place in the archive; everything before it has been passed on. */
export interface ArchivePosition {
  segment: number
  offset: number
}

export interface EventFilter {
  assetId?: string
  types?: readonly EventType[]
}

export interface EventArchive {
  /** Resolves when all batches are on disk. After a failure nothing of them is, and the call may be repeated. */
  append(batches: readonly EventBatch[]): Promise<void>
  /** The place after the last appended batch. */
  position(): ArchivePosition
  /** The earliest place from which everything received since an instant is read, within `maxBytes` or one segment. */
  tail(receivedAfter: number, maxBytes: number): ArchivePosition
  /** Batches from a place on, in the order in which they were appended. */
  batches(from: ArchivePosition): AsyncGenerator<EventBatch>
  /** Events that happened in `from <= at <= to`, in order of arrival. */
  read(from: number, to: number, filter?: EventFilter): AsyncGenerator<Event>
  /** Events with these ids that happened in the given span, newest first. Looks backwards through at most `maxBytes`. */
  find(ids: ReadonlySet<string>, from: number, to: number, maxBytes?: number): Promise<Event[]>
  /**
   * Removes what is past its age or size; and segments with numbers below `before` that are more than `keepBytes`,
   * because their events are kept elsewhere. Returns the bytes given back.
   */
  sweep(now: number, elsewhere?: { before: number; keepBytes: number }): Promise<number>
  stats(): ArchiveStats
  close(): Promise<void>
}

export interface ArchiveStats {
  segments: number
  bytes: number
  /** Frames found damaged since the start, skipped. */
  damaged: number
  /** Bytes cut from the end at the start: a write that never finished. */
  tornBytes: number
}
