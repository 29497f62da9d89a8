// The compiled form of a detection: a tree of tests over the values of a record.
import type { Network } from './address.ts'
import type { FieldPath } from './field-path.ts'
import type { Part } from './pattern.ts'
import type { LinearRegex } from './regex.ts'

export type TextShape = 'equals' | 'startswith' | 'endswith' | 'contains'

/** A text compared whole, at its start, at its end or inside; folded unless `cased`. */
export interface TextTest {
  kind: 'text'
  shape: TextShape
  text: string
  cased: boolean
}

/** Wildcards inside the text; the parts cover the whole value. */
export interface GlobTest {
  kind: 'glob'
  parts: readonly Part[]
  cased: boolean
}

export interface RegexTest {
  kind: 'regex'
  regex: LinearRegex
}

export type TimePart = 'minute' | 'hour' | 'day' | 'week' | 'month' | 'year'
export type NumberOperator = 'lt' | 'lte' | 'gt' | 'gte' | 'eq'

/** A number compared with the value, or with a part of the date the value is. */
export interface NumberTest {
  kind: 'number'
  operator: NumberOperator
  number: number
  part: TimePart | undefined
}

export interface NetworkTest {
  kind: 'network'
  network: Network
}

/** The value compared with that of another field of the record. */
export interface FieldReferenceTest {
  kind: 'fieldref'
  shape: TextShape
  paths: readonly FieldPath[]
  field: string
  cased: boolean
}

/** `null`: no value. */
export interface NullTest {
  kind: 'null'
}

export interface ExistsTest {
  kind: 'exists'
  wanted: boolean
}

export type TextualTest = TextTest | GlobTest | RegexTest
export type ValueTest = TextualTest | NumberTest | NetworkTest | FieldReferenceTest | NullTest | ExistsTest

/** A test of one field; a field may have several paths in a record, of which any may hold. */
export interface FieldExpression {
  kind: 'field'
  field: string
  paths: readonly FieldPath[]
  test: ValueTest
}

/** A test that any text or number anywhere in the record may pass. */
export interface KeywordExpression {
  kind: 'keyword'
  test: TextualTest
}

export interface NotExpression {
  kind: 'not'
  of: Expression
}

export interface SeriesExpression {
  kind: 'and' | 'or'
  of: readonly Expression[]
}

/** At least `count` of the parts hold. */
export interface AtLeastExpression {
  kind: 'at-least'
  count: number
  of: readonly Expression[]
}

export type Expression = FieldExpression | KeywordExpression | NotExpression | SeriesExpression | AtLeastExpression

/** A series, or its only part. */
export function series(kind: 'and' | 'or', of: readonly Expression[]): Expression {
  const [first] = of
  return of.length === 1 && first ? first : { kind, of }
}

/** What an expression demands, one by one. */
export function conjuncts(expression: Expression): Expression[] {
  return expression.kind === 'and' ? expression.of.flatMap(conjuncts) : [expression]
}
