/** Tries per key in a sliding window; bounded in memory. Times are of `performance.now()`, which nobody can set back. */
import { isIPv6 } from 'node:net'

/** Keys remembered at most; the oldest is forgotten first. */
const keysMax = 10_000

/** The address under which tries are counted: an IPv6 user has a whole /64 to try from. */
export function throttleKey(address: string): string {
  const [bare = ''] = address.split('%')
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(bare)?.[1]
  if (mapped !== undefined) return mapped
  if (!isIPv6(bare)) return bare
  const [left = '', right] = bare.split('::')
  const head = left === '' ? [] : left.split(':')
  const tail = right ? right.split(':').flatMap((group) => (group.includes('.') ? ['0', '0'] : [group])) : []
  const zeros = right === undefined ? 0 : 8 - head.length - tail.length
  const groups = [...head, ...Array<string>(zeros).fill('0'), ...tail].slice(0, 4)
  return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`
}

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
