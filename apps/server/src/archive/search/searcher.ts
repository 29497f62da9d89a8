/** Answers questions over a snapshot of the index: newest blocks first, and no more of them than the answer needs. */
import type { DuckDBValue } from '@duckdb/node-api'
import { type EventFieldName, eventFieldKind, eventPathPrefix } from '@rampart/api'
import type { Event } from '@rampart/event'
import { SearchError, type Shortfall } from '../event-search.ts'
import { columnName } from './columns.ts'
import { type Engine, Interrupted } from './engine.ts'
import type { EventIndex } from './event-index.ts'
import { type Chosen, Filters } from './filters.ts'
import type { HotEvents } from './hot-events.ts'
import { bind, type Where, type WireQuestion, whereOf } from './question-sql.ts'
import type { StoredFile } from './stored-file.ts'

/** Events that the first round looks at; each further round looks at twice as many. */
const firstRoundRows = 32_768
/** Events that frequent values are counted over. */
const topValuesRows = 1_048_576

/** A table, or blocks of files, that are asked with one statement. */
interface Source {
  sql: string
  files: StoredFile[]
}

interface Place {
  at: number
  id: string
}

/** What a question may take; its events and whether all of them were looked at. */
interface Bounds {
  signal: AbortSignal
  isLate: () => boolean
}

export class Searcher {
  readonly #engine: Engine
  readonly #index: EventIndex
  readonly #filters = new Filters()

  constructor(engine: Engine, index: EventIndex) {
    this.#engine = engine
    this.#index = index
  }

  async search(question: WireQuestion & { limit: number; cursor?: string }, bounds: Bounds) {
    const where = whereOf(question)
    if (question.cursor !== undefined) {
      const { at, id } = readCursor(question.cursor)
      const place = bind(where.values, at)
      where.sql += ` AND (happened_at < ${place} OR (happened_at = ${place} AND event_id < ${bind(where.values, id)}))`
    }
    const { found, shortfall } = await this.#newest(question, where, question.limit + 1, bounds)
    const page = found.slice(0, question.limit)
    const last = page.at(-1)
    const nextCursor = last && (found.length > page.length || shortfall === 'timeout') ? writeCursor(last) : null
    return { events: page.map((row) => JSON.parse(row.json) as Event), nextCursor, shortfall }
  }

