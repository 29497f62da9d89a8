/** Tries per key in a sliding window; bounded in memory. */

/** Keys remembered at most; the oldest is forgotten first. */
const keysMax = 10_000

export class Throttle {
  readonly #tries: number
  readonly #windowMs: number
  readonly #times = new Map<string, number[]>()

  /** At most `tries` in any `windowMs`. */
  constructor(tries: number, windowMs: number) {
    this.#tries = tries
    this.#windowMs = windowMs
  }

  /** Counts a try. */
  note(key: string, now: number): void {
    const times = (this.#times.get(key) ?? []).filter((time) => time > now - this.#windowMs)
    times.push(now)
    this.#times.delete(key)
    this.#times.set(key, times.slice(-this.#tries))
    const oldest = this.#times.keys().next()
    if (this.#times.size > keysMax && !oldest.done) this.#times.delete(oldest.value)
  }

  /** How long until the next try is allowed, ms; 0 for now. */
  waitMs(key: string, now: number): number {
    const times = (this.#times.get(key) ?? []).filter((time) => time > now - this.#windowMs)
    const [first] = times
    return times.length < this.#tries || first === undefined ? 0 : first + this.#windowMs - now
  }

  /** Takes back one try that was counted at `now`. */
  takeBack(key: string, now: number): void {
    const times = this.#times.get(key)
    const at = times?.lastIndexOf(now) ?? -1
    if (at >= 0) times?.splice(at, 1)
  }

  /** Forgets the tries of a key. */
  clear(key: string): void {
    this.#times.delete(key)
  }
}
