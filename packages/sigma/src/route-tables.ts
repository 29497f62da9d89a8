// Literals of fields in, the kernel's tables of one route out: grams, pairs, and the literals they find.
import { gramMultiplier } from './gram.ts'
import type { FoundBy, LineLiteral, Step } from './line-literal.ts'
import type { ScanKernel } from './scan-kernel.ts'

/** How the values of a field are looked at; see struct field of kernel/line.h. */
export const looks = { not: 0, found: 1, lookedUp: 2 } as const

/** What the kernel does with the values of a field. */
export interface FieldPlan {
  salt: number
  step: Step
  hasGrams: boolean
  hasPairs: boolean
  /** Its number in the memo; zero: never remembered. */
  owner: number
  /** Entries of literals beyond ASCII: a value with any high byte counts as holding them. */
  high: readonly number[]
  look: (typeof looks)[keyof typeof looks]
}

/** A rule for which nothing can be looked for, and what it demands instead; see struct guard. */
export interface Guard {
  rule: number
  kind: 'none' | 'same-text' | 'run'
  field: number
  /** The other field, or the length of the run. */
  other: number
  /** The characters of the run. */
  characters: string
}
const guardKinds = { none: 0, 'same-text': 1, run: 2 } as const

const fieldWords = 12
const lookedWord = 9

/** Filled with literals, then built once. */
export class RouteTables {
  private readonly kernel: ScanKernel
  private readonly grams = new Map<number, number[]>()
  private readonly pairs = new Map<number, number[]>()
  private readonly written = new Map<readonly number[], number>()
  private fieldsAt = 0
  private fieldOfAt = 0
  private candidatesAt = 0

  constructor(kernel: ScanKernel) {
    this.kernel = kernel
  }

  /** A literal of a field with this salt, which marks the entries. */
  add({ literal, grams, pairs }: FoundBy, entries: readonly number[], salt: number): void {
    const at = this.write(literal, entries)
    for (const gram of grams) join(this.grams, (gram ^ salt) | 0, at)
    for (const pair of pairs) join(this.pairs, (pair ^ (salt & 0xffff)) | 0x10000, at)
  }

  private write({ bytes, offset, atStart, atEnd }: LineLiteral, entries: readonly number[]): number {
    const { kernel } = this
    const anchors = (atStart ? 1 : 0) | (atEnd ? 2 : 0)
    const head = [offset, bytes.length, anchors, this.entriesAt(entries), entries.length]
    const at = kernel.allocate(20 + bytes.length)
    kernel.words.set(head, at >> 2)
    kernel.bytes.set(bytes, at + 20)
    return at
  }

  private entriesAt(entries: readonly number[]): number {
    const known = this.written.get(entries)
    if (known !== undefined) return known
    const at = this.kernel.allocateWords(entries)
    this.written.set(entries, at)
    return at
  }

  /** Gives the place of the structure. `fieldOf` numbers a plan for each field of the kernel. */
  build(plans: readonly FieldPlan[], fieldOf: Uint16Array, needed: Uint8Array, always: readonly Guard[]): number {
    const { kernel } = this
    const rules = needed.length
    this.fieldsAt = kernel.allocate(plans.length * fieldWords * 4)
    for (const [number, plan] of plans.entries()) {
      const highAt = plan.high.length > 0 ? this.entriesAt(plan.high) : 0
      kernel.words.set(
        [
          plan.hasGrams ? plan.salt : 0,
          plan.step,
          plan.hasPairs ? 0x10000 | (plan.salt & 0xffff) : 0,
          plan.owner,
          highAt,
          plan.high.length,
          0,
          0,
          0,
          plan.look,
        ],
        (this.fieldsAt >> 2) + number * fieldWords,
      )
    }
    this.fieldOfAt = kernel.allocate(fieldOf.length * 2)
    kernel.bytes.set(new Uint8Array(fieldOf.buffer, fieldOf.byteOffset, fieldOf.byteLength), this.fieldOfAt)
    const grams = this.gramTable()
    const pairs = this.pairTable()
    const neededAt = kernel.allocate(rules)
    kernel.bytes.set(needed, neededAt)
    this.candidatesAt = kernel.allocate(rules * 4)
    const stateAt = kernel.allocate(rules * 4)
    const alwaysAt = kernel.allocateWords(always.flatMap(guardWords))
    const words = [this.fieldOfAt, this.fieldsAt, grams.bitmapAt, grams.shift, grams.tableAt, grams.mask]
    words.push(pairs.bitmapAt, pairs.tableAt, pairs.mask, stateAt, neededAt, rules, 0)
    words.push(alwaysAt, always.length, this.candidatesAt, 0)
    return kernel.allocateWords(words)
  }

