// A value with placeholders in, the values that it stands for out.
import { Refusal } from './issue.ts'
import { type State, tooMany } from './modifier-state.ts'
import type { Value } from './modifier-value.ts'
import { type Part, parsePattern, star } from './pattern.ts'
import { splitPlaceholders } from './placeholder.ts'

/** All combinations of a value's placeholders; a placeholder's own values may hold wildcards. */
export function expand(state: State, value: Value & { kind: 'text' }): Value[] {
  const { limits, placeholders } = state.context
  let made: Part[][] = [[]]
  for (const part of value.parts) {
    if (typeof part !== 'string') {
      for (const each of made) each.push(part)
      continue
    }
    for (const piece of splitPlaceholders(part)) {
      const texts = typeof piece === 'string' ? [[piece]] : valuesOf(state, piece.name, placeholders).map(parsePattern)
      if (made.length * texts.length > limits.maxValues) throw tooMany(state)
      made = made.flatMap((each) => texts.map((parts) => [...each, ...parts]))
    }
  }
  return made.map((parts) => {
    const raw = value.raw === undefined ? undefined : parts.map((part) => rawPart(part)).join('')
    return { kind: 'text', parts, raw }
  })
}

/** The same inside an expression: what a placeholder stands for is plain text there, but for its wildcards. */
export function expandRegex(state: State, source: string): Value[] {
  const { limits, placeholders } = state.context
  let made = ['']
  for (const piece of splitPlaceholders(source)) {
    const texts =
      typeof piece === 'string'
        ? [piece]
        : valuesOf(state, piece.name, placeholders).map((text) => parsePattern(text).map(regexPart).join(''))
    if (made.length * texts.length > limits.maxValues) throw tooMany(state)
    made = made.flatMap((each) => texts.map((text) => each + text))
  }
  return made.map((each) => ({ kind: 'regex', source: each }))
}

function regexPart(part: Part): string {
  if (typeof part === 'string') return part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
  return part === star ? '[\\s\\S]*' : '[\\s\\S]'
}

function rawPart(part: Part): string {
  if (typeof part === 'string') return part
  return part === star ? '*' : '?'
}

function valuesOf(state: State, name: string, placeholders: Readonly<Record<string, readonly string[]>>) {
  const given = Object.hasOwn(placeholders, name) ? placeholders[name] : undefined
  if (given && given.length > 0) return given
  throw new Refusal('sigma.unresolved-placeholder', state.item, `the placeholder "%${name}%" has no values`)
}
