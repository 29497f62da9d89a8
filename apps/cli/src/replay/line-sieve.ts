/** Lines of flat Windows records → the rules that hold, without decoding those that surely could be decoded. */
import type { Detector } from '@rampart/detection'
import { computerId, plainWindowsLine, recordedAsset, type SpendLines } from '@rampart/sensor/recorded'
import { type CompiledRule, type LineMatch, windowsRouteOf } from '@rampart/sigma'

/** What becomes of the lines that the sieve takes. */
export interface SieveSink {
  /** The event of a line, in place of the event itself: no rule holds for it, or those of the next call. */
  pass(assetId: string, at: number): void
  /** Rules that hold for the line, in the order they were loaded; false leaves the line to the decoder, with them. */
  hold(hits: readonly CompiledRule[], record: number): boolean
}

/** The matcher learns from so many pieces of the input before it looks at them. */
const taughtPieces = 4

/** UTF-8 bytes as text. */
export function decodeText(bytes: Uint8Array, start: number, end: number, isAscii: boolean): string {
  const slice = isAscii ? Buffer.prototype.latin1Slice : Buffer.prototype.utf8Slice
  return slice.call(bytes, start, end)
}

/** A function that takes the lines it is sure about. Undefined when the rules need every event. */
export function createLineSieve(detector: Detector, sink: SieveSink): SpendLines | undefined {
  const matcher = detector.lineMatcher({ route: windowsRouteOf, demands: plainWindowsLine, decode: decodeText })
  if (!matcher) return undefined
  const pass = (from: number, to: number) => {
    for (let line = from; line < to; line++) {
      const computer = matcher.nameOf(line)
      sink.pass(computer === undefined ? recordedAsset.id : computerId(computer), matcher.timeOf(line))
    }
  }
  let taught = 0
  let latest: Buffer | undefined
  return (bytes, start, end, first, leave) => {
    if (latest !== bytes && taught < taughtPieces) {
      taught++
      matcher.teach(bytes)
    }
    latest = bytes
    const found = (outcome: LineMatch | 'malformed', from: number, to: number, line: number) => {
      if (outcome === 'malformed' || !sink.hold(outcome.hits, first + line)) leave(from, to, first + line)
      else pass(matcher.latestPassed, matcher.latestPassed + 1)
    }
    return matcher.matchLines(bytes, start, end, found, pass)
  }
}
