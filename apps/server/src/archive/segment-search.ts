/** The event search by reading segments from end to end: slow, needs nothing, and says what the fast one has to find. */
import type { EventFieldName } from '@rampart/api'
import type { Event } from '@rampart/event'
import type { EventArchive } from './event-archive.ts'
import {
  type EventHistogram,
  type EventOrder,
  type EventQuestion,
  type EventSearch,
  type FoundEvents,
  type SearchableEvents,
  SearchError,
} from './event-search.ts'
import { valueAt } from './event-text.ts'
import { fitsQuestion } from './matches.ts'

const newestFirst = (one: Event, other: Event) => other.at - one.at || (one.id < other.id ? 1 : -1)

export class SegmentSearch implements EventSearch {
  readonly #archive: EventArchive

  constructor(archive: EventArchive) {
    this.#archive = archive
  }

  async #fitting(question: EventQuestion): Promise<Event[]> {
    const found = new Map<string, Event>()
    for await (const event of this.#archive.read(question.from, question.to)) {
      if (question.signal?.aborted)
        throw new SearchError('search.cancelled', 'Nobody waits for this search any longer.')
      if (fitsQuestion(event, question)) found.set(event.id, event)
    }
    return [...found.values()].sort(newestFirst)
  }

  async search(question: EventQuestion & { limit: number; order?: EventOrder; cursor?: string }): Promise<FoundEvents> {
    const all = await this.#fitting(question)
    if (question.order === 'oldest') all.reverse()
    const start = question.cursor === undefined ? 0 : all.findIndex((event) => event.id === question.cursor) + 1
    const events = all.slice(start, start + question.limit)
    const last = events.at(-1)
    const nextCursor = last && start + events.length < all.length ? last.id : null
    return { events, nextCursor, searchedTo: null, shortfall: null }
  }

  async histogram(question: EventQuestion & { buckets: number }): Promise<EventHistogram> {
    const { from, to, buckets } = question
    const stepMs = Math.max(1, Math.ceil((to - from + 1) / buckets))
    const counts = new Array<number>(buckets).fill(0)
    const all = await this.#fitting(question)
    for (const event of all) counts[Math.floor((event.at - from) / stepMs)]! += 1
    return { from, stepMs, counts, total: all.length, nextCursor: null, countedTo: null, shortfall: null }
  }

  async topValues(question: EventQuestion & { field: string; prefix: string; limit: number }) {
    const counts = new Map<string, number>()
    for (const event of await this.#fitting(question)) {
      const value = valueAt(event, question.field as EventFieldName)
      if (value === null || !String(value).toLowerCase().startsWith(question.prefix.toLowerCase())) continue
      counts.set(String(value), (counts.get(String(value)) ?? 0) + 1)
    }
    const rows = [...counts].map(([value, count]) => ({ value, count }))
    return rows
      .sort((one, other) => other.count - one.count || (one.value < other.value ? -1 : 1))
      .slice(0, question.limit)
  }

  async byIds(ids: readonly string[], span = { from: 0, to: Number.MAX_SAFE_INTEGER }): Promise<Event[]> {
    return (await this.#archive.find(new Set(ids), span.from, span.to)).sort(newestFirst)
  }

  async byProcess(
    assetId: string,
    entityIds: readonly string[],
    { from = 0, to = Number.MAX_SAFE_INTEGER, limit = 1000 }: { from?: number; to?: number; limit?: number } = {},
  ) {
    const wanted = new Set(entityIds)
    const events = (await this.#fitting({ from, to, assetIds: [assetId] }))
      .filter(({ process }) => wanted.has(process?.entityId ?? '') || wanted.has(process?.parent?.entityId ?? ''))
      .reverse()
    return { events: events.slice(0, limit), shortfall: events.length > limit ? ('limit' as const) : null }
  }

  async stats(): Promise<SearchableEvents> {
    let events = 0
    let oldestAt: number | null = null
    for await (const event of this.#archive.read(0, Number.MAX_SAFE_INTEGER)) {
      events++
      oldestAt = Math.min(oldestAt ?? event.at, event.at)
    }
    const { segments, bytes } = this.#archive.stats()
    return { events, oldestAt, bytes, files: segments, damagedFiles: 0 }
  }

  async close(): Promise<void> {}
}
