/** What the agent itself costs: process ids in, memory and CPU share out. */
import { readFileSync } from 'node:fs'

const pageBytes = 4096
/** Clock ticks a second of /proc, USER_HZ: 100 on every Linux of ours. */
const ticksPerSecond = 100

export interface Resources {
  /** Resident memory of all processes of the agent; pages they share count once each. */
  rssBytes: number
  /** Of one core, since the last call. */
  cpuFraction: number
}

export function createResourceMeter(pids: () => readonly number[]): () => Resources {
  let lastAt = performance.now()
  let lastTicks = new Map<number, number>()
  return () => {
    const now = performance.now()
    const ticks = new Map<number, number>()
    let rssBytes = 0
    let used = 0
    for (const pid of pids()) {
      try {
        rssBytes += Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * pageBytes
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
        const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
        const total = Number(fields[11]) + Number(fields[12])
        ticks.set(pid, total)
        used += total - (lastTicks.get(pid) ?? total)
      } catch {
        // The process ended meanwhile.
      }
    }
    const seconds = (now - lastAt) / 1000
    lastAt = now
    lastTicks = ticks
    return { rssBytes, cpuFraction: seconds <= 0 ? 0 : used / ticksPerSecond / seconds }
  }
}
