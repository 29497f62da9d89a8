/**
 * Keeps a process of the agent small: gives buffers back soon after a burst, and lets go of the parts of the program file that only
 * starting needed. Those stay in the page cache and come back by themselves when they are used again.
 */
import { readFileSync } from 'node:fs'

/** Environment for glibc: large buffers go back to the kernel when freed, and threads share one arena. */
export const memoryEnvironment = {
  MALLOC_ARENA_MAX: '1',
  MALLOC_MMAP_THRESHOLD_: '131072',
  MALLOC_TRIM_THRESHOLD_: '131072',
}

const checkMs = 2_000
const bufferLimitBytes = 8 * 1024 * 1024
/** After this long starting is over. */
const settledMs = 15_000
/** How often what a burst left behind is looked for, and how much is worth the work. */
const tidyMs = 60_000
const worthBytes = 8 * 1024 * 1024
const adviseDontNeed = 4

/** Call once. Needs `--expose-gc`; without it only pages are given back. */
export function keepSmall(): void {
  setInterval(() => {
    // The collector does not hurry for memory outside of its heap.
    if (process.memoryUsage().arrayBuffers > bufferLimitBytes) globalThis.gc?.()
  }, checkMs).unref()
  setTimeout(async () => {
    const tidy = await loadTidy()
    if (tidy === undefined) return
    tidy()
    let smallest = process.memoryUsage.rss()
    setInterval(() => {
      if (process.memoryUsage.rss() > smallest + worthBytes) tidy()
      smallest = Math.min(smallest, process.memoryUsage.rss())
    }, tidyMs).unref()
  }, settledMs).unref()
}

/**
 * Collects garbage, returns free memory to the kernel, and unmaps the clean pages of node's own code: read-only file pages
 * that nobody wrote to. Undefined on a host where that cannot be asked for.
 */
async function loadTidy(): Promise<(() => void) | undefined> {
  try {
    const { default: koffi } = await import('koffi')
    const libc = koffi.load('libc.so.6')
    const trim = libc.func('int malloc_trim(size_t)')
    const madvise = libc.func('int madvise(uintptr_t, size_t, int)')
    return () => {
      globalThis.gc?.()
      trim(0)
      for (const { start, length } of cleanCode(readFileSync('/proc/self/smaps', 'latin1')))
        madvise(start, length, adviseDontNeed)
    }
  } catch {
    // Another libc: everything stays as it is.
    return undefined
  }
}

/** Mappings of the running program, not writable, without a single changed page. */
function cleanCode(smaps: string): { start: bigint; length: bigint }[] {
  const found: { start: bigint; length: bigint }[] = []
  for (const text of smaps.split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m)) {
    const [, start, end, mode, path] = /^([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ \S+ +(.*)$/m.exec(text) ?? []
    if (start === undefined || end === undefined || path !== process.execPath) continue
    const isClean = /^Private_Dirty: +0 kB$/m.test(text) && /^Anonymous: +0 kB$/m.test(text)
    if (!isClean || mode?.includes('w') || mode?.includes('s')) continue
    found.push({ start: BigInt(`0x${start}`), length: BigInt(`0x${end}`) - BigInt(`0x${start}`) })
  }
  return found
}
