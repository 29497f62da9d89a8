/** The kernel's own count of what became of records, by record type, read from mapped memory. */
import { readFileSync } from 'node:fs'
import { isFailedMapping, type Libbpf, viewOf } from './libbpf.ts'
import { type CounterOutcome, counterCpus, counterOutcomes, counterSection, counterTypes } from './wire.ts'

export interface Counters {
  /** Records of that type with that outcome since the programs were loaded, over all CPUs. */
  count(outcome: CounterOutcome, type: number): number
}

/** Maps the counter array; undefined when the kernel refuses. */
export function mapCounters(bpf: Libbpf, fd: number): Counters | undefined {
  const sizeBytes = counterOutcomes.length * counterSection * 8
  const memory = bpf.mmap(null, sizeBytes, 1, 1, fd, 0)
  if (isFailedMapping(memory)) return undefined
  const values = new BigUint64Array(viewOf(memory, sizeBytes))
  const cpus = possibleCpus()
  return {
    count(outcome, type) {
      const from = counterOutcomes.indexOf(outcome) * counterSection + type
      let total = 0n
      for (let cpu = 0; cpu < cpus; cpu++) total += values[from + cpu * counterTypes] ?? 0n
      return Number(total)
    },
  }
}

/** CPUs that may ever count here; those beyond the map's share the places of others. */
function possibleCpus(): number {
  try {
    const last = /(\d+)\s*$/.exec(readFileSync('/sys/devices/system/cpu/possible', 'latin1'))?.[1]
    return last === undefined ? counterCpus : Math.min(counterCpus, Number(last) + 1)
  } catch {
    return counterCpus
  }
}
