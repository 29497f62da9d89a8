// A detection and a route in, the expression it means for records of that route out.
import { type Condition, fitsPattern } from './condition.ts'
import type { Detection, NamedSelection, Selection } from './document.ts'
import { type Expression, series } from './expression.ts'
import { type Place, Refusal } from './issue.ts'
import type { SigmaLimits } from './limits.ts'
import { compileItem } from './modifier.ts'
import type { ItemContext } from './modifier-state.ts'
import type { PipelineAnswers } from './pipeline-answers.ts'
import type { RegexOutcome } from './regex.ts'

export interface RuleContext {
  limits: SigmaLimits
  placeholders: Readonly<Record<string, readonly string[]>>
  answers: PipelineAnswers
  /** See ItemContext. */
  regexes?: Map<string, RegexOutcome>
}

/**
 * The context of items for one route. Without a route fields are read by their own name. `made` keeps what was compiled
 * of a rule's items for its other routes.
 */
export function itemContext(context: RuleContext, route: string | undefined, made?: ItemContext['made']): ItemContext {
  const { limits, placeholders, answers, regexes } = context
  return {
    limits,
    placeholders,
    ...(regexes && { regexes }),
    ...(made && { made }),
    paths: (field) => answers.paths(route, field),
  }
}

/** Compiles all conditions of a detection; throws a Refusal when one part cannot be used. */
export function compileDetection(detection: Detection, items: ItemContext): Expression {
  const compiled = new Map<string, Expression>()
  let values = 0
  for (const { name, selection } of detection.selections) {
    const expression = compileSelection(selection, items)
    values += countLeaves(expression)
    if (values > items.limits.maxValues) throw tooManyValues(detection, items)
    compiled.set(name, expression)
  }
  return series(
    'or',
    detection.conditions.map((place) => compileCondition(place.condition, detection.selections, compiled, place)),
  )
}

export function compileSelection(selection: Selection, items: ItemContext): Expression {
  if (selection.kind === 'all')
    return series(
      'and',
      selection.items.map((item) => compileItem(item, items)),
    )
  return series(
    'or',
    selection.alternatives.map((each) => compileSelection(each, items)),
  )
}

function compileCondition(
  condition: Condition,
  selections: readonly NamedSelection[],
  compiled: ReadonlyMap<string, Expression>,
  place: Place,
): Expression {
  switch (condition.kind) {
    case 'name': {
      const expression = compiled.get(condition.name)
      if (!expression) throw unknownSelection(condition.name, place)
      return expression
    }
    case 'not':
      return { kind: 'not', of: compileCondition(condition.of, selections, compiled, place) }
    case 'and':
    case 'or':
      return series(
        condition.kind,
        condition.of.map((each) => compileCondition(each, selections, compiled, place)),
      )
    case 'of': {
      const names = namesOf(condition.pattern, selections)
      if (names.length === 0) throw unknownSelection(condition.pattern, place)
      const of = names.map((name) => compiled.get(name)).filter((each) => each !== undefined)
      if (condition.quantity === 'all') return series('and', of)
      return condition.quantity === 'any' ? series('or', of) : { kind: 'at-least', count: condition.quantity, of }
    }
  }
}

/** Names of the search identifiers that an "x of" pattern means. */
export function namesOf(pattern: string, selections: readonly NamedSelection[]): string[] {
  return selections.filter(({ name }) => fitsPattern(pattern, name)).map(({ name }) => name)
}

export function tooManyValues(detection: Detection, { limits }: ItemContext): Refusal {
  return new Refusal('sigma.too-many-values', detection, `the rule has more than ${limits.maxValues} values`)
}

export function unknownSelection(name: string, place: Place): Refusal {
  return new Refusal('sigma.unknown-selection', place, `"${name.slice(0, 80)}" names no search identifier`)
}

export function countLeaves(expression: Expression): number {
  if (expression.kind === 'not') return countLeaves(expression.of)
  if (expression.kind === 'field' || expression.kind === 'keyword') return 1
  return expression.of.reduce((sum, each) => sum + countLeaves(each), 0)
}
