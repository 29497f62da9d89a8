/** Lines of whole events of our own → the rules that hold, without decoding those that surely would be decoded to what they are. */
import type { Detector } from '@rampart/detection'
import type { SpendLines } from '@rampart/sensor/recorded'
import { createWholeness, shapedFields } from './event-shapes.ts'
import { decodeText, type SieveSink } from './line-sieve.ts'

/** Takes the line from one byte up to another, which has a number; false leaves it. */
type SpendLine = (bytes: Buffer, start: number, end: number, record: number) => boolean

/** Longest line that is looked at. */
const maxSpent = 65_536
const [lineFeed, brace] = [10, 123]
/** Every whole event has this field. */
const schemaName = Buffer.from('"schema"')

/** A function that takes the lines it is sure about. Made when the first line comes that may be one: most input has none. */
export function createEventSieve(detector: Detector, sink: SieveSink): SpendLines {
  let sieve: SpendLine | undefined
  return (bytes, start, end, first, leave) => {
    let record = first
    for (let from = start; from < end; record++) {
      const feed = bytes.indexOf(lineFeed, from)
      const to = feed < 0 || feed > end ? end : feed
      const isShown = bytes[from] === brace && to - from <= maxSpent
      if (!sieve && isShown && bytes.subarray(from, to).includes(schemaName)) sieve = sieveOf(detector, sink)
      if (!isShown || !sieve?.(bytes, from, to, record)) leave(from, to, record)
      from = to + 1
    }
    return record - first
  }
}

function sieveOf(detector: Detector, sink: SieveSink): SpendLine {
  const lines = detector.lines({ decode: decodeText, reads: shapedFields(), seesAll: true })
  const isWhole = createWholeness(lines)
  return (bytes, start, end, record) => {
    const sifted = lines.sift(bytes, start, end)
    if (sifted === 'malformed' || sifted === 'event' || lines.matcher.isParsed || !isWhole()) return false
    if (sifted !== 'pass') {
      // none: a model wants the event itself
      if (sifted.length === 0 || !sink.hold(sifted, record)) return false
    }
    const assetId = lines.matcher.read('asset.id')
    const at = lines.matcher.read('at')
    if (typeof assetId !== 'string' || typeof at !== 'number') return false
    sink.pass(assetId, at)
    return true
  }
}
