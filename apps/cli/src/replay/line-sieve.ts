/** Lines of flat Windows records → the rules that hold, without decoding those that surely could be decoded. */
import type { Detector } from '@rampart/detection'
import { type PlainWindowsRecord, plainWindowsRecord, recordedAsset, type SpendLine } from '@rampart/sensor'
import { windowsRouteOf } from '@rampart/sigma'

/** What becomes of the lines that the sieve takes. */
export interface SieveSink {
  /** The event of a line, in place of the event itself: no rule holds for it, or those of the next call. */
  pass(assetId: string, at: number): void
  /** Rules that hold for the line, in the order they were loaded; false leaves the line to the decoder. */
  hold(ids: readonly string[], record: number): boolean
}

const nullText = Buffer.from('null')

/** A function that takes the lines it is sure about. Undefined when the rules need every event. */
export function createLineSieve(detector: Detector, sink: SieveSink): SpendLine | undefined {
  let plain: PlainWindowsRecord | undefined
  const matcher = detector.lineMatcher({
    route: windowsRouteOf,
    accepts(read) {
      plain = plainWindowsRecord(read)
      return plain !== undefined
    },
    decode: (bytes, start, end, isAscii) =>
      isAscii
        ? Buffer.prototype.latin1Slice.call(bytes, start, end)
        : Buffer.prototype.utf8Slice.call(bytes, start, end),
  })
  if (!matcher) return undefined
  let searched: Buffer | undefined
  let nextNull = 0
  return (bytes, start, end, record) => {
    // decoding leaves nulls out; the matcher would see them
    if (searched !== bytes || nextNull < start) {
      searched = bytes
      const found = bytes.indexOf(nullText, start)
      nextNull = found < 0 ? bytes.length : found
    }
    if (nextNull < end) return false
    const { parsed } = matcher.stats
    plain = undefined
    const outcome = matcher.match(bytes, start, end)
    // a parsed line has another shape, or teaches the matcher; the decoder judges it
    if (plain === undefined || matcher.stats.parsed !== parsed || outcome === 'malformed') return false
    if (outcome !== 'none') {
      if (!detector.isSettled(outcome.hits)) return false
      if (outcome.rules.length > 0) {
        const ids = outcome.rules.map(({ id }) => id)
        if (!sink.hold(ids, record)) return false
      }
    }
    const { assetId, at }: PlainWindowsRecord = plain
    sink.pass(assetId ?? recordedAsset.id, at)
    return true
  }
}