  private gramTable(): { bitmapAt: number; shift: number; tableAt: number; mask: number } {
    const { kernel, grams } = this
    // few bits are set, because every gram that passes in vain costs a look into the table
    let bits = 10
    while (1 << bits < grams.size * 64) bits++
    const shift = 32 - bits
    const bitmapAt = kernel.allocate(1 << (bits - 3))
    const hashed = (gram: number): number => Math.imul(gram, gramMultiplier) >>> 0
    const { tableAt, mask } = this.table(grams, (gram) => hashed(gram) >>> 4)
    for (const gram of grams.keys()) setBit(kernel.words, bitmapAt, hashed(gram) >>> shift)
    return { bitmapAt, shift, tableAt, mask }
  }

  private pairTable(): { bitmapAt: number; tableAt: number; mask: number } {
    const { kernel, pairs } = this
    if (pairs.size === 0) return { bitmapAt: 0, tableAt: 0, mask: 0 }
    const bitmapAt = kernel.allocate(65_536 >> 3)
    const { tableAt, mask } = this.table(pairs, (pair) => pair)
    for (const pair of pairs.keys()) setBit(kernel.words, bitmapAt, pair & 0xffff)
    return { bitmapAt, tableAt, mask }
  }

  /** Keys and buckets in twice as many slots, found by probing from where `hash` says. */
  private table(
    entries: ReadonlyMap<number, number[]>,
    hash: (key: number) => number,
  ): { tableAt: number; mask: number } {
    const { kernel } = this
    let slots = 16
    while (slots < entries.size * 2) slots *= 2
    const mask = slots - 1
    const tableAt = kernel.allocate(slots * 8)
    for (const [key, literals] of entries) {
      const bucket = kernel.allocateWords([literals.length, ...literals])
      const { words } = kernel
      let slot = hash(key) & mask
      while (words[(tableAt >> 2) + slot * 2 + 1] !== 0) slot = (slot + 1) & mask
      words[(tableAt >> 2) + slot * 2] = key
      words[(tableAt >> 2) + slot * 2 + 1] = bucket
    }
    return { tableAt, mask }
  }

  /** The place of the candidates in words. */
  get candidates(): number {
    return this.candidatesAt >> 2
  }

  /** Has the values of a field looked up from now on. */
  lookUp(field: number): void {
    const { words } = this.kernel
    const half = words[(this.fieldOfAt >> 2) + (field >> 1)] ?? 0
    const plan = field & 1 ? half >>> 16 : half & 0xffff
    words[(this.fieldsAt >> 2) + plan * fieldWords + lookedWord] = looks.lookedUp
  }
}

function guardWords({ rule, kind, field, other, characters }: Guard): number[] {
  const set = [0, 0, 0, 0]
  for (const character of characters) {
    const code = character.charCodeAt(0)
    set[code >> 5] = ((set[code >> 5] ?? 0) | (1 << (code & 31))) >>> 0
  }
  return [rule, guardKinds[kind], field, other, ...set]
}

function join(buckets: Map<number, number[]>, key: number, literal: number): void {
  const same = buckets.get(key)
  if (same) same.push(literal)
  else buckets.set(key, [literal])
}

function setBit(words: Uint32Array, at: number, bit: number): void {
  const word = (at >> 2) + (bit >>> 5)
  words[word] = (words[word] ?? 0) | (1 << (bit & 31))
}
