// An expression and what a route says of its records in, a smaller expression out, or that it always or never holds.
import { valueHolds } from './evaluate.ts'
import type { Expression, FieldExpression, SeriesExpression } from './expression.ts'

/** The text that a field has in every record of the route; undefined when they differ. */
export type Known = (field: string) => string | undefined

/** The expression without the tests whose result is known. */
export function simplify(expression: Expression, known: Known): Expression | boolean {
  switch (expression.kind) {
    case 'keyword':
      return expression
    case 'field':
      return simplifyField(expression, known)
    case 'not': {
      const inner = simplify(expression.of, known)
      if (typeof inner === 'boolean') return !inner
      return inner === expression.of ? expression : { kind: 'not', of: inner }
    }
    case 'and':
    case 'or':
      return simplifySeries(expression, known)
    case 'at-least': {
      const parts = expression.of.map((part) => simplify(part, known))
      const count = expression.count - parts.filter((part) => part === true).length
      const of = parts.filter((part) => typeof part !== 'boolean')
      if (count <= 0) return true
      return of.length < count ? false : { kind: 'at-least', count, of }
    }
  }
}

function simplifySeries(expression: SeriesExpression, known: Known): Expression | boolean {
  const { kind, of } = expression
  // what decides a series alone, and what it is without parts
  const decides = kind === 'or'
  const parts: Expression[] = []
  let isSame = true
  for (const part of of) {
    const simple = simplify(part, known)
    if (simple === decides) return decides
    if (simple !== part) isSame = false
    if (typeof simple !== 'boolean') parts.push(simple)
  }
  const [first] = parts
  if (!first) return !decides
  if (parts.length === 1) return first
  return isSame ? expression : { kind, of: parts }
}

function simplifyField(expression: FieldExpression, known: Known): Expression | boolean {
  const [path] = expression.paths
  if (!path || expression.paths.length !== 1) return expression
  const text = known(path.name)
  if (text === undefined) return expression
  const { test } = expression
  if (test.kind === 'null') return false
  if (test.kind === 'exists') return test.wanted
  return test.kind === 'fieldref' ? expression : valueHolds(test, text, {})
}
