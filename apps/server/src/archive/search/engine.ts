/** DuckDB, boxed in: it reads and writes two folders, loads no extensions, and has bounds on memory, threads and disk. */
import { type DuckDBConnection, DuckDBInstance, type DuckDBValue } from '@duckdb/node-api'

export interface EngineBounds {
  memoryMb: number
  threads: number
  temporaryMb: number
}

/** Thrown when a question was cancelled or its time was up. */
export class Interrupted extends Error {}

const quote = (text: string) => `'${text.replaceAll("'", "''")}'`

export class Engine {
  readonly #instance: DuckDBInstance
  readonly #idle: DuckDBConnection[] = []
  #number = 0

  private constructor(instance: DuckDBInstance) {
    this.#instance = instance
  }

  static async open(files: string, temporary: string, bounds: EngineBounds): Promise<Engine> {
    const instance = await DuckDBInstance.create(':memory:', {
      threads: String(bounds.threads),
      memory_limit: `${bounds.memoryMb}MB`,
    })
    const connection = await instance.connect()
    for (const setting of [
      `temp_directory=${quote(temporary)}`,
      `max_temp_directory_size='${bounds.temporaryMb}MB'`,
      `allowed_directories=[${quote(files)}, ${quote(temporary)}]`,
      'parquet_metadata_cache=true',
      // The system keeps what was read from files; a second copy would only be ours.
      'enable_external_file_cache=false',
      // What a conversion or a question needed goes back to the system soon after.
      "allocator_flush_threshold='8MB'",
      "allocator_bulk_deallocation_flush_threshold='32MB'",
      'autoinstall_known_extensions=false',
      'autoload_known_extensions=false',
      'enable_external_access=false',
      'lock_configuration=true',
    ])
      await connection.run(`SET ${setting}`)
    const engine = new Engine(instance)
    engine.#idle.push(connection)
    return engine
  }

  /** For names that are given once. */
  nextNumber(): number {
    return this.#number++
  }

  /** Rows of one statement. Fails with `Interrupted` when the signal ends it. */
  async rows(sql: string, values: DuckDBValue[] = [], signal?: AbortSignal): Promise<DuckDBValue[][]> {
    return this.use(async (connection) => {
      if (signal?.aborted) throw new Interrupted()
      const interrupt = () => connection.interrupt()
      signal?.addEventListener('abort', interrupt)
      try {
        return (await connection.runAndReadAll(sql, values)).getRows()
      } catch (error) {
        throw signal?.aborted ? new Interrupted() : error
      } finally {
        signal?.removeEventListener('abort', interrupt)
      }
    })
  }

  /** A connection of one's own for as long as `work` takes. */
  async use<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    const connection = this.#idle.pop() ?? (await this.#instance.connect())
    try {
      return await work(connection)
    } finally {
      this.#idle.push(connection)
    }
  }
}
