// The rules of one route in, tables for the kernel out, and from the hits it finds the rules worth evaluating.

import { chooseClauses, usefulClauses } from './choose-clauses.ts'
import type { Expression } from './expression.ts'
import { type GramStatistics, isAscii } from './gram.ts'
import { GramTable } from './gram-table.ts'
import { type LineLiteral, LineStatistics, lineForm, lineLiteral, wideLiterals, wideStep } from './line-literal.ts'
import type { Literal } from './literal.ts'
import { triggerFold } from './literal.ts'
import { type ScanKernel, tokenFlags } from './scan-kernel.ts'

/** The place of fields without a number: those that no rule names. */
const unknownField = 0

const lower = new Uint8Array(256)
for (let code = 0; code < 256; code++) lower[code] = code >= 65 && code <= 90 ? code + 32 : code

/** Tables for one route in the kernel's memory. */
export class LineRoute {
  readonly always: number[] = []
  private readonly kernel: ScanKernel
  private readonly grams: GramTable
  /** Keywords in fields that no rule names. */
  private readonly wide: GramTable | undefined
  /** Literals of salted pairs, and the tables for them; no place without any. */
  private readonly pairs = new Map<number, LineLiteral[]>()
  private readonly pairSaltsAt: number = 0
  private readonly pairBitmapAt: number = 0
  /** Fields that the kernel looks at. */
  private readonly looked: Uint8Array
  /** Entries of literals beyond ASCII, by field: a value with any high byte counts as holding them. */
  private readonly highEntries = new Map<number, number[]>()
  private highKeywords: number[] = []
  private readonly needed: Uint8Array
  private readonly shown: Uint8Array
  private readonly stamps: Int32Array
  private generation = 0
  private readonly found: number[] = []

  /** `fieldOf` numbers the fields; `sample` holds records of this route. */
  constructor(
    kernel: ScanKernel,
    expressions: readonly Expression[],
    sample: readonly Readonly<Record<string, unknown>>[],
    fieldOf: ReadonlyMap<string, number>,
  ) {
    this.kernel = kernel
    this.needed = new Uint8Array(expressions.length)
    this.shown = new Uint8Array(expressions.length)
    this.stamps = new Int32Array(expressions.length).fill(-1)
    const statistics = new LineStatistics(sample)
    const salts = new Uint32Array(fieldOf.size + 1)
    const pairSalts = new Uint32Array(fieldOf.size + 1)
    const byField = new Map<number, Map<string, { literal: Literal; name: string | undefined; entries: number[] }>>()
    const keywords = new Map<string, { literal: Literal; entries: number[] }>()
    for (const [rule, expression] of expressions.entries()) {
      const clauses = chooseClauses(usefulClauses(expression, (literal) => statistics.estimate(literal)))
      if (clauses.length === 0) this.always.push(rule)
      for (const [bit, { clause }] of clauses.entries()) {
        this.needed[rule] = (this.needed[rule] ?? 0) | (1 << bit)
        for (const literal of clause) {
          const entry = rule * 8 + bit
          const key = `${literal.shape} ${literal.text}`
          if (literal.paths === undefined) {
            const known = keywords.get(key)
            if (known) known.entries.push(entry)
            else keywords.set(key, { literal, entries: [entry] })
          }
          for (const { name } of literal.paths ?? []) {
            const field = fieldOf.get(name) ?? unknownField
            let literals = byField.get(field)
            if (!literals) {
              literals = new Map()
              byField.set(field, literals)
            }
            const known = literals.get(key)
            if (known) known.entries.push(entry)
            else literals.set(key, { literal, name, entries: [entry] })
          }
        }
      }
    }
    this.grams = new GramTable(kernel, 1)
    const place = (literal: Literal, entries: number[], field: number, known: GramStatistics): void => {
      const made = lineLiteral(literal, entries, known)
      const salt = saltOf(field)
      if (made.grams.length > 0) salts[field] = salt
      else pairSalts[field] = pairSaltOf(field)
      for (const each of made.pairs) {
        const pair = each ^ (salt & 0xffff)
        const same = this.pairs.get(pair)
        if (same) same.push(made.literal)
        else this.pairs.set(pair, [made.literal])
      }
      for (const each of made.grams) this.grams.add((each ^ salt) | 0, made.literal)
    }
    for (const [field, literals] of byField) {
      for (const { literal, name, entries } of literals.values()) {
        if (isAscii(literal.text)) place(literal, entries, field, statistics.of(name ?? ''))
        else this.highEntries.set(field, [...(this.highEntries.get(field) ?? []), ...entries])
      }
    }
    this.looked = new Uint8Array(salts.length)
    const words = [...keywords.values()].filter(({ literal }) => isAscii(literal.text))
    if (keywords.size > 0) this.looked.fill(1)
    for (const { literal, entries } of keywords.values()) if (!isAscii(literal.text)) this.highKeywords.push(...entries)
    if (words.length > 0) {
      const own = [...salts.keys()].filter((field) => salts[field] !== 0)
      // fields without literals of their own share a salt
      const shared = saltOf(unknownField)
      const others = salts.map((salt) => (salt === 0 ? shared : 0))
      this.wide = this.wideTable(words, others, statistics.all)
      if (!this.wide) for (const [field, salt] of others.entries()) if (salt !== 0) salts[field] = salt
      for (const { literal, entries } of words)
        for (const field of this.wide ? own : [unknownField, ...own]) place(literal, entries, field, statistics.all)
    }
    for (const [field, salt] of salts.entries()) if (salt !== 0 || pairSalts[field] !== 0) this.looked[field] = 1
    this.grams.build(salts)
    if (this.pairs.size === 0) return
    this.pairSaltsAt = kernel.allocate(pairSalts.length * 4)
    kernel.words.set(pairSalts, this.pairSaltsAt >> 2)
    this.pairBitmapAt = kernel.allocate(65_536 >> 3)
    for (const pair of this.pairs.keys()) {
      const word = (this.pairBitmapAt >> 2) + (pair >>> 5)
      kernel.words[word] = (kernel.words[word] ?? 0) | (1 << (pair & 31))
    }
  }

