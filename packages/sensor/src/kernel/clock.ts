/** Nanoseconds since boot, as the kernel stamps records, to milliseconds since 1970 and back. */
import type { Libc } from './libc.ts'

const realtime = 0
const boottime = 7

export interface BootClock {
  /** Nanoseconds of CLOCK_BOOTTIME now. */
  nowNs(): number
  /** Wall time of a moment since boot, ms since 1970-01-01 UTC. Follows steps of the wall clock within a minute. */
  wallMs(sinceBootNs: number): number
}

export function bootClock(system: Libc): BootClock {
  const read = (clock: number): number => {
    const time: { seconds?: number; nanoseconds?: number } = {}
    system.clockGettime(clock, time)
    return Number(time.seconds) * 1e9 + Number(time.nanoseconds)
  }
  let offsetMs = 0
  let measuredAtNs = -Infinity
  const measure = (nowNs: number) => {
    offsetMs = (read(realtime) - read(boottime)) / 1e6
    measuredAtNs = nowNs
  }
  return {
    nowNs: () => read(boottime),
    wallMs(sinceBootNs) {
      if (sinceBootNs - measuredAtNs > 60e9) measure(sinceBootNs)
      // Thousandths of a millisecond: finer digits are noise of the conversion.
      return Math.round((offsetMs + sinceBootNs / 1e6) * 1000) / 1000
    },
  }
}
