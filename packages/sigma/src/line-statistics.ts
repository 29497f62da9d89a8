// Records of a route in, how rare literals are in lines of it out.
import { type FieldPath, fieldPath, maxRecordDepth, readPath } from './field-path.ts'
import { GramStatistics, gramLength } from './gram.ts'
import { lineForm } from './line-form.ts'
import type { LineLiterals } from './line-literals.ts'

/** Shares of texts that hold one, two or three given characters without a sample, guessed high. */
const shortShares = [1, 0.6, 0.4, 0.2]

/** Bits of the hash by which grams are counted in a sample of few records, and how many those are. */
const fewBits = 14
const fewRecords = 128

/** Asks for the values of a field in a sample, those of lists one by one. */
export function eachValue(
  path: FieldPath,
  sample: readonly Readonly<Record<string, unknown>>[],
  ask: (value: unknown) => void,
): void {
  for (const record of sample) eachScalar(readPath(record, path), ask, 0)
}

/** Every value within a value that is neither object nor list. */
function eachScalar(value: unknown, ask: (value: unknown) => void, depth: number): void {
  if (typeof value !== 'object' || value === null) ask(value)
  else if (depth <= maxRecordDepth) for (const each of Object.values(value)) eachScalar(each, ask, depth + 1)
}

/** Gram statistics of values as they stand in lines. */
export class LineStatistics {
  private readonly fields = new Map<string, GramStatistics>()
  private readonly sample: readonly Readonly<Record<string, unknown>>[]
  private readonly literals: LineLiterals
  private everything: GramStatistics | undefined
  /** What was estimated, by literals; negative: not yet. */
  private estimates: Float64Array

  constructor(sample: readonly Readonly<Record<string, unknown>>[], literals: LineLiterals) {
    this.sample = sample
    this.literals = literals
    this.estimates = new Float64Array(literals.count).fill(-1)
  }

  /** Of all values. */
  get all(): GramStatistics {
    this.everything ??= this.gather((ask) => eachScalar(this.sample, ask, 0), false)
    return this.everything
  }

  /** Of a field, or of all. */
  of(name: string | undefined): GramStatistics {
    if (name === undefined) return this.all
    let statistics = this.fields.get(name)
    if (!statistics) {
      const path = fieldPath(name)
      statistics = this.gather((ask) => eachValue(path, this.sample, ask), true)
      this.fields.set(name, statistics)
    }
    return statistics
  }

  private gather(each: (ask: (value: unknown) => void) => void, withNumbers: boolean): GramStatistics {
    const statistics = new GramStatistics(this.sample.length <= fewRecords ? fewBits : undefined)
    each((value) => {
      if (typeof value === 'string') statistics.add(`"${lineForm(value)}"`)
      else if (withNumbers && typeof value === 'number') statistics.add(String(value))
    })
    return statistics
  }

  /** Share of the sampled values of its field that hold a literal; none without a sample. */
  share(literal: number): number {
    const { literals } = this
    const quoted = literals.text(literals.startOf(literal), literals.endOf(literal))
    let most = 0
    for (const { name } of literals.pathsOf(literal) ?? [])
      most = Math.max(most, this.of(name).shareOf('contains', quoted, 0))
    return most
  }

  /** One, and so useless, for literals that no gram can find. */
  readonly estimate = (literal: number): number => {
    if (literal >= this.estimates.length) this.grow()
    const known = this.estimates[literal] ?? -1
    if (known >= 0) return known
    const paths = this.literals.pathsOf(literal)
    let most = 0
    if (paths === undefined) most = this.shareIn(literal, this.all, true)
    else
      for (let index = 0; index < paths.length; index++)
        most = Math.max(most, this.shareIn(literal, this.of(paths[index]?.name), false))
    this.estimates[literal] = most
    return most
  }

  /** Further rules bring further literals. */
  private grow(): void {
    const estimates = new Float64Array(this.literals.count * 2).fill(-1)
    estimates.set(this.estimates)
    this.estimates = estimates
  }

  private shareIn(literal: number, statistics: GramStatistics, isKeyword: boolean): number {
    const { literals } = this
    if (!literals.isAscii(literal)) return statistics.rareShare
    const start = literals.startOf(literal)
    const end = literals.endOf(literal)
    const length = end - start
    if (length >= gramLength) return statistics.leastShare(literals.bytes, start, end)
    const isNumeric = literals.isNumeric(literal)
    // a single digit may stand at the end of a number, which nothing follows
    if (isNumeric && length === 1) return 1
    // pairs are looked for in fields that rules name, not everywhere
    if (isKeyword && (length < gramLength - 1 || literals.isAnchored(literal, 'atEnd') || isNumeric)) return 1
    const shape = literals.isAnchored(literal, 'atStart') && !isNumeric ? 'startswith' : 'contains'
    return statistics.shareOf(shape, literals.text(start, end), shortShares[length] ?? 1)
  }
}
