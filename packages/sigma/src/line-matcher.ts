// Lines of NDJSON in, matches out, without parsing the lines that no rule can hold for.

import { utf8 } from './encode.ts'
import type { CompiledRule } from './engine.ts'
import type { Expression } from './expression.ts'
import type { LazyRecord } from './frame.ts'
import type { LineRoute } from './line-route.ts'
import { maxLineLength, type ScanKernel, tokenFlags } from './scan-kernel.ts'

/** How the caller reads text and chooses routes. */
export interface LineOptions {
  /** The route of a record, from single fields of it; it must ask for fields by their literal names. */
  route(read: (field: string) => unknown): string
  /** UTF-8 bytes as text. The default is the platform's TextDecoder. */
  decode?(bytes: Uint8Array, start: number, end: number, isAscii: boolean): string
  /** How many records of a route are parsed to learn from them before its lines are looked at unparsed; 64. */
  learnFrom?: number
}

/** The rules that hold for one line. */
export interface LineMatch {
  route: string
  /** The rules that hold and report on their own, in the order they were loaded. */
  rules: readonly CompiledRule['rule'][]
  /** All rules that hold, for correlations. */
  hits: readonly CompiledRule[]
  /** The record, parsed when it is asked for. */
  record(): object
}

/** What was found in a line: nothing, a match, or that it is no JSON object. */
export type LineOutcome = LineMatch | 'none' | 'malformed'

/** What the matcher needs of the rules of a route. */
export interface LineRules {
  expressions: readonly Expression[]
  lineRoute: LineRoute | undefined
  /** Whether the next record should be parsed, to learn from it. */
  wantsParsed(): boolean
  /** Takes a record for what is known of the route. */
  learn(record: object): void
  /** Counts a record that was not parsed. */
  skip(): void
  evaluate(record: LazyRecord, rules: readonly number[]): readonly CompiledRule[]
  match(record: object): readonly CompiledRule[]
}

declare const TextDecoder: new () => { decode(bytes: Uint8Array): string }

/** Reads values of the line that is in the kernel's memory. */
export class LineRecord implements LazyRecord {
  private readonly kernel: ScanKernel
  private readonly decode: (bytes: Uint8Array, start: number, end: number, isAscii: boolean) => string
  private readonly fieldOf: ReadonlyMap<string, number>
  /** Token of each field in the present line. */
  private readonly tokenOf: Int32Array
  private readonly stamps: Int32Array
  private generation = 0
  private parsed: object | undefined
  length = 0

  constructor(kernel: ScanKernel, fieldOf: ReadonlyMap<string, number>, decode: LineRecord['decode']) {
    this.kernel = kernel
    this.fieldOf = fieldOf
    this.decode = decode
    this.tokenOf = new Int32Array(fieldOf.size + 1)
    this.stamps = new Int32Array(fieldOf.size + 1)
  }

  begin(length: number, count: number): void {
    this.length = length
    this.parsed = undefined
    if (++this.generation > 0x7fff_fff0) {
      this.generation = 1
      this.stamps.fill(0)
    }
    const { words } = this.kernel
    const tokens = this.kernel.tokensAt >> 2
    for (let token = 0; token < count; token++) {
      const field = (words[tokens + token * 3] ?? 0) & 0xffff
      this.tokenOf[field] = token
      this.stamps[field] = this.generation
    }
  }

  readonly read = (name: string): unknown => {
    const field = this.fieldOf.get(name)
    // a name that no rule has was given no number: only the whole record knows it
    if (field === undefined)
      return Object.hasOwn(this.whole(), name) ? (this.whole() as Record<string, unknown>)[name] : undefined
    if (this.stamps[field] !== this.generation) return undefined
    return this.value(this.tokenOf[field] ?? 0)
  }

  /** The value of a token as text, as tests see it. */
  readonly text = (token: number): string => String(this.value(token))

  private value(token: number): unknown {
    const { kernel } = this
    const at = (kernel.tokensAt >> 2) + token * 3
    const head = kernel.words[at] ?? 0
    const start = kernel.lineAt + (kernel.words[at + 1] ?? 0)
    const end = kernel.lineAt + (kernel.words[at + 2] ?? 0)
    if (head & tokenFlags.string) {
      const isAscii = (head & tokenFlags.high) === 0
      if ((head & tokenFlags.decode) !== 0) return JSON.parse(this.decode(kernel.bytes, start - 1, end + 1, isAscii))
      if ((head & tokenFlags.escape) === 0) return this.decode(kernel.bytes, start, end, isAscii)
      if (end - start > kernel.scratchLength) return JSON.parse(this.decode(kernel.bytes, start - 1, end + 1, isAscii))
      const length = kernel.functions.plain(start, end - start, kernel.scratchAt)
      return this.decode(kernel.bytes, kernel.scratchAt, kernel.scratchAt + length, isAscii)
    }
    if (head & tokenFlags.number) return Number(this.decode(kernel.bytes, start, end, true))
    if (head & tokenFlags.true) return true
    return head & tokenFlags.false ? false : null
  }

