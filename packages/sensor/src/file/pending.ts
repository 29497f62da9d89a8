/** Changes that were only asked for in, each told when its outcome is known; without one it counts as happened. */

const limit = 1024
/** Longer than any request on a file takes; outcomes get lost when the ring is full. */
const waitMs = 5_000

export interface PendingChanges {
  /** Calls `tell` unless `settle` says before that nothing came of it. */
  add(number: number, tell: () => void): void
  settle(number: number, happened: boolean): void
  stop(): void
}

export function pendingChanges(): PendingChanges {
  const pending = new Map<number, { tell: () => void; until: number }>()
  let timer: NodeJS.Timeout | undefined
  const settle = (number: number, happened: boolean) => {
    const one = pending.get(number)
    pending.delete(number)
    if (happened) one?.tell()
  }
  const look = () => {
    timer = undefined
    for (const [number, { until }] of pending) {
      if (until > performance.now()) break
      settle(number, true)
    }
    wait()
  }
  const wait = () => {
    if (pending.size > 0) timer ??= setTimeout(look, waitMs).unref()
  }
  return {
    settle,
    add(number, tell) {
      settle(number, true)
      pending.set(number, { tell, until: performance.now() + waitMs })
      const [oldest] = pending.keys()
      if (pending.size > limit && oldest !== undefined) settle(oldest, true)
      wait()
    },
    stop() {
      clearTimeout(timer)
      for (const number of [...pending.keys()]) settle(number, true)
    },
  }
}
