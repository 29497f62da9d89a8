/**
 * Paths → cuts: pieces of an input that hold whole records, in order, so that any thread can read one by itself. Bytes are
 * cut, not decoded, which costs little beside reading them.
 */
import { StringDecoder } from 'node:string_decoder'
import { createClock, mayBeUndated } from './clock.ts'
import { createJsonRecordSplitter } from './json-records.ts'
import { lineLimitBytes } from './lines.ts'
import { journalMark, type Recognised, type RecordedSource, recognise } from './source.ts'
import { explainFault, type Input, unpack } from './unpack.ts'

/** What a reader has to know of an input. */
export interface CutInput {
  /** Counts the inputs of a reading from 0. */
  number: number
  name: string
  modifiedAt: number
  recognised: Recognised
}

/** One record of a JSON document, or what is wrong with it. */
export type CutRecord = { index: number; text: string } | { index: number; broken: string }

/** Whole records, as the framing of their input has them. */
export type CutContent =
  /** Whole lines, the last one perhaps without its line feed, and the number of the first. Good until the next cut is asked for. */
  | { framing: 'lines'; bytes: Uint8Array; first: number }
  | { framing: 'document'; records: CutRecord[] }
  /** Whole chunks; the header of the file is the beginning of the first cut, and given beside the others. */
  | { framing: 'evtx'; bytes: Uint8Array; header?: Uint8Array }

export type Cut =
  /** Something is wrong with an input as a whole, or with the rest of it. */
  | { kind: 'problem'; file: string; reason: string; input?: number }
  | {
      kind: 'records'
      input: CutInput
      content: CutContent
      /** One reader must have read every ordered cut of the input before this one; others may be read anywhere. */
      ordered: boolean
      /** Nothing of the input comes after it. */
      last: boolean
      /** When the latest record before it happened that tells its time. */
      since?: number
    }

export interface CutCounts {
  files: number
  /** Bytes of the inputs after unpacking. */
  bytes: number
}

const probeBytes = 65_536
const headerBytes = 4096
const chunkBytes = 65_536
/** Lines of one cut, so that what is made of them stays small too. */
const mostLines = 4096
const hash = 35

/** Bytes are searched quickest for something short that is rare. */
const markBeginning = '__R'

/** Cuts every input behind the paths. Never throws for what a file holds. */
export async function* cutRecorded(
  paths: readonly string[],
  wanted: RecordedSource,
  counts: CutCounts,
): AsyncGenerator<Cut> {
  let number = 0
  for await (const input of unpack(paths)) {
    if ('reason' in input) yield { kind: 'problem', file: input.name, reason: input.reason }
    else {
      counts.files++
      yield* cutInput(input, number++, wanted, counts)
    }
  }
}

async function* cutInput(input: Input, number: number, wanted: RecordedSource, counts: CutCounts): AsyncGenerator<Cut> {
  let cutter: Cutter | undefined
  let head: Uint8Array[] = []
  let headBytes = 0
  let fault: unknown
  const { name, modifiedAt } = input
  const start = (): Cutter => {
    const bytes = Buffer.concat(head)
    head = []
    if (bytes.length === 0) return noCutter
    const recognised = recognise(bytes)
    if (recognised.source === 'unknown' && wanted === 'auto') return unknownCutter(name)
    const made = timed(cutterOf({ number, name, modifiedAt, recognised }, wanted), recognised, wanted, modifiedAt)
    // the comment line of a sample would confuse the record splitter; lines keep it, for their numbers
    const from = recognised.framing === 'document' && bytes[0] === hash ? bytes.indexOf(10) + 1 : 0
    return { feed: made.feed, end: made.end, first: made.feed(bytes.subarray(from)) }
  }
  try {
    for await (const chunk of untilFault(input.bytes, (error) => (fault = error))) {
      counts.bytes += chunk.length
      if (cutter) yield* cutter.feed(chunk)
      else {
        head.push(Buffer.from(chunk))
        headBytes += chunk.length
        if (headBytes < probeBytes) continue
        cutter = start()
        yield* cutter.first ?? []
      }
    }
    if (!cutter) {
      cutter = start()
      yield* cutter.first ?? []
    }
    yield* cutter.end()
  } catch (error) {
    fault = error
  }
  if (fault) yield { kind: 'problem', file: name, reason: explainFault(fault), input: number }
}

/** What was read before a fault is not lost with it. */
async function* untilFault(bytes: AsyncIterable<Uint8Array>, note: (error: unknown) => void) {
  try {
    yield* bytes
  } catch (error) {
    note(error)
  }
}

interface Cutter {
  feed(chunk: Uint8Array): Cut[]
  end(): Cut[]
  /** What the beginning of the input gave. */
  first?: Cut[]
}

const noCutter: Cutter = { feed: () => [], end: () => [] }
const unknownCutter = (file: string): Cutter => ({
  ...noCutter,
  first: [{ kind: 'problem', file, reason: 'replay.unknown-format' }],
})

function cutterOf(input: CutInput, wanted: RecordedSource): Cutter {
  const source = wanted === 'auto' ? input.recognised.source : wanted
  if (input.recognised.framing === 'evtx') return chunkCutter(input)
  if (input.recognised.framing === 'document') return recordCutter(input, source)
  return lineCutter(input, source)
}

