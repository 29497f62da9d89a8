/**
 * Tables and blocks → rounds, each with a span of time of its own: what one round finds comes before what later ones find,
 * and a question may end, and go on later, between any two of them.
 */
import type { EventOrder } from '../event-search.ts'
import type { Chosen } from './filters.ts'
import type { HotEvents } from './hot-events.ts'

/** Events that the first round looks at. Later ones take more, as long as they are answered quickly. */
export const firstRoundRows = 32_768
const growth = 4
/** A round should take about this long. */
const roundMs = 150

export interface Round {
  hot: HotEvents[]
  blocks: Chosen[]
  /** Which events are looked at: nearer to the beginning of the answer than `beyond`, and not nearer than `upTo`. */
  span: Span
  rows: number
}

/** Instants, ms. `upTo` is part of it, `beyond` is not; infinite at both ends of the archive. */
export interface Span {
  upTo: number
  beyond: number
}

interface Piece {
  part: HotEvents | Chosen
  rows: number
  /** Times of its events, signed so that larger ones come first in the answer. */
  first: number
  last: number
}

export class Rounds {
  readonly #sign: 1 | -1
  readonly #rest: Piece[]
  /** Looked at, but some of their events belong to the next span. */
  #open: Piece[] = []
  #upTo = Number.POSITIVE_INFINITY
  readonly #fewest: number
  #rows: number

  constructor(
    { hot, blocks }: { hot: readonly HotEvents[]; blocks: readonly Chosen[] },
    { from, to }: { from: number; to: number },
    order: EventOrder,
    fewest: number,
  ) {
    this.#fewest = fewest
    this.#rows = fewest
    this.#sign = order === 'oldest' ? -1 : 1
    const piece = (part: HotEvents | Chosen, within: { from: number; to: number; rows: number }) => {
      const { rows } = within
      return order === 'oldest'
        ? { part, rows, first: -Math.max(within.from, from), last: -within.to }
        : { part, rows, first: Math.min(within.to, to), last: within.from }
    }
    this.#rest = [...hot.map((one) => piece(one, one)), ...blocks.map((one) => piece(one, one.block))].sort(
      (one, other) => other.first - one.first,
    )
  }

  /** Null at the end. */
  next(): Round | null {
    const pieces = this.#open
    let rows = pieces.reduce((sum, piece) => sum + piece.rows, 0)
    let begin = Number.POSITIVE_INFINITY
    for (let piece = this.#rest[0]; piece; piece = this.#rest[0]) {
      // A span is never empty: pieces that begin at the same instant are in the same round.
      if (Number.isFinite(begin) && piece.first < begin && rows >= this.#rows) break
      begin = Math.min(begin, piece.first)
      pieces.push(piece)
      rows += piece.rows
      this.#rest.shift()
    }
    if (pieces.length === 0) return null
    const beyond = this.#rest[0]?.first ?? Number.NEGATIVE_INFINITY
    const span = { upTo: this.#sign * this.#upTo, beyond: this.#sign * beyond }
    this.#upTo = beyond
    this.#open = pieces.filter((piece) => piece.last <= beyond)
    const hot = pieces.flatMap(({ part }) => ('block' in part ? [] : [part]))
    const blocks = pieces.flatMap(({ part }) => ('block' in part ? [part] : []))
    return { hot, blocks, span, rows }
  }

  /** To be called after each round: the next one is chosen by how fast this one was. */
  took(rows: number, ms: number): void {
    const inTime = (rows / Math.max(ms, 1)) * roundMs
    this.#rows = Math.max(this.#fewest, Math.min(this.#rows * growth, inTime))
  }
}
