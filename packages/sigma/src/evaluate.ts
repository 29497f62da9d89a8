// Whether an expression holds for a record: the plain evaluator that every faster way is checked against.
import { inNetwork } from './address.ts'
import type {
  Expression,
  FieldExpression,
  FieldReferenceTest,
  NumberTest,
  TextShape,
  TextualTest,
  ValueTest,
} from './expression.ts'
import { maxRecordDepth, readPath, textOf } from './field-path.ts'
import { fold, matchesPattern } from './pattern.ts'
import { timePart } from './time-part.ts'

/** Evaluates without an index. */
export function holds(expression: Expression, record: object): boolean {
  switch (expression.kind) {
    case 'and':
      return expression.of.every((part) => holds(part, record))
    case 'or':
      return expression.of.some((part) => holds(part, record))
    case 'not':
      return !holds(expression.of, record)
    case 'at-least': {
      let count = 0
      for (const part of expression.of) if (holds(part, record) && ++count >= expression.count) return true
      return count >= expression.count
    }
    case 'keyword':
      return anyText(record, expression.test, 0)
    case 'field':
      return fieldHolds(expression, record)
  }
}

function fieldHolds({ paths, test }: FieldExpression, record: object): boolean {
  if (test.kind === 'null') return paths.every((path) => isNull(readPath(record, path)))
  if (test.kind === 'exists') return paths.some((path) => readPath(record, path) !== undefined) === test.wanted
  return paths.some((path) => valueHolds(test, readPath(record, path), record))
}

/** Null is a value that is absent, null, or a list of nothing else. */
export function isNull(value: unknown, depth = 0): boolean {
  if (Array.isArray(value)) return depth <= maxRecordDepth && value.every((each) => isNull(each, depth + 1))
  return value === undefined || value === null
}

/** Whether a value, or any element of a list, passes the test. */
export function valueHolds(test: ValueTest, value: unknown, record: object, depth = 0): boolean {
  if (value === undefined || value === null) return false
  if (Array.isArray(value))
    return depth <= maxRecordDepth && value.some((element) => valueHolds(test, element, record, depth + 1))
  switch (test.kind) {
    case 'text':
    case 'glob':
    case 'regex': {
      const text = textOf(value)
      return text !== undefined && textHolds(test, text)
    }
    case 'number':
      return numberHolds(test, value)
    case 'network':
      return typeof value === 'string' && inNetwork(test.network, value)
    case 'fieldref':
      return test.paths.some((path) => referencesHold(test, value, readPath(record, path)))
    default:
      return false
  }
}

/** Whether a text passes a textual test. */
export function textHolds(test: TextualTest, text: string): boolean {
  if (test.kind === 'regex') return test.regex.test(text)
  const compared = test.cased ? text : fold(text)
  return test.kind === 'glob' ? matchesPattern(test.parts, compared) : shapeHolds(test.shape, compared, test.text)
}

function shapeHolds(shape: TextShape, text: string, part: string): boolean {
  if (shape === 'equals') return text === part
  if (shape === 'contains') return text.includes(part)
  return shape === 'startswith' ? text.startsWith(part) : text.endsWith(part)
}

/** A number or a text that spells a decimal number. */
export function toNumber(value: unknown): number | undefined {
  if (typeof value === 'number') return value
  if (typeof value === 'bigint') return Number(value)
  if (typeof value === 'string' && /^\s*[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?\s*$/i.test(value)) return Number(value)
  return undefined
}

function numberHolds(test: NumberTest, value: unknown): boolean {
  const number = test.part ? timePart(value, test.part) : toNumber(value)
  if (number === undefined) return false
  switch (test.operator) {
    case 'lt':
      return number < test.number
    case 'lte':
      return number <= test.number
    case 'gt':
      return number > test.number
    case 'gte':
      return number >= test.number
    case 'eq':
      return number === test.number
  }
}

/** Whether a value, or any element of a list, stands in the test's relation to the other value. */
export function referencesHold(test: FieldReferenceTest, value: unknown, other: unknown, depth = 0): boolean {
  if (depth > maxRecordDepth) return false
  if (Array.isArray(value)) return value.some((each) => referencesHold(test, each, other, depth + 1))
  if (Array.isArray(other)) return other.some((each) => referencesHold(test, value, each, depth + 1))
  const text = textOf(value)
  const part = textOf(other)
  if (text === undefined || part === undefined) return false
  return test.cased ? shapeHolds(test.shape, text, part) : shapeHolds(test.shape, fold(text), fold(part))
}

/** Whether any text, number or boolean in the record, at any depth, passes the test. Keys are not searched. */
function anyText(value: unknown, test: TextualTest, depth: number): boolean {
  if (typeof value === 'string') return textHolds(test, value)
  if (typeof value === 'number' || typeof value === 'boolean') return textHolds(test, String(value))
  if (typeof value !== 'object' || value === null || depth > maxRecordDepth) return false
  if (Array.isArray(value)) return value.some((element) => anyText(element, test, depth + 1))
  for (const key in value) if (anyText((value as Record<string, unknown>)[key], test, depth + 1)) return true
  return false
}
