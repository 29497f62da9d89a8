/**
 * Small neighbouring files → one larger file with the same blocks: fewer files to open for a question.
 * The new file counts when it is on disk and was read once more; only then do the others go.
 */
import { open, rm, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { type BlockFilter, filterBytes, filterParts } from './block-filter.ts'
import type { Engine } from './engine.ts'
import { isSamePlace } from './log-follower.ts'
import { descriptionPath, fileName, partAt, publish, type StoredFile } from './stored-file.ts'
import { temporaryPrefix } from './stored-files.ts'
import { copyOptions } from './write-file.ts'

/** A file with fewer events is small; small ones become one of at most so many. */
const smallRows = 65_536
const mostRows = 262_144

/** The oldest small neighbours, when there are so many of them that they should become one file; else null. */
export function mergeable(files: readonly StoredFile[], fewestFiles: number): StoredFile[] | null {
  let group: StoredFile[] = []
  let rows = 0
  for (const file of files) {
    const last = group.at(-1)
    const isNext = last && isSamePlace(last.end, file.start)
    if (file.rows < smallRows && isNext && rows + file.rows <= mostRows) {
      group.push(file)
      rows += file.rows
      continue
    }
    if (group.length >= fewestFiles) return group
    group = file.rows < smallRows ? [file] : []
    rows = file.rows
  }
  return group.length >= fewestFiles ? group : null
}

/** Fails when there is no room, or one of the files cannot be read; nothing is left then. */
export async function mergeFiles(engine: Engine, directory: string, files: readonly StoredFile[]): Promise<StoredFile> {
  const [first] = files
  const last = files.at(-1)
  if (!first || !last) throw new Error('nothing to merge')
  const path = join(directory, fileName(first.start, last.end))
  const temporary = join(directory, `${temporaryPrefix}${fileName(first.start, last.end)}`)
  const quoted = (name: string) => `'${name.replaceAll("'", "''")}'`
  try {
    const sources = files.map((file) => quoted(file.path)).join(', ')
    await engine.rows(`COPY (SELECT * FROM read_parquet([${sources}])) TO ${quoted(temporary)} (${copyOptions})`)
    await compare(engine, temporary, files)
    const writtenAt = Math.max(...files.map((file) => file.writtenAt)) / 1000
    await utimes(temporary, writtenAt, writtenAt)
    const filters = (await Promise.all(files.map(filtersOf))).flat()
    return await publish(
      temporary,
      path,
      files.flatMap((file) => file.blocks),
      filters,
    )
  } catch (error) {
    await rm(temporary, { force: true })
    await rm(`${temporary}.blocks`, { force: true })
    throw error
  }
}

/** Reads the new file whole: it has the blocks of the others, with as many events of the same times. */
async function compare(engine: Engine, path: string, files: readonly StoredFile[]): Promise<void> {
  const rows = await engine.rows(
    `SELECT block, CAST(count(*) AS DOUBLE), min(happened_at), max(happened_at), max(length(event_id)), max(length(event_text)), max(length(event_json))
     FROM read_parquet($1) GROUP BY block`,
    [path],
  )
  const found = new Map(rows.map(([number, count, from, to]) => [Number(number), [count, from, to].join()]))
  const blocks = files.flatMap((file) => file.blocks)
  const isSame = blocks.every(({ number, rows: count, from, to }) => found.get(number) === [count, from, to].join())
  if (!isSame || found.size !== blocks.length) throw new Error(`${path} does not hold what the merged files held`)
}

async function filtersOf(file: StoredFile): Promise<BlockFilter[]> {
  const filters = file.blocks.map(() => ({}) as BlockFilter)
  const handle = await open(descriptionPath(file.path), 'r')
  try {
    for (const part of filterParts)
      for (const [index, filter] of filters.entries()) {
        const bytes = new Uint8Array(filterBytes[part])
        const { bytesRead } = await handle.read(bytes, 0, bytes.length, partAt(file, part) + index * bytes.length)
        if (bytesRead !== bytes.length) throw new Error(`the description of ${file.path} is cut`)
        filter[part] = bytes
      }
  } finally {
    await handle.close()
  }
  return filters
}
