/** One Parquet file of events and the description beside it: which part of the log it covers, its blocks, their filters. */
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { crc32 } from 'node:zlib'
import type { ArchivePosition } from '../event-archive.ts'
import { type BlockFilter, type FilterPart, filterBytes, filterParts } from './block-filter.ts'

/** Neighbouring events in order of time. */
export interface StoredBlock {
  number: number
  from: number
  to: number
  rows: number
}

export interface StoredFile {
  path: string
  /** The part of the log whose events it holds. */
  start: ArchivePosition
  end: ArchivePosition
  rows: number
  bytes: number
  from: number
  to: number
  /** When it was written, ms: what is in it was received before. */
  writtenAt: number
  blocks: StoredBlock[]
  /** Where the filters begin in the description. */
  filtersAt: number
}

const magic = 'RBF2'
const namePattern = /^(\d{10})-(\d{12})-(\d{10})-(\d{12})\.parquet$/
const blockBytes = filterParts.reduce((sum, part) => sum + filterBytes[part], 0)

/** Where one part of the filters of all blocks begins in the description. */
export function partAt(file: Pick<StoredFile, 'blocks' | 'filtersAt'>, part: FilterPart): number {
  const before = filterParts.slice(0, filterParts.indexOf(part))
  return before.reduce((place, one) => place + file.blocks.length * filterBytes[one], file.filtersAt)
}

export const descriptionPath = (path: string) => path.replace(/\.parquet$/, '.blocks')

const digits = ({ segment, offset }: ArchivePosition) =>
  `${String(segment).padStart(10, '0')}-${String(offset).padStart(12, '0')}`
export const fileName = (start: ArchivePosition, end: ArchivePosition) => `${digits(start)}-${digits(end)}.parquet`

/** Null when it is no name of a file of events. */
export function parseFileName(name: string): { start: ArchivePosition; end: ArchivePosition } | null {
  const found = namePattern.exec(name)
  if (!found) return null
  const [segment = 0, offset = 0, endSegment = 0, endOffset = 0] = found.slice(1).map(Number)
  return { start: { segment, offset }, end: { segment: endSegment, offset: endOffset } }
}

/** Makes a finished file part of the archive: description first, then the name, all on disk. */
export async function publish(
  temporary: string,
  path: string,
  blocks: StoredBlock[],
  filters: BlockFilter[],
): Promise<StoredFile> {
  const range = parseFileName(path.slice(path.lastIndexOf('/') + 1))
  if (!range) throw new Error(`${path} is no name of a file of events`)
  const { size: bytes, mtimeMs: writtenAt } = await stat(temporary)
  const rows = blocks.reduce((sum, block) => sum + block.rows, 0)
  const text = Buffer.from(JSON.stringify({ bytes, rows, blocks: blocks.map((one) => Object.values(one)) }))
  const head = Buffer.alloc(12)
  head.write(magic, 0, 'latin1')
  head.writeUInt32LE(text.length, 4)
  head.writeUInt32LE(crc32(text), 8)
  const description = `${temporary}.blocks`
  await writeDurably(description, [head, text, ...filterParts.flatMap((part) => filters.map((filter) => filter[part]))])
  await syncFile(temporary)
  await rename(description, descriptionPath(path))
  await rename(temporary, path)
  await syncFile(dirname(path))
  return { path, ...range, ...summary(blocks), rows, bytes, writtenAt, blocks, filtersAt: head.length + text.length }
}

const summary = (blocks: StoredBlock[]) => ({
  from: Math.min(...blocks.map((block) => block.from)),
  to: Math.max(...blocks.map((block) => block.to)),
})

async function writeDurably(path: string, parts: Uint8Array[]): Promise<void> {
  const handle = await open(path, 'w', 0o600)
  try {
    for (const part of parts) await handle.writeFile(part)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function syncFile(path: string): Promise<void> {
  const handle = await open(path, 'r')
  await handle.sync()
  await handle.close()
}

/** Null when the file or its description is missing or not what was written. Reads neither the events nor the filters. */
export async function readStoredFile(directory: string, name: string): Promise<StoredFile | null> {
  const range = parseFileName(name)
  if (!range) return null
  const path = join(directory, name)
  let handle: FileHandle | null = null
  try {
    handle = await open(descriptionPath(path), 'r')
    const head = Buffer.alloc(12)
    await handle.read(head, 0, 12, 0)
    const length = head.readUInt32LE(4)
    const size = (await handle.stat()).size
    if (head.toString('latin1', 0, 4) !== magic || length > size) return null
    const text = Buffer.alloc(length)
    await handle.read(text, 0, length, 12)
    if (crc32(text) !== head.readUInt32LE(8)) return null
    const { bytes, rows, blocks: lists } = JSON.parse(text.toString())
    const blocks: StoredBlock[] = lists.map(([number, from, to, count]: number[]) => ({
      number,
      from,
      to,
      rows: count,
    }))
    if (size !== 12 + length + blocks.length * blockBytes) return null
    const writtenAt = await wholeSince(path, bytes)
    if (writtenAt === null) return null
    return { path, ...range, ...summary(blocks), rows, bytes, writtenAt, blocks, filtersAt: 12 + length }
  } catch {
    return null
  } finally {
    await handle?.close()
  }
}

/** When it was written; null unless it has the size that was written, and the mark of Parquet at both ends. */
async function wholeSince(path: string, bytes: number): Promise<number | null> {
  const handle = await open(path, 'r')
  try {
    const { size, mtimeMs } = await handle.stat()
    if (size !== bytes) return null
    const mark = Buffer.alloc(8)
    await handle.read(mark, 0, 4, 0)
    await handle.read(mark, 4, 4, bytes - 4)
    return mark.toString('latin1') === 'PAR1PAR1' ? mtimeMs : null
  } finally {
    await handle.close()
  }
}

export async function removeStoredFile(path: string): Promise<void> {
  await rm(path, { force: true })
  await rm(descriptionPath(path), { force: true })
}
