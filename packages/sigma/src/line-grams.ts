// Literals of a field in, how far apart the grams stand that find them, and which.
import { type GramStatistics, gramByte, gramLength } from './gram.ts'
import type { LineLiterals } from './line-literals.ts'

/** Bytes between the places of a value that are looked at: the shorter its literals, the closer. */
export type Step = 1 | 2 | 4 | 8 | 16
const steps: readonly Step[] = [16, 8, 4, 2]
/** Grams of a field with a wide step; more would not be told apart well. */
const maxWideGrams = 4_096

/** A gram in more of the values is met too often, if there is one that is so much rarer. */
const commonShare = 0.05
const worthChoosing = 0.2

/** Bytes as grams see them that can stand behind a text, its closing quote among them. */
const followers = [...new Set(Array.from({ length: 256 }, (_, byte) => gramByte(byte)))]

/** The widest step with which all of so many literals are found wherever they stand; `shortest` has so many bytes. */
export function widestStep(count: number, shortest: number): Step {
  const fits = (step: Step): boolean => shortest >= gramLength + step - 1
  return steps.find((step) => fits(step) && (step <= 4 || count * step <= maxWideGrams)) ?? 1
}

/** The gram of four bytes. */
export function gramOf(bytes: Uint8Array, at: number): number {
  return (
    gramByte(bytes[at] ?? 0) |
    (gramByte(bytes[at + 1] ?? 0) << 8) |
    (gramByte(bytes[at + 2] ?? 0) << 16) |
    (gramByte(bytes[at + 3] ?? 0) << 24)
  )
}

/** What finds a literal of fewer bytes than a gram: these grams, or these pairs where it is too short for a gram. */
export interface ShortFinds {
  grams: readonly number[]
  pairs: readonly number[]
  /** The first characters of all of them, in lower case: three of grams, one or two of pairs. */
  beginning: string
}

/** Three characters have a gram for each that may follow, or a pair where none does; one has a pair for each. */
export function shortFinds(literals: LineLiterals, literal: number): ShortFinds {
  const start = literals.startOf(literal)
  const length = literals.lengthOf(literal)
  const beginning = literals.text(start, start + length)
  const byte = (index: number): number => gramByte(literals.bytes[start + index] ?? 0)
  if (length === 1) return { grams: [], pairs: followers.map((next) => byte(0) | (next << 8)), beginning }
  const pair = byte(0) | (byte(1) << 8)
  if (length === 2) return { grams: [], pairs: [pair], beginning }
  if (literals.isTiny(literal)) return { grams: [], pairs: [pair], beginning: beginning.slice(0, 2) }
  return { grams: followers.map((next) => pair | (byte(2) << 16) | (next << 24)), pairs: [], beginning }
}

/** Shares of the grams of one text. */
let shares = new Float64Array(256)

/**
 * Whether some of the grams that would find a literal at every fourth byte are common and one of the others is not: it is
 * then better found by that one alone.
 */
export function isCrowded(bytes: Uint8Array, start: number, end: number, statistics: GramStatistics): boolean {
  if (end - start < gramLength + 3) return false
  const count = readShares(bytes, start, end, statistics)
  const common = commonest(leastCommon(count, 4), 4)
  return common > commonShare && commonest(leastCommon(count, 1), 1) < common * worthChoosing
}

/** Where so many neighbouring grams of a text begin, from its start on, of which the commonest is rarest. */
export function rarestRun(
  bytes: Uint8Array,
  start: number,
  end: number,
  length: number,
  statistics: GramStatistics,
): number {
  return leastCommon(readShares(bytes, start, end, statistics), length)
}

/** Gives how many there are. */
function readShares(bytes: Uint8Array, start: number, end: number, statistics: GramStatistics): number {
  if (end - start > shares.length) shares = new Float64Array((end - start) * 2)
  return statistics.shares(bytes, start, end, shares)
}

function leastCommon(count: number, length: number): number {
  let best = 0
  let least = Number.POSITIVE_INFINITY
  for (let from = 0; from + length <= count; from++) {
    const share = commonest(from, length)
    if (share < least) {
      least = share
      best = from
    }
  }
  return best
}

function commonest(from: number, length: number): number {
  let most = 0
  for (let at = from; at < from + length; at++) {
    const share = shares[at] ?? 0
    if (share > most) most = share
  }
  return most
}
