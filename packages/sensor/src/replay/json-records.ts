/**
 * JSON text → its records, one at a time, without holding the document. A record is an object of a top-level array, of
 * the array under a known wrapper key (`Records`, `items`, …), or a top-level object itself (concatenated, pretty-printed).
 */

/** Keys whose top-level array holds the records: CloudTrail files, Kubernetes EventList, exports of log services. */
export const wrapperKeys: ReadonlySet<string> = new Set(['Records', 'items', 'Items', 'Events', 'logEvents'])

/** Longest record kept, in UTF-16 units. */
export const recordLimit = 4_194_304

export interface JsonRecordSplitter {
  feed(text: string): void
  end(): void
}

export interface JsonRecordSink {
  record(text: string, index: number): void
  broken(index: number, code: 'replay.record-too-long' | 'replay.truncated-json' | 'decode.not-an-object'): void
}

/**
 * Feeds on text in pieces of any size. `index` counts from 0 in the array (or among the top-level objects). A newline
 * inside a string cannot be JSON, so it is taken as the end of a broken value, and reading goes on at depth 0.
 */
export function createJsonRecordSplitter(sink: JsonRecordSink, limit = recordLimit): JsonRecordSplitter {
  let depth = 0
  /** Depth at which records begin: 0 at top level, 1 in an array, 2 under a wrapper key. */
  let recordDepth = 0
  let index = 0
  let inString = false
  let escaped = false
  let pieces: string[] = []
  let kept = 0
  let inRecord = false
  let tooLong = false
  let otherElement = false
  /** Last string at depth 1 of a top-level object, while it may be a wrapper key. */
  let key = ''
  let keyOpen = false
  let afterKey = false

  const keep = (text: string) => {
    if (tooLong) return
    kept += text.length
    if (kept > limit) {
      tooLong = true
      pieces = []
    } else pieces.push(text)
  }
  const drop = () => {
    pieces = []
    kept = 0
    inRecord = false
    tooLong = false
  }
  const finish = () => {
    if (tooLong) sink.broken(index, 'replay.record-too-long')
    else sink.record(pieces.join(''), index)
    drop()
  }
  const reset = () => {
    if (inRecord) sink.broken(index, 'replay.truncated-json')
    drop()
    depth = 0
    recordDepth = 0
    inString = false
    escaped = false
    afterKey = false
    index++
  }

  return {
    feed(text) {
      let start = 0
      for (let at = 0; at < text.length; at++) {
        const code = text.charCodeAt(at)
        if (inString) {
          if (code === 10) {
            reset()
            start = at + 1
          } else if (escaped) escaped = false
          else if (code === 92) escaped = true
          else if (code === 34) {
            inString = false
            keyOpen = false
          } else if (keyOpen && key.length < 16) key += text[at]
          continue
        }
        if (code === 34) {
          inString = true
          if (depth === 1 && recordDepth === 0) {
            keyOpen = true
            key = ''
          } else if (!inRecord && depth === recordDepth) otherElement = true
        } else if (code === 58) afterKey = depth === 1 && recordDepth === 0
        else if (code === 123 || code === 91) {
          if (code === 91 && !inRecord && depth === 0) {
            recordDepth = 1
            index = 0
          } else if (code === 91 && afterKey && inRecord && depth === 1 && wrapperKeys.has(key)) {
            drop()
            recordDepth = 2
            index = 0
          } else if (!inRecord && depth === recordDepth) {
            if (code === 123) {
              inRecord = true
              start = at
            } else otherElement = true
          }
          afterKey = false
          depth++
        } else if (code === 125 || code === 93) {
          if (depth > 0) depth--
          if (inRecord && depth === recordDepth) {
            keep(text.slice(start, at + 1))
            finish()
            if (recordDepth === 0) index++
          } else if (!inRecord && depth < recordDepth) {
            if (otherElement) sink.broken(index, 'decode.not-an-object')
            otherElement = false
            if (depth === 0) recordDepth = 0
            else recordDepth = Number.POSITIVE_INFINITY
          }
        } else if (code === 44) {
          afterKey = false
          if (!inRecord && depth === recordDepth && depth > 0) {
            if (otherElement) sink.broken(index, 'decode.not-an-object')
            otherElement = false
            index++
          }
        } else if (code > 32 && !inRecord && depth === recordDepth && depth > 0) otherElement = true
      }
      if (inRecord) keep(text.slice(start))
    },
    end() {
      if (inRecord || depth > 0) sink.broken(index, 'replay.truncated-json')
      drop()
    },
  }
}
