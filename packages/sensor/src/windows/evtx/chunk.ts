/** One chunk of 64 KB → its records. A record that cannot be read is reported and passed over. */
import { crc32 } from 'node:zlib'
import { type ChunkContext, chunkBudget, nodeBudget, readFragment } from './binxml.ts'
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
 * read is read all the same: Windows writes them late, and a log copied from a running system has them wrong. A file
 * may say that it has none (`checksums` false).
 */
export function readChunk(bytes: Buffer, sink: EvtxSink, checksums = true): void {
  if (!bytes.subarray(0, 8).equals(chunkMagic)) {
    if (bytes.some((byte) => byte !== 0)) sink.problem('evtx.bad-chunk', 0)
    return
  }
  const intact = !checksums || headerIntact(bytes)
  if (!intact) sink.problem('evtx.bad-chunk-checksum', 0)
  const declaredEnd = bytes.readUInt32LE(48)
  const trusted = intact && declaredEnd >= firstRecord && declaredEnd <= chunkBytes
  const end = trusted ? declaredEnd : chunkBytes
  if (trusted && checksums && crc32(bytes.subarray(firstRecord, end)) !== bytes.readUInt32LE(52))
    sink.problem('evtx.bad-records-checksum', 0)
  const chunk: ChunkContext = { bytes, names: new Map(), templates: new Map(), budget: 0, left: chunkBudget }
  let last = 0
  for (let at = firstRecord; at + recordHeader + 4 <= end; ) {
    const size = recordSize(bytes, at, end)
    const number = size > 0 ? recordNumber(bytes, at) : 0
    // Behind the end, where it is not known for sure, may stand records of an earlier use of the chunk.
    if (!trusted && at >= declaredEnd && number <= last) return
    // A record whose end was not written any more can still be whole enough to be read.
    const torn = size > 0 && bytes.readUInt32LE(at + size - 4) !== size
    if (size > 0 && readOne(bytes, at, size, chunk, sink, torn)) {
      last = number
      at += size
      continue
    }
    const next = nextRecord(bytes, at + 1, end)
    // Old content may follow the last record where the end is not known; only a gap between records is a fault.
    if (trusted || next < end) sink.problem('evtx.bad-record', number)
    at = next
  }
}

/** Size of the record at `at`, or 0 when there is none. */
function recordSize(bytes: Buffer, at: number, end: number): number {
  if (bytes.readUInt32LE(at) !== recordMagic) return 0
  const size = bytes.readUInt32LE(at + 4)
  return size < recordHeader + 4 || at + size > end ? 0 : size
}

function recordNumber(bytes: Buffer, at: number): number {
  const number = Number(bytes.readBigUInt64LE(at + 8))
  return Number.isSafeInteger(number) ? number : 0
}

/** The next place where a record may begin, or `end`. */
function nextRecord(bytes: Buffer, from: number, end: number): number {
  for (let at = bytes.indexOf('**\0\0', from, 'latin1'); at >= 0; at = bytes.indexOf('**\0\0', at + 1, 'latin1')) {
    if (at + recordHeader + 4 > end) break
    const size = recordSize(bytes, at, end)
    if (size > 0 && bytes.readUInt32LE(at + size - 4) === size) return at
  }
  return end
}

/**
 * Reads one record. False when a torn one cannot be read, so that the caller looks for the next one inside it; a record
 * that is whole but cannot be read is reported and passed over.
 */
function readOne(bytes: Buffer, at: number, size: number, chunk: ChunkContext, sink: EvtxSink, torn: boolean): boolean {
  const known = recordNumber(bytes, at)
  let record: EvtxRecord | undefined
  const budget = Math.min(nodeBudget, chunk.left)
  try {
    chunk.budget = budget
    const nodes = readFragment({ bytes, at: at + recordHeader, end: at + size - 4 }, chunk, 0)
    const fields = recordFields(nodes)
    const logged = fields.EventRecordID
    const own = typeof logged === 'number' && Number.isSafeInteger(logged) ? logged : known
    record = { number: own, writtenAt: filetimeMs(bytes, at + 16), fields }
  } catch (error) {
    if (!(error instanceof EvtxFault)) throw error
    if (torn) return false
    sink.problem(error.code, known)
  } finally {
    chunk.left -= budget - Math.max(chunk.budget, 0)
  }
  if (record) sink.record(record)
  return true
}
