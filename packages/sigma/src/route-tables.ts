// Literals of fields in, the kernel's tables of one route out: grams, pairs, and the literals they find.
import { Buckets } from './buckets.ts'
import { gramMultiplier } from './gram.ts'
import type { Step } from './line-grams.ts'
import type { ScanKernel } from './scan-kernel.ts'
import type { Wanted } from './wanted.ts'

/** How the values of a field are looked at; see struct field of kernel/line.h. */
export const looks = { not: 0, found: 1, lookedUp: 2 } as const

/** What the kernel does with the values of a field. */
export interface FieldPlan {
  /** What finds its literals. */
  grams: Buckets
  pairs: Buckets
  /** Of the literals that are not short; undefined when all are. */
  step: Step | undefined
  /** Its number in the memo; zero: never remembered. */
  owner: number
  /** What finds literals beyond ASCII whose bytes can be looked for, in values that have such bytes. */
  beyond: FieldPlan | undefined
  /** Entries of the other ones: a value with any such byte counts as holding them. */
  high: readonly number[]
  look: (typeof looks)[keyof typeof looks]
  /** How what finds short literals begins, in lower case: three characters of grams, one or two of pairs. */
  beginnings: { grams: readonly string[]; pairs: readonly string[] }
}

/** How keywords are looked for in whole lines: by rare pairs, or as in a value; see struct words. */
export interface WordsPlan {
  field: FieldPlan | undefined
  rare: readonly { pair: number; literals: readonly { at: number; offset: number }[] }[]
  /** Entries of keywords beyond ASCII. */
  high: readonly number[]
}
/** See MAX_RARE. */
export const maxRare = 4

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

/** Bits for each gram, where every byte of a value is looked at and elsewhere, and at most: 128 KB. */
const densestBits = 256
const usualBits = 64
const maxGramBits = 20

const literalHead = 16
/** More lines than are counted. */
const never = 0xffff_ffff

export class RouteTables {
  private readonly kernel: ScanKernel
  private fieldsAt = 0
  private fieldOfAt = 0
  private candidatesAt = 0
  private heldAt = 0
  private programsAt = 0
  private seenAt = 0
  private at = 0

  constructor(kernel: ScanKernel) {
    this.kernel = kernel
  }

  /** Writes a literal and gives its place; `isLoose`: it may stand anywhere in a value. */
  write(literal: number, { literals, entriesOf }: Wanted, isLoose = false): number {
    const { kernel } = this
    const entries = entriesOf(literal)
    const marks = entries.length === 1 ? (entries[0] ?? 0) : kernel.allocateWords(entries)
    const { before, behind } = literals.quotesOf(literal)
    const from = literals.startOf(literal) + before
    const length = literals.endOf(literal) - behind - from
    const at = kernel.allocate(literalHead + length)
    const { words, bytes } = kernel
    words[at >> 2] = length
    words[(at >> 2) + 1] = isLoose ? 0 : literals.anchorsOf(literal)
    words[(at >> 2) + 2] = marks
    words[(at >> 2) + 3] = entries.length
    for (let index = 0; index < length; index++) bytes[at + literalHead + index] = literals.bytes[from + index] ?? 0
    return at
  }

  /** Gives the place of the structure. `fieldOf` numbers a plan for each field of the kernel. */
  build(
    plans: readonly FieldPlan[],
    fieldOf: Uint16Array,
    needed: Uint8Array,
    always: readonly Guard[],
    words: WordsPlan | undefined,
  ): number {
    const { kernel } = this
    const rules = needed.length
    this.fieldsAt = kernel.allocateWords(plans.flatMap((plan) => this.fieldWords(plan)))
    const wordsAt = words ? this.wordsAt(words) : 0
    this.fieldOfAt = kernel.allocate(fieldOf.length * 2)
    kernel.bytes.set(new Uint8Array(fieldOf.buffer, fieldOf.byteOffset, fieldOf.byteLength), this.fieldOfAt)
    const neededAt = kernel.allocate(rules)
    kernel.bytes.set(needed, neededAt)
    this.candidatesAt = kernel.allocate(rules * 4)
    const stateAt = kernel.allocate(rules * 4)
    const alwaysAt = kernel.allocateWords(always.flatMap(guardWords))
    this.heldAt = kernel.allocate(rules * 4)
    this.programsAt = kernel.allocate(rules * 4)
    const head = [this.fieldOfAt, this.fieldsAt, stateAt, neededAt, rules, 0]
    head.push(alwaysAt, always.length, this.candidatesAt, 0, this.heldAt, 0, this.programsAt)
    head.push(wordsAt, this.beyondAt(undefined, words?.high ?? []))
    this.at = kernel.allocateWords([...head, 0, never])
    this.seenAt = (this.at >> 2) + head.length
    return this.at
  }

  private wordsAt({ field, rare }: WordsPlan): number {
    const { kernel } = this
    const fieldAt = field ? kernel.allocateWords(this.fieldWords(field)) : 0
    const pairs = rare.flatMap(({ pair, literals }) => {
      const bucket = new Buckets()
      for (const { at, offset } of literals) bucket.add(pair, at, offset)
      return [pair, bucket.writeOnly(kernel)]
    })
    // places that are not used are the last pair once more
    while (pairs.length > 0 && pairs.length < maxRare * 2) pairs.push(...pairs.slice(-2))
    return kernel.allocateWords([fieldAt, rare.length, ...pairs])
  }

