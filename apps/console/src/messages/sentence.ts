/**
 * A sentence of the server or an agent → the same in another language. A catalogue has the sentence as it is written
 * there, with `{{name}}` for what is filled in; `{{+name}}` is filled in with words of ours, which are translated too.
 * Whatever the catalogue lacks stays as it is. Time is linear in the length of the text.
 */

export interface Template {
  /** What stands between the slots; the first at the beginning, the last at the end. */
  pieces: readonly string[]
  slots: readonly string[]
  said: string
}
export type Catalogue = readonly Template[]

const slot = /\{\{(\+?\w+)\}\}/g
/** Slots that only a number fills. */
const counts = new Set(['count', 'days', 'inode', 'line', 'pid', 'place', 'seconds', 'size'])
const number = /^\d{1,20}$/
/** Nesting of `+` slots that is followed. */
const deepest = 4
/** Sentences of one text that are looked at one by one. */
const sentencesMax = 12

/** Those that say most come first. */
export function readCatalogue(...files: Record<string, string>[]): Catalogue {
  const weight = ({ pieces }: Template) => pieces.join('').length
  return files
    .flatMap((file) => Object.entries(file))
    .map(([text, said]) => ({
      pieces: text.split(/\{\{\+?\w+\}\}/),
      slots: [...text.matchAll(slot)].map(([, name = '']) => name),
      said,
    }))
    .sort((one, other) => weight(other) - weight(one))
}

export function translate(text: string, catalogue: Catalogue): string {
  return translated(text, catalogue, 0) ?? text
}

/** Undefined when not all of it is known. */
function translated(text: string, catalogue: Catalogue, depth: number): string | undefined {
  return (
    whole(text, catalogue, depth) ??
    listed(text, catalogue, depth) ??
    (depth === 0 ? oneByOne(text, catalogue) : undefined)
  )
}

function whole(text: string, catalogue: Catalogue, depth: number): string | undefined {
  for (const { pieces, slots, said } of catalogue) {
    const values = valuesOf(text, pieces)
    if (values === undefined || slots.some((name, at) => counts.has(name) && !number.test(values[at] ?? ''))) continue
    return said.replace(slot, (_slot, name: string) => {
      const value = values[slots.indexOf(name)] ?? ''
      if (!name.startsWith('+') || depth >= deepest) return value
      return translated(value.trim(), catalogue, depth + 1) ?? value
    })
  }
  return undefined
}

/** What stands in the slots, or undefined when the text is another one. */
function valuesOf(text: string, pieces: readonly string[]): string[] | undefined {
  const [first = '', ...rest] = pieces
  const last = rest.pop()
  if (last === undefined) return text === first ? [] : undefined
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return undefined
  const values: string[] = []
  const end = text.length - last.length
  let at = first.length
  for (const piece of rest) {
    const found = text.indexOf(piece, at)
    if (found < 0 || found + piece.length > end) return undefined
    values.push(text.slice(at, found))
    at = found + piece.length
  }
  values.push(text.slice(at, end))
  return values
}

/** Several reasons in one, with a semicolon or commas between them; the first may have a capital and the last a full stop. */
function listed(text: string, catalogue: Catalogue, depth: number): string | undefined {
  if (depth > 2) return undefined
  const plain = `${text.charAt(0).toLowerCase()}${text.slice(1)}`.replace(/\.$/, '')
  for (const [between, with_] of [
    ['; ', '；'],
    [', ', '、'],
  ] as const) {
    const parts = plain.split(between)
    if (parts.length > sentencesMax) continue
    const said = parts.map((part) => whole(part, catalogue, depth + 1))
    if (said.every((part) => part !== undefined)) return `${said.join(with_)}${text.endsWith('.') ? '。' : ''}`
  }
  return undefined
}

/** Several sentences in one text; those that are not known stay as they are. */
function oneByOne(text: string, catalogue: Catalogue): string | undefined {
  const found: string[] = []
  let at = 0
  let known = false
  const ends = [...text.matchAll(/[.。] /g)].slice(0, sentencesMax).map(({ index }) => index + 1)
  while (at < text.length) {
    const rest = text.slice(at)
    const end = [text.length, ...ends.filter((one) => one > at).reverse()].find(
      (one) => !(at === 0 && one === text.length) && whole(text.slice(at, one), catalogue, 1) !== undefined,
    )
    if (end === undefined) {
      const next = ends.find((one) => one > at)
      if (next === undefined) {
        found.push(rest)
        break
      }
      found.push(`${text.slice(at, next)} `)
      at = next + 1
      continue
    }
    known = true
    found.push(whole(text.slice(at, end), catalogue, 1) ?? '')
    at = end + 1
  }
  return known ? found.join('') : undefined
}
