// The literals that rules demand in, each once as it stands in lines of NDJSON out; a literal is a number.
import { conjuncts, type Expression, type TextShape } from './expression.ts'
import type { FieldPath } from './field-path.ts'
import { gramLength } from './gram.ts'
import { isFindable } from './line-form.ts'
import { type Demand, demandOf, type Literal } from './literal.ts'

/** What is known of a literal, as bits. */
const traits = { atStart: 1, atEnd: 2, numeric: 4, ascii: 8, findable: 16 } as const
const anchors = traits.atStart | traits.atEnd
const anchorsOf = { contains: 0, startswith: 1, endswith: 2, equals: 3 } as const satisfies Record<TextShape, number>

/** Numbers stand in a line without quotes. */
const looksNumeric = /^[-+.\deE]+$|^(true|false)$/
const mayBeNumeric = new Uint8Array(128)
for (const character of '-+.0123456789eEtf') mayBeNumeric[character.charCodeAt(0)] = 1

const [quote, backslash] = [34, 92]
/** A choice of more values is looked at last. */
const manyValues = 32

const hashMultiplier = 0x01000193

/** Kept in typed arrays: there are many thousands, and what is made of them is made before the first line is looked at. */
export class LineLiterals {
  /** The bytes of all literals, as `startOf` and `endOf` say. */
  bytes = new Uint8Array(1 << 17)
  private used = 0
  private starts = new Int32Array(1 << 11)
  private traits = new Uint8Array(1 << 11)
  /** Which list of paths is that of a literal. */
  private lists = new Uint16Array(1 << 11)
  private hashes = new Int32Array(1 << 11)
  /** Numbers plus one, found by probing from the hash on. */
  private slots = new Int32Array(1 << 12)
  private readonly paths: Literal['paths'][] = []
  private readonly listOf = new Map<string, number>()
  private latest: { paths: Literal['paths']; list: number } | undefined
  private readonly demands = new Map<Expression, Demand<number>>()
  private readonly briefDemands = new Map<Expression, Demand<number> | null>()
  /** How many there are; more come with further rules. */
  count = 0

  /** The demand of a rule, worked out once. */
  demandOf(expression: Expression): Demand<number> {
    let demand = this.demands.get(expression)
    if (!demand) {
      demand = demandOf(expression, this.numberOf)
      this.demands.set(expression, demand)
    }
    return demand
  }

  /** The same without choices of many values, which most rules can do without; undefined where there are none. */
  briefDemandOf(expression: Expression): Demand<number> | undefined {
    const known = this.briefDemands.get(expression)
    if (known !== undefined) return known ?? undefined
    const parts = conjuncts(expression)
    const small = parts.filter((part) => part.kind !== 'or' || part.of.length <= manyValues)
    const isBrief = small.length > 0 && small.length < parts.length
    const demand = isBrief ? demandOf({ kind: 'and', of: small }, this.numberOf) : null
    this.briefDemands.set(expression, demand)
    return demand ?? undefined
  }

  /** The number of a literal, the same for equal ones. */
  readonly numberOf = (paths: readonly FieldPath[] | undefined, shape: TextShape, text: string): number => {
    const list = this.listNumber(paths)
    const start = this.used
    const isNumeric = mayBeNumeric[text.charCodeAt(0)] === 1 && looksNumeric.test(text)
    const anchored = anchorsOf[shape]
    const isAscii = this.write(text, isNumeric ? 0 : anchored)
    const known = anchored | (isNumeric ? traits.numeric : 0) | (isAscii ? traits.ascii : 0)
    const hash = this.hash(start, (list << 2) | anchored)
    const mask = this.slots.length - 1
    let slot = hash & mask
    for (; ; slot = (slot + 1) & mask) {
      const number = (this.slots[slot] ?? 0) - 1
      if (number < 0) break
      if (this.hashes[number] !== hash || this.lists[number] !== list || !this.isSame(number, start, known)) continue
      this.used = start
      return number
    }
    const number = this.count++
    if (this.count + 1 >= this.starts.length) this.growNumbers()
    this.slots[slot] = number + 1
    this.starts[number] = start
    this.starts[number + 1] = this.used
    this.lists[number] = list
    this.hashes[number] = hash
    this.traits[number] = known | (isAscii || isFindable(text) ? traits.findable : 0)
    if (this.count * 2 > this.slots.length) this.growSlots()
    return number
  }

  /** Undefined for keywords. */
  pathsOf(number: number): Literal['paths'] {
    return this.paths[this.lists[number] ?? 0]
  }

  /** Where it begins, with the quote of the value that it reaches to, if it does. */
  startOf(number: number): number {
    return this.starts[number] ?? 0
  }

  endOf(number: number): number {
    return this.starts[number + 1] ?? 0
  }

  /** Bytes, the quotes among them. */
  lengthOf(number: number): number {
    return (this.starts[number + 1] ?? 0) - (this.starts[number] ?? 0)
  }

  /** One bit for the start of a value, one for its end. */
  anchorsOf(number: number): number {
    return (this.traits[number] ?? 0) & anchors
  }

  isAnchored(number: number, where: 'atStart' | 'atEnd'): boolean {
    return ((this.traits[number] ?? 0) & traits[where]) !== 0
  }

