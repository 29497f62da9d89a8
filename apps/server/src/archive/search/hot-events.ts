/** The newest events, in a table in memory until there are enough of them for a file. */
import { DOUBLE, DuckDBDataChunk, type DuckDBValue, VARCHAR } from '@duckdb/node-api'
import type { Event } from '@rampart/event'
import { columns } from './columns.ts'
import type { Engine } from './engine.ts'

const chunkRows = 2048
const types = columns.map(({ sql }) => (sql === 'DOUBLE' ? DOUBLE : VARCHAR))

export class HotEvents {
  readonly table: string
  readonly #engine: Engine
  rows = 0
  from = Number.POSITIVE_INFINITY
  to = Number.NEGATIVE_INFINITY

  private constructor(engine: Engine, table: string) {
    this.#engine = engine
    this.table = table
  }

  static async create(engine: Engine): Promise<HotEvents> {
    const hot = new HotEvents(engine, `hot_${engine.nextNumber()}`)
    await engine.rows(`CREATE TABLE ${hot.table} (${columns.map(({ name, sql }) => `${name} ${sql}`).join(', ')})`)
    return hot
  }

  async add(events: readonly Event[]): Promise<void> {
    if (events.length === 0) return
    await this.#engine.use(async (connection) => {
      const appender = await connection.createAppender(this.table)
      for (let start = 0; start < events.length; start += chunkRows) {
        const part = events.slice(start, start + chunkRows)
        const chunk = DuckDBDataChunk.create(types, part.length)
        chunk.setColumns(columns.map(({ read }) => part.map((event) => read(event) as DuckDBValue)))
        appender.appendDataChunk(chunk)
      }
      appender.closeSync()
    })
    for (const { at } of events) {
      if (at < this.from) this.from = at
      if (at > this.to) this.to = at
    }
    this.rows += events.length
  }

  async drop(): Promise<void> {
    await this.#engine.rows(`DROP TABLE IF EXISTS ${this.table}`)
  }
}
