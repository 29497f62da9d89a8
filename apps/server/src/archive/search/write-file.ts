/** Events of a table → one Parquet file, read once more and described before it counts. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { ArchivePosition } from '../event-archive.ts'
import { textMax } from '../event-text.ts'
import { addAnyText, addId, addText, addValue, type BlockFilter, blockRows, emptyFilter } from './block-filter.ts'
import { columns, keyColumns } from './columns.ts'
import type { Engine } from './engine.ts'
import { fileName, publish, type StoredBlock, type StoredFile } from './stored-file.ts'
import { temporaryPrefix } from './stored-files.ts'

/** Events that are read together when one of them is wanted whole. */
const groupRows = 4096
export const copyOptions = `FORMAT parquet, PARQUET_VERSION V2, COMPRESSION zstd, ROW_GROUP_SIZE ${groupRows}`

/** Fails when the disk is full or the file does not hold the rows it should; nothing is left then. */
export async function writeFile(
  engine: Engine,
  directory: string,
  table: string,
  range: { start: ArchivePosition; end: ArchivePosition; rows: number; firstBlock: number },
): Promise<StoredFile> {
  const name = fileName(range.start, range.end)
  const temporary = join(directory, `${temporaryPrefix}${name}`)
  const list = columns.map((column) => column.name).join(', ')
  // Blocks of about the same size: the filters of one with a few events would cost as much as those of a full one.
  const perBlock = Math.ceil(range.rows / Math.max(1, Math.round(range.rows / blockRows)))
  try {
    await engine.rows(
      `COPY (
         SELECT *, CAST(${range.firstBlock} + (row_number() OVER () - 1) // ${perBlock} AS INTEGER) AS block
         FROM (SELECT ${list} FROM ${table} ORDER BY happened_at, event_id)
       ) TO '${temporary.replaceAll("'", "''")}' (${copyOptions})`,
    )
    const { blocks, filters } = await describe(engine, temporary, range.firstBlock)
    const rows = blocks.reduce((sum, block) => sum + block.rows, 0)
    if (rows !== range.rows) throw new Error(`${name} holds ${rows} events instead of ${range.rows}`)
    return await publish(temporary, join(directory, name), blocks, filters)
  } catch (error) {
    await rm(temporary, { force: true })
    await rm(`${temporary}.blocks`, { force: true })
    throw error
  }
}

async function describe(
  engine: Engine,
  path: string,
  firstBlock: number,
): Promise<{ blocks: StoredBlock[]; filters: BlockFilter[] }> {
  const blocks: StoredBlock[] = []
  const filters: BlockFilter[] = []
  await engine.use(async (connection) => {
    const result = await connection.stream(
      `SELECT block, happened_at, event_text, event_id, ${keyColumns.join(', ')} FROM read_parquet($1)`,
      [path],
    )
    for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
      const [numbers = [], times = [], texts = [], ids = [], ...keys] = chunk.getColumns() as unknown as [
        number[],
        number[],
        string[],
        string[],
        ...(string | null)[][],
      ]
      for (const [row, number] of numbers.entries()) {
        const at = times[row] ?? 0
        const index = number - firstBlock
        blocks[index] ??= { number, from: at, to: at, rows: 0 }
        filters[index] ??= emptyFilter()
        const block = blocks[index]
        const filter = filters[index]
        block.from = Math.min(block.from, at)
        block.to = Math.max(block.to, at)
        block.rows++
        addId(filter, ids[row] ?? '')
        addEvent(filter, texts[row] ?? '', keys, row)
      }
    }
  })
  return { blocks, filters }
}

function addEvent(filter: BlockFilter, text: string, keys: (string | null)[][], row: number): void {
  // Fields of an event whose text was cut may hold what the text does not.
  if (text.length >= textMax) addAnyText(filter)
  else addText(filter, text)
  for (const values of keys) {
    const value = values[row]
    if (value !== null && value !== undefined) addValue(filter, value.toLowerCase())
  }
}
