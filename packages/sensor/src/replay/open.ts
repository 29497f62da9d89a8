/** Recorded input of any known format, from files, directories and archives → events, in order, with bounded memory. */
import { createHash } from 'node:crypto'
import type { Asset, Event } from '@rampart/event'
import { type Clock, createClock } from './clock.ts'
import { type Cut, type CutInput, cutRecorded } from './cut.ts'
import { type CutReader, createCutReader, type RecordCounts, type SpendLines, spendNone } from './cut-reader.ts'
import { createRecordReader } from './reader.ts'
import type { Recognised, RecordedSource } from './source.ts'

/**
 * One outcome. `record` and `line` are the 1-based line, the 0-based index in a JSON array, or the EVTX record number;
 * `line` 0 stands for the file as a whole. `reason` begins with a stable code.
 */
export type RecordedItem =
  | { event: Event; file: string; record: number }
  | { unparsed: { file: string; line: number; reason: string } }

/** What was read so far. */
export interface RecordedCounts extends RecordCounts {
  files: number
  /** Bytes of the inputs after unpacking. */
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
export interface Recorded<Item = RecordedItem> extends AsyncIterable<Item> {
  counts: Readonly<RecordedCounts>
  batches(): AsyncIterable<Item[]>
}

/** Opens recorded input. Never throws for what a file holds: that is reported as `unparsed`. */
export function openRecorded(paths: readonly string[], options: RecordedOptions = {}): Recorded {
  return readAll(paths, options.source ?? 'auto', createEventReader(options))
}

/** The asset of records that name none. */
export const recordedAsset: Asset = { id: 'replay', name: 'replay', kind: 'host' }

export interface EventReaderOptions extends RecordedOptions {
  /**
   * Looks at lines of JSON that may be Windows records, as bytes, before they are decoded. Of those that it does not leave
   * each would surely become an event (see plainWindowsLine), and nobody wants that event.
   */
  spend?: SpendLines
  /** The same for lines of JSON that may be events of the schema. */
  spendEvents?: SpendLines
}

/** One that may take lines, with a text that each of them has. */
interface Taker {
  take: SpendLines
  mark: string
}

/** Lines in a row that one did not take, after which it is asked for every sixteenth piece. */
const worthTrying = 256
const seldom = 16
/** So much of a piece tells who may take its lines. */
const probeBytes = 4096
const [lineFeed, brace] = [10, 123]

/** Asks first the one that took most lines of the latest piece, then the others for each line that it left. */
function inTurn(takers: readonly Taker[]): SpendLines {
  const ways = takers.map((taker) => ({ ...taker, taken: 0, vain: 0, pieces: 0 }))
  type Way = (typeof ways)[number]
  const isWorth = (way: Way, bytes: Buffer, start: number, end: number) =>
    bytes.subarray(start, Math.min(end, start + probeBytes)).includes(way.mark) &&
    (way.vain <= worthTrying || way.pieces++ % seldom === 0)
  /** `turn` counts those that were asked before. */
  const ask: (turn: number, ...asked: Parameters<SpendLines>) => number = (turn, bytes, start, end, first, leave) => {
    const way = ways[turn]
    if (!way) return spendNone(bytes, start, end, first, leave)
    if (!isWorth(way, bytes, start, end)) return ask(turn + 1, bytes, start, end, first, leave)
    let left = 0
    const lines = way.take(bytes, start, end, first, (from, to, record) => {
      left++
      if (bytes[from] === brace && turn + 1 < ways.length) ask(turn + 1, bytes, from, to, record, leave)
      else leave(from, to, record)
    })
    way.taken += lines - left
    way.vain = left < lines ? 0 : way.vain + lines
    return lines
  }
  return (bytes, start, end, first, leave) => {
    const lines = ask(0, bytes, start, end, first, leave)
    ways.sort((one, other) => other.taken - one.taken)
    for (const way of ways) way.taken = 0
    return lines
  }
}

/** Who may take the lines of a source. */
function takersFor(
  source: Recognised['source'] | RecordedSource,
  { spend, spendEvents }: EventReaderOptions,
): SpendLines | undefined {
  const takers: Taker[] = []
  if (spendEvents && (source === 'events' || source === 'json')) takers.push({ take: spendEvents, mark: '"schema"' })
  if (spend && (source === 'sysmon-json' || source === 'json')) takers.push({ take: spend, mark: '"EventID"' })
  return takers.length > 0 ? inTurn(takers) : undefined
}

/** Reads the cuts of recorded input as events. Every ordered cut of an input needs the same reader. */
export function createEventReader(options: EventReaderOptions = {}): CutReader<RecordedItem> {
  const wanted = options.source ?? 'auto'
  return createCutReader<RecordedItem>((input, sink) => {
    const { name: file, recognised } = input
    /** When the latest record happened, or else the time of the file. */
    let latest = 0
    /** A line that was dealt with as bytes, if it was the latest: from this byte of `spent` back. */
    let spent: Buffer | undefined
    let spentEnd = 0
    let clock: Clock | undefined
    const context = {
      asset: options.asset ?? recordedAsset,
      sourceId: createHash('sha256').update(file).digest('hex').slice(0, 12),
      time: { reference: options.reference ?? input.modifiedAt, zone: options.zone ?? ('utc' as const) },
      before() {
        if (!spent) return latest
        clock ??= createClock(recognised, wanted, context)
        const start = spentEnd < 1 ? 0 : spent.lastIndexOf(lineFeed, spentEnd - 1) + 1
        latest = clock.ofLine(spent.toString('utf8', start, spentEnd).trimEnd()) ?? latest
        spent = undefined
        return latest
      },
    }
    const reader = createRecordReader(recognised, wanted, context, {
      ...sink,
      events(events, record) {
        sink.parsed()
        for (const event of events) {
          latest = event.at
          spent = undefined
          sink.item({ event, file, record })
        }
      },
    })
    const begins = (since = context.time.reference) => {
      latest = since
      spent = undefined
    }
    const spend = takersFor(wanted === 'auto' ? recognised.source : wanted, options)
    if (!spend) return { ...reader, begins }
    return {
      ...reader,
      begins,
      spend(bytes, start, end, first, leave) {
        let left = 0
        let next = start
        const lines = spend(bytes, start, end, first, (from, to, record) => {
          left++
          if (from > next) {
            spent = bytes
            spentEnd = from - 1
          }
          next = to + 1
          leave(from, to, record)
        })
        sink.parsed(lines - left)
        return lines
      },
    }
  })
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
  const reader = createCutReader<RawItem>(({ name: file }: CutInput, sink) => {
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
  return readAll(paths, 'auto', reader)
}

/** Every cut, read in this thread. */
function readAll<Item>(
  paths: readonly string[],
  wanted: RecordedSource,
  reader: { read(cut: Cut, take: (item: Item) => void): void; counts: RecordCounts },
): Recorded<Item> {
  const counts: RecordedCounts = Object.assign(reader.counts, { files: 0, bytes: 0 })
  async function* batches(): AsyncGenerator<Item[]> {
    for await (const cut of cutRecorded(paths, wanted, counts)) {
      const items: Item[] = []
      reader.read(cut, (item) => items.push(item))
      if (items.length > 0) yield items
    }
  }
  return { counts, batches, [Symbol.asyncIterator]: () => flat(batches()) }
}

async function* flat<Item>(batches: AsyncIterable<Item[]>): AsyncGenerator<Item> {
  for await (const batch of batches) yield* batch
}
