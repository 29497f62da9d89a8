/** Hostile text → pieces that show every character which would otherwise hide, reorder or imitate. */

export interface TextPiece {
  text: string
  /** Set for a character that is shown by its code point instead of itself. */
  codePoint?: string
}

/**
 * Characters that are shown by name: C0 and C1 controls, bidirectional controls, zero-width and other invisible
 * characters, unusual spaces, lone surrogates, private use. Line feed and tab are named too, unless `lines` is set.
 */
const hidden = new RegExp(
  [
    '[\\u0000-\\u001f\\u007f-\\u00a0\\u00ad\\u061c\\u1680\\u180b-\\u180f\\u2000-\\u200f\\u2028-\\u202f\\u205f-\\u206f]',
    '[\\u034f\\u115f\\u1160\\u17b4\\u17b5\\u3000\\u3164\\ue000-\\uf8ff\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\uffff]',
    '[\\u{e0000}-\\u{e0fff}]',
    '[\\ud800-\\udfff]',
  ].join('|'),
  'gu',
)

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

/** The same as one string, for titles and labels. */
export function visibleText(text: string): string {
  return visiblePieces(text)
    .map((piece) => (piece.codePoint ? `[${piece.text}]` : piece.text))
    .join('')
}
