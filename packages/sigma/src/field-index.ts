// The literals that rules demand of one field in, the entries of those a value holds out.
import type { TextShape } from './expression.ts'
import {
  type GramStatistics,
  gramAt,
  gramByte,
  gramLength,
  gramMultiplier,
  hasText,
  isAscii,
  rarestGram,
} from './gram.ts'
import { triggerFold } from './literal.ts'

/** A folded text in a shape, and the numbers to give out when a value holds it. */
export interface IndexedLiteral {
  shape: TextShape
  text: string
  entries: number[]
}

interface Bucket {
  gram: number
  literals: { literal: IndexedLiteral; offset: number }[]
}

const none: readonly number[] = []

/** Values remembered with their entries in each of two generations, and after how many it must have paid to go on. */
const maxRemembered = 1_024
const maxRememberedLength = 512
const trialLength = 2_048

/** Finds literals in values of one field. Not safe for re-entry. */
export class FieldIndex {
  private readonly exact = new Map<string, number[]>()
  /** Ends of values that begin at their last separator, such as file names. */
  private readonly tails = new Map<string, number[]>()
  /** Single characters anywhere; and at the edges, by their code. */
  private readonly single: IndexedLiteral[] = []
  private readonly firsts = new Map<number, number[]>()
  private readonly lasts = new Map<number, number[]>()
  /** Two or three characters, by the first two. */
  private readonly pairs = new Map<number, IndexedLiteral[]>()
  private pairBitmap: Uint32Array | undefined
  /** Literals beyond ASCII by one of their characters (a UTF-16 unit). */
  private readonly byCharacter = new Map<number, IndexedLiteral[]>()
  private readonly literals = new Map<string, IndexedLiteral>()
  private bitmap = new Uint32Array(1)
  private shift = 31
  private buckets = new Map<number, Bucket>()
  private remembered: Map<string, readonly number[]> | undefined
  private older = new Map<string, readonly number[]>()
  private minLength = Number.POSITIVE_INFINITY
  private lookups = 0
  private hits = 0
  private readonly found: number[] = []

  /** `remembers`: values repeat, so that it pays to keep what was found for them. */
  constructor(remembers: boolean) {
    if (remembers) this.remembered = new Map()
  }

  /** Adds a literal; all are added before the first lookup, and then `build` is called. */
  add(shape: TextShape, text: string, entry: number): void {
    const key = `${shape} ${text}`
    this.minLength = Math.min(this.minLength, text.length)
    const literal = this.literals.get(key)
    if (literal) literal.entries.push(entry)
    else this.literals.set(key, { shape, text, entries: [entry] })
  }

  build(statistics: GramStatistics): void {
    for (const literal of this.literals.values()) {
      const { shape, text, entries } = literal
      if (shape === 'equals') this.exact.set(text, entries)
      else if (shape === 'endswith' && isTail(text)) this.tails.set(text, entries)
      else if (!isAscii(text)) this.addByCharacter(literal)
      else if (text.length === 1 && shape === 'startswith') this.firsts.set(text.charCodeAt(0), entries)
      else if (text.length === 1 && shape === 'endswith') this.lasts.set(text.charCodeAt(0), entries)
      else if (text.length === 1) this.single.push(literal)
      else if (text.length < gramLength) this.addPair(literal)
      else {
        const { position } = rarestGram(text, statistics)
        const gram = gramAt(text, position)
        const bucket = this.buckets.get(gram)
        if (bucket) bucket.literals.push({ literal, offset: position })
        else this.buckets.set(gram, { gram, literals: [{ literal, offset: position }] })
      }
    }
    this.literals.clear()
    let bits = 8
    while (1 << bits < this.buckets.size * 16) bits++
    this.shift = 32 - bits
    this.bitmap = new Uint32Array(1 << (bits - 5))
    for (const gram of this.buckets.keys()) {
      const hash = Math.imul(gram, gramMultiplier) >>> this.shift
      this.bitmap[hash >>> 5] = (this.bitmap[hash >>> 5] ?? 0) | (1 << (hash & 31))
    }
  }

  /** Entries of the literals that the value holds. The array may be reused by the next lookup. */
  lookup(value: string): readonly number[] {
    // folding may double a text's length (the dotted capital I)
    if (value.length * 2 < this.minLength) return none
    const { remembered } = this
    if (remembered === undefined) return this.search(value)
    const known = remembered.get(value)
    this.lookups++
    if (known !== undefined) {
      this.hits++
      return known
    }
    const before = this.older.get(value)
    if (before !== undefined) this.hits++
    const found = before ?? this.search(value)
    if (this.lookups > trialLength) {
      // values that hardly repeat are not worth remembering
      if (this.hits * 5 < this.lookups) {
        this.remembered = undefined
        this.older.clear()
        return found
      }
      this.lookups = 0
      this.hits = 0
    }
    if (value.length > maxRememberedLength) return found
    if (remembered.size >= maxRemembered) {
      this.older = remembered
      this.remembered = new Map()
    }
    this.remembered?.set(value, before ?? (found.length === 0 ? none : found.slice()))
    return found
  }

