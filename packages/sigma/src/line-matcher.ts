// Lines of NDJSON in, matches out, without parsing the lines that no rule can hold for.

import type { CompiledRule } from './engine.ts'
import { type FieldPath, fieldPath, readPath } from './field-path.ts'
import { blockLength, kernelAnswers, maxLineLength } from './kernel-layout.ts'
import { PlainLines } from './line-demands.ts'
import { LineField } from './line-field.ts'
import type { LineListener, LineOptions, LineOutcome, LineRules, PassListener } from './line-options.ts'
import { LineRecord } from './line-record.ts'
import { LineRoutes } from './line-routes.ts'
import { type ExpectedField, LineShape } from './line-shape.ts'
import type { ScanKernel } from './scan-kernel.ts'

const lineFeed = 10

/** After so many lines all values are forgotten, so that their serial numbers stay below 2^31. */
const forgetEvery = 1 << 20

declare const TextDecoder: new (label: 'utf-8', options: { ignoreBOM: true }) => { decode(bytes: Uint8Array): string }

/** Finds matches in lines; made by the engine. Not safe for re-entry: a match is read before the next line. */
export class LineMatcher {
  private readonly kernel: ScanKernel
  private readonly record: LineRecord
  private readonly options: LineOptions
  private readonly decode: NonNullable<LineOptions['decode']>
  private readonly routes: LineRoutes
  private readonly plain: PlainLines | undefined
  /** Lines of the block that was matched last. */
  private blockLines = 0
  private forgetAt = forgetEvery
  private readonly paths = new Map<string, FieldPath>()
  /** The number of the latest line's route. */
  private latest = -1
  /** Lines seen, how many of them were read as a whole, and how many had objects or lists in them, or were too long to tell. */
  readonly stats = { lines: 0, parsed: 0, nested: 0 }

  constructor(
    kernel: ScanKernel,
    fieldOf: ReadonlyMap<string, number>,
    routes: ReadonlyMap<string, LineRules>,
    options: LineOptions,
  ) {
    this.kernel = kernel
    this.options = options
    // a mark at the beginning is a character like any other
    const decoder = options.decode ? undefined : new TextDecoder('utf-8', { ignoreBOM: true })
    this.decode = options.decode ?? ((bytes, start, end) => decoder?.decode(bytes.subarray(start, end)) ?? '')
    this.record = new LineRecord(kernel, fieldOf, this.decode)
    this.routes = new LineRoutes(kernel, fieldOf, routes, options)
    if (options.demands) this.plain = new PlainLines(kernel, this.record, options.demands)
  }

  private readonly whole = (): object => this.record.whole()

  /** The route of the latest line; empty when it is no record, or one that is not accepted, or its route has no name. */
  get route(): string {
    return this.routes.names[this.latest] ?? ''
  }

  /** Whether the latest line was parsed because it could not be looked at otherwise. */
  get isParsed(): boolean {
    return this.record.isParsed
  }

  /** A field to be read of many lines: one that rules or the caller's options name. */
  field(name: string): LineField {
    return new LineField(this.kernel, this.record, name)
  }

  /** What lines may be like; `reads` names all these fields, and `seesAll` is set. */
  shape(fields: ReadonlyMap<string, ExpectedField>): LineShape {
    return new LineShape(this.kernel, this.record, fields)
  }

  /** A field's value in the latest line, which is a record. */
  read(name: string): unknown {
    return this.record.isParsed ? readPath(this.record.whole(), this.pathOf(name)) : this.record.read(name)
  }

  /** The latest line as a record, parsed when that was not done yet. Throws what JSON.parse throws. */
  parse(): object {
    return this.record.whole()
  }

