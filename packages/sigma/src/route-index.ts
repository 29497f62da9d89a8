// The rules of one route in, an index out that finds for a record the few rules worth evaluating, and evaluates them.

import { usefulClauses } from './choose-clauses.ts'
import { chooseFields } from './choose-fields.ts'
import type { Expression } from './expression.ts'
import { FieldIndex } from './field-index.ts'
import { type FieldPath, maxRecordDepth, textOf } from './field-path.ts'
import type { Frame } from './frame.ts'
import { GramStatistics, gramLength, isAscii, rarestGram } from './gram.ts'
import { demandOf, type Literal, plainLiteral } from './literal.ts'
import type { RuleSet } from './rule-set.ts'

/** An index over expressions; results are their numbers, in ascending order. Not safe for re-entry. */
export class RouteIndex {
  private readonly frame: Frame
  private readonly rules: RuleSet
  private readonly always: number[] = []
  private readonly fields: { slot: number; index: FieldIndex }[] = []
  private readonly keywords: FieldIndex | undefined
  /** For each rule which clauses it needs, as bits, and which the record has shown. */
  private readonly needed: Uint8Array
  private readonly shown: Uint8Array
  private readonly stamps: Int32Array
  private generation = 0
  private readonly candidates: number[] = []

  constructor(rules: RuleSet, expressions: readonly Expression[], sample: readonly object[]) {
    this.rules = rules
    this.frame = rules.frame
    this.needed = new Uint8Array(expressions.length)
    this.shown = new Uint8Array(expressions.length)
    this.stamps = new Int32Array(expressions.length).fill(-1)
    const statistics = new SlotStatistics(this.frame, sample)
    const indexes = new Map<number, FieldIndex>()
    let keywords: FieldIndex | undefined
    const chosen = chooseFields(
      expressions.map((expression) =>
        usefulClauses(demandOf(expression, plainLiteral), (literal) => statistics.estimate(literal)),
      ),
      (clause) => clause.flatMap(({ paths }) => (paths ?? []).map((path) => this.frame.slotOf([path]))),
      (slot) => statistics.valuesOf(slot),
    )
    for (const [rule, clauses] of chosen.entries()) {
      if (clauses.length === 0) this.always.push(rule)
      for (const [bit, clause] of clauses.entries()) {
        this.needed[rule] = (this.needed[rule] ?? 0) | (1 << bit)
        for (const { paths, shape, text } of clause) {
          const entry = rule * 8 + bit
          if (paths === undefined) {
            keywords ??= new FieldIndex(false)
            keywords.add(shape, text, entry)
          }
          for (const path of paths ?? []) {
            const slot = this.frame.slotOf([path])
            let index = indexes.get(slot)
            if (!index) {
              index = new FieldIndex(true)
              indexes.set(slot, index)
            }
            index.add(shape, text, entry)
          }
        }
      }
    }
    for (const [slot, index] of indexes) {
      index.build(statistics.of(slot))
      this.fields.push({ slot, index })
    }
    keywords?.build(statistics.all)
    this.keywords = keywords
  }

  /** Numbers of the expressions that hold. The array is reused by the next call. */
  match(record: object): readonly number[] {
    this.begin(record)
    const { frame, fields, candidates } = this
    for (let number = 0; number < fields.length; number++) {
      const field = fields[number]
      if (!field) continue
      const text = frame.text(field.slot)
      if (text !== undefined) this.mark(field.index.lookup(text))
      else {
        const value = frame.value(field.slot)
        if (typeof value === 'object' && value !== null) this.markComplex(field.index, value, 0)
      }
    }
    if (this.keywords) this.markKeywords(this.keywords, record, 0)
    for (const rule of this.always) candidates.push(rule)
    return this.rules.evaluate(candidates)
  }

  private begin(record: object): void {
    this.frame.begin(record)
    if (++this.generation > 0x7fff_fff0) {
      this.generation = 1
      this.stamps.fill(-1)
    }
    this.candidates.length = 0
  }