/** The same cuts, each with the time of what was before it. */
function timed(cutter: Cutter, recognised: Recognised, wanted: RecordedSource, modifiedAt: number): Cutter {
  if (recognised.framing === 'evtx' || !mayBeUndated(wanted === 'auto' ? recognised.source : wanted)) return cutter
  const asset = { id: '', name: '', kind: 'host' } as const
  const clock = createClock(recognised, wanted, { asset, time: { reference: modifiedAt, zone: 'utc' } })
  let since: number | undefined
  const add = (cuts: Cut[]): Cut[] =>
    cuts.map((cut) => {
      if (cut.kind !== 'records') return cut
      const made = since === undefined ? cut : { ...cut, since }
      if (!cut.last) since = clock.ofLatest(cut.content) ?? since
      return made
    })
  return { feed: (chunk) => add(cutter.feed(chunk)), end: () => add(cutter.end()) }
}

type Source = Recognised['source']
const alwaysOrdered: ReadonlySet<Source> = new Set(['syslog', 'sshd', 'auditd', 'unknown'])

function lineCutter(input: CutInput, source: Source): Cutter {
  let memory = Buffer.alloc(0)
  let carried: Buffer[] = []
  let carriedBytes = 0
  let first = 1
  let ordered = alwaysOrdered.has(source)

  const carry = (bytes: Buffer) => {
    // one byte beyond the limit says that the line was longer
    const room = lineLimitBytes + 1 - carriedBytes
    if (room <= 0 || bytes.length === 0) return
    carried.push(Buffer.from(bytes.subarray(0, room)))
    carriedBytes += Math.min(bytes.length, room)
  }
  const cut = (bytes: Buffer, number: number, last: boolean): Cut => {
    if (source === 'json' && !ordered) ordered = bytes.includes(markBeginning) && bytes.includes(journalMark)
    return { kind: 'records', input, content: { framing: 'lines', bytes, first: number }, ordered, last }
  }
  /** Lies in the same memory again and again, which costs less than ever new one. */
  const taken = (bytes: Buffer): Buffer => {
    const length = carriedBytes + bytes.length
    if (length > memory.length) memory = Buffer.allocUnsafeSlow(length + (length >> 2))
    const whole = memory.subarray(0, length)
    let at = 0
    for (const part of carried) at += part.copy(whole, at)
    bytes.copy(whole, at)
    carried = []
    carriedBytes = 0
    return whole
  }
  /** A comment line of an access log may name the columns of those after it. */
  const mayNameColumns = (bytes: Buffer, start: number, number: number) =>
    bytes[start] === hash || (number === 1 && bytes[start] === 0xef)

  return {
    feed(chunk) {
      const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
      const end = bytes.lastIndexOf(10) + 1
      if (end === 0) {
        carry(bytes)
        return []
      }
      const whole = taken(bytes.subarray(0, end))
      carry(bytes.subarray(end))
      const cuts: Cut[] = []
      let from = 0
      let lines = 0
      for (let start = 0; start < whole.length; ) {
        if (source === 'access' && !ordered) ordered = mayNameColumns(whole, start, first + lines)
        start = whole.indexOf(10, start) + 1
        lines++
        if (lines < mostLines && start < whole.length) continue
        cuts.push(cut(whole.subarray(from, start), first, false))
        first += lines
        from = start
        lines = 0
      }
      return cuts
    },
    end() {
      if (carriedBytes === 0 && !ordered) return []
      const rest = taken(Buffer.alloc(0))
      if (source === 'access' && !ordered) ordered = mayNameColumns(rest, 0, first)
      return [cut(rest, first, true)]
    },
  }
}

function recordCutter(input: CutInput, source: Source): Cutter {
  const text = new StringDecoder('utf8')
  let records: CutRecord[] = []
  let ordered = alwaysOrdered.has(source)
  const splitter = createJsonRecordSplitter({
    record(record, index) {
      if (source === 'json' && !ordered) ordered = record.includes(journalMark)
      records.push({ index, text: record })
    },
    broken: (index, code) => records.push({ index, broken: code }),
  })
  const cuts = (last: boolean): Cut[] => {
    if (records.length === 0 && !(last && ordered)) return []
    const made: Cut = { kind: 'records', input, content: { framing: 'document', records }, ordered, last }
    records = []
    return [made]
  }
  return {
    feed(chunk) {
      splitter.feed(text.write(Buffer.from(chunk)))
      return cuts(false)
    },
    end() {
      splitter.end()
      return cuts(true)
    },
  }
}

function chunkCutter(input: CutInput): Cutter {
  let header: Uint8Array | undefined
  let rest = Buffer.alloc(0)
  const cut = (bytes: Uint8Array, last: boolean): Cut => {
    const content = { framing: 'evtx' as const, bytes, ...(header && { header }) }
    header ??= bytes.slice(0, headerBytes)
    return { kind: 'records', input, content, ordered: false, last }
  }
  return {
    feed(chunk) {
      const bytes = Buffer.concat([rest, chunk])
      const head = header ? 0 : headerBytes
      const whole = bytes.length < head ? 0 : Math.floor((bytes.length - head) / chunkBytes)
      if (whole === 0) {
        rest = bytes
        return []
      }
      const end = head + whole * chunkBytes
      rest = Buffer.from(bytes.subarray(end))
      return [cut(new Uint8Array(bytes.subarray(0, end)), false)]
    },
    // what ends within a chunk or header is told by the reader
    end: () => (rest.length === 0 && header ? [] : [cut(new Uint8Array(rest), true)]),
  }
}