  /** Newest rows that fit, with their events. */
  async #newest(question: WireQuestion, where: Where, limit: number, bounds: Bounds) {
    const snapshot = this.#index.snapshot()
    let shortfall: Shortfall | null = null
    let found: (Place & { json: string })[] = []
    try {
      const blocks = await this.#candidates(snapshot.files, question, where)
      const rounds = [...snapshot.hot.map((hot) => [hot]), ...roundsOf(blocks)]
      for (const round of rounds) {
        const edge = found[limit - 1]?.at
        if (edge !== undefined && edge > newestIn(round)) continue
        const statement = (source: Source) =>
          `SELECT happened_at, event_id, block FROM ${source.sql} WHERE ${where.sql} ORDER BY happened_at DESC, event_id DESC LIMIT ${limit}`
        const { rows, damaged } = await this.#ask(round, where, statement, bounds)
        if (damaged) shortfall = 'damaged'
        const placed = rows.map(([at, id, block]) => ({ at: Number(at), id: String(id), block: Number(block) }))
        const better = placed.filter((row) => found.length < limit || comesBefore(row, found[limit - 1]))
        if (better.length === 0) continue
        const jsons = await this.#jsonOf(round, better, bounds)
        found = [...found, ...better.map((row) => ({ at: row.at, id: row.id, json: jsons.get(row.id) ?? '' }))]
          .filter((row) => row.json !== '')
          .sort((one, other) => (comesBefore(one, other) ? -1 : 1))
          .slice(0, limit)
      }
    } catch (error) {
      if (!(error instanceof Interrupted) || !bounds.isLate()) throw error
      shortfall = 'timeout'
    } finally {
      snapshot.release()
    }
    return { found, shortfall }
  }

  /** The events of rows that were found, read only from the blocks in which they are. */
  async #jsonOf(round: Round, rows: (Place & { block: number })[], bounds: Bounds): Promise<Map<string, string>> {
    const numbers = new Set(rows.map((row) => row.block))
    const part =
      'table' in (round[0] ?? {}) ? round : (round as Chosen[]).filter(({ block }) => numbers.has(block.number))
    const sources = sourcesOf(part as Round)
    const found = new Map<string, string>()
    for (const source of sources) {
      const values: DuckDBValue[] = []
      const ids = rows.map((row) => bind(values, row.id)).join(', ')
      // Files are in order of time: with the times only those groups of rows are read in which the events are.
      const times = rows.map((row) => bind(values, row.at)).join(', ')
      const answer = await this.#engine.rows(
        `SELECT event_id, event_json FROM ${source.sql} WHERE event_id IN (${ids}) AND happened_at IN (${times})`,
        values,
        bounds.signal,
      )
      for (const [id, json] of answer) found.set(String(id), String(json))
    }
    return found
  }

  async histogram(question: WireQuestion & { buckets: number }, bounds: Bounds) {
    const { from, to, buckets } = question
    const stepMs = Math.max(1, Math.ceil((to - from + 1) / buckets))
    const counts = new Array<number>(buckets).fill(0)
    const where = whereOf(question)
    const isFree = !question.assetIds && !question.types && !question.text && !question.conditions?.length
    const snapshot = this.#index.snapshot()
    let shortfall: Shortfall | null = null
    const bucketOf = (at: number) => Math.min(buckets - 1, Math.floor((at - from) / stepMs))
    try {
      let blocks = await this.#candidates(snapshot.files, question, where)
      if (isFree)
        // A block within one step is counted by its description.
        blocks = blocks.filter(({ block }) => {
          if (block.from < from || block.to > to || bucketOf(block.from) !== bucketOf(block.to)) return true
          counts[bucketOf(block.from)]! += block.rows
          return false
        })
      for (const round of [...snapshot.hot.map((hot) => [hot]), ...roundsOf(blocks)]) {
        const statement = (source: Source, values: DuckDBValue[]) =>
          `SELECT CAST(floor((happened_at - ${bind(values, from)}) / ${bind(values, stepMs)}) AS INTEGER) AS step, CAST(count(*) AS DOUBLE)
           FROM ${source.sql} WHERE ${where.sql} GROUP BY step`
        const { rows, damaged } = await this.#ask(round, where, statement, bounds)
        if (damaged) shortfall = 'damaged'
        for (const [step, count] of rows) counts[Math.min(buckets - 1, Number(step))]! += Number(count)
      }
    } catch (error) {
      if (!(error instanceof Interrupted) || !bounds.isLate()) throw error
      shortfall = 'timeout'
    } finally {
      snapshot.release()
    }
    return { from, stepMs, counts, total: counts.reduce((sum, count) => sum + count, 0), shortfall }
  }

  async topValues(question: WireQuestion & { field: string; prefix: string; limit: number }, bounds: Bounds) {
    if (eventFieldKind(question.field) === null || question.field.startsWith(eventPathPrefix)) return []
    const column = columnName(question.field as EventFieldName)
    const where = whereOf(question)
    const snapshot = this.#index.snapshot()
    const counts = new Map<string, number>()
    try {
      const blocks = await this.#candidates(snapshot.files, question, where)
      let rows = 0
      const some = blocks.filter(({ block }) => {
        rows += block.rows
        return rows <= topValuesRows
      })
      for (const round of [...snapshot.hot.map((hot) => [hot]), ...roundsOf(some)]) {
        const statement = (source: Source, values: DuckDBValue[]) =>
          `SELECT CAST(${column} AS VARCHAR) AS value, CAST(count(*) AS DOUBLE) AS number FROM ${source.sql}
           WHERE ${where.sql} AND starts_with(lower(CAST(${column} AS VARCHAR)), ${bind(values, question.prefix.toLowerCase())})
           GROUP BY value ORDER BY number DESC LIMIT ${question.limit * 4}`
        const answer = await this.#ask(round, where, statement, bounds)
        for (const [value, count] of answer.rows) {
          const text = String(value).replace(/\.0$/, '')
          counts.set(text, (counts.get(text) ?? 0) + Number(count))
        }
      }
    } catch (error) {
      if (!(error instanceof Interrupted) || !bounds.isLate()) throw error
    } finally {
      snapshot.release()
    }
    return [...counts]
      .map(([value, count]) => ({ value, count }))
      .sort((one, other) => other.count - one.count || (one.value < other.value ? -1 : 1))
      .slice(0, question.limit)
  }

  async byIds({ ids, from, to }: { ids: readonly string[]; from: number; to: number }, bounds: Bounds) {
    const where = whereOf({ from, to, assetIds: null })
    where.probes.push({ ids })
    where.sql += ` AND event_id IN (${ids.map((id) => bind(where.values, id)).join(', ')})`
    const { found } = await this.#newest({ from, to, assetIds: null }, where, ids.length, bounds)
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
    const { found, shortfall } = await this.#newest({ from, to, assetIds: [assetId] }, where, limit + 1, bounds)
    const events = found.slice(0, limit).map((row) => JSON.parse(row.json) as Event)
    return { events: events.reverse(), shortfall: shortfall ?? (found.length > limit ? ('limit' as const) : null) }
  }

  async #candidates(files: StoredFile[], question: WireQuestion, where: Where): Promise<Chosen[]> {
    const chosen = await this.#filters.candidates(files, question, where.probes)
    return chosen.sort((one, other) => other.block.to - one.block.to)
  }

  /** One statement over a round. When it fails the files are asked one by one, and those at fault are set aside. */
  async #ask(
    round: Round,
    where: Where,
    statement: (source: Source, values: DuckDBValue[]) => string,
    bounds: Bounds,
  ): Promise<{ rows: DuckDBValue[][]; damaged: boolean }> {
    const ask = async (source: Source) => {
      const values = [...where.values]
      return this.#engine.rows(statement(source, values), values, bounds.signal)
    }
    const rows: DuckDBValue[][] = []
    let damaged = false
    for (const source of sourcesOf(round))
      try {
        rows.push(...(await ask(source)))
      } catch (error) {
        if (error instanceof Interrupted || source.files.length === 0) throw error
        for (const file of source.files)
          try {
            rows.push(...(await ask(sourceOf((round as Chosen[]).filter((one) => one.file === file)))))
          } catch (cause) {
            if (cause instanceof Interrupted) throw cause
            if (await this.#isReadable(file)) throw cause
            this.#index.setDamaged(file)
            damaged = true
          }
      }
    return { rows, damaged }
  }

  /** False when the file itself is at fault, and not the question. */
  async #isReadable(file: StoredFile): Promise<boolean> {
    return this.#engine
      .rows('SELECT count(*), max(event_id), max(length(event_text)), max(length(event_json)) FROM read_parquet($1)', [
        file.path,
      ])
      .then(
        ([row]) => Number(row?.[0]) === file.rows,
        () => false,
      )
  }
}

