/** Hostile text → the same text with every character shown that would otherwise move, hide, reorder or imitate. */

export interface TextPiece {
  text: string
  /** Set for a character that is named instead of shown; `text` is its name then. */
  codePoint?: string
}

/**
 * Controls (C0, C1, and with them every escape sequence of a terminal), formatting characters (bidirectional controls,
 * zero-width ones, tags), line and paragraph separators, spaces other than U+0020, what is drawn as nothing, lone
 * surrogates, private use and noncharacters. U+FFFD is a visible character and stays.
 */
const hidden =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}\u2800\ufffc]|(?! )\p{Zs}/gu

const short: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\u0000': '\\0', '\u001b': '\\e' }

/** Splits text at its hidden characters. With `lines`, line feeds and tabs stay as they are. */
export function visiblePieces(text: string, lines = false): TextPiece[] {
  const pieces: TextPiece[] = []
  let last = 0
  for (const match of text.matchAll(hidden)) {
    const character = match[0]
    if (lines && (character === '\n' || character === '\t')) continue
    if (match.index > last) pieces.push({ text: text.slice(last, match.index) })
    const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')
    pieces.push({ text: short[character] ?? `U+${code}`, codePoint: `U+${code}` })
    last = match.index + character.length
  }
  if (last < text.length) pieces.push({ text: text.slice(last) })
  return pieces
}

/**
 * The same as one string for titles, terminals and messages: a hidden character stands as `[U+202E]` or `[\n]`.
 * Of longer text the first `limit` UTF-16 units are taken, never half a character, and `…` says so.
 */
export function visibleText(text: string, limit = Number.POSITIVE_INFINITY): string {
  return written(visiblePieces(cut(text, limit)))
}

/** The same for text of several lines that shall stay so. */
export function visibleLines(text: string, limit = Number.POSITIVE_INFINITY): string {
  return written(visiblePieces(cut(text, limit), true))
}

/** The value as JSON in one line, its hidden characters escaped: the same value to a reader, and harmless on a terminal. */
export function visibleJson(value: unknown): string {
  return JSON.stringify(value).replace(hidden, (character) => {
    let escaped = ''
    for (let index = 0; index < character.length; index++)
      escaped += `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`
    return escaped
  })
}

const written = (pieces: TextPiece[]) => pieces.map(({ text, codePoint }) => (codePoint ? `[${text}]` : text)).join('')

function cut(text: string, limit: number): string {
  if (text.length <= limit) return text
  const last = text.charCodeAt(limit - 1)
  return `${text.slice(0, last >= 0xd800 && last < 0xdc00 ? limit - 1 : limit)}…`
}
