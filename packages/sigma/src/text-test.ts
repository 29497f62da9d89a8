// A pattern in, the simplest test that means the same out.
import type { ValueTest } from './expression.ts'
import { fold, normalise, type Part, star } from './pattern.ts'

/** Equality, start, end or containment where there are no wildcards between texts; else the whole pattern. */
export function textTest(pattern: readonly Part[], cased: boolean): ValueTest {
  const folded = cased ? pattern : pattern.map((part): Part => (typeof part === 'string' ? fold(part) : part))
  const parts = normalise(folded)
  const starts = parts[0] === star
  const ends = parts.length > 1 && parts[parts.length - 1] === star
  const middle = parts.slice(starts ? 1 : 0, ends ? -1 : undefined)
  const [text = ''] = middle
  if (middle.length > 1 || typeof text !== 'string') return { kind: 'glob', parts, cased }
  if (parts.length === 1 && starts) return { kind: 'text', shape: 'contains', text: '', cased }
  const shape = starts ? (ends ? 'contains' : 'endswith') : ends ? 'startswith' : 'equals'
  return { kind: 'text', shape, text, cased }
}