  private mark(entries: readonly number[]): void {
    const { stamps, shown, needed, generation } = this
    for (let number = 0; number < entries.length; number++) {
      const entry = entries[number] ?? 0
      const rule = entry >> 3
      const bit = 1 << (entry & 7)
      const before = stamps[rule] === generation ? (shown[rule] ?? 0) : 0
      const after = before | bit
      if (after === before) continue
      stamps[rule] = generation
      shown[rule] = after
      if (after === needed[rule]) this.candidates.push(rule)
    }
  }

  /** Elements of a list one by one, an object as its JSON: as the tests see them. */
  private markComplex(index: FieldIndex, value: unknown, depth: number): void {
    if (Array.isArray(value)) {
      if (depth > maxRecordDepth) return
      for (const element of value) this.markComplex(index, element, depth + 1)
      return
    }
    const text = textOf(value)
    if (text !== undefined) this.mark(index.lookup(text))
  }

  private markKeywords(index: FieldIndex, value: unknown, depth: number): void {
    if (typeof value === 'string') this.mark(index.lookup(value))
    else if (typeof value === 'number' || typeof value === 'boolean') this.mark(index.lookup(String(value)))
    else if (typeof value === 'object' && value !== null && depth <= maxRecordDepth) {
      if (Array.isArray(value)) for (const element of value) this.markKeywords(index, element, depth + 1)
      else for (const key in value) this.markKeywords(index, (value as Record<string, unknown>)[key], depth + 1)
    }
  }
}

/** Shares of texts shorter than a gram, by length and anchors, as long as there is no sample: guessed high. */
const shortShares = [1, 0.69, 0.6, 0.3, 0.1]

/** Gram statistics of each field in a sample of records. */
class SlotStatistics {
  readonly all = new GramStatistics()
  private readonly slots = new Map<number, GramStatistics>()
  private readonly counts = new Map<number, number>()
  private readonly frame: Frame
  private readonly sample: readonly object[]

  constructor(frame: Frame, sample: readonly object[]) {
    this.frame = frame
    this.sample = sample
    for (const record of sample)
      for (const value of Object.values(record)) if (typeof value === 'string') this.all.add(value)
  }

  of(slot: number): GramStatistics {
    let statistics = this.slots.get(slot)
    if (!statistics) {
      statistics = new GramStatistics()
      for (const record of this.sample) {
        this.frame.begin(record)
        const text = this.frame.text(slot)
        if (text !== undefined) statistics.add(text)
      }
      this.slots.set(slot, statistics)
    }
    return statistics
  }

  /** Values that a record has of the slot, on average; one without a sample. */
  valuesOf(slot: number): number {
    const known = this.counts.get(slot)
    if (known !== undefined) return known
    let count = 0
    for (const record of this.sample) {
      this.frame.begin(record)
      const value = this.frame.value(slot)
      if (value !== undefined && value !== null) count += Array.isArray(value) ? value.length : 1
    }
    const mean = this.sample.length === 0 ? 1 : count / this.sample.length
    this.counts.set(slot, mean)
    return mean
  }

  estimate({ paths, shape, text }: Literal): number {
    const anchors = shape === 'equals' ? 2 : shape === 'contains' ? 0 : 1
    const statistics =
      paths === undefined ? [this.all] : paths.map((path: FieldPath) => this.of(this.frame.slotOf([path])))
    if (!isAscii(text)) return Math.max(...statistics.map((each) => each.rareShare))
    if (text.length < gramLength) {
      const guess = shortShares[Math.min(text.length + anchors, shortShares.length - 1)] ?? 1
      return Math.max(...statistics.map((each) => each.shareOf(shape, text, guess)))
    }
    return Math.max(...statistics.map((each) => rarestGram(text, each).share)) * 0.5 ** anchors
  }
}
