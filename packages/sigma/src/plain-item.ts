// The commonest items: texts and numbers, whole or in a shape, without wildcards. Their tests, without the steps that
// other modifiers take.
import type { Item } from './document.ts'
import type { TextShape, ValueTest } from './expression.ts'
import type { ReadItem } from './modifier-state.ts'
import { fold } from './pattern.ts'

/** What the item means, exactly as `readItem` says; undefined for any other item, and for too many values. */
export function plainItem({ field, modifiers, values }: Item, maxValues: number): ReadItem | undefined {
  let shape = shapeOf(modifiers)
  if (shape === undefined || values.length > maxValues) return undefined
  if (field === undefined) {
    // a keyword may stand anywhere in a value
    if (shape !== 'equals' && shape !== 'contains') return undefined
    shape = 'contains'
  }
  const tests: ValueTest[] = []
  for (const { value, text: spelling } of values) {
    let text: string | undefined
    if (typeof value === 'string') text = plainText(value)
    else if (typeof value === 'number' && shape === 'equals' && String(value) === spelling) text = fold(spelling)
    if (text === undefined) return undefined
    tests.push({ kind: 'text', shape, text, cased: false })
  }
  return { tests, all: modifiers.includes('all'), negated: false }
}

/**
 * How many tests the item has, when it is of a kind that is never refused: texts, also with wildcards, and plain numbers.
 * Undefined for any other item.
 */
export function countPlain({ modifiers, values }: Item, maxValues: number): number | undefined {
  if (shapeOf(modifiers) === undefined || values.length > maxValues) return undefined
  for (const { value, text } of values)
    if (typeof value !== 'string' && !(typeof value === 'number' && modifiers.length === 0 && String(value) === text))
      return undefined
  return values.length
}

/** Where the values stand by these modifiers; undefined when others than that and `all` are among them. */
function shapeOf(modifiers: readonly string[]): TextShape | undefined {
  let shape: TextShape = 'equals'
  for (const modifier of modifiers) {
    if (modifier === 'all') continue
    if (shape !== 'equals' || !isShape(modifier)) return undefined
    shape = modifier
  }
  return shape
}

function isShape(modifier: string): modifier is TextShape {
  return modifier === 'contains' || modifier === 'endswith' || modifier === 'startswith'
}

const backslash = 92
const star = 42
const questionMark = 63

/** The folded text of a value (see `parsePattern`); undefined when it is empty or has a wildcard, escaped or not. */
function plainText(value: string): string | undefined {
  let hasEscape = false
  let isAscii = true
  let isLower = true
  let before = 0
  for (let index = 0; index < value.length; index++) {
    const code = value.charCodeAt(index)
    if (code === star || code === questionMark) return undefined
    if (code === backslash && before === backslash) hasEscape = true
    else if (code > 127) isAscii = false
    else if (code >= 65 && code <= 90) isLower = false
    before = code
  }
  if (value === '') return undefined
  const text = hasEscape ? value.replaceAll('\\\\', '\\') : value
  if (!isAscii) return fold(text)
  return isLower ? text : text.toLowerCase()
}
