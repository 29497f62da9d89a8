/** Handlers of routes/events.ts. */
import { type EventCondition, parseEventQuery } from '@rampart/api'
import type { Event } from '@rampart/event'
import { SearchError } from '../../archive/event-search.ts'
import { valueAt } from '../../archive/event-text.ts'
import type { Context } from '../../context.ts'
import { archiveLimits } from '../../settings/start-settings.ts'
import { toFilter } from '../alert-filter.ts'
import { type AssetScope, isVisible } from '../asset-scope.ts'
import type { Handlers } from '../call.ts'
import { exportAlerts } from '../export-alerts.ts'
import { csvLine, MadeFile } from '../made-file.ts'
import { iso } from '../process-chain.ts'
import { Refused } from '../refused.ts'

const pageTimeoutMs = 10_000
const exportTimeoutMs = 60_000
const dayMs = 86_400_000
const exportMax = 100_000
const exportPage = 1000
const valuesMax = 12

interface Asked {
  from: string
  to: string
  q: string
}

export function eventHandlers(
  context: Context,
): Pick<
  Handlers,
  | 'getStatistics'
  | 'searchEvents'
  | 'eventHistogram'
  | 'eventValues'
  | 'getEventArchive'
  | 'exportEvents'
  | 'exportAlerts'
> {
  const { search, alerts } = context
  return {
    async getStatistics({ query, scope }) {
      const to = context.now()
      const from = to - query.days * dayMs
      const found = await alerts.statistics({ from, to, steps: query.days === 1 ? 24 : query.days }, scope)
      const named = await Promise.all(
        found.topAssets.map(async (asset) => ({ ...asset, name: (await alerts.asset(asset.id))?.name ?? asset.id })),
      )
      const titled = found.topModels.map((model) => ({
        ...model,
        title: context.detector.catalogue.get(model.id)?.model.title ?? model.id,
      }))
      return { ...found, from: iso(from), topAssets: named, topModels: titled }
    },
    async searchEvents({ query, scope, signal }) {
      return answer(query, scope, async (question) => {
        const { limit, order, waitMs, cursor } = query
        const page = { limit, order, waitMs, ...(cursor !== undefined && { cursor }) }
        const found = await search.search({ ...question, ...page, signal, timeoutMs: pageTimeoutMs })
        const { events: items, nextCursor, searchedTo, shortfall } = found
        return { items, nextCursor, searchedTo: searchedTo === null ? null : iso(searchedTo), shortfall }
      })
    },
    async eventHistogram({ query, scope, signal }) {
      return answer(query, scope, async (question) => {
        const { buckets, waitMs, cursor } = query
        const part = { buckets, waitMs, ...(cursor !== undefined && { cursor }) }
        const found = await search.histogram({ ...question, ...part, signal, timeoutMs: pageTimeoutMs })
        const { countedTo } = found
        return { ...found, from: iso(found.from), countedTo: countedTo === null ? null : iso(countedTo) }
      })
    },
    async eventValues({ query, scope, signal }) {
      return answer(query, scope, async (question) => {
        const { field, prefix } = query
        const asked = { ...question, field, prefix, limit: valuesMax, signal, timeoutMs: pageTimeoutMs }
        return { items: await search.topValues(asked) }
      })
    },
    async getEventArchive() {
      const { oldestAt, ...stats } = await search.stats()
      const limits = archiveLimits(context.settings, {})
      return {
        ...stats,
        oldestAt: oldestAt === null ? null : iso(oldestAt),
        logBytes: context.archive.stats().bytes,
        keepDays: limits.maxAgeMs / 86_400_000,
        keepBytes: limits.maxBytes,
      }
    },
    async exportEvents({ query, scope, signal, addDetail }) {
      addDetail({ format: query.format, q: query.q, from: query.from, to: query.to })
      const isCsv = query.format === 'csv'
      return answer(query, scope, async (question) => {
        const pages = foundPages({ ...question, signal, timeoutMs: exportTimeoutMs })
        const name = `events-${fileTime(context.now())}`
        return isCsv
          ? new MadeFile('text/csv; charset=utf-8', `${name}.csv`, csvOf(pages))
          : new MadeFile('application/x-ndjson', `${name}.ndjson`, linesOf(pages))
      })
    },
    async exportAlerts({ query, scope, session, addDetail }) {
      const { format, id, ...filter } = query
      addDetail({ format, ...(id ? { alerts: id.length } : { filter }) })
      const asked = toFilter(filter, session.user.name, scope)
      const name = `alerts-${fileTime(context.now())}`
      return exportAlerts(context, { format, name, scope, ...(id ? { ids: id } : { filter: asked }) })
    },
  }

  type Question = { from: number; to: number; assetIds: string[] | null; conditions: EventCondition[] }

  async function answer<T>(
    asked: Asked,
    scope: AssetScope,
    ask: (question: Question) => Promise<T>,
  ): Promise<T | Refused> {
    const parsed = parseEventQuery(asked.q)
    if (!parsed.ok) {
      const { code, message, at } = parsed.issue
      return new Refused(400, { code, message: `${message} (character ${at + 1})`, path: 'query.q' })
    }
    const visible = scope && (await alerts.assets()).filter((asset) => isVisible(scope, asset)).map(({ id }) => id)
    const conditions = parsed.terms.map((term) => term.condition)
    const question = { from: Date.parse(asked.from), to: Date.parse(asked.to), assetIds: visible, conditions }
    if (question.to < question.from)
      return new Refused(400, {
        code: 'request.invalid',
        message: 'The range of time ends before it begins.',
        path: 'query.to',
      })
    try {
      return await ask(question)
    } catch (error) {
      if (error instanceof SearchError)
        return new Refused(statuses[error.code], { code: error.code, message: error.message })
      throw error
    }
  }

  /** Pages of events, and at the end why there may be more than those. */
  async function* foundPages(
    question: Question & { signal: AbortSignal; timeoutMs: number },
  ): AsyncGenerator<{ events: Event[]; shortfall: string | null }> {
    let cursor: string | undefined
    let left = exportMax
    while (left > 0) {
      const page = { limit: Math.min(exportPage, left), ...(cursor !== undefined && { cursor }) }
      const { events, nextCursor, shortfall } = await search.search({ ...question, ...page })
      left -= events.length
      const isCut = nextCursor !== null && left === 0
      yield { events, shortfall: shortfall ?? (isCut ? 'limit' : null) }
      if (nextCursor === null || shortfall === 'timeout') return
      cursor = nextCursor
    }
  }
}

