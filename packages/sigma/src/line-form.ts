// A text in, how it stands in a line of NDJSON out.
import { utf8 } from './encode.ts'
import { isAscii } from './gram.ts'

/** How a text stands inside a line that needs no decoding: only backslash and quote are escaped. */
export function lineForm(text: string): string {
  return text.includes('\\') || text.includes('"') ? text.replace(/[\\"]/g, '\\$&') : text
}

/**
 * Whether a text can be looked for by its bytes in UTF-8: it is ASCII, or what is beyond has no case, is made of nothing else
 * by folding (the dot of a dotted I is) and stands for nothing that could not be decoded.
 */
export function isFindable(text: string): boolean {
  if (isAscii(text)) return true
  for (let index = 0; index < text.length; index++) {
    const code = text.codePointAt(index) ?? 0
    if (code > 0xffff) index++
    if (code < 0x80 || isPictogram(code)) continue
    if (code >= 0xd800 && code <= 0xdfff) return false
    const character = String.fromCodePoint(code)
    if (character.toLowerCase() !== character || character.toUpperCase() !== character) return false
    if ('\u0307\ufffd\ufeff'.includes(character)) return false
  }
  return true
}

/** Of these there are thousands in rules: emoji, and what joins them. They have no case. */
function isPictogram(code: number): boolean {
  return code === 0x200d || code === 0xfe0f || (code >= 0x1_f000 && code < 0x1_fc00)
}

/** How a text stands in a line that needs no decoding, a character for each byte. */
export function byteForm(text: string): string {
  const form = lineForm(text)
  return isAscii(form) ? form : Array.from(utf8(form), (byte) => String.fromCharCode(byte)).join('')
}
