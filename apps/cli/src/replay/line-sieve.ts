/** Lines of flat Windows records → the rules that hold, without decoding those that surely could be decoded. */
import type { Detector } from '@rampart/detection'
import { type PlainWindowsRecord, plainWindowsRecord, recordedAsset, type SpendLine } from '@rampart/sensor'
import { type CompiledRule, windowsRouteOf } from '@rampart/sigma'

/** What becomes of the lines that the sieve takes. */
export interface SieveSink {
  /** The event of a line, in place of the event itself: no rule holds for it, or those of the next call. */
  pass(assetId: string, at: number): void
  /** Rules that hold for the line, in the order they were loaded; false leaves the line to the decoder, with them. */
  hold(hits: readonly CompiledRule[], record: number): boolean
}

/** The matcher learns from so many pieces of the input before it looks at them. */
const taughtPieces = 4

const nullText = Buffer.from('null')

/** UTF-8 bytes as text. */
export function decodeText(bytes: Uint8Array, start: number, end: number, isAscii: boolean): string {
  const slice = isAscii ? Buffer.prototype.latin1Slice : Buffer.prototype.utf8Slice
  return slice.call(bytes, start, end)
}

/** A function that takes the lines it is sure about. Undefined when the rules need every event. */
export function createLineSieve(detector: Detector, sink: SieveSink): SpendLine | undefined {
  let plain: PlainWindowsRecord | undefined
  const matcher = detector.lineMatcher({
    route: windowsRouteOf,
    accepts(read) {
      plain = plainWindowsRecord(read)
      return plain !== undefined
    },
    decode: decodeText,
  })
  if (!matcher) return undefined
  const fields = detector.lineFields()
  let taught = 0
  let searched: Buffer | undefined
  let nextNull = 0
  return (bytes, start, end, record) => {
    if (searched !== bytes && taught < taughtPieces) {
      taught++
      matcher.teach(bytes)
    }
    // decoding leaves nulls out; the matcher would see those of fields that rules look at
    if (searched !== bytes || nextNull < start) {
      searched = bytes
      const found = bytes.indexOf(nullText, start)
      nextNull = found < 0 ? bytes.length : found
    }
    for (let at = nextNull; at < end; ) {
      if (fields.has(nameBefore(bytes, start, at))) return false
      const found = bytes.indexOf(nullText, at + 1)
      at = found < 0 ? bytes.length : found
      nextNull = at
    }
    const { nested } = matcher.stats
    plain = undefined
    const outcome = matcher.match(bytes, start, end)
    // what is not flat becomes fields in ways that the decoder knows
    if (plain === undefined || matcher.stats.nested !== nested || outcome === 'malformed') return false
    if (outcome !== 'none' && !sink.hold(outcome.hits, record)) return false
    const { assetId, at }: PlainWindowsRecord = plain
    sink.pass(assetId ?? recordedAsset.id, at)
    return true
  }
}

const [quote, colon, space] = [34, 58, 32]

/** The name whose value begins at `at`; of what stands within a text some other text that may be no name. */
function nameBefore(bytes: Buffer, start: number, at: number): string {
  const skipped = (from: number) => {
    let end = from
    while (end > start && (bytes[end] ?? 0) <= space) end--
    return end
  }
  const mark = skipped(at - 1)
  const end = bytes[mark] === colon ? skipped(mark - 1) : start
  if (bytes[end] !== quote || end <= start) return ''
  const begin = bytes.lastIndexOf(quote, end - 1)
  return bytes.toString('utf8', Math.max(begin, start) + 1, end)
}
