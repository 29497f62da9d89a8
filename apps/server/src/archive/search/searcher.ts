/** Answers questions over a snapshot of the index: newest blocks first, and no more of them than the answer needs. */
import type { DuckDBValue } from '@duckdb/node-api'
import { type EventFieldName, eventFieldKind, eventPathPrefix } from '@rampart/api'
import type { Event } from '@rampart/event'
import type { EventOrder, Shortfall } from '../event-search.ts'
import { columnName } from './columns.ts'
import { type Place, readCursor, writeCursor } from './cursor.ts'
import { type Engine, Interrupted } from './engine.ts'
import type { EventIndex } from './event-index.ts'
import { type Chosen, Filters } from './filters.ts'
import { bind, type Where, type WireQuestion, whereOf } from './question-sql.ts'
import { RoundRows } from './round-rows.ts'
import { firstRoundRows, type Round, Rounds, type Span } from './rounds.ts'

/** Events that frequent values are counted over. */
const topValuesRows = 1_048_576

/** What a question may take. */
interface Bounds {
  signal: AbortSignal
  /** Its time is up, and what runs for it was ended. */
  isLate: () => boolean
  /** Its caller would rather have what was found so far. */
  isEnough: () => boolean
}

interface FoundRow {
  at: number
  id: string
  json: string
}

/** How far a question came: everything nearer than `beyond` was looked at. Infinite when all of it was. */
interface Walk {
  beyond: number
  shortfall: Shortfall | null
}

export class Searcher {
  readonly #index: EventIndex
  readonly #rows: RoundRows
  readonly #roundRows: number
  readonly #filters = new Filters()

  constructor(engine: Engine, index: EventIndex, roundRows = firstRoundRows) {
    this.#roundRows = roundRows
    this.#index = index
    this.#rows = new RoundRows(engine, index)
  }

  async search(question: WireQuestion & { limit: number; order?: EventOrder; cursor?: string }, bounds: Bounds) {
    const order = question.order ?? 'newest'
    const place = question.cursor === undefined ? null : readCursor(question.cursor)
    const narrowed = place ? beyondPlace(question, place, order) : question
    const where = whereOf(narrowed)
    if (place && place.id !== null) {
      const at = bind(where.values, place.at)
      const side = order === 'newest' ? '<' : '>'
      where.sql += ` AND (happened_at <> ${at} OR event_id ${side} ${bind(where.values, place.id)})`
    }
    const { found, beyond, shortfall } = await this.#first(narrowed, where, question.limit + 1, order, bounds)
    const page = found.slice(0, question.limit)
    const last = page.at(-1)
    const isMore = found.length > page.length
    const goesOn = isMore && last ? last : Number.isFinite(beyond) ? { at: beyond, id: null } : null
    return {
      events: page.map((row) => JSON.parse(row.json) as Event),
      nextCursor: goesOn && writeCursor(goesOn),
      searchedTo: isMore || !Number.isFinite(beyond) ? null : beyond,
      shortfall,
    }
  }

