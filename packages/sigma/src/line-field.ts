// A field that the caller of the matcher reads of many lines, quicker than by its name.
import type { LineRecord } from './line-record.ts'
import type { ScanKernel } from './scan-kernel.ts'

/** Texts that are kept; then all are read anew. */
const maxTexts = 4_096
const maxTextLength = 128

/** Reads one field of the latest line, which must not have been parsed. */
export class LineField {
  private readonly kernel: ScanKernel
  private readonly record: LineRecord
  private readonly name: string
  private readonly field: number
  private readonly texts: string[] = ['']
  private textOwner: number
  private readonly notesOwner: number

  constructor(kernel: ScanKernel, record: LineRecord, name: string) {
    this.kernel = kernel
    this.record = record
    this.name = name
    this.field = record.fieldNumber(name)
    this.textOwner = kernel.newOwner()
    this.notesOwner = kernel.newOwner()
  }

  /** Whether the line has it, be it null. */
  get isThere(): boolean {
    return this.kernel.tokenOf(this.field) >= 0
  }

  read(): unknown {
    return this.record.read(this.name)
  }

  /** The value when it is a number. */
  number(): number | undefined {
    const number = this.kernel.functions.numberOf(this.kernel.line, this.field)
    if (!Number.isNaN(number)) return number
    const value = this.read()
    return typeof value === 'number' ? value : undefined
  }

  /** The value when it is a text, for fields with few of them. */
  text(): string | undefined {
    const { kernel, texts } = this
    const known = kernel.functions.noted(kernel.line, this.field, this.textOwner)
    if (known > 0) return texts[known]
    const value = this.read()
    if (typeof value !== 'string') return undefined
    if (value.length > maxTextLength) return value
    if (texts.length > maxTexts) {
      texts.length = 1
      this.textOwner = kernel.newOwner()
    }
    kernel.functions.note(kernel.line, this.field, this.textOwner, texts.push(value) - 1)
    return value
  }

  /** False when the value surely has no such text; it has two characters or more, none of them quote, backslash or control. */
  mayHold(text: string): boolean {
    const { kernel } = this
    const { at, length } = kernel.textAt(text)
    return kernel.functions.mayHold(kernel.line, this.field, at, length) !== 0
  }

  /** Whether `note` was called for this value, and not forgotten. */
  get isNoted(): boolean {
    return this.kernel.functions.noted(this.kernel.line, this.field, this.notesOwner) !== 0
  }

  note(): void {
    this.kernel.functions.note(this.kernel.line, this.field, this.notesOwner, 1)
  }
}