  /** Quotes in front of its text and behind it. */
  quotesOf(number: number): { before: number; behind: number } {
    const known = this.traits[number] ?? 0
    if (known & traits.numeric) return { before: 0, behind: 0 }
    return { before: known & traits.atStart ? 1 : 0, behind: known & traits.atEnd ? 1 : 0 }
  }

  isNumeric(number: number): boolean {
    return ((this.traits[number] ?? 0) & traits.numeric) !== 0
  }

  isAscii(number: number): boolean {
    return ((this.traits[number] ?? 0) & traits.ascii) !== 0
  }

  /** Whether its bytes can be looked for. */
  isFindable(number: number): boolean {
    return ((this.traits[number] ?? 0) & traits.findable) !== 0
  }

  /** Whether it would have to be looked for closer than at every fourth byte. */
  isShort(number: number): boolean {
    return this.lengthOf(number) < gramLength + 3
  }

  /** Whether it has too few characters for a gram, even with what follows. */
  isTiny(number: number): boolean {
    const length = this.lengthOf(number)
    const isEnd = ((this.traits[number] ?? 0) & (traits.atEnd | traits.numeric)) !== 0
    return length < gramLength - 1 || (length === gramLength - 1 && isEnd)
  }

  /** Bytes as text, a character for each. */
  text(from: number, to: number): string {
    let text = ''
    for (let at = from; at < to; at++) text += String.fromCharCode(this.bytes[at] ?? 0)
    return text
  }

  private listNumber(paths: Literal['paths']): number {
    const { latest } = this
    if (latest !== undefined && latest.paths === paths) return latest.list
    const names = paths === undefined ? '' : paths.map(({ name }) => `${name}\0`).join('')
    let list = this.listOf.get(names)
    if (list === undefined) {
      list = this.paths.push(paths) - 1
      this.listOf.set(names, list)
    }
    this.latest = { paths, list }
    return list
  }

  /** Writes a text behind the others; whether it is ASCII. */
  private write(text: string, quoted: number): boolean {
    const { length } = text
    const need = this.used + length * 6 + 2
    if (need > this.bytes.length) this.bytes = grown(this.bytes, need)
    const { bytes } = this
    let at = this.used
    let isAscii = true
    if (quoted & traits.atStart) bytes[at++] = quote
    for (let index = 0; index < length; index++) {
      const code = text.charCodeAt(index)
      if (code === quote || code === backslash) bytes[at++] = backslash
      if (code > 127) {
        isAscii = false
        const whole = text.codePointAt(index) ?? 0
        at = writeCharacter(bytes, at, whole)
        if (whole > 0xffff) index++
        continue
      }
      bytes[at++] = code
    }
    if (quoted & traits.atEnd) bytes[at++] = quote
    this.used = at
    return isAscii
  }

  private hash(start: number, seed: number): number {
    const { bytes, used } = this
    let hash = seed + 1
    for (let at = start; at < used; at++) hash = Math.imul(hash ^ (bytes[at] ?? 0), hashMultiplier)
    return hash ^ (hash >>> 15)
  }

  /** Whether a literal of the same paths has the bytes from `start` on. */
  private isSame(number: number, start: number, known: number): boolean {
    const { bytes, starts } = this
    const from = starts[number] ?? 0
    const length = this.used - start
    if (((this.traits[number] ?? 0) & ~traits.findable) !== known || (starts[number + 1] ?? 0) - from !== length)
      return false
    for (let index = 0; index < length; index++) if (bytes[from + index] !== bytes[start + index]) return false
    return true
  }

  private growNumbers(): void {
    const length = this.starts.length * 2
    this.starts = grown(this.starts, length)
    this.hashes = grown(this.hashes, length)
    this.lists = grown(this.lists, length)
    this.traits = grown(this.traits, length)
  }

  private growSlots(): void {
    const slots = new Int32Array(this.slots.length * 4)
    const mask = slots.length - 1
    for (let number = 0; number < this.count; number++) {
      let slot = (this.hashes[number] ?? 0) & mask
      while (slots[slot] !== 0) slot = (slot + 1) & mask
      slots[slot] = number + 1
    }
    this.slots = slots
  }
}

/** Writes a character beyond ASCII in UTF-8, half of a pair as what stands for it, and gives where it ends. */
function writeCharacter(bytes: Uint8Array, start: number, code: number): number {
  let at = start
  const known = code >= 0xd800 && code <= 0xdfff ? 0xfffd : code
  if (known < 0x800) bytes[at++] = 0xc0 | (known >> 6)
  else {
    if (known < 0x1_0000) bytes[at++] = 0xe0 | (known >> 12)
    else {
      bytes[at++] = 0xf0 | (known >> 18)
      bytes[at++] = 0x80 | ((known >> 12) & 63)
    }
    bytes[at++] = 0x80 | ((known >> 6) & 63)
  }
  bytes[at++] = 0x80 | (known & 63)
  return at
}

/** A longer copy. */
function grown<Numbers extends Uint8Array | Uint16Array | Int32Array>(numbers: Numbers, least: number): Numbers {
  const Kind = numbers.constructor as new (length: number) => Numbers
  const copy = new Kind(Math.max(numbers.length * 2, least))
  copy.set(numbers)
  return copy
}