  /** The first rows of an answer, with their events. */
  async #first(question: WireQuestion, where: Where, limit: number, order: EventOrder, bounds: Bounds) {
    const found: FoundRow[] = []
    const way = order === 'newest' ? 'DESC' : 'ASC'
    const walk = await this.#walk(question, where, order, bounds, async (round) => {
      const { rows, damaged } = await this.#rows.of(
        round,
        (source) => {
          const { sql, values } = within(where, round.span, order)
          return {
            sql: `SELECT happened_at, event_id, block FROM ${source.sql} WHERE ${sql} ORDER BY happened_at ${way}, event_id ${way} LIMIT ${limit}`,
            values,
          }
        },
        bounds.signal,
      )
      const placed = rows
        .map(([at, id, block]) => ({ at: Number(at), id: String(id), block: Number(block) }))
        .sort(order === 'newest' ? (one, other) => comparePlaces(other, one) : comparePlaces)
        .slice(0, limit - found.length)
      if (placed.length > 0) {
        const jsons = await this.#jsonOf(round, placed, bounds)
        for (const { at, id } of placed) {
          const json = jsons.get(id)
          if (json !== undefined) found.push({ at, id, json })
        }
      }
      return { damaged, isEnd: found.length >= limit }
    })
    return { ...walk, found }
  }

  /** Round after round, until the work says that it is the end, or time is up. */
  async #walk(
    question: WireQuestion,
    where: Where,
    order: EventOrder,
    bounds: Bounds,
    work: (round: Round) => Promise<{ damaged: boolean; isEnd?: boolean }>,
  ): Promise<Walk> {
    const snapshot = this.#index.snapshot()
    const end = order === 'newest' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
    let beyond = -end
    let shortfall: Shortfall | null = null
    try {
      const blocks = await this.#filters.candidates(snapshot.files, question, where.probes)
      const rounds = new Rounds({ hot: snapshot.hot, blocks }, question, order, this.#roundRows)
      for (let round = rounds.next(); round; round = rounds.next()) {
        const begun = performance.now()
        const { damaged, isEnd } = await work(round)
        if (damaged) shortfall = 'damaged'
        beyond = round.span.beyond
        if (isEnd) break
        if (bounds.isEnough() && beyond !== end) return { beyond, shortfall: 'timeout' }
        rounds.took(round.rows, performance.now() - begun)
      }
      beyond = end
    } catch (error) {
      if (!(error instanceof Interrupted) || !bounds.isLate()) throw error
      // Before the first round ended nothing is known: it begins where the question does.
      if (!Number.isFinite(beyond)) beyond = order === 'newest' ? question.to : question.from
      return { beyond, shortfall: 'timeout' }
    } finally {
      snapshot.release()
    }
    return { beyond, shortfall }
  }

  /** The events of rows that were found, read only from the blocks in which they are. */
  async #jsonOf(
    { hot, blocks }: Round,
    rows: { at: number; id: string; block: number }[],
    bounds: Bounds,
  ): Promise<Map<string, string>> {
    const numbers = new Set(rows.map((row) => row.block))
    const part = { hot: numbers.has(-1) ? hot : [], blocks: blocks.filter(({ block }) => numbers.has(block.number)) }
    const values: DuckDBValue[] = []
    const ids = rows.map((row) => bind(values, row.id)).join(', ')
    // Files are in order of time: with the times only those groups of rows are read in which the events are.
    const times = rows.map((row) => bind(values, row.at)).join(', ')
    const answer = await this.#rows.of(
      part,
      ({ sql }) => ({
        sql: `SELECT event_id, event_json FROM ${sql} WHERE event_id IN (${ids}) AND happened_at IN (${times})`,
        values,
      }),
      bounds.signal,
    )
    return new Map(answer.rows.map(([id, json]) => [String(id), String(json)]))
  }

  /** Newest first, so that the counts may come in parts: those of one question are added up. */
  async histogram(question: WireQuestion & { buckets: number; cursor?: string }, bounds: Bounds) {
    const { from, to, buckets } = question
    const stepMs = Math.max(1, Math.ceil((to - from + 1) / buckets))
    const counts = new Array<number>(buckets).fill(0)
    const place = question.cursor === undefined ? null : readCursor(question.cursor)
    const narrowed = place ? beyondPlace(question, place, 'newest') : question
    const where = whereOf(narrowed)
    const isFree = !question.assetIds && !question.types && !question.text && !question.conditions?.length
    const bucketOf = (at: number) => Math.min(buckets - 1, Math.floor((at - from) / stepMs))
    const { beyond, shortfall } = await this.#walk(narrowed, where, 'newest', bounds, async (round) => {
      const { upTo, beyond } = round.span
      // A block within one step is counted by its description.
      const isDescribed = ({ block }: Chosen) =>
        isFree &&
        block.from >= from &&
        block.to <= narrowed.to &&
        block.from > beyond &&
        block.to <= upTo &&
        bucketOf(block.from) === bucketOf(block.to)
      const { rows, damaged } = await this.#rows.of(
        { hot: round.hot, blocks: round.blocks.filter((one) => !isDescribed(one)) },
        (source) => {
          const { sql, values } = within(where, round.span, 'newest')
          const step = `CAST(floor((happened_at - ${bind(values, from)}) / ${bind(values, stepMs)}) AS INTEGER)`
          return {
            sql: `SELECT ${step} AS step, CAST(count(*) AS DOUBLE) FROM ${source.sql} WHERE ${sql} GROUP BY step`,
            values,
          }
        },
        bounds.signal,
      )
      for (const [step, count] of rows) counts[Math.min(buckets - 1, Number(step))]! += Number(count)
      for (const { block } of round.blocks.filter(isDescribed)) counts[bucketOf(block.from)]! += block.rows
      return { damaged }
    })
    const isPart = Number.isFinite(beyond)
    return {
      from,
      stepMs,
      counts,
      total: counts.reduce((sum, count) => sum + count, 0),
      nextCursor: isPart ? writeCursor({ at: beyond, id: null }) : null,
      countedTo: isPart ? beyond : null,
      shortfall,
    }
  }

  async topValues(question: WireQuestion & { field: string; prefix: string; limit: number }, bounds: Bounds) {
    if (eventFieldKind(question.field) === null || question.field.startsWith(eventPathPrefix)) return []
    const column = columnName(question.field as EventFieldName)
    const where = whereOf(question)
    const counts = new Map<string, number>()
    let looked = 0
    await this.#walk(question, where, 'newest', bounds, async (round) => {
      const answer = await this.#rows.of(
        round,
        (source) => {
          const { sql, values } = within(where, round.span, 'newest')
          const prefix = bind(values, question.prefix.toLowerCase())
          return {
            sql: `SELECT CAST(${column} AS VARCHAR) AS value, CAST(count(*) AS DOUBLE) AS number FROM ${source.sql}
                  WHERE ${sql} AND starts_with(lower(CAST(${column} AS VARCHAR)), ${prefix})
                  GROUP BY value ORDER BY number DESC LIMIT ${question.limit * 4}`,
            values,
          }
        },
        bounds.signal,
      )
      for (const [value, count] of answer.rows) {
        const text = String(value).replace(/\.0$/, '')
        counts.set(text, (counts.get(text) ?? 0) + Number(count))
      }
      looked += round.rows
      return { damaged: answer.damaged, isEnd: looked >= topValuesRows }
    })
    return [...counts]
      .map(([value, count]) => ({ value, count }))
      .sort((one, other) => other.count - one.count || (one.value < other.value ? -1 : 1))
      .slice(0, question.limit)
  }

  async byIds({ ids, from, to }: { ids: readonly string[]; from: number; to: number }, bounds: Bounds) {
    const where = whereOf({ from, to, assetIds: null })
    where.probes.push({ ids })
    where.sql += ` AND event_id IN (${ids.map((id) => bind(where.values, id)).join(', ')})`
    const { found } = await this.#first({ from, to, assetIds: null }, where, ids.length, 'newest', bounds)
    return found.map((row) => JSON.parse(row.json) as Event)
  }

  async byProcess(
    question: { assetId: string; entityIds: readonly string[]; from: number; to: number; limit: number },
    bounds: Bounds,
  ) {
    const { assetId, entityIds, from, to, limit } = question
    const where = whereOf({ from, to, assetIds: [assetId] })
    where.probes.push({ values: entityIds.map((id) => id.toLowerCase()) })
    const list = entityIds.map((id) => bind(where.values, id)).join(', ')
    const columnsOfProcesses = [columnName('process.entityId'), columnName('process.parent.entityId')]
    where.sql += ` AND (${columnsOfProcesses.map((column) => `${column} IN (${list})`).join(' OR ')})`
    const asked = { from, to, assetIds: [assetId] }
    const { found, shortfall } = await this.#first(asked, where, limit + 1, 'newest', bounds)
    const events = found.slice(0, limit).map((row) => JSON.parse(row.json) as Event)
    return { events: events.reverse(), shortfall: shortfall ?? (found.length > limit ? ('limit' as const) : null) }
  }
}

/** The condition with the span of a round, and parameters of its own. */
function within(where: Where, { upTo, beyond }: Span, order: EventOrder): { sql: string; values: DuckDBValue[] } {
  const values = [...where.values]
  const [isIn, isNearer] = order === 'newest' ? ['<=', '>'] : ['>=', '<']
  let { sql } = where
  if (Number.isFinite(upTo)) sql += ` AND happened_at ${isIn} ${bind(values, upTo)}`
  if (Number.isFinite(beyond)) sql += ` AND happened_at ${isNearer} ${bind(values, beyond)}`
  return { sql, values }
}

/** What is left of a question from a place on. */
function beyondPlace<T extends WireQuestion>(question: T, { at }: Place, order: EventOrder): T {
  return order === 'newest'
    ? { ...question, to: Math.min(question.to, at) }
    : { ...question, from: Math.max(question.from, at) }
}

function comparePlaces(one: { at: number; id: string }, other: { at: number; id: string }): number {
  return one.at - other.at || (one.id < other.id ? -1 : 1)
}
