// Records that were seen in, a small sample of them out: what is rare in records is learnt from it.
import { maxRecordDepth } from './field-path.ts'

/** After so many records the sample is due once more. */
const secondSample = 8_192
/** One in so many records then joins the sample, or replaces an older one when there are enough. */
const sampleEvery = 15
/** Records that make a sample worth while when no more are at hand. */
const enough = 8
const maxRecords = 512
/** Bounds of a copy, so that large records are not kept. */
const maxText = 1_024
const maxKeys = 200
const maxElements = 20

/** Collects a sample; says when it is time to use it. */
export class Sampler {
  private records: object[] | undefined = []
  private seen = 0
  private first: number

  /** The sample is due after so many records, and once more later; never for zero. */
  constructor(first: number) {
    this.first = first
    if (first === 0) this.records = undefined
  }

  /** Whether the next record is wanted. */
  private get wants(): boolean {
    if (!this.records) return false
    return this.records.length < this.first || this.seen % sampleEvery === 0
  }

  add(record: object): readonly object[] | undefined {
    if (!this.records) return undefined
    if (this.records.length < this.first) this.records.push(copyOf(record))
    else if (this.wants) {
      if (this.records.length < maxRecords) this.records.push(copyOf(record))
      else this.records[Math.floor(this.seen / sampleEvery) % this.records.length] = copyOf(record)
    }
    this.seen++
    return this.due()
  }

  /** The sample with what there is so far, if that is enough and it was not due yet; then it is due no more. */
  early(): readonly object[] | undefined {
    const { records } = this
    if (!records || records.length < enough || this.seen >= this.first) return undefined
    this.first = this.seen
    return records
  }

  private due(): readonly object[] | undefined {
    const { records } = this
    if (!records || (this.seen !== this.first && this.seen !== secondSample)) return undefined
    if (this.seen === secondSample) this.records = undefined
    return records
  }
}

/** A copy without long texts and lists, that holds nothing of the record itself. */
function copyOf(record: object): object {
  return copy(record, 0) as object
}

function copy(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return value.length > maxText ? [...value.slice(0, maxText)].join('') : value
  if (typeof value !== 'object' || value === null) return value
  if (depth > Math.min(maxRecordDepth, 6)) return null
  if (Array.isArray(value)) return value.slice(0, maxElements).map((element) => copy(element, depth + 1))
  const entries = Object.entries(value).slice(0, maxKeys)
  return Object.fromEntries(entries.map(([key, each]) => [key, copy(each, depth + 1)]))
}
