// What is demanded of lines in, the kernel's structure of it out; and what it tells of the lines that are so.
import { maxTimes, newName, tokenFlags } from './kernel-layout.ts'
import type { LineRecord } from './line-record.ts'
import type { ScanKernel } from './scan-kernel.ts'

/**
 * What a line must surely be like to be matched; others are left to the caller. It must be a record that begins with its
 * brace, has no objects and lists in it, and no nulls in fields that rules or the caller name.
 */
export interface LineDemands {
  /** Bytes that it may have at most. */
  longest: number
  /** Fields that it must not have. */
  absent: readonly string[]
  /** Fields that it must have as integers, from zero up and with at most fifteen digits, or as texts. */
  integers: readonly string[]
  texts: readonly string[]
  /**
   * Of these fields, of which there are at most four, the first text that may be a time must be one of ISO 8601 with a day
   * and seconds, in UTC where it names no offset. None are those that begin neither with four characters and a dash, with
   * two and a slash, with nine digits, nor with a slash.
   */
  times: readonly string[]
  /** The field whose text is told of the line; none if left out. */
  name?: string
}

/** Names that have numbers, and their length together; then they get new ones. */
const maxNames = 4_096
const maxNamesLength = 1 << 18

const integerFlags = tokenFlags.number | tokenFlags.decode

/** All fields that are looked at for it. */
export function demandedFields({ absent, integers, texts, times, name }: LineDemands): string[] {
  return [...absent, ...integers, ...texts, ...times, ...(name === undefined ? [] : [name])]
}

/** Demands on lines in the kernel's memory. */
export class PlainLines {
  private readonly kernel: ScanKernel
  private readonly record: LineRecord
  private readonly field: number
  private readonly ownerAt: number
  /** By their numbers. */
  private names: (string | undefined)[] = [undefined]
  private numbers = new Map<string, number>()
  private length = 0

  constructor(kernel: ScanKernel, record: LineRecord, demands: LineDemands) {
    this.kernel = kernel
    this.record = record
    const { longest, absent, integers, texts, times, name } = demands
    if (times.length > maxTimes) throw new Error(`more than ${maxTimes} fields of times`)
    const numbered = (names: readonly string[]) => names.map((each) => record.fieldNumber(each))
    const kinds = [
      ...numbered(integers).map((field) => [field, integerFlags, tokenFlags.number]),
      ...numbered(texts).map((field) => [field, tokenFlags.string, tokenFlags.string]),
    ]
    this.field = name === undefined ? 0 : record.fieldNumber(name)
    const words = [longest, absent.length, kernel.allocateWords(numbered(absent))]
    words.push(kinds.length, kernel.allocateWords(kinds.flat()))
    words.push(times.length, ...numbered(times), ...Array<number>(maxTimes - times.length).fill(0))
    const at = kernel.allocateWords([...words, this.field, kernel.newOwner()])
    this.ownerAt = (at >> 2) + words.length + 1
    kernel.setDemands(at)
  }

  /** The time of one of the block's lines that are so, in ms; 0 if no times are demanded. */
  timeOf(line: number): number {
    return this.kernel.timeOf(line)
  }

  /** The text of its name; undefined if it has none, or an empty one. */
  nameOf(line: number): string | undefined {
    return this.names[this.kernel.nameOf(line)]
  }

  /** How many lines of the block are so, up to the latest one. */
  get count(): number {
    return this.kernel.moments
  }

  /** Between blocks. */
  begin(): void {
    if (this.names.length <= maxNames && this.length <= maxNamesLength) return
    this.names = [undefined]
    this.length = 0
    this.numbers = new Map()
    this.kernel.words[this.ownerAt] = this.kernel.newOwner()
  }

  /** Gives the name of the latest line, which is so, a number if it has none. */
  learn(): void {
    const { kernel, names, numbers, field } = this
    const line = kernel.moments - 1
    if (kernel.nameOf(line) !== newName) return
    const name = String(this.record.readField(field))
    let number = numbers.get(name)
    if (number === undefined) {
      number = names.push(name) - 1
      this.length += name.length
      numbers.set(name, number)
    }
    kernel.setName(line, number)
    kernel.functions.note(kernel.line, field, kernel.words[this.ownerAt] ?? 0, number)
  }
}
