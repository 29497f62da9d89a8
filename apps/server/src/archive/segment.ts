/** One file of the archive: frames one after another. Knows where each frame lies and which time it covers. */
import { type FileHandle, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import type { EventBatch } from './event-archive.ts'
import { decodeHeader, decodePayload, headerBytes } from './frame.ts'

/** Neighbouring frames are described together up to this size, bytes: the index of a full archive stays small. */
const blockBytes = 256 * 1024

/** Neighbouring frames and the times of their events, ms; `from > to` when they have no events. */
export interface Block {
  offset: number
  bytes: number
  from: number
  to: number
}

export interface Segment {
  number: number
  path: string
  bytes: number
  /** Server clock of the last batch; 0 for an empty segment. */
  lastReceivedAt: number
  blocks: Block[]
}

/** Takes the frame that was written at the end of the segment into its description. */
export function describeFrame(segment: Segment, batch: EventBatch, offset: number, bytes: number): void {
  let block = segment.blocks.at(-1)
  if (!block || block.bytes >= blockBytes) {
    block = { offset, bytes: 0, from: Number.POSITIVE_INFINITY, to: Number.NEGATIVE_INFINITY }
    segment.blocks.push(block)
  }
  for (const event of batch.events) {
    block.from = Math.min(block.from, event.at)
    block.to = Math.max(block.to, event.at)
  }
  segment.bytes = offset + bytes
  block.bytes = segment.bytes - block.offset
  segment.lastReceivedAt = batch.receivedAt
}

/** Frames from `offset` on, up to the first place that holds none. */
export async function* framesOf(
  handle: FileHandle,
  offset: number,
  end: number,
): AsyncGenerator<{ offset: number; bytes: number; batch: EventBatch | null }> {
  const head = Buffer.alloc(headerBytes)
  let at = offset
  while (at + headerBytes <= end) {
    const read = await handle.read(head, 0, headerBytes, at)
    const header = read.bytesRead === headerBytes ? decodeHeader(head) : null
    if (!header || at + headerBytes + header.payloadBytes > end) return
    const payload = Buffer.alloc(header.payloadBytes)
    await handle.read(payload, 0, payload.length, at + headerBytes)
    const bytes = headerBytes + payload.length
    yield { offset: at, bytes, batch: decodePayload(header, payload) }
    at += bytes
  }
}

/**
 * Learns what a segment holds, from its index file where there is one, else from its frames.
 * `wholeBytes` is where the last whole frame ends: beyond it lies a write that never finished.
 */
export async function surveySegment(
  number: number,
  path: string,
): Promise<{ segment: Segment; wholeBytes: number; damaged: number }> {
  const bytes = (await stat(path)).size
  const indexed = await readIndex(number, path, bytes)
  if (indexed) return { segment: indexed, wholeBytes: bytes, damaged: 0 }
  const segment: Segment = { number, path, bytes: 0, lastReceivedAt: 0, blocks: [] }
  let damaged = 0
  const handle = await open(path, 'r')
  try {
    for await (const frame of framesOf(handle, 0, bytes)) {
      // A damaged last frame is a torn write; one with frames after it is damage, and only it is skipped.
      if (!frame.batch) damaged++
      else describeFrame(segment, frame.batch, frame.offset, frame.bytes)
    }
  } finally {
    await handle.close()
  }
  return { segment, wholeBytes: segment.bytes, damaged }
}

const indexPath = (path: string) => `${path}.index`

/** Writes down what a finished segment holds, so that the next start need not read it. */
export async function writeIndex(segment: Segment): Promise<void> {
  const { bytes, lastReceivedAt, blocks } = segment
  const rows = blocks.map((block) => [block.offset, block.bytes, finite(block.from), finite(block.to)])
  await writeFile(`${indexPath(segment.path)}.new`, JSON.stringify({ bytes, lastReceivedAt, blocks: rows }))
  await rename(`${indexPath(segment.path)}.new`, indexPath(segment.path))
}

const finite = (value: number) => (Number.isFinite(value) ? value : null)

async function readIndex(number: number, path: string, bytes: number): Promise<Segment | null> {
  try {
    const index = JSON.parse(await readFile(indexPath(path), 'utf8'))
    if (index.bytes !== bytes) return null
    const blocks = (index.blocks as (number | null)[][]).map(([offset, length, from, to]) => ({
      offset: offset ?? 0,
      bytes: length ?? 0,
      from: from ?? Number.POSITIVE_INFINITY,
      to: to ?? Number.NEGATIVE_INFINITY,
    }))
    return { number, path, bytes, lastReceivedAt: index.lastReceivedAt, blocks }
  } catch {
    return null
  }
}

export async function removeSegment(segment: Segment): Promise<void> {
  await rm(segment.path, { force: true })
  await rm(indexPath(segment.path), { force: true })
}
