// What a record must be like in, whether the line surely is like that out, without parsing it.

import { tokenFlags, tokenWords } from './kernel-layout.ts'
import { LineField } from './line-field.ts'
import type { LineRecord } from './line-record.ts'
import type { ScanKernel } from './scan-kernel.ts'

/** What is expected of a field: of its value, or of each element when it is a list or lies in objects of one. */
export interface ExpectedField {
  kind: 'text' | 'number' | 'integer' | 'boolean' | 'object'
  isListed: boolean
  /** Bounds of a text's length and of a number; a number below zero is never sure. */
  least?: number
  most?: number
  /** How many elements there may be. */
  maxItems?: number
  /** Names of fields that an object must have; those of the record itself are expected of the empty name. */
  required?: readonly string[]
  /** Further demands on a value that is no element. */
  test?(value: unknown): boolean
}

const kindFlags = {
  text: tokenFlags.string,
  number: tokenFlags.number,
  integer: tokenFlags.number,
  boolean: tokenFlags.true | tokenFlags.false,
  object: tokenFlags.object,
} as const
const anyKind =
  tokenFlags.string |
  tokenFlags.number |
  tokenFlags.true |
  tokenFlags.false |
  tokenFlags.null |
  tokenFlags.object |
  tokenFlags.listed
const inexact = tokenFlags.decode | tokenFlags.high | tokenFlags.escape
const [minus, dot, zero, nine] = [45, 46, 48, 57]

/** Looks at the latest line, which must not have been parsed; its matcher must see all values. Every other field is unexpected. */
export class LineShape {
  private readonly kernel: ScanKernel
  /** By the number of a field: flags of its tokens, bounds, whether it is an integer. */
  private readonly flags: Uint32Array
  private readonly least: Float64Array
  private readonly most: Float64Array
  private readonly isInteger: Uint8Array
  private readonly counts: Uint16Array
  private readonly isImpossible: boolean = false
  private readonly bounded: { field: number; maxItems: number }[] = []
  private readonly required: { object: number; field: number; isList: boolean }[] = []
  private readonly tested: { field: LineField; number: number; test(value: unknown): boolean }[] = []

  constructor(kernel: ScanKernel, record: LineRecord, fields: ReadonlyMap<string, ExpectedField>) {
    this.kernel = kernel
    const size = kernel.fields
    this.flags = new Uint32Array(size)
    this.least = new Float64Array(size)
    this.most = new Float64Array(size).fill(Number.POSITIVE_INFINITY)
    this.isInteger = new Uint8Array(size)
    this.counts = new Uint16Array(size)
    for (const [name, expected] of fields) {
      const { kind, isListed, least, most, maxItems, required, test } = expected
      const number = name === '' ? 0 : record.fieldNumber(name)
      for (const each of required ?? []) {
        const part = fields.get(each)
        // what must be there and is not expected is never right
        if (!part) this.isImpossible = true
        this.required.push({
          object: number,
          field: record.fieldNumber(each),
          isList: part?.isListed === true && !isListed,
        })
      }
      if (number === 0) continue
      this.flags[number] = kindFlags[kind] | (isListed ? tokenFlags.listed : 0)
      if (least !== undefined) this.least[number] = least
      if (most !== undefined) this.most[number] = most
      if (kind === 'integer') this.isInteger[number] = 1
      if (maxItems !== undefined) this.bounded.push({ field: number, maxItems })
      if (test) this.tested.push({ field: new LineField(kernel, record, name), number, test })
    }
  }

  /** False when it may be otherwise. */
  isMet(): boolean {
    const { kernel, counts, flags } = this
    if (this.isImpossible || kernel.isAmbiguous) return false
    counts.fill(0)
    // the record itself
    counts[0] = 1
    const { words, count } = kernel
    for (let token = 0, at = kernel.tokenAt(0); token < count; token++, at += tokenWords) {
      const head = words[at] ?? 0
      const field = head & 0xffff
      const wanted = flags[field] ?? 0
      const has = head & anyKind
      if ((has & ~wanted) !== 0 || ((has ^ wanted) & tokenFlags.listed) !== 0) return false
      counts[field] = (counts[field] ?? 0) + 1
      const start = words[at + 1] ?? 0
      const length = (words[at + 2] ?? 0) - start
      if (head & tokenFlags.string) {
        // a text has no more units than bytes, and at least one; where bytes stand for others it may have fewer
        if (length > (this.most[field] ?? 0) || length < (this.least[field] ?? 0)) return false
        if ((this.least[field] ?? 0) > 1 && (head & inexact) !== 0) return false
      } else if (head & tokenFlags.number && !this.isNumber(field, head, kernel.lineAt + start, length)) return false
    }
    for (const { field, maxItems } of this.bounded) if ((counts[field] ?? 0) > maxItems) return false
    for (const { object, field, isList } of this.required) {
      const [wanted = 0, found = 0] = [counts[object], counts[field]]
      if (isList ? wanted > found : wanted !== found) return false
    }
    for (const { field, number, test } of this.tested) {
      if (counts[number] === 0 || field.isNoted) continue
      if (!test(field.read())) return false
      field.note()
    }
    return true
  }

  /** Whether it is finite, not negative, and within its bounds. */
  private isNumber(field: number, head: number, start: number, length: number): boolean {
    const { kernel } = this
    if ((head & tokenFlags.decode) !== 0 && this.isInteger[field] === 1) return false
    let number = 0
    let places = 0
    for (let at = start; at < start + length; at++) {
      const byte = kernel.bytes[at] ?? 0
      if (byte === dot) places = 1
      else if (byte === minus || byte < zero || byte > nine) return false
      else if (places === 0) number = number * 10 + byte - zero
    }
    // what stands behind the point is less than one
    return number >= (this.least[field] ?? 0) && number + places <= (this.most[field] ?? 0) && number < 1e300
  }
}
