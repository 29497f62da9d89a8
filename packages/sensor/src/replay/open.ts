/** Recorded input of any known format, from files, directories and archives → events, in order, with bounded memory. */
import { createHash } from 'node:crypto'
import type { Asset, Event } from '@rampart/event'
import { createFeeder, type Feeder, type FeedSink } from './feed.ts'
import { createRecordReader, type RecordReader } from './reader.ts'
import { type Recognised, type RecordedSource, recognise } from './source.ts'
import { explainFault, type Input, unpack } from './unpack.ts'

/**
 * One outcome. `record` and `line` are the 1-based line, the 0-based index in a JSON array, or the EVTX record number;
 * `line` 0 stands for the file as a whole. `reason` begins with a stable code.
 */
export type RecordedItem =
  | { event: Event; file: string; record: number }
  | { unparsed: { file: string; line: number; reason: string } }

/** What `spend` made of a record. */
export interface SpentItem {
  spent: object
  file: string
  record: number
}

/** records = parsed + unparsed + skipped. Skipped are blank lines, comments and records that are no event by nature. */
export interface RecordedCounts {
  files: number
  records: number
  parsed: number
  unparsed: number
  skipped: number
  /** Bytes of the inputs after unpacking. */
  bytes: number
  /** Wrong checksums and the like, where nothing was lost. */
  warnings: number
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
  /**
   * Looks at each line of JSON that may be a Windows record, before it is decoded. True: it would surely become an event
   * (see isPlainWindowsRecord) and nobody wants that event. An object: the same, and it stands among the items. Either way it
   * counts as parsed.
   */
  spend?(line: string): boolean | object
}

/** Reads while it is iterated, once; `counts` grows on the way. `batches` is the same with less cost per event. */
export interface Recorded<Item = RecordedItem> extends AsyncIterable<Item> {
  counts: Readonly<RecordedCounts>
  batches(): AsyncIterable<Item[]>
}

const probeBytes = 65_536

/** Opens recorded input. Never throws for what a file holds: that is reported as `unparsed`. */
export function openRecorded(paths: readonly string[], options?: Omit<RecordedOptions, 'spend'>): Recorded
export function openRecorded(paths: readonly string[], options: RecordedOptions): Recorded<RecordedItem | SpentItem>
export function openRecorded(
  paths: readonly string[],
  options: RecordedOptions = {},
): Recorded<RecordedItem | SpentItem> {
  const wanted = options.source ?? 'auto'
  const counts = noCounts()
  const batches = () =>
    readInputs<RecordedItem | SpentItem>(paths, counts, (input, recognised, sink) => {
      if (recognised.source === 'unknown' && wanted === 'auto') return undefined
      const context = {
        asset: options.asset ?? { id: 'replay', name: 'replay', kind: 'host' as const },
        sourceId: createHash('sha256').update(input.name).digest('hex').slice(0, 12),
        time: { reference: options.reference ?? input.modifiedAt, zone: options.zone ?? ('utc' as const) },
        ...(options.spend && { spend: options.spend }),
      }
      return createRecordReader(recognised, wanted, context, {
        ...sink,
        events(events, record) {
          sink.parsed()
          for (const event of events) sink.item({ event, file: input.name, record })
        },
        spent(made, record) {
          sink.parsed()
          sink.item({ spent: made, file: input.name, record })
        },
      })
    })
  return { counts, batches, [Symbol.asyncIterator]: () => flat(batches()) }
}

/**
 * A record as it is in its file: the text of a line or JSON record, not parsed, or the flat fields of an EVTX record.
 * For rules that run on the records of another schema.
 */
export type RawItem =
  | { text: string; file: string; record: number }
  | { fields: Record<string, unknown>; file: string; record: number }
  | { unparsed: { file: string; line: number; reason: string } }

export interface RawRecorded extends AsyncIterable<RawItem> {
  counts: Readonly<RecordedCounts>
  batches(): AsyncIterable<RawItem[]>
}

/** Opens recorded input without turning it into events. Blank lines and comments are skipped. */
export function openRaw(paths: readonly string[]): RawRecorded {
  const counts = noCounts()
  const batches = () =>
    readInputs<RawItem>(paths, counts, (input, _recognised, sink) => {
      const file = input.name
      const text = (line: string, record: number) => {
        sink.parsed()
        sink.item({ text: line, file, record })
      }
      return {
        line(line, record, truncated) {
          if (truncated) sink.unparsed(record, 'replay.record-too-long')
          else if (line.startsWith('#') || line.trim() === '') sink.skipped(record)
          else text(line, record)
        },
        json: text,
        windows(record) {
          sink.parsed()
          sink.item({ fields: record.fields, file, record: record.number })
        },
        end() {},
      }
    })
  return { counts, batches, [Symbol.asyncIterator]: () => flat(batches()) }
}

const noCounts = (): RecordedCounts => ({
  ...{ files: 0, records: 0, parsed: 0, unparsed: 0, skipped: 0, bytes: 0, warnings: 0 },
})

async function* flat<Item>(batches: AsyncIterable<Item[]>): AsyncGenerator<Item> {
  for await (const batch of batches) yield* batch
}

interface InputSink<Item> extends FeedSink {
  parsed(): void
  skipped(record: number): void
  item(item: Item): void
}

type Unparsed = { unparsed: { file: string; line: number; reason: string } }

/** Runs every input through a reader that `open` makes for it; one that it does not know is reported as a whole. */
async function* readInputs<Item>(
  paths: readonly string[],
  counts: RecordedCounts,
  open: (input: Input, recognised: Recognised, sink: InputSink<Item | Unparsed>) => RecordReader | undefined,
): AsyncGenerator<(Item | Unparsed)[]> {
  let batch: (Item | Unparsed)[] = []
  const sinkOf = (file: string): InputSink<Item | Unparsed> => ({
    item: (item) => batch.push(item),
    parsed() {
      counts.records++
      counts.parsed++
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
    warning() {
      counts.warnings++
    },
  })
  for await (const input of unpack(paths)) {
    const sink = sinkOf(input.name)
    if ('reason' in input) sink.unparsed(0, input.reason)
    else {
      counts.files++
      const start = (head: Uint8Array): Feeder => {
        if (head.length === 0) return { feed() {}, end() {} }
        const recognised = recognise(head)
        const reader = open(input, recognised, sink)
        if (reader) return createFeeder(recognised, reader, sink, head)
        sink.unparsed(0, 'replay.unknown-format')
        return { feed() {}, end() {} }
      }
      for await (const _chunk of feedInput(input, start, counts, sink)) {
        if (batch.length > 0) yield batch
        batch = []
      }
    }
    if (batch.length > 0) yield batch
    batch = []
  }
}

/** Feeds one input, yielding after every chunk. The beginning is collected first, to be recognised. */
async function* feedInput(
  input: Input,
  start: (head: Uint8Array) => Feeder,
  counts: RecordedCounts,
  sink: FeedSink,
): AsyncGenerator<void> {
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
        feeder = start(Buffer.concat(head))
        head = []
      }
      yield
    }
    feeder ??= start(Buffer.concat(head))
    feeder.end()
  } catch (error) {
    sink.unparsed(0, explainFault(error))
  }
}
