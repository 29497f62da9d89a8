// A value of a rule on its way through modifiers.
import type { TextShape, ValueTest } from './expression.ts'
import type { LocatedScalar } from './located.ts'
import { type Part, parsePattern } from './pattern.ts'

/** What a value is after the modifiers so far. `raw` is the text as it stood, until a modifier changes it. */
export type Value =
  | { kind: 'text'; parts: readonly Part[]; raw: string | undefined }
  | { kind: 'bytes'; bytes: Uint8Array }
  | { kind: 'literal'; text: string }
  | { kind: 'number'; number: number; texts: readonly string[] }
  | { kind: 'test'; test: ValueTest }
  | { kind: 'regex'; source: string }
  | { kind: 'reference'; field: string; shape: TextShape }

/** The value as the rule has it. */
export function startValue({ value, text }: LocatedScalar): Value {
  if (typeof value === 'string') return { kind: 'text', parts: parsePattern(value), raw: value }
  if (typeof value === 'number') return { kind: 'number', number: value, texts: numberTexts(value, text) }
  if (typeof value === 'boolean') return { kind: 'text', parts: [String(value)], raw: String(value) }
  return { kind: 'test', test: { kind: 'null' } }
}

/** A number equals its decimal text and the way the rule spells it (`0x1f`, `1.0`). */
function numberTexts(value: number, spelling: string): string[] {
  const decimal = String(value)
  return spelling && spelling !== decimal ? [decimal, spelling] : [decimal]
}
