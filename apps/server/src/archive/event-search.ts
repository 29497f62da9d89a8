/** Questions about accepted events. Whatever answers them sees every acknowledged event within seconds, and each once. */
import type { EventCondition } from '@rampart/api'
import type { Event, EventType } from '@rampart/event'

/** Why an answer may lack events: time was up, a file is damaged, the newest are not ready yet, there was more than the bound. */
export type Shortfall = 'timeout' | 'damaged' | 'behind' | 'limit'

export interface EventQuestion {
  /** Events that happened in `from <= at <= to`, ms. */
  from: number
  to: number
  /** Assets that may be seen; null for all. */
  assetIds: readonly string[] | null
  types?: readonly EventType[]
  /** All must hold; made by `parseEventQuery`, or by hand. */
  conditions?: readonly EventCondition[]
  /** Somewhere in the event, without regard to case. */
  text?: string
  /** Ends the work, e.g. because nobody waits for it any longer. */
  signal?: AbortSignal
  /** After this time the work is ended, whatever came of it. */
  timeoutMs?: number
  /** After this time what was found by then is enough. The answer comes a little later, always with something looked at. */
  waitMs?: number
}

export type EventOrder = 'newest' | 'oldest'

export interface FoundEvents {
  /** In the order that was asked for. */
  events: Event[]
  /** Where to go on; null when there is no more. */
  nextCursor: string | null
  /** Time was up: everything up to this instant was looked at, ms. Null otherwise. */
  searchedTo: number | null
  shortfall: Shortfall | null
}

export interface EventHistogram {
  /** Equal steps; `counts[0]` begins at `from`. */
  from: number
  stepMs: number
  counts: number[]
  total: number
  /** Where to go on; null when everything is counted. The counts of one question are added up. */
  nextCursor: string | null
  /** Everything after this instant is counted, ms; null when everything is. */
  countedTo: number | null
  shortfall: Shortfall | null
}

export interface SearchableEvents {
  events: number
  /** ms; null when there is none. */
  oldestAt: number | null
  bytes: number
  files: number
  /** Files that are missing or cannot be read; their events are not found. */
  damagedFiles: number
}

/** Expected failures are thrown as `SearchError`. */
export interface EventSearch {
  /** Newest first unless asked otherwise. */
  search(question: EventQuestion & { limit: number; order?: EventOrder; cursor?: string }): Promise<FoundEvents>
  histogram(question: EventQuestion & { buckets: number; cursor?: string }): Promise<EventHistogram>
  /** Most frequent values of a named field that begin with a text. */
  topValues(
    question: EventQuestion & { field: string; prefix: string; limit: number },
  ): Promise<{ value: string; count: number }[]>
  /** Events with these ids, newest first. */
  byIds(ids: readonly string[], span?: { from: number; to: number }): Promise<Event[]>
  /** Events of these processes of an asset and of the processes that they started, oldest first. Default limit 1000. */
  byProcess(
    assetId: string,
    entityIds: readonly string[],
    bounds?: { from?: number; to?: number; limit?: number },
  ): Promise<{ events: Event[]; shortfall: Shortfall | null }>
  stats(): Promise<SearchableEvents>
  close(): Promise<void>
}

/** `search.busy`, `search.cancelled`, `search.unavailable`, `search.invalid-cursor`. */
export class SearchError extends Error {
  readonly code: 'search.busy' | 'search.cancelled' | 'search.unavailable' | 'search.invalid-cursor'
  constructor(code: SearchError['code'], message: string) {
    super(message)
    this.code = code
  }
}