  whole(): object {
    this.parsed ??= this.parse() as object
    return this.parsed
  }

  /** Throws what JSON.parse throws. */
  parse(): unknown {
    const { lineAt, bytes } = this.kernel
    return JSON.parse(this.decode(bytes, lineAt, lineAt + this.length, false))
  }
}

/** Finds matches in lines; made by the engine. Not safe for re-entry: a match is read before the next line. */
export class LineMatcher {
  private readonly kernel: ScanKernel
  private readonly record: LineRecord
  private readonly options: LineOptions
  private readonly rulesOf: (route: string) => LineRules | undefined
  private readonly fieldOf: ReadonlyMap<string, number>
  private readonly fieldsAt: number
  private readonly mask: number
  /** Lines seen, and how many of them were read as a whole. */
  readonly stats = { lines: 0, parsed: 0 }

  constructor(
    kernel: ScanKernel,
    fields: readonly string[],
    rulesOf: (route: string) => LineRules | undefined,
    options: LineOptions,
  ) {
    this.kernel = kernel
    this.options = options
    this.rulesOf = rulesOf
    this.fieldOf = new Map(fields.map((name, index) => [name, index + 1]))
    const decoder = options.decode ? undefined : new TextDecoder()
    const decode = options.decode ?? ((bytes, start, end) => decoder?.decode(bytes.subarray(start, end)) ?? '')
    this.record = new LineRecord(kernel, this.fieldOf, decode)
    const table = writeFields(kernel, this.fieldOf)
    this.fieldsAt = table.at
    this.mask = table.mask
  }

  get fields(): ReadonlyMap<string, number> {
    return this.fieldOf
  }

  /** The bytes of one line, without its line feed. */
  match(bytes: Uint8Array, start = 0, end = bytes.length): LineOutcome {
    const { kernel, record } = this
    const length = end - start
    this.stats.lines++
    if (length > maxLineLength) return this.matchText(this.decodeLong(bytes, start, end))
    kernel.bytes.set(start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end), kernel.lineAt)
    const count = kernel.tokenise(length, this.fieldsAt, this.mask)
    record.begin(length, Math.max(count, 0))
    if (count === -1) return 'malformed'
    if (count < 0) return this.matchParsed(() => record.parse())
    const route = this.options.route(record.read)
    const rules = this.rulesOf(route)
    if (!rules) return 'none'
    if (!rules.lineRoute) return this.matchParsed(() => record.parse())
    if (rules.wantsParsed()) {
      this.stats.parsed++
      rules.learn(record.whole())
    } else rules.skip()
    const candidates = rules.lineRoute.candidates(count, record.text)
    if (!candidates) return this.matchParsed(() => record.parse())
    if (candidates.length === 0) return 'none'
    return this.outcome(route, rules.evaluate(record, candidates), () => record.whole())
  }

  private decodeLong(bytes: Uint8Array, start: number, end: number): () => unknown {
    const text = this.options.decode?.(bytes, start, end, false) ?? new TextDecoder().decode(bytes.subarray(start, end))
    return () => JSON.parse(text)
  }

  private matchText(parse: () => unknown): LineOutcome {
    return this.matchParsed(parse)
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
    const record = value as Record<string, unknown>
    const route = this.options.route((name) => (Object.hasOwn(record, name) ? record[name] : undefined))
    const rules = this.rulesOf(route)
    if (!rules) return 'none'
    return this.outcome(route, rules.match(record), () => record)
  }

  private outcome(route: string, hits: readonly CompiledRule[], record: () => object): LineOutcome {
    if (hits.length === 0) return 'none'
    return { route, hits, rules: hits.filter(({ reports }) => reports).map(({ rule }) => rule), record }
  }
}

/** The kernel's table of field names; see kernel/scan.c for its hash. */
function writeFields(kernel: ScanKernel, fieldOf: ReadonlyMap<string, number>): { at: number; mask: number } {
  let slots = 64
  while (slots < fieldOf.size * 4) slots *= 2
  const mask = slots - 1
  const at = kernel.allocate(slots * 16)
  for (const [name, field] of fieldOf) {
    const bytes = utf8(name)
    const nameAt = kernel.allocate(bytes.length)
    kernel.bytes.set(bytes, nameAt)
    const { words } = kernel
    const hash = bytes.length >= 4 ? hashOf(bytes) : 0
    let slot = (bytes.length >= 4 ? hash : bytes.length) & mask
    while (words[(at >> 2) + slot * 4 + 3] !== 0) slot = (slot + 1) & mask
    words.set([hash, nameAt, bytes.length, field], (at >> 2) + slot * 4)
  }
  return { at, mask }
}

function hashOf(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  const head = view.getUint32(0, true)
  const tail = view.getUint32(bytes.length - 4, true)
  const hash = ((Math.imul(head, 0x9e3779b1) ^ Math.imul(tail, 0x85ebca6b)) + bytes.length) >>> 0
  return (hash ^ (hash >>> 15)) >>> 0
}
