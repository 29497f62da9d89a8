/**
 * A BPF ring buffer's file descriptor in, its records out, read in place from the mapped memory: no native call per
 * record. The memory protocol is that of kernel/bpf/ringbuf.c: producer position and record headers are read with
 * acquire, the consumer position is written with release semantics; Atomics give both.
 */
import { isFailedMapping, type Libbpf, viewOf } from './libbpf.ts'

const pageBytes = 4096
const busy = 1 << 31
const discarded = 1 << 30
const headerBytes = 8
/** Space is given back to the kernel in steps of this size, not only at the end of a long drain. */
const publishBytes = 65_536

export interface Ring {
  /** The data area, mapped twice in a row so that every record lies in one piece. Valid until the process ends. */
  bytes: Buffer
  /**
   * Calls `onRecord` with offset and length of every finished record, oldest first, at most `limit` of them.
   * What is kept must be copied: the bytes are overwritten afterwards. Returns the number of records.
   */
  drain(onRecord: (at: number, length: number) => void, limit: number): number
}

/** Maps the ring; undefined when the kernel refuses. The mapping lives as long as the process. */
export function mapRing(bpf: Libbpf, fd: number, sizeBytes: number): Ring | undefined {
  const read = 1
  const write = 2
  const shared = 1
  const consumerMemory = bpf.mmap(null, pageBytes, read | write, shared, fd, 0)
  const producerMemory = bpf.mmap(null, pageBytes + 2 * sizeBytes, read, shared, fd, pageBytes)
  if (isFailedMapping(consumerMemory) || isFailedMapping(producerMemory)) return undefined
  const consumer = new BigInt64Array(viewOf(consumerMemory, pageBytes))
  const area = viewOf(producerMemory, pageBytes + 2 * sizeBytes)
  const producer = new Int32Array(area, 0, 2)
  const words = new Int32Array(area, pageBytes)
  const bytes = Buffer.from(area, pageBytes)
  const mask = sizeBytes - 1
  let position = Number(Atomics.load(consumer, 0))
  let published = position
  const publish = () => {
    if (published === position) return
    Atomics.store(consumer, 0, BigInt(position))
    published = position
  }
  return {
    bytes,
    drain(onRecord, limit) {
      let count = 0
      try {
        while (count < limit) {
          // The low 32 bits of both positions are enough: the distance never exceeds the ring's size.
          const available = (Atomics.load(producer, 0) - (position | 0)) | 0
          if (available <= 0) break
          const header = Atomics.load(words, (position & mask) >>> 2)
          if (header & busy) break
          const length = header & 0x3fffffff
          const at = (position & mask) + headerBytes
          position += (length + headerBytes + 7) & ~7
          if (!(header & discarded)) {
            count++
            onRecord(at, length)
          }
          if (position - published > publishBytes) publish()
        }
      } finally {
        publish()
      }
      return count
    },
  }
}
