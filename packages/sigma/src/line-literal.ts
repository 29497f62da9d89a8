// A literal in, how it stands in a line of NDJSON and which gram finds it out; and how rare that is.
import { utf8 } from './encode.ts'
import { fieldPath, maxRecordDepth, readPath } from './field-path.ts'
import { GramStatistics, gramAt, gramByte, gramLength, isAscii, rarestGram } from './gram.ts'
import type { Literal } from './literal.ts'

/** A literal as it stands in a line: its bytes and where the gram or pair that finds it is in them. */
export interface LineLiteral {
  bytes: Uint8Array
  /** From the first byte of the literal to the gram. */
  offset: number
  atStart: boolean
  atEnd: boolean
}

/** How a text stands inside a line that needs no decoding: only backslash and quote are escaped. */
export function lineForm(text: string): string {
  return text.replace(/[\\"]/g, '\\$&')
}

/**
 * Whether a text can be looked for by its bytes in UTF-8: it is ASCII, or what is beyond has no case, is made of nothing else
 * by folding (the dot of a dotted I is) and stands for nothing that could not be decoded.
 */
export function isFindable(text: string): boolean {
  if (isAscii(text)) return true
  for (const character of text) {
    if (character < '\u0080') continue
    if (character.toLowerCase() !== character || character.toUpperCase() !== character) return false
    if ('\u0307\ufffd\ufeff'.includes(character) || /^[\ud800-\udfff]$/.test(character)) return false
  }
  return true
}

/** How a text stands in a line that needs no decoding, a character for each byte. */
export function byteForm(text: string): string {
  const form = lineForm(text)
  return isAscii(form) ? form : Array.from(utf8(form), (byte) => String.fromCharCode(byte)).join('')
}

/** The bytes of a text of characters below 256. */
export function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0))
}

/** Bytes as grams see them that can stand behind a text, its closing quote among them. */
const followers = [...new Set(Array.from({ length: 256 }, (_, byte) => gramByte(byte)))]

/** Shares of texts that hold one, two or three given characters without a sample, guessed high. */
const shortShares = [1, 0.6, 0.4, 0.2]

/** A gram in more of the values is met too often, if there is one that is so much rarer. */
const commonShare = 0.05
const worthChoosing = 0.2

/** Numbers stand in a line without quotes. */
const looksNumeric = /^[-+.\deE]+$|^(true|false)$/

/** A literal with what finds it: one of these grams, or of these pairs where it is too short for a gram. */
export interface FoundBy {
  literal: LineLiteral
  grams: readonly number[]
  pairs: readonly number[]
  /** The first characters of all of them, in lower case: three of grams, one or two of pairs. */
  beginning: string
}

/** Bytes between the places of a value that are looked at: the shorter its literals, the closer. */
export type Step = 1 | 2 | 4 | 8 | 16
const steps: readonly Step[] = [16, 8, 4, 2]
/** Grams of a field with a wide step; more would not be told apart well. */
const maxWideGrams = 4_096

/** Whether a literal would have to be looked for closer than at every fourth byte. */
export function isShort(literal: Literal): boolean {
  return quotedForm(literal).length < gramLength + 3
}

/** Whether a literal has too few characters for a gram, even with what follows. */
export function isTiny(literal: Literal): boolean {
  const { length } = quotedForm(literal)
  const isEnd = literal.shape === 'equals' || literal.shape === 'endswith' || looksNumeric.test(literal.text)
  return length < gramLength - 1 || (length === gramLength - 1 && isEnd)
}

/** The widest step with which all of the literals are found wherever they stand. */
export function widestStep(literals: readonly Literal[]): Step {
  const shortest = literals.reduce(
    (least, literal) => Math.min(least, quotedForm(literal).length),
    Number.POSITIVE_INFINITY,
  )
  const fits = (step: Step): boolean => shortest >= gramLength + step - 1
  return steps.find((step) => fits(step) && (step <= 4 || literals.length * step <= maxWideGrams)) ?? 1
}

/**
 * A literal once for each of `step` neighbouring grams, of which one is met wherever it stands; the rarest ones are
 * chosen, and they may reach to the quotes of the value. For a step of one, three characters have a gram for each that
 * may follow, or a pair where none does; one has a pair for each.
 */
