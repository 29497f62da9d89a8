/** Cuts → the records in them, through the reader of their input. Synchronous; keeps readers only for ordered inputs. */
import { createEvtxReader } from '../windows/evtx/read.ts'
import type { Cut, CutContent, CutInput } from './cut.ts'
import { type FeedSink, harmless } from './feed.ts'
import { createLineSplitter, lineLimitBytes } from './lines.ts'
import type { RecordReader } from './reader.ts'

/** records = parsed + unparsed + skipped. Skipped are blank lines, comments and records that are no event by nature. */
export interface RecordCounts {
  records: number
  parsed: number
  unparsed: number
  skipped: number
  /** Wrong checksums and the like, where nothing was lost. */
  warnings: number
  /** Of those parsed: no time could be read, so that they have that of the record before, the first one the age of the file. */
  undated: number
}

export type Unparsed = { unparsed: { file: string; line: number; reason: string } }

export interface InputSink<Item> extends FeedSink {
  /** One record, or so many. */
  parsed(count?: number): void
  skipped(record: number): void
  undated(): void
  item(item: Item): void
}

/** Takes back a line, from its first byte up to, not with, its line feed, and its number. */
export type LeaveLine = (start: number, end: number, record: number) => void

/**
 * May deal with lines that lie one after the other, the last one with or without its line feed, before they are made text.
 * Gives how many there were, of which `leave` is given those that it did nothing with, in their order.
 */
export type SpendLines = (bytes: Buffer, start: number, end: number, first: number, leave: LeaveLine) => number

/** A reader for one input. */
export interface InputReader extends RecordReader {
  /** A cut comes; `since` as there. */
  begins?(since: number | undefined): void
  spend?: SpendLines
}

/** A longer line may have to be cut. */
const maxWhole = 65_536
const [lineFeed, carriageReturn] = [10, 13]

export interface CutReader<Item> {
  /** Hands out the items of one cut, in order. `counts` grows on the way. */
  read(cut: Cut, take: (item: Item | Unparsed) => void): void
  readonly counts: RecordCounts
  /** Input and number of the latest record, for telling where a fault was. */
  readonly at: { file: string; record: number }
}

/** `open` makes the reader of an input; what it finds goes to the sink. */
export function createCutReader<Item>(
  open: (input: CutInput, sink: InputSink<Item | Unparsed>) => InputReader,
): CutReader<Item> {
  const counts: RecordCounts = { records: 0, parsed: 0, unparsed: 0, skipped: 0, warnings: 0, undated: 0 }
  const at = { file: '', record: 0 }
  let take: (item: Item | Unparsed) => void = () => {}
  /** Readers of ordered inputs that have not ended. */
  const ordered = new Map<number, Opened>()
  let latest: (Opened & { input: number }) | undefined

  const sinkOf = (file: string): InputSink<Item | Unparsed> => ({
    item: (item) => take(item),
    parsed(count = 1) {
      counts.records += count
      counts.parsed += count
    },
    unparsed(record, reason) {
      counts.records++
      counts.unparsed++
      take({ unparsed: { file, line: record, reason } })
    },
    skipped() {
      counts.records++
      counts.skipped++
    },
    warning() {
      counts.warnings++
    },
    undated() {
      counts.undated++
    },
  })
  const opened = (input: CutInput): Opened => {
    const sink = sinkOf(input.name)
    return { sink, reader: open(input, sink) }
  }
  const readerOf = (input: CutInput, isOrdered: boolean): Opened => {
    if (isOrdered) {
      const known = ordered.get(input.number) ?? opened(input)
      ordered.set(input.number, known)
      return known
    }
    if (latest?.input !== input.number) latest = { ...opened(input), input: input.number }
    return latest
  }

  return {
    counts,
    at,
    read(cut, taker) {
      take = taker
      if (cut.kind === 'problem') {
        if (cut.input !== undefined) ordered.delete(cut.input)
        sinkOf(cut.file).unparsed(0, cut.reason)
        return
      }
      const { input, content, last } = cut
      at.file = input.name
      at.record = content.framing === 'lines' ? content.first : 0
      const { reader, sink } = readerOf(input, cut.ordered)
      reader.begins?.(cut.since)
      const noted: InputReader = {
        ...reader,
        line(text, record, truncated) {
          at.record = record
          reader.line(text, record, truncated)
        },
        json(text, record) {
          at.record = record
          reader.json(text, record)
        },
        windows(record) {
          at.record = record.number
          reader.windows(record)
        },
      }
      if (content.framing === 'lines') readLines(content, noted)
      else if (content.framing === 'evtx') readChunks(content, last, noted, sink)
      else
        for (const record of content.records)
          if ('text' in record) noted.json(record.text, record.index)
          else sink.unparsed(record.index, record.broken)
      if (last && cut.ordered) {
        reader.end()
        ordered.delete(input.number)
      }
    },
  }
}

interface Opened {
  reader: InputReader
  sink: FeedSink
}

function readLines({ bytes, first }: CutContent & { framing: 'lines' }, reader: InputReader): void {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const split = (part: Buffer, number: number) => {
    const take = (line: string, record: number, truncated: boolean) => reader.line(line, record, truncated)
    const splitter = createLineSplitter(take, lineLimitBytes, number)
    splitter.feed(part)
    splitter.end()
  }
  if (!reader.spend) {
    split(buffer, first)
    return
  }
  reader.spend(buffer, 0, buffer.length, first, (start, feed, number) => {
    const end = feed > start && buffer[feed - 1] === carriageReturn ? feed - 1 : feed
    // the first line may have a byte order mark, a long one is cut: the splitter knows how
    if (number === 1 || end - start > maxWhole) split(buffer.subarray(start, feed + 1), number)
    else reader.line(buffer.toString('utf8', start, end), number, false)
  })
}

/** Gives back every line. */
export const spendNone: SpendLines = (bytes, start, end, first, leave) => {
  let number = first
  for (let from = start; from < end; number++) {
    const feed = bytes.indexOf(lineFeed, from)
    const to = feed < 0 || feed > end ? end : feed
    leave(from, to, number)
    from = to + 1
  }
  return number - first
}

function readChunks(
  { bytes, header }: CutContent & { framing: 'evtx' },
  last: boolean,
  reader: InputReader,
  sink: FeedSink,
): void {
  // the header was judged with the first cut
  let isKnown = header !== undefined
  const evtx = createEvtxReader({
    record: (record) => reader.windows(record),
    problem(code, number) {
      if (isKnown) return
      if (harmless.has(code)) sink.warning()
      else sink.unparsed(number, code)
    },
  })
  if (header) evtx.feed(header)
  isKnown = false
  evtx.feed(bytes)
  if (last) evtx.end()
}
