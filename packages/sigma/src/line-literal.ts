// A literal in, how it stands in a line of NDJSON and which gram finds it out; and how rare that is.
import { GramStatistics, gramAt, gramByte, gramLength, isAscii, rarestGram } from './gram.ts'
import type { Literal } from './literal.ts'

/** A literal as it stands in a line: its bytes and where the gram or pair that finds it is in them. */
export interface LineLiteral {
  bytes: Uint8Array
  /** From the first byte of the literal to the gram. */
  offset: number
  atStart: boolean
  atEnd: boolean
  entries: number[]
}

/** How a text stands inside a line that needs no decoding: only backslash and quote are escaped. */
export function lineForm(text: string): string {
  return text.replace(/[\\"]/g, '\\$&')
}

/** Bytes as grams see them that can stand behind a text, its closing quote among them. */
const followers = [...new Set(Array.from({ length: 256 }, (_, byte) => gramByte(byte)))]

/** Shares of texts that hold one, two or three given characters without a sample, guessed high. */
const shortShares = [1, 0.6, 0.4, 0.2]

/** Numbers stand in a line without quotes. */
const looksNumeric = /^[-+.\deE]+$|^(true|false)$/

/** What finds a literal: one of these grams, or of these pairs where it is too short for a gram. */
export interface FoundBy {
  literal: LineLiteral
  grams: readonly number[]
  pairs: readonly number[]
}

/**
 * Bytes, anchors and the rarest gram of a literal; the gram may reach to the quotes of its value. Three characters have
 * a gram for each that may follow, or a pair where none does; one has a pair for each.
 */
export function lineLiteral({ shape, text }: Literal, entries: number[], statistics: GramStatistics): FoundBy {
  const form = lineForm(text)
  const atStart = shape === 'equals' || shape === 'startswith'
  const atEnd = shape === 'equals' || shape === 'endswith'
  const quoted = withQuotes(text, form, atStart, atEnd)
  const position = quoted.length < gramLength ? 0 : rarestGram(quoted, statistics).position
  const offset = position - (quoted.startsWith(form) ? 0 : 1)
  const bytes = Uint8Array.from(form, (character) => character.charCodeAt(0))
  const literal = { bytes, offset, atStart, atEnd, entries }
  const units = Array.from(quoted.slice(position, position + gramLength), (unit) => gramByte(unit.charCodeAt(0)))
  const [first = 0, second, third, fourth] = units
  if (second === undefined) return { literal, grams: [], pairs: followers.map((byte) => first | (byte << 8)) }
  const pair = first | (second << 8)
  if (third === undefined || (fourth === undefined && (atEnd || looksNumeric.test(text))))
    return { literal, grams: [], pairs: [pair] }
  const fourths = fourth === undefined ? followers : [fourth]
  return { literal, grams: fourths.map((byte) => pair | (third << 16) | (byte << 24)), pairs: [] }
}

/** Bytes between the places where a wide search looks. */
export const wideStep = 4

/**
 * The same for a search that looks at every fourth byte: the literal with each of four neighbouring grams, of which one
 * is met wherever it stands. Undefined for a literal that is too short.
 */
export function wideLiterals(
  { shape, text }: Literal,
  entries: number[],
  statistics: GramStatistics,
): { literal: LineLiteral; gram: number }[] | undefined {
  const form = lineForm(text)
  const atStart = shape === 'equals' || shape === 'startswith'
  const atEnd = shape === 'equals' || shape === 'endswith'
  const quoted = withQuotes(text, form, atStart, atEnd)
  if (quoted.length < gramLength + wideStep - 1) return undefined
  const shares = Array.from({ length: quoted.length - gramLength + 1 }, (_, at) => statistics.share(gramAt(quoted, at)))
  let best = 0
  let least = Number.POSITIVE_INFINITY
  for (let from = 0; from + wideStep <= shares.length; from++) {
    const share = Math.max(...shares.slice(from, from + wideStep))
    if (share < least) {
      least = share
      best = from
    }
  }
  const bytes = Uint8Array.from(form, (character) => character.charCodeAt(0))
  const before = quoted.startsWith(form) ? 0 : 1
  return Array.from({ length: wideStep }, (_, step) => ({
    gram: gramAt(quoted, best + step),
    literal: { bytes, offset: best + step - before, atStart, atEnd, entries },
  }))
}

function withQuotes(text: string, form: string, atStart: boolean, atEnd: boolean): string {
  if (looksNumeric.test(text)) return form
  return `${atStart ? '"' : ''}${form}${atEnd ? '"' : ''}`
}

/** Gram statistics of values as they stand in lines. */
export class LineStatistics {
  readonly all = new GramStatistics()
  private readonly fields = new Map<string, GramStatistics>()
  private readonly sample: readonly Readonly<Record<string, unknown>>[]

  constructor(sample: readonly Readonly<Record<string, unknown>>[]) {
    this.sample = sample
    for (const record of sample)
      for (const value of Object.values(record)) if (typeof value === 'string') this.all.add(`"${lineForm(value)}"`)
  }

  of(name: string): GramStatistics {
    let statistics = this.fields.get(name)
    if (!statistics) {
      statistics = new GramStatistics()
      for (const record of this.sample) {
        const value = Object.hasOwn(record, name) ? record[name] : undefined
        if (typeof value === 'string') statistics.add(`"${lineForm(value)}"`)
        else if (typeof value === 'number') statistics.add(String(value))
      }
      this.fields.set(name, statistics)
    }
    return statistics
  }

  /** One, and so useless, for literals that no gram can find. */
  estimate({ paths, shape, text }: Literal): number {
    const statistics = paths === undefined ? [this.all] : paths.map(({ name }) => this.of(name))
    if (!isAscii(text)) return Math.max(...statistics.map((each) => each.rareShare))
    const atStart = shape === 'equals' || shape === 'startswith'
    const atEnd = shape === 'equals' || shape === 'endswith'
    const quoted = withQuotes(text, lineForm(text), atStart, atEnd)
    if (quoted.length < gramLength) {
      const isNumeric = looksNumeric.test(text)
      // a single digit may stand at the end of a number, which nothing follows
      if (isNumeric && quoted.length === 1) return 1
      // pairs are looked for in fields that rules name, not everywhere
      if (paths === undefined && (quoted.length < gramLength - 1 || atEnd || isNumeric)) return 1
      const counted = atStart && !isNumeric ? 'startswith' : 'contains'
      return Math.max(...statistics.map((each) => each.shareOf(counted, quoted, shortShares[quoted.length] ?? 1)))
    }
    return Math.max(...statistics.map((each) => rarestGram(quoted, each).share))
  }
}