  /** A table that looks for keywords in other fields, if all of them are long enough for it. */
  private wideTable(
    keywords: readonly { literal: Literal; entries: number[] }[],
    salts: Uint32Array,
    statistics: GramStatistics,
  ): GramTable | undefined {
    const table = new GramTable(this.kernel, wideStep)
    const salt = saltOf(unknownField)
    for (const { literal, entries } of keywords) {
      const made = wideLiterals(literal, entries, statistics)
      if (!made) return undefined
      for (const each of made) table.add((each.gram ^ salt) | 0, each.literal)
    }
    table.build(salts)
    return table
  }

  /**
   * Numbers of the rules that the line at the kernel may fulfil, given its tokens; undefined when it has to be parsed.
   * `text` gives a token's value as text. The array is reused by the next call.
   */
  candidates(count: number, text: (token: number) => string): readonly number[] | undefined {
    const { kernel, found } = this
    if (++this.generation > 0x7fff_fff0) {
      this.generation = 1
      this.stamps.fill(-1)
    }
    found.length = 0
    if (!this.run(kernel.lineAt, kernel.tokensAt, count)) return undefined
    const tokens = kernel.tokensAt >> 2
    const { special } = this
    for (let token = 0; token < count; token++) {
      const head = kernel.words[tokens + token * 3] ?? 0
      if ((head & special) === 0) continue
      const field = head & 0xffff
      if (this.looked[field] === 0 && !this.highEntries.has(field)) continue
      if ((head & special) === tokenFlags.high && !this.foldsToAscii(tokens + token * 3)) {
        // the kernel found what is ASCII in it; what is not counts as found
        this.markAll(this.highEntries.get(field) ?? [])
        this.markAll(this.highKeywords)
      } else if (!this.lookAgain(token, head, text)) return undefined
    }
    for (const rule of this.always) found.push(rule)
    return found
  }

  private readonly special = tokenFlags.high | tokenFlags.decode | tokenFlags.true | tokenFlags.false

  /** Whether a value has one of the characters whose folded form is ASCII: Kelvin sign, dotted I, long s. */
  private foldsToAscii(at: number): boolean {
    const { bytes, words, lineAt } = this.kernel
    const end = lineAt + (words[at + 2] ?? 0)
    for (let index = lineAt + (words[at + 1] ?? 0); index < end; index++) {
      const byte = bytes[index] ?? 0
      if (byte < 0xc4) continue
      const next = bytes[index + 1] ?? 0
      if ((byte === 0xe2 && next === 0x84) || (byte === 0xc4 && next === 0xb0) || (byte === 0xc5 && next === 0xbf))
        return true
    }
    return false
  }

