/** Bytes of an EVTX file, in pieces of any size → its records, holding one chunk at a time. */
import { crc32 } from 'node:zlib'
import { chunkBytes, type EvtxSink, readChunk } from './chunk.ts'

const headerBytes = 4096
/** Flag of the file header: checksums were never written. */
const noChecksumsFlag = 2
const fileMagic = 'ElfFile\0'

export interface EvtxReader {
  feed(bytes: Uint8Array): void
  end(): void
}

/**
 * A reader for EVTX 3.1 and 3.2. The numbers of the file header are not relied on, because a log that was not closed
 * has old ones: every 64 KB after the header are looked at. A wrong header is reported; a file without the
 * signature gives `evtx.not-evtx` and nothing else.
 */
export function createEvtxReader(sink: EvtxSink): EvtxReader {
  let block = Buffer.alloc(headerBytes)
  let filled = 0
  let inHeader = true
  let dead = false
  let checksums = true

  const complete = () => {
    if (inHeader) {
      inHeader = false
      dead = !checkHeader(block, sink)
      checksums = (block.readUInt32LE(120) & noChecksumsFlag) === 0
      block = Buffer.alloc(chunkBytes)
    } else readChunk(block, sink, checksums)
    filled = 0
  }
  return {
    feed(bytes) {
      let from = 0
      while (from < bytes.length && !dead) {
        const count = Math.min(block.length - filled, bytes.length - from)
        block.set(bytes.subarray(from, from + count), filled)
        filled += count
        from += count
        if (filled === block.length) complete()
      }
    },
    end() {
      if (dead || (filled === 0 && !inHeader)) return
      if (inHeader) return sink.problem('evtx.not-evtx', 0)
      sink.problem('evtx.truncated-chunk', 0)
      block.fill(0, filled)
      complete()
    },
  }
}

function checkHeader(header: Buffer, sink: EvtxSink): boolean {
  if (header.toString('latin1', 0, 8) !== fileMagic) {
    sink.problem('evtx.not-evtx', 0)
    return false
  }
  const [minor, major] = [header.readUInt16LE(36), header.readUInt16LE(38)]
  if (major !== 3 || minor < 1 || minor > 2) sink.problem('evtx.unknown-version', 0)
  if (crc32(header.subarray(0, 120)) !== header.readUInt32LE(124)) sink.problem('evtx.bad-file-header', 0)
  return true
}
