// The results of a rule for values that came before: those of all its fields together in, whether it held out.
import type { Expression } from './expression.ts'
import { fieldNames, hasKeyword } from './field-names.ts'
import type { LazyRecord } from './frame.ts'

/** Combinations of values that are kept of a rule; a newer one takes the place of an older one. */
const maxCombinations = 64
/** A rule of more fields is not remembered. */
const maxFields = 12
/** After so many lines in a row with a value that does not repeat, the rule is looked up more seldom. */
const worthAsking = 32
const seldom = 32

export class RuleMemo {
  private readonly fields: readonly number[]
  /** Serial numbers of the values of each combination, and the result: 1 for false, 2 for true, 0 for none. */
  private readonly serials: Int32Array
  private readonly results = new Uint8Array(maxCombinations)
  private readonly present: Int32Array
  private at = -1
  private vain = 0
  private era = -1

  private constructor(fields: readonly number[]) {
    this.fields = fields
    this.serials = new Int32Array(fields.length * maxCombinations)
    this.present = new Int32Array(fields.length)
  }

  /** Undefined for a rule that asks for more than a few fields with numbers. */
  static of(expression: Expression, record: LazyRecord): RuleMemo | undefined {
    if (hasKeyword(expression)) return undefined
    const fields = fieldNames([expression]).map((name) => record.fieldNumber(name))
    return fields.length > maxFields || fields.includes(0) ? undefined : new RuleMemo(fields)
  }

  /** Whether the rule holds, if it is known for the record's values. */
  recall(record: LazyRecord): boolean | undefined {
    this.at = -1
    if (this.vain > worthAsking && this.vain++ % seldom !== 0) return undefined
    if (this.era !== record.era) {
      this.era = record.era
      this.results.fill(0)
    }
    const { fields, present, serials } = this
    let hash = 0
    for (let index = 0; index < fields.length; index++) {
      const serial = record.serialOf(fields[index] ?? 0)
      if (serial < 0) {
        this.vain++
        return undefined
      }
      present[index] = serial
      hash = Math.imul(hash ^ serial, 0x9e3779b1)
    }
    this.vain = 0
    this.at = (hash >>> 16) % maxCombinations
    const result = this.results[this.at] ?? 0
    if (result === 0) return undefined
    for (let index = 0, from = this.at * fields.length; index < fields.length; index++)
      if (serials[from + index] !== present[index]) return undefined
    return result === 2
  }

  /** Keeps the result for the values that were asked for last. */
  remember(holds: boolean): void {
    if (this.at < 0) return
    this.serials.set(this.present, this.at * this.fields.length)
    this.results[this.at] = holds ? 2 : 1
  }
}
