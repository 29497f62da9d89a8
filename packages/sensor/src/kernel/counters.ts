/** The kernel's own count of emitted and dropped records, by record type, read from mapped memory. */
import { isFailedMapping, type Libbpf, viewOf } from './libbpf.ts'
import { counterCpus, counterDropped, counterTypes } from './wire.ts'

export interface Counters {
  emitted(type: number): number
  dropped(type: number): number
}

/** Maps the counter array; undefined when the kernel refuses. */
export function mapCounters(bpf: Libbpf, fd: number): Counters | undefined {
  const sizeBytes = 2 * counterDropped * 8
  const memory = bpf.mmap(null, sizeBytes, 1, 1, fd, 0)
  if (isFailedMapping(memory)) return undefined
  const values = new BigUint64Array(viewOf(memory, sizeBytes))
  const sum = (from: number, type: number): number => {
    let total = 0n
    for (let cpu = 0; cpu < counterCpus; cpu++) total += values[from + cpu * counterTypes + type] ?? 0n
    return Number(total)
  }
  return { emitted: (type) => sum(0, type), dropped: (type) => sum(counterDropped, type) }
}
