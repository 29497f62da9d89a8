/** Bytes → is this plain, bounded msgpack? Walks the structure without building anything. */

/** Deepest nesting of maps and arrays that is accepted. */
const depthMax = 40

export type MsgpackIssue =
  | 'msgpack.truncated'
  | 'msgpack.too-deep'
  | 'msgpack.extension'
  | 'msgpack.bad-key'
  | 'msgpack.trailing-bytes'

/**
 * Accepts nil, booleans, numbers, strings, binary, arrays and maps; of the extensions only msgpackr's `undefined`
 * (fixext 1 of type 0). Keys of maps are single values: of others the decoder throws. A head that promises more elements than bytes remain is `truncated`, so what a decoder
 * allocates is bounded by the size of the input. Linear time. Returns null when the bytes are fine.
 */
export function checkMsgpack(bytes: Uint8Array): MsgpackIssue | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const end = bytes.length
  // How many values are still to come at each level of nesting.
  const open: number[] = [1]
  // Of these an even number is to come before a key.
  const isMap: boolean[] = [false]
  let at = 0
  while (open.length > 0) {
    const level = open.length - 1
    const left = open[level] ?? 0
    if (left === 0) {
      open.pop()
      isMap.pop()
      continue
    }
    open[level] = left - 1
    if (at >= end) return 'msgpack.truncated'
    const head = bytes[at] ?? 0
    at++
    const isKey = isMap[level] === true && left % 2 === 0
    let children = 0
    let maps = false
    if (head <= 0x7f || head >= 0xe0 || head === 0xc0 || head === 0xc2 || head === 0xc3) continue
    if (isKey && (head <= 0x9f || (head >= 0xc4 && head <= 0xc6) || head >= 0xdc)) return 'msgpack.bad-key'
    if (head <= 0x8f) {
      children = 2 * (head & 15)
      maps = true
    } else if (head <= 0x9f) children = head & 15
    else if (head <= 0xbf) at += head & 31
    else {
      const shape = shapes[head]
      if (!shape) return 'msgpack.extension'
      const [lengthBytes, kind] = shape
      if (at + lengthBytes > end) return 'msgpack.truncated'
      if (kind === 'fixed') at += lengthBytes
      else if (kind === 'undefined') {
        if (bytes[at] !== 0 || bytes[at + 1] !== 0) return 'msgpack.extension'
        at += lengthBytes
      } else {
        const length =
          lengthBytes === 1 ? view.getUint8(at) : lengthBytes === 2 ? view.getUint16(at) : view.getUint32(at)
        at += lengthBytes
        if (kind === 'bytes') at += length
        else {
          maps = kind === 'map'
          children = maps ? 2 * length : length
        }
      }
    }
    if (at > end || children > end - at) return 'msgpack.truncated'
    if (children === 0) continue
    if (open.length >= depthMax) return 'msgpack.too-deep'
    open.push(children)
    isMap.push(maps)
  }
  return at === end ? null : 'msgpack.trailing-bytes'
}

/** Heads from 0xc4 on: bytes of the length or the value, and what the length counts. */
const shapes: Record<number, readonly [number, 'bytes' | 'fixed' | 'array' | 'map' | 'undefined']> = {
  196: [1, 'bytes'],
  197: [2, 'bytes'],
  198: [4, 'bytes'],
  202: [4, 'fixed'],
  203: [8, 'fixed'],
  204: [1, 'fixed'],
  205: [2, 'fixed'],
  206: [4, 'fixed'],
  207: [8, 'fixed'],
  208: [1, 'fixed'],
  209: [2, 'fixed'],
  210: [4, 'fixed'],
  211: [8, 'fixed'],
  212: [2, 'undefined'],
  217: [1, 'bytes'],
  218: [2, 'bytes'],
  219: [4, 'bytes'],
  220: [2, 'array'],
  221: [4, 'array'],
  222: [2, 'map'],
  223: [4, 'map'],
}
