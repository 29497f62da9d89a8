/** Parts of DNS conversations over TCP in, messages out. RFC 1035 section 4.2.2: a length of two bytes before each message. */

/** One end of a conversation, as far as it was not told yet. */
interface Direction {
  held: Buffer
  /** Bytes of a message that was told without them. */
  skip: number
  /** Where messages begin is not known any more. */
  lost: boolean
  at: number
}

const directionsLimit = 512
/** A message of which more is wanted is told as far as it came. */
const heldLimit = 8192
/** A port is another conversation's after so long. */
const idleMs = 30_000
const headerBytes = 12

export interface DnsStreams {
  /**
   * `key` names conversation and direction. `captured` is the beginning of `total` bytes that went over. Messages that are cut
   * end early, as those in the kernel's records do.
   */
  take(key: string, captured: Buffer, total: number, atMs: number): Buffer[]
}

export function dnsStreams(): DnsStreams {
  const directions = new Map<string, Direction>()
  const open = (key: string, at: number): Direction => {
    let one = directions.get(key)
    directions.delete(key)
    if (!one || at - one.at > idleMs) one = { held: Buffer.alloc(0), skip: 0, lost: false, at }
    one.at = at
    directions.set(key, one)
    const [oldest] = directions.keys()
    if (directions.size > directionsLimit && oldest !== undefined) directions.delete(oldest)
    return one
  }
  return {
    take(key, captured, total, atMs) {
      const one = open(key, atMs)
      if (one.lost) return []
      const skipped = Math.min(one.skip, total)
      one.skip -= skipped
      let missing = Math.max(0, total - Math.max(skipped, captured.length))
      one.held = Buffer.concat([one.held, captured.subarray(skipped)])
      const messages: Buffer[] = []
      while (one.held.length >= 2) {
        const end = 2 + one.held.readUInt16BE(0)
        if (one.held.length < end && missing === 0 && one.held.length <= heldLimit) return messages
        const message = one.held.subarray(2, end)
        if (message.length >= headerBytes) messages.push(Buffer.from(message))
        const rest = Math.max(0, end - one.held.length)
        one.held = one.held.subarray(end)
        one.skip = Math.max(0, rest - missing)
        missing = Math.max(0, missing - rest)
      }
      // What was not captured goes on somewhere in the middle of a message.
      if (missing > 0) one.lost = true
      return messages
    },
  }
}
