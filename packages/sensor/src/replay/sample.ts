/** The text of a model's sample file → its header and events. Pure: the age of the file and the clock play no part. */
import type { Asset, Event } from '@rampart/event'
import { createFeeder } from './feed.ts'
import { createRecordReader } from './reader.ts'
import { type RecordedSource, recognise, recordedSources } from './source.ts'

/** The first line of a sample: `# captured|synthesised, how, date`. */
export interface SampleHeader {
  origin: 'captured' | 'synthesised'
  how: string
  /** `YYYY-MM-DD`. */
  date: string
}

export interface Sample {
  /** Absent when the first line is not of the form; then `problems` says so. */
  header?: SampleHeader
  events: Event[]
  /** The record (line or array index) each event came from; same length as `events`. */
  records: number[]
  /** What could not be read; a good sample has none. `line` as in `RecordedItem`. */
  problems: { line: number; reason: string }[]
}

const headerLine = /^# (captured|synthesised), (.+), (\d{4}-\d\d-\d\d)\s*$/
const dayMs = 86_400_000
/** Asset of sample events that name none. */
export const sampleAsset: Asset = { id: 'sample-host', name: 'sample-host', kind: 'host' }

/**
 * Reads a sample. The source of raw log lines is the last but one part of the file name (`brute-force.sshd.log`); a
 * name without one holds events of our schema, whose `schema`, `id`, `asset`, `sensor` and `at` may be left out.
 * Timestamps without a year are read as UTC and as not later than the day of the header.
 */
export function readSample(path: string, text: string): Sample {
  const sample: Sample = { events: [], records: [], problems: [] }
  const found = headerLine.exec(text.slice(0, text.indexOf('\n') < 0 ? undefined : text.indexOf('\n')).trimEnd())
  const date = found ? Date.parse(`${found[3]}T00:00:00Z`) : Number.NaN
  if (found && !Number.isNaN(date))
    sample.header = { origin: found[1] as SampleHeader['origin'], how: found[2] ?? '', date: found[3] ?? '' }
  else
    sample.problems.push({
      line: 1,
      reason: 'sample.bad-header the first line is not `# captured|synthesised, how, YYYY-MM-DD`',
    })

  const name = path.slice(path.lastIndexOf('/') + 1)
  const named = name.split('.').at(-2) as RecordedSource
  const wanted = recordedSources.includes(named) ? named : 'events'
  const reference = Number.isNaN(date) ? Date.UTC(2026, 0, 1) : date + dayMs - 1
  const bytes = Buffer.from(text)
  const recognised = recognise(bytes)
  const before = () => sample.events.at(-1)?.at ?? reference
  const context = { asset: sampleAsset, sourceId: name, time: { reference, zone: 'utc' as const }, before }
  const reader = createRecordReader(recognised, wanted, context, {
    events(events, record) {
      for (const event of events) {
        sample.events.push(event)
        sample.records.push(record)
      }
    },
    unparsed: (line, reason) => sample.problems.push({ line, reason }),
    skipped() {},
  })
  const sink = { unparsed: (line: number, reason: string) => sample.problems.push({ line, reason }), warning() {} }
  createFeeder(recognised, reader, sink, bytes).end()
  return sample
}