type Round = HotEvents[] | Chosen[]

function roundsOf(chosen: Chosen[]): Chosen[][] {
  const rounds: Chosen[][] = []
  let most = firstRoundRows
  let rows = 0
  let round: Chosen[] = []
  for (const one of chosen) {
    if (rows >= most) {
      rounds.push(round)
      round = []
      rows = 0
      most *= 2
    }
    round.push(one)
    rows += one.block.rows
  }
  return round.length > 0 ? [...rounds, round] : rounds
}

const newestIn = (round: Round) => Math.max(...round.map((one) => ('block' in one ? one.block.to : one.to)))

function sourcesOf(round: Round): Source[] {
  const [first] = round
  if (!first) return []
  if (!('block' in first)) return [{ sql: `(SELECT *, -1 AS block FROM ${first.table})`, files: [] }]
  return [sourceOf(round as Chosen[])]
}

function sourceOf(chosen: Chosen[]): Source {
  const files = [...new Set(chosen.map(({ file }) => file))]
  const all = files.reduce((sum, file) => sum + file.blocks.length, 0)
  const numbers = chosen.map(({ block }) => block.number).join(', ')
  const only = chosen.length === all ? '' : ` WHERE block IN (${numbers})`
  const paths = files.map((file) => `'${file.path.replaceAll("'", "''")}'`).join(', ')
  return { sql: `(SELECT * FROM read_parquet([${paths}])${only})`, files }
}

function comesBefore(one: Place, other: Place | undefined): boolean {
  return !other || one.at > other.at || (one.at === other.at && one.id > other.id)
}

const writeCursor = ({ at, id }: Place) => Buffer.from(JSON.stringify([at, id])).toString('base64url')

function readCursor(cursor: string): Place {
  try {
    const [at, id] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[]
    if (typeof at === 'number' && typeof id === 'string') return { at, id }
  } catch {
    // Not one of ours.
  }
  throw new SearchError('search.invalid-cursor', 'The place to go on from is not valid. Search again.')
}
