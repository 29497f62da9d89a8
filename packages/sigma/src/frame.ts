// One record while rules look at it: values of fields read once, folded once, tests memoised. Reused for every record.

import { valueHolds } from './evaluate.ts'
import type { TextualTest } from './expression.ts'
import { type FieldPath, readPath } from './field-path.ts'
import { triggerFold } from './literal.ts'
import { fold } from './pattern.ts'
import { type KnownValue, type TestPlace, ValueMemo } from './value-memo.ts'

/** A record that is not read yet: single fields by their literal name, or all of it. */
export interface LazyRecord {
  /** The number by which a field of all these records is asked for; 0 for one that has none, which is read by its name. */
  fieldNumber(name: string): number
  readField(field: number): unknown
  read(name: string): unknown
  whole(): object
  /** A number of the field's value among all that are remembered in an era; 0 for an absent one, negative for others. */
  serialOf(field: number): number
  readonly era: number
  /** What is known of the field's value from earlier records; undefined when it is none that repeats. */
  knownValue(field: number): KnownValue | undefined
  /** Notes that a rule cannot hold with the field's value; false when it is none that repeats. */
  ruleOut(name: string, rule: number): boolean
}

const noRecord = {}

/** Fields of one set of rules. A slot is a list of paths; most have one. */
export class Frame {
  private given: object = {}
  private lazy: LazyRecord | undefined
  private generation = 0
  /** Numbers of the slots' fields in records of one origin. */
  private readonly numbers: (number | undefined)[] = []
  private numberedBy: LazyRecord | undefined
  private readonly paths: (readonly FieldPath[])[] = []
  private readonly slots = new Map<string, number>()
  private readonly values: unknown[] = []
  private readonly texts: (string | undefined)[] = []
  private readonly folded: (string | undefined)[] = []
  private readonly loadedAt: number[] = []
  private readonly foldedAt: number[] = []
  private readonly memos: ValueMemo[] = []
  private readonly known: (KnownValue | undefined)[] = []
  private readonly knownAt: number[] = []
  /** Generation times two, plus one when the test held. */
  private readonly memo: number[] = []

  slotOf(paths: readonly FieldPath[]): number {
    const key = paths.map(({ name }) => name).join('\0')
    let slot = this.slots.get(key)
    if (slot === undefined) {
      slot = this.paths.length
      this.slots.set(key, slot)
      this.paths.push(paths)
      this.values.push(undefined)
      this.texts.push(undefined)
      this.folded.push(undefined)
      this.loadedAt.push(-1)
      this.foldedAt.push(-1)
      this.memos.push(new ValueMemo())
      this.known.push(undefined)
      this.knownAt.push(-1)
    }
    return slot
  }

  get slotCount(): number {
    return this.paths.length
  }

  pathsOf(slot: number): readonly FieldPath[] {
    return this.paths[slot] ?? []
  }

  /** A new place for a memoised result. */
  newMemo(): number {
    return this.memo.push(-1) - 1
  }

  /** A new place for the results of a test that looks at the text of this slot alone. */
  newTest(slot: number): TestPlace {
    return (this.memos[slot] ?? new ValueMemo()).newTest()
  }

  /** What is known of the text of the slot from earlier records; undefined when it is none, or none that repeats. */
  knownValue(slot: number): KnownValue | undefined {
    if (this.knownAt[slot] === this.generation) return this.known[slot]
    this.knownAt[slot] = this.generation
    this.known[slot] = this.findKnown(slot)
    return this.known[slot]
  }

  private findKnown(slot: number): KnownValue | undefined {
    if (this.lazy) return this.lazy.knownValue(this.fieldOf(slot, this.lazy))
    const text = this.text(slot)
    return text === undefined ? undefined : this.memos[slot]?.of(text)
  }

  begin(record: object): void {
    this.given = record
    this.lazy = undefined
    this.generation++
  }

  /** The same for a flat record whose fields are read when they are asked for. */
  beginLazy(record: LazyRecord): void {
    if (record !== this.numberedBy) {
      this.numbers.length = 0
      this.numberedBy = record
    }
    this.lazy = record
    this.generation++
  }

  /** The number of a slot's only field. */
  private fieldOf(slot: number, record: LazyRecord): number {
    const known = this.numbers[slot]
    if (known !== undefined) return known
    const number = record.fieldNumber(this.paths[slot]?.[0]?.name ?? '')
    while (this.numbers.length <= slot) this.numbers.push(undefined)
    this.numbers[slot] = number
    return number
  }

  private readLazily(slot: number, name: string, record: LazyRecord): unknown {
    const field = this.fieldOf(slot, record)
    return field === 0 ? record.read(name) : record.readField(field)
  }

  get record(): object {
    return this.lazy ? this.lazy.whole() : this.given
  }

  /** The value as text when it is a text, number or boolean; else undefined: absent, null, or for `complex`. */
  text(slot: number): string | undefined {
    if (this.loadedAt[slot] !== this.generation) this.load(slot)
    return this.texts[slot]
  }

  /** The folded text. */
  low(slot: number): string | undefined {
    if (this.foldedAt[slot] === this.generation) return this.folded[slot]
    const text = this.text(slot)
    this.foldedAt[slot] = this.generation
    this.folded[slot] = text === undefined ? undefined : fold(text)
    return this.folded[slot]
  }

  /** The text folded for triggers. */
  triggerLow(slot: number): string | undefined {
    const low = this.low(slot)
    return low?.includes('\u017f') ? triggerFold(low) : low
  }

  /** The value as the record has it, of the slot's only path. */
  value(slot: number): unknown {
    if (this.loadedAt[slot] !== this.generation) this.load(slot)
    return this.values[slot]
  }

  /** A list or an object: tested without shortcuts. */
  complexHolds(slot: number, test: TextualTest): boolean {
    const value = this.value(slot)
    // no such test asks for another field
    return typeof value === 'object' && value !== null && valueHolds(test, value, noRecord)
  }

  memoised(memo: number): boolean | undefined {
    const state = this.memo[memo] ?? -1
    if (state >> 1 !== this.generation) return undefined
    return (state & 1) === 1
  }

  remember(memo: number, result: boolean): boolean {
    this.memo[memo] = this.generation * 2 + (result ? 1 : 0)
    return result
  }

  private load(slot: number): void {
    this.loadedAt[slot] = this.generation
    const path = this.paths[slot]?.[0]
    let value: unknown
    if (path !== undefined) value = this.lazy ? this.readLazily(slot, path.name, this.lazy) : readPath(this.given, path)
    this.values[slot] = value
    this.texts[slot] =
      typeof value === 'string'
        ? value
        : typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint'
          ? String(value)
          : undefined
    if (this.generation > 0x3fff_fff0) this.restart()
  }

  private restart(): void {
    this.generation = 1
    this.memo.fill(-1)
    this.loadedAt.fill(-1)
    this.foldedAt.fill(-1)
    this.knownAt.fill(-1)
  }
}
