// The line in the kernel's memory as a record: single values when they are asked for, and what is known of them.
import { fieldPath, readPath, textOf } from './field-path.ts'
import type { LazyRecord } from './frame.ts'
import { tokenFlags } from './kernel-layout.ts'
import type { LineRoute } from './line-route.ts'
import type { ScanKernel } from './scan-kernel.ts'
import type { KnownValue } from './value-memo.ts'

/** Reads values of the line that is in the kernel's memory. */
export class LineRecord implements LazyRecord {
  private readonly kernel: ScanKernel
  private readonly decode: (bytes: Uint8Array, start: number, end: number, isAscii: boolean) => string
  private readonly fieldOf: ReadonlyMap<string, number>
  private parsed: object | undefined
  private lineRoute: LineRoute | undefined
  /** What is known of the values in the kernel's slots, and for which serial number. */
  private readonly known: (KnownValue | undefined)[] = []
  private readonly serials: number[] = []
  length = 0
  /** Whether the line has objects or lists in it, so that fields may have several tokens. */
  isNested = false

  constructor(kernel: ScanKernel, fieldOf: ReadonlyMap<string, number>, decode: LineRecord['decode']) {
    this.kernel = kernel
    this.fieldOf = fieldOf
    this.decode = decode
  }

  begin(length: number): void {
    this.length = length
    this.isNested = this.kernel.isNested
    this.parsed = undefined
    this.lineRoute = undefined
  }

  /** Takes the line as it was parsed elsewhere. */
  take(record: object): void {
    this.parsed = record
    this.lineRoute = undefined
  }

  get isParsed(): boolean {
    return this.parsed !== undefined
  }

  /** Lets values be remembered as those of a route. */
  setRoute(route: LineRoute): void {
    this.lineRoute = route
  }

  fieldNumber(name: string): number {
    return this.fieldOf.get(name) ?? 0
  }

  /** The value of a numbered field. */
  readField(field: number): unknown {
    const token = this.kernel.tokenOf(field)
    if (token < 0) return undefined
    return this.isListed(token) ? this.elements(token, field) : this.value(token)
  }

  /** The values of a field from its first token on: what lists of the record have of it, without the lists within them. */
  private elements(first: number, field: number): unknown[] {
    const { kernel } = this
    const found: unknown[] = []
    for (let token = first; token < kernel.count; token++) {
      const at = kernel.tokenAt(token)
      const head = kernel.words[at] ?? 0
      if ((head & 0xffff) !== field) continue
      // of an empty list there is a token without text
      if ((head & tokenFlags.null) === 0 || kernel.words[at + 1] !== kernel.words[at + 2]) found.push(this.value(token))
    }
    return found
  }

  private isListed(token: number): boolean {
    return this.isNested && this.kernel.isListed(token)
  }

  /** The token of a field that has this one alone; negative for others. */
  private onlyToken(field: number): number {
    const token = this.kernel.tokenOf(field)
    return token >= 0 && this.isListed(token) ? -1 : token
  }

  readonly read = (name: string): unknown => {
    const field = this.fieldOf.get(name)
    // a name that no rule has was given no number: only the whole record knows it
    return field === undefined ? readPath(this.whole(), fieldPath(name)) : this.readField(field)
  }

  knownValue(field: number): KnownValue | undefined {
    const { kernel, lineRoute } = this
    const token = field === 0 ? -1 : this.onlyToken(field)
    if (lineRoute === undefined || token < 0) return undefined
    const slot = kernel.slotOf(token, lineRoute.at)
    if (slot === 0) return undefined
    const number = kernel.numberOf(slot)
    const serial = kernel.serialOf(slot)
    const known = this.known[number]
    if (known !== undefined && this.serials[number] === serial) return known
    while (this.known.length <= number) {
      this.known.push(undefined)
      this.serials.push(0)
    }
    const value: KnownValue = { results: [] }
    this.known[number] = value
    this.serials[number] = serial
    return value
  }

  /** Changes when all values are forgotten. */
  get era(): number {
    return this.kernel.era
  }

  serialOf(field: number): number {
    const { kernel, lineRoute } = this
    const token = kernel.tokenOf(field)
    if (token < 0) return 0
    if (this.isListed(token)) return -1
    const slot = lineRoute === undefined ? 0 : kernel.slotOf(token, lineRoute.at)
    return slot === 0 ? -1 : kernel.serialOf(slot)
  }

  /** Forgets all values. */
  forget(): void {
    this.known.length = 0
    this.serials.length = 0
    this.kernel.forget()
  }

  ruleOut(name: string, rule: number): boolean {
    const field = this.fieldOf.get(name)
    const token = field === undefined ? -1 : this.onlyToken(field)
    return token >= 0 && this.lineRoute?.ruleOut(token, rule) === true
  }

  /** The value of a token as text, as tests see it. */
  readonly text = (token: number): string => textOf(this.value(token)) ?? 'null'

  private value(token: number): unknown {
    const { kernel } = this
    const at = kernel.tokenAt(token)
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
    if (head & tokenFlags.object) return JSON.parse(this.decode(kernel.bytes, start, end, false))
    if (head & tokenFlags.number) return Number(this.decode(kernel.bytes, start, end, true))
    if (head & tokenFlags.true) return true
    return head & tokenFlags.false ? false : null
  }

  whole(): object {
    this.parsed ??= this.parse() as object
    return this.parsed
  }

  /** The line's bytes, until the next one. */
  get bytes(): Uint8Array {
    const { lineAt, bytes } = this.kernel
    return bytes.subarray(lineAt, lineAt + this.length)
  }

  /** A line whose bytes were copied. */
  readonly parseKept = (bytes: Uint8Array): unknown => JSON.parse(this.decode(bytes, 0, bytes.length, false))

  /** Throws what JSON.parse throws. */
  parse(): unknown {
    const { lineAt, bytes } = this.kernel
    return JSON.parse(this.decode(bytes, lineAt, lineAt + this.length, false))
  }
}
