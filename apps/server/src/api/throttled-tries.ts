/** Sign-ins that the throttle refused, for the audit trail: one row a minute and address with their number, not one each. */
import type { People } from '../store/people.ts'
import { throttleKey } from '../throttle.ts'

const minuteMs = 60_000
/** Addresses that are counted at the same time; tries from more are counted together. */
const addressesMax = 1000
const others = 'others'

export class ThrottledTries {
  readonly #people: People
  readonly #now: () => number
  readonly #counts = new Map<string, { tries: number; since: number }>()

  constructor(people: People, now: () => number) {
    this.#people = people
    this.#now = now
  }

  /** The first of a minute is written at once, the rest by `flush`. */
  note(address: string): void {
    const key = throttleKey(address)
    const counted = this.#counts.get(key)
    if (counted) counted.tries++
    else if (this.#counts.size >= addressesMax && key !== others) this.note(others)
    else {
      this.#counts.set(key, { tries: 0, since: this.#now() })
      this.#record(key, 1)
    }
  }

  /** Writes what was counted in minutes that are over; to be called about once a minute. */
  flush(): void {
    for (const [key, { tries, since }] of this.#counts) {
      if (this.#now() - since < minuteMs) continue
      this.#counts.delete(key)
      if (tries > 0) this.#record(key, tries)
    }
  }

  #record(address: string, tries: number): void {
    const detail = { tries, refused: 'session.too-many-tries' }
    this.#people.record({ at: this.#now(), actor: 'nobody', address, action: 'signIn.throttled', detail })
  }
}
