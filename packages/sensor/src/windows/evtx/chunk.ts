/** One chunk of 64 KB → its records. A record that cannot be read is reported and passed over. */
import { crc32 } from 'node:zlib'
import { type ChunkContext, nodeBudget, readFragment } from './binxml.ts'
import { type EvtxCode, EvtxFault } from './cursor.ts'
import { recordFields } from './fields.ts'
import { filetimeMs } from './value.ts'

export const chunkBytes = 65_536
const chunkMagic = Buffer.from('ElfChnk\0', 'latin1')
const firstRecord = 512
const recordMagic = 0x00002a2a
const recordHeader = 24

/** One record: when it was written (ms since 1970 UTC) and its flat fields. */
export interface EvtxRecord {
  /** `EventRecordID`, the number assigned when it was logged; exported logs number their own records anew. */
  number: number
  writtenAt: number
  fields: Record<string, unknown>
}

export interface EvtxSink {
  record(record: EvtxRecord): void
  /** Something that is wrong; `number` is the record's where it is known, else 0. Reading goes on. */
  problem(code: EvtxCode, number: number): void
}

/** Whether the header's checksum is right (CRC32 of bytes 0 to 120 and 128 to 512). */
function headerIntact(bytes: Buffer): boolean {
  return crc32(bytes.subarray(128, 512), crc32(bytes.subarray(0, 120))) === bytes.readUInt32LE(124)
}

/**
 * Reads one chunk of exactly 64 KB. Chunks of zeros are unused space. Wrong checksums are reported, and what can be
 * read is read all the same: Windows writes them late, and a log copied from a running system has them wrong.
 */
export function readChunk(bytes: Buffer, sink: EvtxSink): void {
  if (!bytes.subarray(0, 8).equals(chunkMagic)) {
    if (bytes.some((byte) => byte !== 0)) sink.problem('evtx.bad-chunk', 0)
    return
  }
  const intact = headerIntact(bytes)
  if (!intact) sink.problem('evtx.bad-chunk-checksum', 0)
  const declaredEnd = bytes.readUInt32LE(48)
  const trusted = intact && declaredEnd >= firstRecord && declaredEnd <= chunkBytes
  const end = trusted ? declaredEnd : chunkBytes
  if (trusted && crc32(bytes.subarray(firstRecord, end)) !== bytes.readUInt32LE(52))
    sink.problem('evtx.bad-records-checksum', 0)
  const chunk: ChunkContext = { bytes, names: new Map(), templates: new Map(), budget: 0 }
  for (let at = firstRecord; at + recordHeader + 4 <= end; ) {
    const size = recordSize(bytes, at, end)
    if (size === 0) {
      const next = nextRecord(bytes, at + 1, end)
      // Old content may follow the last record where the end is not known; only a gap between records is a fault.
      if (trusted || next < end) sink.problem('evtx.bad-record', 0)
      at = next
      continue
    }
    readOne(bytes, at, size, chunk, sink)
    at += size
  }
}

/** Size of the record at `at`, or 0 when there is none: magic, bounds and the copy of the size at its end must agree. */
function recordSize(bytes: Buffer, at: number, end: number): number {
  if (bytes.readUInt32LE(at) !== recordMagic) return 0
  const size = bytes.readUInt32LE(at + 4)
  if (size < recordHeader + 4 || at + size > end) return 0
  return bytes.readUInt32LE(at + size - 4) === size ? size : 0
}

/** The next place where a record may begin, or `end`. */
function nextRecord(bytes: Buffer, from: number, end: number): number {
  for (let at = bytes.indexOf('**\0\0', from, 'latin1'); at >= 0; at = bytes.indexOf('**\0\0', at + 1, 'latin1')) {
    if (at + recordHeader + 4 > end) break
    if (recordSize(bytes, at, end) > 0) return at
  }
  return end
}

function readOne(bytes: Buffer, at: number, size: number, chunk: ChunkContext, sink: EvtxSink): void {
  const number = Number(bytes.readBigUInt64LE(at + 8))
  const known = Number.isSafeInteger(number) ? number : 0
  let record: EvtxRecord | undefined
  try {
    chunk.budget = nodeBudget
    const nodes = readFragment({ bytes, at: at + recordHeader, end: at + size - 4 }, chunk, 0)
    const fields = recordFields(nodes)
    const logged = fields.EventRecordID
    const own = typeof logged === 'number' && Number.isSafeInteger(logged) ? logged : known
    record = { number: own, writtenAt: filetimeMs(bytes, at + 16), fields }
  } catch (error) {
    if (!(error instanceof EvtxFault)) throw error
    sink.problem(error.code, known)
  }
  if (record) sink.record(record)
}
