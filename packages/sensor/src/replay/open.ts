/** Recorded input of any known format, from files, directories and archives → events, in order, with bounded memory. */
import { createHash } from 'node:crypto'
import { StringDecoder } from 'node:string_decoder'
import type { Asset, Event } from '@rampart/event'
import { createJsonRecordSplitter } from './json-records.ts'
import { createLineSplitter } from './lines.ts'
import { createRecordReader, type RecordSink } from './reader.ts'
import { type Recognised, type RecordedSource, recognise } from './source.ts'
import { explainFault, type Input, unpack } from './unpack.ts'

/**
 * One outcome. `record` and `line` are the 1-based line, the 0-based index in a JSON array, or the EVTX record number;
 * `line` 0 stands for the file as a whole. `reason` begins with a stable code.
 */
export type RecordedItem =
  | { event: Event; file: string; record: number }
  | { unparsed: { file: string; line: number; reason: string } }

/** records = parsed + unparsed + skipped. Skipped are blank lines, comments and records that are no event by nature. */
export interface RecordedCounts {
  files: number
  records: number
  parsed: number
  unparsed: number
  skipped: number
  bytes: number
}

export interface RecordedOptions {
  /** What the input is; `auto` (default) recognises each file by its content. */
  source?: RecordedSource
  /** The asset of records that name none. Default: a host called `replay`. */
  asset?: Asset
  /** Zone of timestamps that name none. Default `utc`. */
  zone?: 'utc' | 'local'
  /** For timestamps without a year: an instant at or after the last record. Default: the age of the file. */
  reference?: number
}

/** Reads while it is iterated, once; `counts` grows on the way. `batches` is the same with less cost per event. */
export interface Recorded extends AsyncIterable<RecordedItem> {
  counts: Readonly<RecordedCounts>
  batches(): AsyncIterable<RecordedItem[]>
}

const probeBytes = 65_536

/** Opens recorded input. Never throws for what a file holds: that is reported as `unparsed`. */
export function openRecorded(paths: readonly string[], options: RecordedOptions = {}): Recorded {
  const counts: RecordedCounts = { files: 0, records: 0, parsed: 0, unparsed: 0, skipped: 0, bytes: 0 }

  async function* batches(): AsyncGenerator<RecordedItem[]> {
    for await (const input of unpack(paths)) {
      if ('reason' in input) {
        counts.unparsed++
        counts.records++
        yield [{ unparsed: { file: input.name, line: 0, reason: input.reason } }]
        continue
      }
      counts.files++
      yield* readInput(input, options, counts)
    }
  }
  return {
    counts,
    batches,
    async *[Symbol.asyncIterator]() {
      for await (const batch of batches()) yield* batch
    },
  }
}

async function* readInput(
  input: Input,
  options: RecordedOptions,
  counts: RecordedCounts,
): AsyncGenerator<RecordedItem[]> {
  let batch: RecordedItem[] = []
  const file = input.name
  const sink: RecordSink = {
    events(events, record) {
      counts.records++
      counts.parsed++
      for (const event of events) batch.push({ event, file, record })
    },
    unparsed(record, reason) {
      counts.records++
      counts.unparsed++
      batch.push({ unparsed: { file, line: record, reason } })
    },
    skipped() {
      counts.records++
      counts.skipped++
    },
  }
  let feeder: Feeder | undefined
  let head: Uint8Array[] = []
  let headBytes = 0
  try {
    for await (const chunk of input.bytes) {
      counts.bytes += chunk.length
      if (feeder) feeder.feed(chunk)
      else {
        head.push(chunk)
        headBytes += chunk.length
        if (headBytes < probeBytes) continue
        feeder = startFeeder(Buffer.concat(head), input, options, sink)
        head = []
      }
      if (batch.length > 0) yield batch
      batch = []
    }
    feeder ??= startFeeder(Buffer.concat(head), input, options, sink)
    feeder.end()
  } catch (error) {
    sink.unparsed(0, explainFault(error))
  }
  if (batch.length > 0) yield batch
}

interface Feeder {
  feed(chunk: Uint8Array): void
  end(): void
}

function startFeeder(head: Uint8Array, input: Input, options: RecordedOptions, sink: RecordSink): Feeder {
  const recognised = recognise(head)
  const feeder = createFeeder(recognised, input, options, sink)
  // The comment line of a sample would confuse the record splitter; lines keep it, for their numbers.
  const from = recognised.framing === 'document' && head[0] === 35 ? head.indexOf(10) + 1 : 0
  feeder.feed(head.subarray(from))
  return feeder
}

function createFeeder(recognised: Recognised, input: Input, options: RecordedOptions, sink: RecordSink): Feeder {
  const wanted = options.source ?? 'auto'
  if (recognised.source === 'unknown' && wanted === 'auto') {
    sink.unparsed(0, 'replay.unknown-format')
    return { feed() {}, end() {} }
  }
  const context = {
    asset: options.asset ?? { id: 'replay', name: 'replay', kind: 'host' as const },
    sourceId: createHash('sha256').update(input.name).digest('hex').slice(0, 12),
    time: { reference: options.reference ?? input.modifiedAt, zone: options.zone ?? ('utc' as const) },
  }
  const reader = createRecordReader(recognised, wanted, context, sink)
  if (recognised.framing === 'document') {
    const text = new StringDecoder('utf8')
    const splitter = createJsonRecordSplitter({
      record: (record, index) => reader.json(record, index),
      broken: (index, code) => sink.unparsed(index, code),
    })
    const finish = () => {
      splitter.end()
      reader.end()
    }
    return { feed: (chunk) => splitter.feed(text.write(Buffer.from(chunk))), end: finish }
  }
  const splitter = createLineSplitter((line, number, truncated) => reader.line(line, number, truncated))
  const finish = () => {
    splitter.end()
    reader.end()
  }
  return { feed: (chunk) => splitter.feed(chunk), end: finish }
}