  /** Values that the kernel could not look at as they stand: decoded, folded and scanned once more. */
  private lookAgain(token: number, head: number, text: (token: number) => string): boolean {
    const { kernel } = this
    const field = head & 0xffff
    const folded = triggerFold(text(token))
    if (!isAscii(folded)) {
      this.markAll(this.highEntries.get(field) ?? [])
      this.markAll(this.highKeywords)
    }
    if (this.looked[field] === 0) return true
    const form = `"${lineForm(folded)}"`
    if (form.length > kernel.scratchLength) return false
    for (let index = 0; index < form.length; index++) {
      const code = form.charCodeAt(index)
      kernel.bytes[kernel.scratchAt + index] = code > 127 ? 255 : code
    }
    const words = kernel.scratchTokenAt >> 2
    kernel.words[words] = field | tokenFlags.string
    kernel.words[words + 1] = 1
    kernel.words[words + 2] = form.length - 1
    return this.run(kernel.scratchAt, kernel.scratchTokenAt, 1)
  }

  private run(lineAt: number, tokensAt: number, count: number): boolean {
    const { kernel } = this
    if (!this.search(this.grams, lineAt, tokensAt, count)) return false
    if (this.wide && !this.search(this.wide, lineAt, tokensAt, count)) return false
    if (this.pairs.size === 0) return true
    const { pairSaltsAt, pairBitmapAt } = this
    const { hitsAt, maxHits } = kernel
    const found = kernel.functions.pairs(lineAt, tokensAt, count, pairSaltsAt, pairBitmapAt, hitsAt, maxHits)
    if (found < 0) return false
    for (let at = hitsAt >> 2, end = at + found * 3; at < end; at += 3)
      this.check(this.pairs.get(kernel.words[at + 2] ?? 0) ?? none, lineAt, tokensAt, at)
    return true
  }

  private search(table: GramTable, lineAt: number, tokensAt: number, count: number): boolean {
    const hits = table.scan(lineAt, tokensAt, count)
    for (let at = this.kernel.hitsAt >> 2, end = at + hits * 3; at < end; at += 3)
      this.check(table.literalsAt(at), lineAt, tokensAt, at)
    return hits >= 0
  }

  /** Marks those of the literals that stand where the hit at `at` says. */
  private check(literals: readonly LineLiteral[], lineAt: number, tokensAt: number, at: number): void {
    const { words } = this.kernel
    const token = (tokensAt >> 2) + (words[at] ?? 0) * 3
    for (let number = 0; number < literals.length; number++) {
      const literal = literals[number]
      if (literal && this.holds(literal, lineAt, words[at + 1] ?? 0, words[token + 1] ?? 0, words[token + 2] ?? 0))
        this.markAll(literal.entries)
    }
  }

  /** Whether the literal stands where its gram was found, within the value from `start` to `end`. */
  private holds(literal: LineLiteral, lineAt: number, hit: number, start: number, end: number): boolean {
    const { bytes } = this.kernel
    const from = hit - literal.offset
    const { length } = literal.bytes
    if (from < start || from + length > end) return false
    if ((literal.atStart && from !== start) || (literal.atEnd && from + length !== end)) return false
    for (let index = 0; index < length; index++)
      if (lower[bytes[lineAt + from + index] ?? 0] !== literal.bytes[index]) return false
    return true
  }

  private markAll(entries: readonly number[]): void {
    const { stamps, shown, needed, generation } = this
    for (let number = 0; number < entries.length; number++) {
      const entry = entries[number] ?? 0
      const rule = entry >> 3
      const before = stamps[rule] === generation ? (shown[rule] ?? 0) : 0
      const after = before | (1 << (entry & 7))
      if (after === before) continue
      stamps[rule] = generation
      shown[rule] = after
      if (after === needed[rule]) this.found.push(rule)
    }
  }
}

const none: readonly LineLiteral[] = []

function pairSaltOf(field: number): number {
  return 0x10000 | (saltOf(field) & 0xffff)
}

function saltOf(field: number): number {
  return (Math.imul(field + 1, 0x85ebca6b) | 1) >>> 0
}
