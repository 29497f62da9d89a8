/** Bytes of one input → its records, cut as its framing says, handed to a reader. Synchronous. */
import { StringDecoder } from 'node:string_decoder'
import type { EvtxCode } from '../windows/evtx/cursor.ts'
import { createEvtxReader } from '../windows/evtx/read.ts'
import { createJsonRecordSplitter } from './json-records.ts'
import { createLineSplitter } from './lines.ts'
import type { RecordReader } from './reader.ts'
import type { Recognised } from './source.ts'

export interface FeedSink {
  unparsed(record: number, reason: string): void
  warning(): void
}

export interface Feeder {
  feed(chunk: Uint8Array): void
  end(): void
}

/** What is wrong with an EVTX file without costing a record. */
export const harmless: ReadonlySet<EvtxCode> = new Set([
  ...(['evtx.bad-file-header', 'evtx.unknown-version', 'evtx.bad-chunk-checksum'] as const),
  'evtx.bad-records-checksum',
])

/** A feeder that has taken `head` already. */
export function createFeeder(recognised: Recognised, reader: RecordReader, sink: FeedSink, head: Uint8Array): Feeder {
  const feeder = feederOf(recognised, reader, sink)
  // The comment line of a sample would confuse the record splitter; lines keep it, for their numbers.
  const from = recognised.framing === 'document' && head[0] === 35 ? head.indexOf(10) + 1 : 0
  feeder.feed(head.subarray(from))
  return {
    feed: feeder.feed,
    end() {
      feeder.end()
      reader.end()
    },
  }
}

function feederOf(recognised: Recognised, reader: RecordReader, sink: FeedSink): Feeder {
  if (recognised.framing === 'evtx')
    return createEvtxReader({
      record: (record) => reader.windows(record),
      problem: (code, number) => (harmless.has(code) ? sink.warning() : sink.unparsed(number, code)),
    })
  if (recognised.framing === 'lines')
    return createLineSplitter((line, number, truncated) => reader.line(line, number, truncated))
  const text = new StringDecoder('utf8')
  const splitter = createJsonRecordSplitter({
    record: (record, index) => reader.json(record, index),
    broken: (index, code) => sink.unparsed(index, code),
  })
  return { feed: (chunk) => splitter.feed(text.write(Buffer.from(chunk))), end: () => splitter.end() }
}