export function lineLiterals(literal: Literal, step: Step, statistics: GramStatistics): FoundBy[] {
  const { shape, text } = literal
  const form = byteForm(text)
  const atStart = shape === 'equals' || shape === 'startswith'
  const atEnd = shape === 'equals' || shape === 'endswith'
  const quoted = quotedForm(literal)
  const bytes = latin1(form)
  const before = quoted.startsWith(form) ? 0 : 1
  const at = (position: number): LineLiteral => ({ bytes, offset: position - before, atStart, atEnd })
  if (quoted.length >= gramLength) {
    const best = rarestGrams(quoted, step, statistics)
    return Array.from({ length: step }, (_, next) => ({
      literal: at(best + next),
      grams: [gramAt(quoted, best + next)],
      pairs: [],
      beginning: quoted.slice(best + next, best + next + 3),
    }))
  }
  const [first = 0, second, third] = Array.from(quoted, (unit) => gramByte(unit.charCodeAt(0)))
  const found = (grams: number[], pairs: number[]): FoundBy[] => [{ literal: at(0), grams, pairs, beginning: quoted }]
  if (second === undefined)
    return found(
      [],
      followers.map((byte) => first | (byte << 8)),
    )
  const pair = first | (second << 8)
  if (third === undefined) return found([], [pair])
  if (isTiny(literal)) return [{ literal: at(0), grams: [], pairs: [pair], beginning: quoted.slice(0, 2) }]
  return found(
    followers.map((byte) => pair | (third << 16) | (byte << 24)),
    [],
  )
}

/**
 * Whether some of the grams that would find a literal at every fourth byte are common and one of the others is not: it is
 * then better found by that one alone.
 */
export function isCrowded(literal: Literal, statistics: GramStatistics): boolean {
  const quoted = quotedForm(literal)
  if (quoted.length < gramLength + 3) return false
  const shares = gramShares(quoted, statistics)
  const common = commonest(shares, leastCommon(shares, 4), 4)
  return common > commonShare && commonest(shares, leastCommon(shares, 1), 1) < common * worthChoosing
}

/** Where so many neighbouring grams begin of which the commonest is rarest. */
function rarestGrams(text: string, count: number, statistics: GramStatistics): number {
  return leastCommon(gramShares(text, statistics), count)
}

function gramShares(text: string, statistics: GramStatistics): number[] {
  const shares: number[] = []
  for (let at = 0; at + gramLength <= text.length; at++) shares.push(statistics.share(gramAt(text, at)))
  return shares
}

function leastCommon(shares: readonly number[], count: number): number {
  let best = 0
  let least = Number.POSITIVE_INFINITY
  for (let from = 0; from + count <= shares.length; from++) {
    const share = commonest(shares, from, count)
    if (share < least) {
      least = share
      best = from
    }
  }
  return best
}

function commonest(shares: readonly number[], from: number, count: number): number {
  let most = 0
  for (let at = from; at < from + count; at++) most = Math.max(most, shares[at] ?? 0)
  return most
}

/** Asked for several times of each literal while tables are made. */
const quotedForms = new WeakMap<Literal, string>()

function quotedForm(literal: Literal): string {
  const known = quotedForms.get(literal)
  if (known !== undefined) return known
  const { shape, text } = literal
  const atStart = shape === 'equals' || shape === 'startswith'
  const atEnd = shape === 'equals' || shape === 'endswith'
  const form = withQuotes(text, byteForm(text), atStart, atEnd)
  quotedForms.set(literal, form)
  return form
}

function withQuotes(text: string, form: string, atStart: boolean, atEnd: boolean): string {
  if (looksNumeric.test(text)) return form
  return `${atStart ? '"' : ''}${form}${atEnd ? '"' : ''}`
}

/** The values of a field in a sample, those of lists one by one. */
export function valuesOf(name: string, sample: readonly object[]): unknown[] {
  const path = fieldPath(name)
  return sample.flatMap((record) => scalarsOf(readPath(record, path)))
}

/** Every value within a value that is neither object nor list. */
function scalarsOf(value: unknown, depth = 0): unknown[] {
  if (typeof value !== 'object' || value === null) return [value]
  return depth > maxRecordDepth ? [] : Object.values(value).flatMap((each) => scalarsOf(each, depth + 1))
}

/** Gram statistics of values as they stand in lines. */
export class LineStatistics {
  readonly all = new GramStatistics()
  private readonly fields = new Map<string, GramStatistics>()
  private readonly sample: readonly Readonly<Record<string, unknown>>[]

  constructor(sample: readonly Readonly<Record<string, unknown>>[]) {
    this.sample = sample
    for (const value of scalarsOf(sample)) if (typeof value === 'string') this.all.add(`"${lineForm(value)}"`)
  }

  /** Of a field, or of all. */
  of(name: string | undefined): GramStatistics {
    if (name === undefined) return this.all
    let statistics = this.fields.get(name)
    if (!statistics) {
      statistics = new GramStatistics()
      for (const value of valuesOf(name, this.sample)) {
        if (typeof value === 'string') statistics.add(`"${lineForm(value)}"`)
        else if (typeof value === 'number') statistics.add(String(value))
      }
      this.fields.set(name, statistics)
    }
    return statistics
  }

  /** Share of the sampled values of its field that hold a literal; none without a sample. */
  share(literal: Literal): number {
    const counts = (literal.paths ?? []).map(({ name }) => this.of(name).shareOf('contains', quotedForm(literal), 0))
    return Math.max(0, ...counts)
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
