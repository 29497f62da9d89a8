/** Bytes → lines, with bounded memory: a line over the limit is cut and flagged, the rest of it is passed over. */

/** Longest line kept, in bytes. */
export const lineLimitBytes = 1_048_576

export interface LineSplitter {
  feed(chunk: Uint8Array): void
  /** Hands out the last line when the input did not end with a newline. */
  end(): void
}

/**
 * Calls `take` with every line, its 1-based number and whether it was cut. Lines end with `\n`, an `\r` before it is
 * dropped; bytes that are not UTF-8 become U+FFFD; a byte order mark at the very beginning is dropped. `first` numbers the
 * first line, for a part of an input.
 */
export function createLineSplitter(
  take: (text: string, number: number, truncated: boolean) => void,
  limit = lineLimitBytes,
  first = 1,
): LineSplitter {
  let carried: Buffer[] = []
  let carriedBytes = 0
  let cut = false
  let number = first - 1

  const hand = (text: string, truncated: boolean) => {
    number++
    let line = text.endsWith('\r') ? text.slice(0, -1) : text
    if (number === 1 && line.charCodeAt(0) === 0xfeff) line = line.slice(1)
    take(line, number, truncated)
  }
  const carry = (bytes: Buffer) => {
    const room = limit - carriedBytes
    if (bytes.length > room) cut = true
    if (room <= 0 || bytes.length === 0) return
    // A copy, because the caller may reuse its chunk.
    carried.push(Buffer.from(bytes.subarray(0, room)))
    carriedBytes += Math.min(bytes.length, room)
  }
  const handCarried = () => {
    const text = Buffer.concat(carried).toString('utf8')
    const wasCut = cut
    carried = []
    carriedBytes = 0
    cut = false
    hand(text, wasCut)
  }

  return {
    feed(chunk) {
      const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
      let from = bytes.indexOf(10)
      if (from < 0) return carry(bytes)
      let start = 0
      if (carriedBytes > 0 || cut) {
        carry(bytes.subarray(0, from))
        handCarried()
        start = from + 1
      }
      const last = bytes.lastIndexOf(10)
      if (last >= start) {
        if (last - start <= limit) {
          for (const text of bytes.toString('utf8', start, last).split('\n')) hand(text, false)
        } else {
          for (from = bytes.indexOf(10, start); from >= 0; from = bytes.indexOf(10, start)) {
            carry(bytes.subarray(start, from))
            handCarried()
            start = from + 1
          }
        }
      }
      carry(bytes.subarray(last + 1))
    },
    end() {
      if (carriedBytes > 0 || cut) handCarried()
    },
  }
}
