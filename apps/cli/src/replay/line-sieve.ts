/** Lines of flat Windows records → the rules that hold, without decoding those that surely could be decoded. */
import type { Detector } from '@rampart/detection'
import { isPlainWindowsRecord } from '@rampart/sensor'
import { windowsRouteOf } from '@rampart/sigma'

/** Lines longer than this, in UTF-16 units, are left to the decoder. */
const maxCharacters = 65_536
const oddName = /""\s*:|__proto__/

/** Ids of the rules that hold for a line, in the order they were loaded. */
export type SievedLine = readonly string[]

/**
 * A function that finds the rules that hold for a line which surely is a record that can be decoded; true: none. False
 * leaves it open. Undefined when the rules need every event, as correlations do.
 */
export function createLineSieve(detector: Detector): ((line: string) => boolean | SievedLine) | undefined {
  let plain = true
  const matcher = detector.lineMatcher({
    route: windowsRouteOf,
    accepts(read) {
      plain = isPlainWindowsRecord(read)
      return plain
    },
    decode: (bytes, start, end, isAscii) =>
      isAscii
        ? Buffer.prototype.latin1Slice.call(bytes, start, end)
        : Buffer.prototype.utf8Slice.call(bytes, start, end),
  })
  if (!matcher) return undefined
  const bytes = Buffer.alloc(maxCharacters * 3)
  return (line) => {
    // decoding leaves out nulls and two names; the matcher would see them
    if (line.length > maxCharacters || line.includes('null') || oddName.test(line)) return false
    const { parsed } = matcher.stats
    plain = false
    const outcome = matcher.match(bytes, 0, bytes.write(line))
    // a parsed line has another shape, or teaches the matcher; the decoder judges it
    if (!plain || matcher.stats.parsed !== parsed || outcome === 'malformed') return false
    return outcome === 'none' ? true : outcome.rules.map(({ id }) => id)
  }
}
