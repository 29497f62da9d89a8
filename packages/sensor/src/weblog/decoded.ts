/** A request target as logged → its path, its query and the form that rules match. */

const byteOf = (text: string, at: number) => {
  const high = hexValue(text.charCodeAt(at))
  const low = hexValue(text.charCodeAt(at + 1))
  return high < 0 || low < 0 ? -1 : high * 16 + low
}

function hexValue(code: number): number {
  if (code >= 48 && code <= 57) return code - 48
  if (code >= 97 && code <= 102) return code - 87
  return code >= 65 && code <= 70 ? code - 55 : -1
}

const strict = new TextDecoder('utf-8', { fatal: true })

/** Bytes as UTF-8, or where they are none each byte through `other`. */
function textOf(bytes: number[], other: (byte: number) => string): string {
  // Most sequences are ASCII, for which a decoder costs far more than it does.
  if (bytes.every((byte) => byte < 0x80)) return Buffer.from(bytes).toString('latin1')
  try {
    return strict.decode(Uint8Array.from(bytes))
  } catch {
    return bytes.map((byte) => (byte < 0x80 ? String.fromCharCode(byte) : other(byte))).join('')
  }
}

/**
 * Percent-decodes once. Sequences that are not UTF-8 stay as they are (so that an overlong `%c0%af` can be matched);
 * `%uXXXX` of old IIS is understood. Linear; never throws.
 */
export function percentDecode(text: string): string {
  let at = text.indexOf('%')
  if (at < 0) return text
  let out = ''
  let copied = 0
  while (at >= 0 && at < text.length) {
    let next = at + 1
    let piece: string | undefined
    if (text[next] === 'u' || text[next] === 'U') {
      const high = byteOf(text, next + 1)
      const low = byteOf(text, next + 3)
      if (high >= 0 && low >= 0) {
        piece = String.fromCharCode(high * 256 + low)
        next = at + 6
      }
    } else {
      const bytes: number[] = []
      for (next = at; text.charCodeAt(next) === 37; next += 3) {
        const byte = byteOf(text, next + 1)
        if (byte < 0) break
        bytes.push(byte)
      }
      if (bytes.length > 0) piece = textOf(bytes, (byte) => `%${byte.toString(16)}`)
    }
    if (piece === undefined) next = at + 1
    else {
      out += text.slice(copied, at) + piece
      copied = next
    }
    at = text.indexOf('%', next)
  }
  return out + text.slice(copied)
}

/** Splits a target at its first `?`; the path is decoded once, the query is left as logged. */
export function splitTarget(url: string): { path: string; query: string; decoded: string } {
  const mark = url.indexOf('?')
  const path = percentDecode(mark < 0 ? url : url.slice(0, mark))
  let decoded = url.replaceAll('+', ' ')
  for (let round = 0; round < 3; round++) {
    const again = percentDecode(decoded)
    if (again === decoded) break
    decoded = again
  }
  return { path, query: mark < 0 ? '' : url.slice(mark + 1), decoded: decoded.toLowerCase() }
}

/** Takes back the escapes that Apache and nginx put into quoted fields: `\"`, `\\`, `\n`, `\r`, `\t`, `\xHH`. */
export function unescapeQuoted(text: string): string {
  let at = text.indexOf('\\')
  if (at < 0) return text
  let out = ''
  let copied = 0
  while (at >= 0) {
    let next = at + 2
    let piece: string | undefined
    const kind = text[at + 1]
    if (kind === 'x') {
      const bytes: number[] = []
      for (next = at; text[next] === '\\' && text[next + 1] === 'x'; next += 4) {
        const byte = byteOf(text, next + 2)
        if (byte < 0) break
        bytes.push(byte)
      }
      if (bytes.length > 0) piece = textOf(bytes, (byte) => String.fromCharCode(byte))
    } else if (kind === 'n') piece = '\n'
    else if (kind === 'r') piece = '\r'
    else if (kind === 't') piece = '\t'
    else if (kind === '"' || kind === '\\') piece = kind
    if (piece === undefined) next = Math.max(next === at ? at + 2 : next, at + 1)
    else {
      out += text.slice(copied, at) + piece
      copied = next
    }
    at = text.indexOf('\\', next)
  }
  return out + text.slice(copied)
}
