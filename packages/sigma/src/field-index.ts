// The literals that rules demand of one field in, the entries of those a value holds out.
import type { TextShape } from './expression.ts'
import { type GramStatistics, gramAt, gramByte, gramLength, gramMultiplier, rarestGram } from './gram.ts'
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

const none = new Int32Array(0)

/** Values remembered with their entries, and how often remembering must pay to go on. */
const maxRemembered = 4_096
const trialLength = 2_048

/** Finds literals in values of one field. Not safe for re-entry. */
export class FieldIndex {
  private readonly exact = new Map<string, number[]>()
  /** Ends of values that begin at their last separator, such as file names. */
  private readonly tails = new Map<string, number[]>()
  private readonly short: IndexedLiteral[] = []
  private readonly literals = new Map<string, IndexedLiteral>()
  private bitmap = new Uint32Array(1)
  private shift = 31
  private buckets = new Map<number, Bucket>()
  private remembered: Map<string, Int32Array> | undefined = new Map()
  private lookups = 0
  private hits = 0
  private readonly found: number[] = []

  /** Adds a literal; all are added before the first lookup, and then `build` is called. */
  add(shape: TextShape, text: string, entry: number): void {
    const key = `${shape} ${text}`
    const literal = this.literals.get(key)
    if (literal) literal.entries.push(entry)
    else this.literals.set(key, { shape, text, entries: [entry] })
  }

  build(statistics: GramStatistics): void {
    for (const literal of this.literals.values()) {
      const { shape, text, entries } = literal
      if (shape === 'equals') this.exact.set(text, entries)
      else if (shape === 'endswith' && isTail(text)) this.tails.set(text, entries)
      else if (text.length < gramLength) this.short.push(literal)
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

  /** Entries of the literals that the value holds. */
  lookup(value: string): Int32Array {
    if (this.remembered === undefined) return this.search(value)
    const known = this.remembered.get(value)
    this.lookups++
    if (known !== undefined) {
      this.hits++
      return known
    }
    const found = this.search(value)
    if (this.lookups > trialLength) {
      // values that hardly repeat are not worth remembering
      if (this.hits * 3 < this.lookups) {
        this.remembered = undefined
        return found
      }
      this.lookups = 0
      this.hits = 0
    }
    if (this.remembered.size >= maxRemembered) this.remembered.clear()
    if (value.length <= 1_024) this.remembered.set(value, found)
    return found
  }

  private search(value: string): Int32Array {
    const { found } = this
    found.length = 0
    let low: string | undefined
    if (this.exact.size > 0) {
      low = triggerFold(value)
      const entries = this.exact.get(low)
      if (entries) found.push(...entries)
    }
    if (this.tails.size > 0) {
      low ??= triggerFold(value)
      const separator = Math.max(low.lastIndexOf('\\'), low.lastIndexOf('/'))
      const entries = separator < 0 ? undefined : this.tails.get(low.slice(separator))
      if (entries) found.push(...entries)
    }
    if (this.short.length > 0) {
      low ??= triggerFold(value)
      for (const literal of this.short) if (hasShape(literal, low)) found.push(...literal.entries)
    }
    if (this.buckets.size > 0) this.scan(value, low)
    return found.length === 0 ? none : Int32Array.from(found)
  }

  private scan(value: string, low: string | undefined): void {
    const { bitmap, shift } = this
    const { length } = value
    if (length < gramLength) return
    let gram = 0
    let seen = 0
    let position = 0
    for (; position < gramLength - 1; position++) {
      const code = value.charCodeAt(position)
      seen |= code
      gram = (gram >>> 8) | ((code | 0x20) << 24)
    }
    for (; position < length; position++) {
      const code = value.charCodeAt(position)
      seen |= code
      gram = (gram >>> 8) | ((code | 0x20) << 24)
      const hash = Math.imul(gram, gramMultiplier) >>> shift
      if ((((bitmap[hash >>> 5] ?? 0) >>> (hash & 31)) & 1) === 1) {
        low ??= triggerFold(value)
        // a text beyond ASCII is scanned again below, in its folded form
        if (seen < 128) this.check(gram, position - gramLength + 1, low)
      }
    }
    if (seen > 127) this.scanFolded(low ?? triggerFold(value))
  }

  private scanFolded(low: string): void {
    const { bitmap, shift } = this
    this.found.length = 0
    this.refind(low)
    let gram = 0
    for (let position = 0; position < low.length; position++) {
      gram = (gram >>> 8) | (gramByte(low.charCodeAt(position)) << 24)
      const hash = Math.imul(gram, gramMultiplier) >>> shift
      if (position >= gramLength - 1 && (((bitmap[hash >>> 5] ?? 0) >>> (hash & 31)) & 1) === 1)
        this.check(gram, position - gramLength + 1, low)
    }
  }

  /** What was found before the scan, found again after it began anew. */
  private refind(low: string): void {
    const exact = this.exact.get(low)
    if (exact) this.found.push(...exact)
    const separator = Math.max(low.lastIndexOf('\\'), low.lastIndexOf('/'))
    const tail = separator < 0 ? undefined : this.tails.get(low.slice(separator))
    if (tail) this.found.push(...tail)
    for (const literal of this.short) if (hasShape(literal, low)) this.found.push(...literal.entries)
  }

  private check(gram: number, position: number, low: string): void {
    const bucket = this.buckets.get(gram)
    if (!bucket) return
    for (const { literal, offset } of bucket.literals) {
      const start = position - offset
      if (start < 0 || !low.startsWith(literal.text, start)) continue
      if (literal.shape === 'startswith' && start !== 0) continue
      if (literal.shape === 'endswith' && start + literal.text.length !== low.length) continue
      this.found.push(...literal.entries)
    }
  }
}

function isTail(text: string): boolean {
  return Math.max(text.lastIndexOf('\\'), text.lastIndexOf('/')) === 0
}

function hasShape({ shape, text }: IndexedLiteral, low: string): boolean {
  if (shape === 'contains') return low.includes(text)
  return shape === 'startswith' ? low.startsWith(text) : low.endsWith(text)
}
