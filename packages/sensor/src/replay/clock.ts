/**
 * Records → the time that they tell, through the decoder of their source: for a record of which no time can be read, which
 * takes that of the one before it, wherever that was read.
 */
import type { CutContent } from './cut.ts'
import { lineLimitBytes } from './lines.ts'
import { createRecordReader, type ReaderContext } from './reader.ts'
import type { Recognised, RecordedSource } from './source.ts'

export interface Clock {
  /** The time of one line; undefined when it tells none. */
  ofLine(text: string): number | undefined
  /** The time of the last record that tells one. */
  ofLatest(content: CutContent): number | undefined
}

/** Sources of which a record may be known by other things than its time. */
const undatable: ReadonlySet<Recognised['source']> = new Set([
  ...(['json', 'sysmon-json', 'cloudtrail', 'actiontrail', 'kubernetes', 'suricata'] as const),
])

/** Whether records of the source may have no time that can be read. */
export const mayBeUndated = (source: Recognised['source']): boolean => undatable.has(source)

const [lineFeed, brace, byteOrderMark] = [10, 123, 0xef]

export function createClock(
  recognised: Recognised,
  wanted: RecordedSource,
  context: Omit<ReaderContext, 'before' | 'sourceId'>,
): Clock {
  let at: number | undefined
  const sink = {
    events: (events: readonly { at: number }[]) => {
      at = events.at(-1)?.at
    },
    unparsed() {},
    skipped() {},
  }
  const before = () => Number.NaN
  const reader = createRecordReader(recognised, wanted, { ...context, sourceId: '', before }, sink)
  const told = (read: () => void): number | undefined => {
    at = undefined
    read()
    return Number.isNaN(at) ? undefined : at
  }
  const ofLine = (text: string) => told(() => reader.line(text, 0, false))

  return {
    ofLine,
    ofLatest(content) {
      if (content.framing === 'evtx') return undefined
      if (content.framing === 'document')
        return latestOf(content.records.toReversed(), (record) =>
          'text' in record ? told(() => reader.json(record.text, record.index)) : undefined,
        )
      return latestOf(linesBackwards(content), ofLine)
    },
  }
}

function latestOf<Record>(records: Iterable<Record>, read: (record: Record) => number | undefined): number | undefined {
  for (const record of records) {
    const at = read(record)
    if (at !== undefined) return at
  }
  return undefined
}

/** The lines that may be JSON, the last one first. */
function* linesBackwards({ bytes, first }: CutContent & { framing: 'lines' }): Generator<string> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let end = buffer.length; end > 0; ) {
    const start = end < 2 ? 0 : buffer.lastIndexOf(lineFeed, end - 2) + 1
    const from = start === 0 && first === 1 && buffer[0] === byteOrderMark ? 3 : start
    if (buffer[from] === brace && end - from <= lineLimitBytes) yield buffer.toString('utf8', from, end).trimEnd()
    end = start
  }
}
