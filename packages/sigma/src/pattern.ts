// A Sigma string value: text with wildcards in, parts out; and the match of parts against a text.

/** `*`: any run of characters, also none, also line breaks. */
export const star = 0
/** `?`: exactly one character (a code point). */
export const one = 1
/** One of the five dashes of the windash modifier. */
export const dash = 2

/** A piece of a pattern: literal text or one of the wildcards above. */
export type Part = string | typeof star | typeof one | typeof dash

export const dashes = '-/\u2013\u2014\u2015'

/**
 * Reads a string value by Sigma's escapes: `\*`, `\?` and `\\` are the plain character, a bare `*` or `?` is a wildcard,
 * any other backslash stands for itself.
 */
export function parsePattern(value: string): Part[] {
  const parts: Part[] = []
  let text = ''
  for (let index = 0; index < value.length; index++) {
    const character = value[index]
    if (character === '\\') {
      const next = value[index + 1]
      if (next === '*' || next === '?' || next === '\\') {
        text += next
        index++
      } else text += '\\'
    } else if (character === '*' || character === '?') {
      if (text) parts.push(text)
      text = ''
      parts.push(character === '*' ? star : one)
    } else text += character
  }
  if (text) parts.push(text)
  return parts
}

/** Joins neighbouring texts and drops a star that follows a star. */
export function normalise(parts: readonly Part[]): Part[] {
  const result: Part[] = []
  for (const part of parts) {
    const last = result[result.length - 1]
    if (part === '' || (part === star && last === star)) continue
    if (typeof part === 'string' && typeof last === 'string') result[result.length - 1] = last + part
    else result.push(part)
  }
  return result
}

/** Characters compared without case: lower case, with the final sigma as the ordinary one. */
export function fold(text: string): string {
  const lower = text.toLowerCase()
  return lower.includes('\u03c2') ? lower.replaceAll('\u03c2', '\u03c3') : lower
}

const wordBefore = /[\p{L}\p{N}_]$/u
const wordAfter = /^[\p{L}\p{N}_]/u

/** The windash modifier: a dash before a word and not after one may be any of the five dashes. */
export function withAnyDash(parts: readonly Part[]): Part[] {
  const result: Part[] = []
  for (const part of parts) {
    if (typeof part !== 'string') {
      result.push(part)
      continue
    }
    let text = ''
    for (let index = 0; index < part.length; index++) {
      const character = part.charAt(index)
      const isFlag =
        dashes.includes(character) && !wordBefore.test(part.slice(0, index)) && wordAfter.test(part.slice(index + 1))
      if (isFlag) {
        result.push(text, dash)
        text = ''
      } else text += character
    }
    result.push(text)
  }
  return normalise(result)
}

/**
 * Whether the parts match the whole text. Each run between stars is placed at its first possible position, which is
 * exact; the cost is at most text length times pattern length.
 */
export function matchesPattern(parts: readonly Part[], text: string): boolean {
  const lastStar = parts.lastIndexOf(star)
  if (lastStar < 0) return matchRun(parts, 0, parts.length, text, 0) === text.length
  let from = 0
  let position = 0
  const firstStar = parts.indexOf(star)
  if (firstStar > 0) {
    position = matchRun(parts, 0, firstStar, text, 0)
    if (position < 0) return false
  }
  from = firstStar + 1
  while (from <= lastStar) {
    const to = parts.indexOf(star, from)
    position = findRun(parts, from, to, text, position)
    if (position < 0) return false
    from = to + 1
  }
  return from === parts.length || endsWithRun(parts, from, text, position)
}

/** End of parts[from..to) matched exactly at `position`, or -1. */
function matchRun(parts: readonly Part[], from: number, to: number, text: string, position: number): number {
  let at = position
  for (let index = from; index < to; index++) {
    const part = parts[index]
    if (typeof part === 'string') {
      if (!text.startsWith(part, at)) return -1
      at += part.length
    } else {
      if (at >= text.length) return -1
      if (part === dash) {
        if (!dashes.includes(text.charAt(at))) return -1
        at++
      } else at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1
    }
  }
  return at
}

/** End of the first match of parts[from..to) at or after `position`, or -1. */
function findRun(parts: readonly Part[], from: number, to: number, text: string, position: number): number {
  if (from === to) return position
  const first = parts[from]
  for (let at = position; at <= text.length; at++) {
    if (typeof first === 'string') {
      at = text.indexOf(first, at)
      if (at < 0) return -1
    }
    const end = matchRun(parts, from, to, text, at)
    if (end >= 0) return end
  }
  return -1
}

/** Whether parts[from..) match at the end of the text, not before `position`. */
function endsWithRun(parts: readonly Part[], from: number, text: string, position: number): boolean {
  let at = text.length
  for (let index = parts.length - 1; index >= from; index--) {
    const part = parts[index]
    if (typeof part === 'string') {
      at -= part.length
      if (at < position || !text.startsWith(part, at)) return false
    } else if (part === dash) {
      at--
      if (at < position || !dashes.includes(text.charAt(at))) return false
    } else {
      const low = text.charCodeAt(at - 1)
      const high = text.charCodeAt(at - 2)
      const isPair = at - 2 >= position && low >= 0xdc00 && low <= 0xdfff && high >= 0xd800 && high <= 0xdbff
      at -= isPair ? 2 : 1
      if (at < position) return false
    }
  }
  return at >= position
}