  private fieldWords({ grams, pairs, step, owner, high, look, beginnings, beyond }: FieldPlan): number[] {
    const { kernel } = this
    const gramsTable = this.gramTable(grams, step === 1 ? densestBits : usualBits)
    const pairTable = pairs.size > 0 ? pairs.write(kernel, (pair) => pair) : { tableAt: 0, mask: 0 }
    const firsts = [...new Set(beginnings.pairs.map((pair) => pair.charAt(0)))]
    const gramsAt = this.beginningsAt(beginnings.grams, 3, gramKind)
    const pairsAt = this.beginningsAt(beginnings.pairs, 2, (pair) => firsts.indexOf(pair.charAt(0)) & 7)
    const words = [...gramsTable, step ?? 0, gramsAt, pairTable.tableAt, pairTable.mask, pairsAt]
    return [...words, owner, this.beyondAt(beyond, high), 0, 0, 0, look, 0]
  }

  private beyondAt(plan: FieldPlan | undefined, entries: readonly number[]): number {
    if (plan === undefined && entries.length === 0) return 0
    const fieldAt = plan ? this.kernel.allocateWords(this.fieldWords(plan)) : 0
    return this.kernel.allocateWords([fieldAt, entries.length, ...entries])
  }

  /** Beginnings of eight kinds: for each of their first `length` bytes two tables of the kinds that have its halves there. */
  private beginningsAt(beginnings: readonly string[], length: number, kindOf: (beginning: string) => number): number {
    if (beginnings.length === 0) return 0
    const { kernel } = this
    const at = kernel.allocate(length * 32)
    const { bytes } = kernel
    const mark = (place: number, kind: number): void => {
      bytes[at + place] = (bytes[at + place] ?? 0) | (1 << kind)
    }
    for (const beginning of beginnings)
      for (let index = 0; index < length; index++) {
        for (const byte of bytesAt(beginning, index)) {
          mark(index * 32 + (byte & 15), kindOf(beginning))
          mark(index * 32 + 16 + (byte >> 4), kindOf(beginning))
        }
      }
    return at
  }

  /** Bitmap, its mask, table, its mask. */
  private gramTable(grams: FieldPlan['grams'], bitsPerGram: number): number[] {
    if (grams.size === 0) return [0, 0, 0, 0]
    const { kernel } = this
    // few bits are set, because every gram that passes in vain costs a look into the table
    let bits = 10
    while (1 << bits < grams.size * bitsPerGram && bits < maxGramBits) bits++
    const bitMask = (1 << (bits - 3)) - 4
    const bitmapAt = kernel.allocate(1 << (bits - 3))
    const { tableAt, mask } = grams.write(kernel, (gram) => hashed(gram) >>> 4)
    const { words } = kernel
    for (let number = 0; number < grams.size; number++) {
      const hash = hashed(grams.key(number))
      const word = (bitmapAt + ((hash >>> 15) & bitMask)) >> 2
      words[word] = (words[word] ?? 0) | (1 << ((hash >>> 10) & 31))
    }
    return [bitmapAt, bitMask, tableAt, mask]
  }

  /** The place of the candidates in words. */
  get candidates(): number {
    return this.candidatesAt >> 2
  }

  /** The place of the rules that hold in words. */
  get held(): number {
    return this.heldAt >> 2
  }

  /** Lines of the route that were looked at. */
  get seen(): number {
    return this.kernel.words[this.seenAt] ?? 0
  }

  /** At so many lines the one that is looked at then needs a look in any case. */
  get wantedAt(): number {
    return this.kernel.words[this.seenAt + 1] ?? 0
  }

  set wantedAt(seen: number) {
    this.kernel.words[this.seenAt + 1] = seen
  }

  /** From now on a rule is decided by a program. */
  setProgram(rule: number, at: number): void {
    this.kernel.words[(this.programsAt >> 2) + rule] = at
  }
}

function hashed(gram: number): number {
  return Math.imul(gram, gramMultiplier) >>> 0
}

function guardWords({ rule, kind, field, other, characters }: Guard): number[] {
  return [rule, guardKinds[kind], field, other, ...characterSet(characters)]
}

/** A bit for each of the ASCII characters, in four words. */
export function characterSet(characters: string): number[] {
  const set = [0, 0, 0, 0]
  for (const character of characters) {
    const code = character.charCodeAt(0)
    set[code >> 5] = ((set[code >> 5] ?? 0) | (1 << (code & 31))) >>> 0
  }
  return set
}

/** The bytes that a character in lower case may be; any where there is none. */
function bytesAt(beginning: string, index: number): readonly number[] {
  if (index >= beginning.length) return anyByte
  const code = beginning.charCodeAt(index)
  return code >= 97 && code <= 122 ? [code, code - 32] : [code]
}
const anyByte = Array.from({ length: 256 }, (_, byte) => byte)

/** By the first character, and by what follows it. */
function gramKind(beginning: string): number {
  const first = beginning.charCodeAt(0)
  const second = beginning.charCodeAt(1)
  const isLetter = (code: number): boolean => code >= 97 && code <= 122
  if (!isLetter(first)) return first < 48 ? (isLetter(second) ? 0 : 1) : 2
  return (first < 112 ? 3 : 5) + (second & 8 ? 1 : 0)
}
