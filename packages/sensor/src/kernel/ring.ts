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
/** Longest record; wire.h bounds its parts below that. */
const longestRecord = 65_536

export interface Ring {
  /**
   * Looks at the oldest finished record without taking it. When there is one, `bytes`, `at` and `length` say where it lies;
   * what is kept of it must be copied before `advance`.
   */
  peek(): boolean
  readonly bytes: Buffer
  readonly at: number
  readonly length: number
  /** Takes the record that `peek` found. */
  advance(): void
  /** Gives the space of taken records back to the kernel. Call it after each round. */
  publish(): void
  /** Part of the ring that holds unread records, 0 to 1. */
  filled(): number
}

/**
 * Maps the ring; undefined when the kernel refuses. The mapping lives as long as the process. The data is mapped once, not
 * twice in a row as the kernel offers: mapped pages count as memory of the process. A record over the end is copied.
 */
export function mapRing(bpf: Libbpf, fd: number, sizeBytes: number): Ring | undefined {
  const read = 1
  const write = 2
  const shared = 1
  const consumerMemory = bpf.mmap(null, pageBytes, read | write, shared, fd, 0)
  const producerMemory = bpf.mmap(null, pageBytes + sizeBytes, read, shared, fd, pageBytes)
  if (isFailedMapping(consumerMemory) || isFailedMapping(producerMemory)) return undefined
  const consumer = new BigInt64Array(viewOf(consumerMemory, pageBytes))
  const area = viewOf(producerMemory, pageBytes + sizeBytes)
  const producer = new Int32Array(area, 0, 2)
  const words = new Int32Array(area, pageBytes)
  const data = Buffer.from(area, pageBytes)
  const mask = sizeBytes - 1
  let wrapped: Buffer | undefined
  let position = Number(Atomics.load(consumer, 0))
  let published = position
  // The low 32 bits of both positions are enough: the distance never exceeds the ring's size.
  const available = () => (Atomics.load(producer, 0) - (position | 0)) | 0
  const step = (length: number) => (length + headerBytes + 7) & ~7
  const ring = {
    bytes: data as Buffer,
    at: 0,
    length: 0,
    peek() {
      while (available() > 0) {
        const header = Atomics.load(words, (position & mask) >>> 2)
        if (header & busy) return false
        const length = header & 0x3fffffff
        if (header & discarded) {
          position += step(length)
          continue
        }
        ring.length = length
        // A header of eight bytes never lies over the end, what follows it may begin at the start.
        const at = ((position & mask) + headerBytes) & mask
        if (at + length <= sizeBytes) {
          ring.bytes = data
          ring.at = at
        } else {
          wrapped ??= Buffer.alloc(longestRecord)
          const first = data.copy(wrapped, 0, at, sizeBytes)
          data.copy(wrapped, first, 0, length - first)
          ring.bytes = wrapped
          ring.at = 0
        }
        return true
      }
      return false
    },
    advance() {
      position += step(ring.length)
      if (position - published > publishBytes) ring.publish()
    },
    publish() {
      if (published === position) return
      Atomics.store(consumer, 0, BigInt(position))
      published = position
    },
    filled: () => available() / sizeBytes,
  }
  return ring
}
