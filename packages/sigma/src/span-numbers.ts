// The numbers of a span, which change one by one: their count and sum, and their order when a percentile is asked for.
import { toNumber } from './evaluate.ts'

/** Whole numbers up to here, a million of them, have a sum without rounding, in whatever order they come and go. */
const largest = 2 ** 32
const most = 2 ** 20

/** The number that a value is in sums and percentiles, if it is one. */
export function numberOf(value: string | undefined): number | undefined {
  return value !== undefined && Number.isFinite(toNumber(value)) ? Number(value) : undefined
}

export class SpanNumbers {
  /** How many there are. */
  count = 0
  private total = 0
  private rounded = 0
  private readonly sorted: number[] | undefined

  constructor(keepsOrder: boolean) {
    if (keepsOrder) this.sorted = []
  }

  /** Undefined when the sum depends on the order, so that it has to be made anew. */
  get sum(): number | undefined {
    return this.rounded === 0 && this.count <= most ? this.total : undefined
  }

  add(value: string | undefined): void {
    const number = numberOf(value)
    if (number === undefined) return
    this.count++
    if (isExact(number)) this.total += number
    else this.rounded++
    this.sorted?.splice(this.placeOf(number), 0, number)
  }

  remove(value: string | undefined): void {
    const number = numberOf(value)
    if (number === undefined) return
    this.count--
    if (isExact(number)) this.total -= number
    else this.rounded--
    this.sorted?.splice(this.placeOf(number), 1)
  }

  /** By nearest rank. */
  percentile(percent: number): number {
    return this.sorted?.[Math.max(1, Math.ceil((percent / 100) * this.count)) - 1] ?? 0
  }

  /** Of the first number that is not less. */
  private placeOf(number: number): number {
    const { sorted = [] } = this
    let low = 0
    for (let high = sorted.length; low < high; ) {
      const middle = (low + high) >> 1
      if ((sorted[middle] ?? 0) < number) low = middle + 1
      else high = middle
    }
    return low
  }
}

function isExact(number: number): boolean {
  return Number.isInteger(number) && Math.abs(number) <= largest
}
