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
  for (const character of text) {
    if (character < '\u0080' || isPictogram(character)) continue
    if (character.toLowerCase() !== character || character.toUpperCase() !== character) return false
    if ('\u0307\ufffd\ufeff'.includes(character) || /^[\ud800-\udfff]$/.test(character)) return false
  }
  return true
}

/** Of these there are thousands in rules. */
function isPictogram(character: string): boolean {
  return character === '\u200d' || character === '\ufe0f' || (character >= '\ud83c\udc00' && character < '\ud83f')
}

/** How a text stands in a line that needs no decoding, a character for each byte. */
export function byteForm(text: string): string {
  const form = lineForm(text)
  return isAscii(form) ? form : Array.from(utf8(form), (byte) => String.fromCharCode(byte)).join('')
}