  private search(value: string): readonly number[] {
    const { found } = this
    found.length = 0
    let low: string | undefined
    if (this.exact.size > 0) {
      low = triggerFold(value)
      const entries = this.exact.get(low)
      if (entries) add(found, entries)
    }
    if (this.tails.size > 0) {
      low ??= triggerFold(value)
      const separator = Math.max(low.lastIndexOf('\\'), low.lastIndexOf('/'))
      const entries = separator < 0 ? undefined : this.tails.get(low.slice(separator))
      if (entries) add(found, entries)
    }
    if (this.single.length > 0) {
      low ??= triggerFold(value)
      for (const { text, entries } of this.single) if (low.includes(text)) add(found, entries)
    }
    if (this.firsts.size > 0 || this.lasts.size > 0) {
      low ??= triggerFold(value)
      const first = this.firsts.get(low.charCodeAt(0))
      if (first) add(found, first)
      const last = this.lasts.get(low.charCodeAt(low.length - 1))
      if (last) add(found, last)
    }
    if (this.buckets.size > 0 || this.pairBitmap || this.byCharacter.size > 0) this.scan(value, low)
    return found
  }

  private addPair(literal: IndexedLiteral): void {
    const pair = pairOf(literal.text)
    const same = this.pairs.get(pair)
    if (same) same.push(literal)
    else this.pairs.set(pair, [literal])
    this.pairBitmap ??= new Uint32Array(65_536 >> 5)
    this.pairBitmap[pair >>> 5] = (this.pairBitmap[pair >>> 5] ?? 0) | (1 << (pair & 31))
  }

  private addByCharacter(literal: IndexedLiteral): void {
    // the last unit tells most: the first ones of related characters are often the same
    let unit = 0
    for (let index = 0; index < literal.text.length; index++)
      if (literal.text.charCodeAt(index) > 127) unit = literal.text.charCodeAt(index)
    const same = this.byCharacter.get(unit)
    if (same) same.push(literal)
    else this.byCharacter.set(unit, [literal])
  }

  private scan(value: string, low: string | undefined): void {
    if (this.scanUnits(value, low, false)) return
    // beyond ASCII the scan needs the folded form, whose ASCII letters may have come from other characters
    const folded = low ?? triggerFold(value)
    this.scanUnits(folded, folded, true)
    for (let position = 0; position < folded.length; position++) {
      const unit = folded.charCodeAt(position)
      const literals = unit > 127 ? this.byCharacter.get(unit) : undefined
      for (const { shape, text, entries } of literals ?? []) if (hasText(shape, folded, text)) add(this.found, entries)
    }
  }

  /** Finds the literals that are ASCII; false when the text is not, in which case nothing is found. */
  private scanUnits(value: string, known: string | undefined, isFolded: boolean): boolean {
    const { bitmap, shift, found, pairBitmap } = this
    const { length } = value
    const before = found.length
    let low = known
    let gram = 0
    let seen = 0
    for (let position = 0; position < length; position++) {
      const code = value.charCodeAt(position)
      seen |= code
      gram = (gram >>> 8) | ((code | 0x20) << 24)
      const hash = Math.imul(gram, gramMultiplier) >>> shift
      if ((((bitmap[hash >>> 5] ?? 0) >>> (hash & 31)) & 1) === 1 && position >= gramLength - 1) {
        low ??= triggerFold(value)
        this.check(gram, position - gramLength + 1, low)
      }
      if (pairBitmap === undefined || position === 0) continue
      const pair = gram >>> 16
      if ((((pairBitmap[pair >>> 5] ?? 0) >>> (pair & 31)) & 1) === 1) {
        low ??= triggerFold(value)
        this.checkPair(pair, position - 1, low)
      }
    }
    if (seen < 128 || isFolded) return true
    found.length = before
    return false
  }

  private checkPair(pair: number, start: number, low: string): void {
    for (const { shape, text, entries } of this.pairs.get(pair) ?? []) {
      if (!low.startsWith(text, start)) continue
      if (shape === 'startswith' && start !== 0) continue
      if (shape === 'endswith' && start + text.length !== low.length) continue
      add(this.found, entries)
    }
  }

  private check(gram: number, position: number, low: string): void {
    const bucket = this.buckets.get(gram)
    if (!bucket) return
    for (const { literal, offset } of bucket.literals) {
      const start = position - offset
      if (start < 0 || !low.startsWith(literal.text, start)) continue
      if (literal.shape === 'startswith' && start !== 0) continue
      if (literal.shape === 'endswith' && start + literal.text.length !== low.length) continue
      add(this.found, literal.entries)
    }
  }
}

function add(found: number[], entries: readonly number[]): void {
  for (let index = 0; index < entries.length; index++) found.push(entries[index] ?? 0)
}

function isTail(text: string): boolean {
  return Math.max(text.lastIndexOf('\\'), text.lastIndexOf('/')) === 0
}

function pairOf(text: string): number {
  return gramByte(text.charCodeAt(0)) | (gramByte(text.charCodeAt(1)) << 8)
}
