/** Lines of whole events of our own → the rules that hold, without decoding those that surely would be decoded to what they are. */
import type { Detector } from '@rampart/detection'
import type { SpendLine } from '@rampart/sensor'
import { createWholeness, shapedFields } from './event-shapes.ts'
import { decodeText, type SieveSink } from './line-sieve.ts'

/** A function that takes the lines it is sure about. Made when the first line comes: most input has none. */
export function createEventSieve(detector: Detector, sink: SieveSink): SpendLine {
  let sieve: SpendLine | undefined
  return (bytes, start, end, record) => {
    sieve ??= sieveOf(detector, sink)
    return sieve(bytes, start, end, record)
  }
}

function sieveOf(detector: Detector, sink: SieveSink): SpendLine {
  const lines = detector.lines({ decode: decodeText, reads: shapedFields, seesAll: true })
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
