// The literals that are wanted of each field in, what finds them in lines out.
import { Buckets } from './buckets.ts'
import type { GramStatistics } from './gram.ts'
import { gramLength } from './gram.ts'
import { gramOf, isCrowded, rarestRun, type Step, shortFinds, widestStep } from './line-grams.ts'
import type { LineStatistics } from './line-statistics.ts'
import { rarePairs } from './rare-pairs.ts'
import { type FieldPlan, looks, maxRare, type RouteTables, type WordsPlan } from './route-tables.ts'
import type { ScanKernel } from './scan-kernel.ts'
import type { Wanted } from './wanted.ts'

/** Of more short literals only the tiny ones are looked for by themselves. */
const worthFiltering = 32

/** Makes the plans of one route and writes their literals into its tables. */
export class FieldPlans {
  private readonly tables: RouteTables
  private readonly kernel: ScanKernel
  private readonly wanted: Wanted
  private readonly statistics: LineStatistics
  /** Where literals are in the kernel's memory; zero: nowhere yet. */
  private readonly places: Int32Array
  private readonly isBrief: boolean

  /** `isBrief`: the tables will be made anew when more records are known. */
  constructor(tables: RouteTables, kernel: ScanKernel, wanted: Wanted, statistics: LineStatistics, isBrief: boolean) {
    this.isBrief = isBrief
    this.tables = tables
    this.kernel = kernel
    this.wanted = wanted
    this.statistics = statistics
    this.places = new Int32Array(wanted.literals.count)
  }

  /** For literals of one field, or of several that have no numbers. */
  plan(wanted: readonly number[], name: string | undefined): FieldPlan {
    const { literals } = this.wanted
    const ascii = wanted.filter((literal) => literals.isAscii(literal))
    const others = wanted.length > ascii.length ? wanted.filter((literal) => !literals.isAscii(literal)) : []
    const beyond = others.filter((literal) => literals.isFindable(literal))
    const made = this.place(ascii, name)
    const isFound = wanted.length > 0
    const owner = name === undefined ? 0 : this.kernel.newOwner()
    return {
      ...made,
      // every byte is looked at where there are such characters: that asks for fewer grams
      beyond: beyond.length > 0 ? this.place(beyond, name, this.isBrief ? 1 : undefined) : undefined,
      owner,
      high: this.entriesOf(others.filter((literal) => !literals.isFindable(literal))),
      look: isFound && owner > 0 ? looks.lookedUp : isFound ? looks.found : looks.not,
    }
  }

  /** Keywords are looked for in the whole line at once, wherever they stand in it. */
  words(sample: readonly object[]): WordsPlan | undefined {
    const { keywords, literals } = this.wanted
    if (keywords.length === 0) return undefined
    const ascii = keywords.filter((literal) => literals.isAscii(literal))
    for (const literal of ascii) this.places[literal] = this.tables.write(literal, this.wanted, true)
    const high = this.entriesOf(keywords.filter((literal) => !literals.isAscii(literal)))
    const forms = ascii.map((literal) => {
      const { before, behind } = literals.quotesOf(literal)
      return literals.text(literals.startOf(literal) + before, literals.endOf(literal) - behind)
    })
    const lines = sample.map((record) => JSON.stringify(record))
    const pairs = rarePairs(forms, lines, maxRare)
    if (!pairs) return { field: this.place(ascii, undefined), rare: [], high }
    const rare = pairs.map(({ pair, texts }) => {
      return { pair, literals: texts.map(({ text, offset }) => ({ at: this.placeOf(ascii[text] ?? 0), offset })) }
    })
    return { field: undefined, rare, high }
  }

  private entriesOf(literals: readonly number[]): number[] {
    return [...new Set(literals.flatMap((literal) => this.wanted.entriesOf(literal)))]
  }

  private placeOf(literal: number): number {
    let place = this.places[literal] ?? 0
    if (place === 0) {
      place = this.tables.write(literal, this.wanted)
      this.places[literal] = place
    }
    return place
  }

  /** Puts the literals of a field into the tables: short ones by themselves, the others as far apart as the shortest of them allows. */
  private place(wanted: readonly number[], name: string | undefined, only?: Step): FieldPlan {
    const { literals } = this.wanted
    const grams = new Buckets()
    const pairs = new Buckets()
    const beginnings = { grams: [] as string[], pairs: [] as string[] }
    const plan = { grams, pairs, beginnings, owner: 0, high: [], beyond: undefined, look: looks.found }
    if (wanted.length === 0) return { ...plan, step: undefined }
    const statistics = this.statistics.of(name)
    const short = this.apart(wanted, statistics)
    const apart = new Set(short)
    const long = wanted.filter((literal) => !apart.has(literal))
    let shortest = Number.POSITIVE_INFINITY
    for (const literal of long) shortest = Math.min(shortest, literals.lengthOf(literal))
    const step = long.length > 0 ? (only ?? widestStep(long.length, shortest)) : undefined
    const add = (literal: number, distance: Step, isBeginning: boolean): void => {
      const at = this.placeOf(literal)
      const start = literals.startOf(literal)
      const end = literals.endOf(literal)
      const { bytes } = literals
      const { before } = literals.quotesOf(literal)
      if (end - start >= gramLength) {
        const run = rarestRun(bytes, start, end, distance, statistics)
        for (let from = run; from < run + distance; from++) {
          grams.add(gramOf(bytes, start + from), at, from - before)
          if (isBeginning) beginnings.grams.push(literals.text(start + from, start + from + 3))
        }
        return
      }
      const finds = shortFinds(literals, literal)
      for (const gram of finds.grams) grams.add(gram, at, -before)
      for (const pair of finds.pairs) pairs.add(pair | 0x10000, at, -before)
      if (isBeginning) (finds.pairs.length > 0 ? beginnings.pairs : beginnings.grams).push(finds.beginning)
    }
    for (const literal of short) add(literal, 1, true)
    for (const literal of long) add(literal, step ?? 1, false)
    return { ...plan, step }
  }

  /** Those that are looked for by themselves: not many, because they may begin nearly everywhere. */
  private apart(wanted: readonly number[], statistics: GramStatistics): number[] {
    const { literals } = this.wanted
    const short = wanted.filter((literal) => literals.isShort(literal))
    if (short.length > worthFiltering) return short.filter((literal) => literals.isTiny(literal))
    for (const literal of wanted) {
      if (short.length === worthFiltering) break
      if (isCrowded(literals.bytes, literals.startOf(literal), literals.endOf(literal), statistics)) short.push(literal)
    }
    return short
  }
}
