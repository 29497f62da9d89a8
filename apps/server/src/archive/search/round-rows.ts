/** One statement over a round: its tables, its blocks, and what happens when a file cannot be read. */
import type { DuckDBValue } from '@duckdb/node-api'
import { type Engine, Interrupted } from './engine.ts'
import type { EventIndex } from './event-index.ts'
import type { Chosen } from './filters.ts'
import type { Round } from './rounds.ts'
import type { StoredFile } from './stored-file.ts'

/** A table, or blocks of files, that are asked with one statement. */
export interface Source {
  sql: string
  blocks: Chosen[]
}

export class RoundRows {
  readonly #engine: Engine
  readonly #index: EventIndex

  constructor(engine: Engine, index: EventIndex) {
    this.#engine = engine
    this.#index = index
  }

  /** Rows of all sources. When a statement fails its files are asked one by one, and those at fault are set aside. */
  async of(
    round: Pick<Round, 'hot' | 'blocks'>,
    statement: (source: Source) => { sql: string; values: DuckDBValue[] },
    signal: AbortSignal,
  ): Promise<{ rows: DuckDBValue[][]; damaged: boolean }> {
    const ask = (source: Source) => {
      const { sql, values } = statement(source)
      return this.#engine.rows(sql, values, signal)
    }
    const rows: DuckDBValue[][] = []
    let damaged = false
    for (const source of sourcesOf(round))
      try {
        rows.push(...(await ask(source)))
      } catch (error) {
        if (error instanceof Interrupted || source.blocks.length === 0) throw error
        for (const file of filesOf(source.blocks))
          try {
            rows.push(...(await ask(sourceOf(source.blocks.filter((one) => one.file === file)))))
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

export function sourcesOf({ hot, blocks }: Pick<Round, 'hot' | 'blocks'>): Source[] {
  const tables = hot.map(({ table }) => ({ sql: `(SELECT *, -1 AS block FROM ${table})`, blocks: [] }))
  return blocks.length === 0 ? tables : [...tables, sourceOf(blocks)]
}

function sourceOf(blocks: Chosen[]): Source {
  const files = filesOf(blocks)
  const all = files.reduce((sum, file) => sum + file.blocks.length, 0)
  const numbers = blocks.map(({ block }) => block.number).join(', ')
  const only = blocks.length === all ? '' : ` WHERE block IN (${numbers})`
  const paths = files.map((file) => `'${file.path.replaceAll("'", "''")}'`).join(', ')
  return { sql: `(SELECT * FROM read_parquet([${paths}])${only})`, blocks }
}

const filesOf = (blocks: readonly Chosen[]) => [...new Set(blocks.map(({ file }) => file))]
