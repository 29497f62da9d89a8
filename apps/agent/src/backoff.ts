/** Waiting times between attempts: they double up to a limit, each spread at random so that many agents do not come at once. */

export interface Backoff {
  /** How long to wait before the next attempt, ms. */
  next(): number
  /** Call after a success. */
  reset(): void
}

/** The first wait is about `firstMs`; none is longer than `limitMs`. Each lies between half of its step and all of it. */
export function createBackoff(firstMs: number, limitMs: number, random: () => number = Math.random): Backoff {
  let failures = 0
  return {
    next: () => {
      const step = Math.min(limitMs, firstMs * 2 ** Math.min(failures++, 30))
      return step / 2 + (random() * step) / 2
    },
    reset: () => {
      failures = 0
    },
  }
}
