/** Descriptors in, a function called whenever there is something to read: without blocking the thread, and woken seldom. */
import { fixedMemory, type Libc } from './libc.ts'

/** Pause between rounds while records keep coming: the longest time a record waits in the ring. */
const napMs = 4
/** The same while the host is busy: many records in a round, or many rounds in a second. */
const busyNapMs = 8
const busyRecords = 12
const busyRounds = 60
/** Records read in one round, so that other work on the thread gets its turn. */
export const roundLimit = 20_000
/** Whatever comes wakes sooner; this is for what nobody knows of. */
const longestSleepMs = 10_000
const epollAdd = 1
const epollIn = 1

export interface Waiter {
  stop(): Promise<void>
}

/**
 * Calls `round` when one of the descriptors has something to read, again every few milliseconds while it does, and otherwise sleeps in
 * epoll_wait on a thread of the pool, so that an idle host costs nothing. Wake-ups, not bytes, are what a sensor
 * costs the processes it watches: the kernel wakes only a reader that has caught up.
 */
export function waitForRecords(system: Libc, fds: readonly number[], round: () => number): Waiter {
  const epoll: number = system.epollCreate(0)
  const stopper: number = system.eventfd(0, 0)
  const events = fixedMemory(64)
  for (const fd of fds) system.epollControl(epoll, epollAdd, fd, { events: epollIn, data: 0n })
  system.epollControl(epoll, epollAdd, stopper, { events: epollIn, data: 1n })
  let running = true
  const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))
  const wake = () =>
    new Promise<void>((resolve) => {
      system.epollWait.async(epoll, events, 1, longestSleepMs, () => resolve())
    })
  let rounds = 0
  let countedSince = 0
  const nap = (count: number): number => {
    const now = performance.now()
    if (now - countedSince > 1000) {
      rounds = 0
      countedSince = now
    }
    rounds++
    if (count >= roundLimit) return 0
    return count >= busyRecords || rounds > busyRounds ? busyNapMs : napMs
  }
  const finished = (async () => {
    while (running) {
      const count = round()
      if (count > 0) await sleep(nap(count))
      else await wake()
    }
    round()
    system.close(epoll)
    system.close(stopper)
  })()
  return {
    async stop() {
      running = false
      system.eventfdWrite(stopper, 1n)
      await finished
    },
  }
}
