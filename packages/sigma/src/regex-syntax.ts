// Single pieces of a regular expression's source in, what they read out; only what re2js accepts is given to it.

export interface Quantifier {
  /** Exactly once, at most once, any number of times, or at least once. */
  kind: 'once' | 'maybe' | 'any' | 'some'
  length: number
}

/** More characters of one class are no list. */
const maxCharacters = 16

const digits = [...'0123456789']
const spaces = [' ', '\t', '\n', '\f', '\r']
const controls: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f', v: '\v', a: '\x07' }

export function readQuantifier(source: string, position: number): Quantifier {
  const found = /^(?:([*+?])|\{(\d+)(,(\d*))?\})[?+]?/.exec(source.slice(position, position + 24))
  if (!found) return { kind: 'once', length: 0 }
  const [{ length }, sign, least, comma, most] = found
  if (sign) return { kind: sign === '?' ? 'maybe' : sign === '*' ? 'any' : 'some', length }
  if (Number(least) > 0)
    return { kind: least === '1' && (comma === undefined || most === '1') ? 'once' : 'some', length }
  return { kind: 'any', length }
}

export interface ReadCharacters {
  length: number
  /** No list: too many, or beyond ASCII, where folding does not know all forms of a character. */
  characters: readonly string[] | undefined
}

/** An escape outside a class; undefined when it is not known. */
export function readEscape(
  source: string,
  position: number,
): ReadCharacters | { length: number; assertion: 'stays' | 'start' | 'end' } | undefined {
  const next = source[position + 1] ?? ''
  if (next === 'b' || next === 'B') return { length: 2, assertion: 'stays' }
  if (next === 'A') return { length: 2, assertion: 'start' }
  if (next === 'z') return { length: 2, assertion: 'end' }
  if (next === 'd') return { length: 2, characters: digits }
  if (next === 's') return { length: 2, characters: spaces }
  if (/[DSwW]/.test(next)) return { length: 2, characters: undefined }
  const property = readProperty(source, position)
  if (property > 0) return { length: property, characters: undefined }
  const found = readCharacter(source, position)
  return found && { length: found.length, characters: found.code > 127 ? undefined : [String.fromCharCode(found.code)] }
}

/** Length of a Unicode property; 0 for none. */
function readProperty(source: string, position: number): number {
  return /^\\[pP](?:\{[^}]*\}|[A-Za-z])/.exec(source.slice(position, position + 64))?.[0].length ?? 0
}

/** A character of a class or an escape of one. */
function readCharacter(source: string, position: number): { code: number; length: number } | undefined {
  const rest = source.slice(position, position + 12)
  if (!rest.startsWith('\\')) {
    const code = rest.codePointAt(0)
    return code === undefined ? undefined : { code, length: code > 0xffff ? 2 : 1 }
  }
  const next = rest[1] ?? ''
  const control = Object.hasOwn(controls, next) ? controls[next] : undefined
  if (control !== undefined) return { code: control.charCodeAt(0), length: 2 }
  const hex = /^\\x(?:([0-9a-fA-F]{2})|\{([0-9a-fA-F]{1,6})\})/.exec(rest)
  if (hex) return { code: Number.parseInt(hex[1] ?? hex[2] ?? '', 16), length: hex[0].length }
  return /^[^a-zA-Z0-9]$/.test(next) && next <= '\x7f' ? { code: next.charCodeAt(0), length: 2 } : undefined
}

/** A class in brackets; undefined when it is not understood. */
export function readClass(source: string, position: number): ReadCharacters | undefined {
  let index = position + 1
  const isNegated = source[index] === '^'
  if (isNegated) index++
  const members = new Set<string>()
  let isList = !isNegated
  for (let first = true; first || source[index] !== ']'; first = false) {
    if (index >= source.length) return undefined
    if (source.startsWith('[:', index)) {
      const end = source.indexOf(':]', index + 2)
      if (end < 0) return undefined
      index = end + 2
      isList = false
      continue
    }
    const named = /^\\[dDsSwWpP]/.exec(source.slice(index, index + 2))?.[0]
    if (named === '\\d' || named === '\\s') {
      for (const each of named === '\\d' ? digits : spaces) members.add(each)
      index += 2
      continue
    }
    if (named) {
      isList = false
      index += readProperty(source, index) || named.length
      continue
    }
    const from = readCharacter(source, index)
    if (!from) return undefined
    index += from.length
    let to = from
    if (source[index] === '-' && source[index + 1] !== ']') {
      const end = readCharacter(source, index + 1)
      if (!end) return undefined
      to = end
      index += 1 + end.length
    }
    if (to.code > 127 || to.code - from.code > maxCharacters) isList = false
    else for (let code = from.code; code <= to.code; code++) members.add(String.fromCharCode(code))
  }
  const isUsed = isList && members.size <= maxCharacters && members.size > 0
  return { length: index + 1 - position, characters: isUsed ? [...members] : undefined }
}
