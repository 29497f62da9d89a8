// The literal field names that expressions read, and whether they read more.
import type { Expression } from './expression.ts'
import type { FieldPath } from './field-path.ts'

/** Every name once, in the order of first use. */
export function fieldNames(expressions: readonly Expression[]): string[] {
  const names = new Set<string>()
  // many values of one field stand behind each other
  let latest: readonly FieldPath[] | undefined
  const collect = (expression: Expression): void => {
    if (expression.kind === 'not') collect(expression.of)
    else if (expression.kind === 'field') {
      if (expression.paths !== latest) for (const { name } of expression.paths) names.add(name)
      latest = expression.paths
      if (expression.test.kind === 'fieldref') for (const { name } of expression.test.paths) names.add(name)
    } else if (expression.kind !== 'keyword') for (const part of expression.of) collect(part)
  }
  for (const expression of expressions) collect(expression)
  return [...names]
}

/** Whether an expression looks for a text in all values. */
export function hasKeyword(expression: Expression): boolean {
  if (expression.kind === 'not') return hasKeyword(expression.of)
  if (expression.kind === 'field') return false
  return expression.kind === 'keyword' || expression.of.some(hasKeyword)
}