  /** The bytes of one line, without its line feed. */
  match(bytes: Uint8Array, start = 0, end = bytes.length): LineOutcome {
    const { kernel } = this
    const length = end - start
    this.stats.lines++
    this.forgetInTime()
    this.latest = this.routes.unnamed
    if (length > maxLineLength) {
      this.stats.nested++
      if (this.plain) return 'malformed'
      return this.matchParsed(this.decodeLong(bytes, start, end))
    }
    kernel.putLine(start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end))
    return this.conclude(kernel.functions.match(kernel.line, length), length)
  }

  /** The latest line's number in its block, if it is what is demanded. */
  get latestPassed(): number {
    return (this.plain?.count ?? 0) - 1
  }

  /** The time and the name of a line of the block that is what is demanded: until the next block, for its listeners. */
  timeOf(line: number): number {
    return this.plain?.timeOf(line) ?? 0
  }

  nameOf(line: number): string | undefined {
    return this.plain?.nameOf(line)
  }

  /**
   * All lines of a block, the last one with or without its line feed; empty ones are left out, unless something is demanded
   * of them. `found` is told of those for which a rule holds and of malformed ones: where they are in `bytes` and which line
   * of the block it is, from 0; `passed` of the others, where something is demanded.
   * Quicker than line by line, because most are done with before JavaScript hears of them. Gives how many lines there were.
   */
  matchLines(bytes: Uint8Array, start: number, end: number, found: LineListener, passed?: PassListener): number {
    let lines = 0
    for (let from = start; from < end; ) {
      const to = blockEnd(bytes, from, end)
      if (to - from <= maxLineLength) this.matchBlock(bytes, from, to, lines, found, passed)
      else this.matchLong(bytes, from, to, lines, found)
      lines += this.blockLines
      from = to
    }
    return lines
  }

  private matchBlock(
    bytes: Uint8Array,
    start: number,
    end: number,
    before: number,
    found: LineListener,
    passed?: PassListener,
  ): void {
    this.forgetInTime()
    const { kernel, plain } = this
    plain?.begin()
    const { blockAt } = kernel
    kernel.bytes.set(bytes.subarray(start, end), blockAt)
    const stop = blockAt + end - start
    kernel.functions.beginMany(kernel.line, blockAt, end - start)
    this.blockLines = 0
    let told = 0
    const tellUntil = (line: number) => {
      if (line > told) passed?.(told, line)
    }
    for (let at = blockAt; at < stop; ) {
      const counted = kernel.functions.matchMany(kernel.line, at, stop)
      this.stats.lines += kernel.lines
      this.stats.nested += kernel.nested
      this.blockLines += kernel.lines
      if (counted === kernelAnswers.noMore) break
      at = kernel.next
      const from = start + kernel.lineAt - blockAt
      const length = kernel.lineLength
      const outcome = this.conclude(counted, length)
      if (outcome === 'none') continue
      if (plain) tellUntil(outcome === 'malformed' ? plain.count : plain.count - 1)
      told = plain?.count ?? 0
      found(outcome, from, from + length, before + this.blockLines - 1)
    }
    if (plain) tellUntil(plain.count)
  }

  /** One line that is too long for the kernel, with or without its line feed. */
  private matchLong(bytes: Uint8Array, start: number, end: number, before: number, found: LineListener): void {
    const to = bytes[end - 1] === lineFeed ? end - 1 : end
    const outcome = this.match(bytes, start, to)
    if (outcome !== 'none') found(outcome, start, to, before)
    this.blockLines = 1
  }

  /** Between lines. */
  private forgetInTime(): void {
    if (this.stats.lines < this.forgetAt) return
    this.forgetAt = this.stats.lines + forgetEvery
    this.record.forget()
  }

  /** What comes of a line for which the kernel gave this answer. */
  private conclude(answer: number, length: number): LineOutcome {
    const { kernel, record, routes } = this
    record.begin(length)
    if (answer === kernelAnswers.notJson) return 'malformed'
    if (answer === kernelAnswers.notFlat || record.isNested) this.stats.nested++
    if (answer === kernelAnswers.notPlain) return 'malformed'
    if (answer === kernelAnswers.notFlat) return this.plain ? 'malformed' : this.matchParsed(() => record.parse())
    this.plain?.learn()
    const number = answer === kernelAnswers.noRoute ? routes.choose(record.read, this.stats.lines) : kernel.route
    this.latest = number
    const rules = routes.rules[number]
    if (rules === undefined) return 'none'
    const { lineRoute } = rules
    if (lineRoute === undefined) return this.matchParsed(() => record.parse())
    let counted = answer
    if (answer < 0) {
      kernel.setRoute(number, lineRoute.at)
      counted = kernel.functions.matchOn(kernel.line, lineRoute.at)
    }
    if (rules.isLearning && lineRoute.isWanted) {
      rules.keep(record.bytes, record.parseKept)
      kernel.setRoute(number, (rules.lineRoute ?? lineRoute).at)
    }
    if (counted === 0 && kernel.specials === 0) return 'none'
    const candidates = lineRoute.candidates(counted, record.text)
    if (candidates === undefined) return this.matchParsed(() => record.parse())
    const { held } = lineRoute
    if (candidates.length === 0 && held.length === 0) return 'none'
    record.setRoute(lineRoute)
    return this.outcome(routes.names[number] ?? '', rules.evaluate(record, candidates, held), this.whole)
  }

  /**
   * Learns from the lines of a block before they are matched: routes without an index get one of what the block shows of
   * them. The first lines of a route that was not seen so are tried with all its rules, which takes long when they are many.
   */
  teach(bytes: Uint8Array, start = 0, end = bytes.length): void {
    const met = new Set<LineRules>()
    for (let from = start; from < end; ) {
      const feed = bytes.indexOf(10, from)
      const to = feed < 0 || feed > end ? end : feed
      const rules = this.rulesFor(bytes, from, to)
      if (rules && rules.lineRoute === undefined) {
        rules.learn(this.record.whole())
        met.add(rules)
      }
      from = to + 1
    }
    for (const rules of met) rules.begin()
  }

  /** The rules of a line that needs no parsing. */
  private rulesFor(bytes: Uint8Array, start: number, end: number): LineRules | undefined {
    const { kernel, record, routes } = this
    const length = end - start
    if (length > maxLineLength) return undefined
    kernel.putLine(bytes.subarray(start, end))
    const counted = kernel.functions.match(kernel.line, length)
    record.begin(length)
    if (counted < 0 && counted !== kernelAnswers.noRoute && counted !== kernelAnswers.notReady) return undefined
    return routes.rules[counted === kernelAnswers.noRoute ? routes.choose(record.read, this.stats.lines) : kernel.route]
  }

  private decodeLong(bytes: Uint8Array, start: number, end: number): () => unknown {
    const text = this.decode(bytes, start, end, false)
    return () => JSON.parse(text)
  }

  private matchParsed(parse: () => unknown): LineOutcome {
    this.stats.parsed++
    let value: unknown
    try {
      value = parse()
    } catch {
      return 'malformed'
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'malformed'
    const record: object = value
    this.record.take(record)
    const read = (name: string): unknown => readPath(record, this.pathOf(name))
    const route = this.options.route(read)
    this.latest = this.routes.numberOf(route)
    const rules = this.routes.of(route)
    return rules === undefined ? 'none' : this.outcome(route, rules.match(record), () => record)
  }

  /** The path of a field that the caller asks for, of which there are few. */
  private pathOf(name: string): FieldPath {
    const path = this.paths.get(name) ?? fieldPath(name)
    this.paths.set(name, path)
    return path
  }

  private outcome(route: string, hits: readonly CompiledRule[], record: () => object): LineOutcome {
    if (hits.length === 0) return 'none'
    const rules: CompiledRule['rule'][] = []
    for (let number = 0; number < hits.length; number++) {
      const hit = hits[number]
      if (hit?.reports) rules.push(hit.rule)
    }
    return { route, hits, rules, record }
  }
}

/** Where whole lines end within a block's length, or the first line if it is longer. */
function blockEnd(bytes: Uint8Array, start: number, end: number): number {
  if (end - start <= blockLength) return end
  const last = bytes.lastIndexOf(10, start + blockLength - 1)
  if (last >= start) return last + 1
  const feed = bytes.indexOf(10, start)
  return feed < 0 || feed >= end ? end : feed + 1
}