const statuses = {
  'search.busy': 503,
  'search.cancelled': 499,
  'search.unavailable': 503,
  'search.invalid-cursor': 400,
} as const

const fileTime = (now: number) => iso(now).slice(0, 19).replaceAll(':', '')

const csvFields = [
  'type',
  'asset.id',
  'asset.name',
  'sensor',
  'user.name',
  'process.pid',
  'process.executable',
  'process.commandLine',
  'process.entityId',
  'process.parent.entityId',
  'source.address',
  'source.port',
  'destination.address',
  'destination.port',
  'file.path',
  'question.name',
  'web.url',
  'outcome',
]

type Pages = AsyncIterable<{ events: Event[]; shortfall: string | null }>

async function* csvOf(pages: Pages): AsyncGenerator<string> {
  yield csvLine(['at', 'id', ...csvFields])
  for await (const { events, shortfall } of pages) {
    yield events
      .map((event) => csvLine([iso(event.at), event.id, ...csvFields.map((field) => valueAt(event, field))]))
      .join('')
    if (shortfall) yield csvLine([`incomplete: ${shortfall}`])
  }
}

async function* linesOf(pages: Pages): AsyncGenerator<string> {
  for await (const { events, shortfall } of pages) {
    yield events.map((event) => `${JSON.stringify(event)}\n`).join('')
    if (shortfall) yield `${JSON.stringify({ incomplete: shortfall })}\n`
  }
}
